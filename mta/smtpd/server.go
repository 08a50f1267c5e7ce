package smtpd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// ErrClosed is what Serve and ServeConn give after Shutdown was called.
var ErrClosed = errors.New("smtpd: server closed")

// Server runs sessions. Make it with New; its methods may be called from any goroutine.
type Server struct {
	config     Config
	policy     Policy
	extensions []extension
	*attendance
}

// attendance is who listens and who is connected, of all servers that are alike.
type attendance struct {
	blocks blocks

	mu        sync.Mutex
	closing   bool
	active    int // sessions that count against MaxConns
	listeners map[net.Listener]struct{}
	sessions  map[*session]struct{}
	running   sync.WaitGroup // sessions and calls of Serve
}

// New makes a Server that asks p.
func New(c Config, p Policy) *Server {
	if c.Hostname == "" {
		c.Hostname = "localhost"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Daemon == "" {
		c.Daemon = "MTA"
	}
	if c.Nonce == nil {
		c.Nonce = rand.Text
	}
	if c.Timeout.Command <= 0 {
		c.Timeout.Command = defaultCmd
	}
	if c.Timeout.Data <= 0 {
		c.Timeout.Data = defaultData
	}
	s := &Server{config: c, policy: p, attendance: &attendance{
		listeners: make(map[net.Listener]struct{}),
		sessions:  make(map[*session]struct{}),
	}}
	s.extensions = extensions(&s.config)
	return s
}

// Like makes a Server that speaks as c says, and otherwise is one with s: MaxConns counts the sessions of both, Shutdown of either ends both.
func (s *Server) Like(c Config) *Server {
	other := New(c, s.policy)
	other.attendance = s.attendance
	return other
}

// Serve takes connections from l, a session and a goroutine each, until ctx ends or
// Shutdown is called, or l closed; then it closes l, waits for its sessions, and gives ctx's error or ErrClosed. When ctx
// ends its sessions are cut off. Too few file descriptors make it wait, any other error of l ends it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if !s.add(l) {
		_ = l.Close()
		return ErrClosed
	}
	defer s.remove(l)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var mine sync.WaitGroup
	defer mine.Wait()
	for pause := time.Duration(0); ; {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			mine.Go(func() { _ = s.ServeConn(ctx, conn) })
		case ctx.Err() != nil:
			return ctx.Err()
		case s.isClosing(), errors.Is(err, net.ErrClosed):
			return ErrClosed
		case !temporary(err):
			return fmt.Errorf("smtpd: accept on %s: %w", l.Addr(), err)
		default:
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}
}

// temporary says that accepting may work again later: a lack of descriptors or
// memory, or a client that was gone before it was accepted.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// ServeConn runs one session on conn and closes it. It gives nil when the
// session ended with QUIT, else an error that says how it ended.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := newSession(ctx, s, conn, cancel)
	if !s.enter(x) {
		_ = conn.Close()
		return ErrClosed
	}
	defer s.leave(x)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	x.guard("session", func() { x.serve(ctx) })
	x.guard("end of session", x.finish)
	if x.reason != "" {
		return errors.New("smtpd: " + x.reason)
	}
	return nil
}

// guard keeps a panic in f from taking the program down: it becomes the session's reason, and its
// stack goes into the transcript.
func (s *session) guard(where string, f func()) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		s.done, s.aborted = true, true
		s.reason = fmt.Sprintf("panic in %s: %v", where, v)
		s.log.note(s.reason)
		for line := range strings.Lines(string(debug.Stack())) {
			s.log.note(line)
		}
	}()
	f()
}

// Shutdown stops accepting, sends 421 to the sessions that wait for a command, and
// lets the others come to that point. When ctx ends first, it closes what is left and gives ctx's error. When it returns, no
// session and no Serve is running, unless a Policy does not come back.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.listeners {
		_ = l.Close()
	}
	for x := range s.sessions {
		x.wire.interrupt()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for x := range s.sessions {
		x.cancel()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

func (s *Server) add(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[l] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) remove(l net.Listener) {
	_ = l.Close()
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
	s.running.Done()
}

// enter counts x in, and marks it when there are too many.
func (s *Server) enter(x *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	if s.config.MaxConns > 0 && s.active >= s.config.MaxConns {
		x.tooMany = true
	} else {
		s.active++
	}
	s.sessions[x] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) leave(x *session) {
	s.mu.Lock()
	delete(s.sessions, x)
	if !x.tooMany {
		s.active--
	}
	s.mu.Unlock()
	s.blocks.put(x.wire.block)
	x.wire.block = nil
	s.running.Done()
}
