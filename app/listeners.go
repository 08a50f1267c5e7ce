package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/smtpd"
	"postroom.dev/ui"
)

// port is one of the addresses that take mail, from when it is set to when that ends: listening, or trying to.
type port struct {
	room   *Room
	config config.Listener // with nothing left to be said by others
	shown  ui.Listener     // room.mu
	server *smtpd.Server
	ctx    context.Context    // ends with no more tries and no more clients; sessions go on
	close  context.CancelFunc // ends ctx
	done   chan struct{}      // closed when, after ctx, the address is free again
}

// setPorts makes the listeners those of s: it closes what is gone, opens what is new, and lets be what is the same.
func (r *Room) setPorts(ctx context.Context, s config.Settings) {
	r.mu.Lock()
	gone := slices.Clone(r.ports)
	r.mu.Unlock()
	var now, fresh []*port
	for _, l := range s.AllListeners() {
		if i := slices.IndexFunc(gone, func(p *port) bool { return reflect.DeepEqual(p.config, l) }); i >= 0 {
			now = append(now, gone[i])
			gone = slices.Delete(gone, i, i+1)
			continue
		}
		p := r.newPort(ctx, l)
		now, fresh = append(now, p), append(fresh, p)
	}
	for _, p := range gone {
		p.close()
		<-p.done
	}
	for _, p := range fresh {
		l := p.listen()
		r.running.Go(func() { p.keepListening(l) })
	}
	r.mu.Lock()
	r.ports = now
	for _, p := range gone {
		r.problems = slices.DeleteFunc(r.problems, func(text string) bool { return text == p.shown.Err })
	}
	r.mu.Unlock()
}

func (r *Room) newPort(ctx context.Context, l config.Listener) *port {
	c := r.session
	if l.Strict != nil {
		c.Strict = *l.Strict
	}
	c.Hide = slices.Concat(c.Hide, l.Hide)
	c.Logins = logins(l.Auth, r.delivery.routing.users)
	c.AuthNeedsTLS, c.RequireAuth = *l.AuthNeedsTLS, l.RequireAuth
	if l.TLS != config.TLSNone {
		c.TLS = r.certificates.config
		c.Implicit, c.RequireTLS = l.TLS == config.TLSImplicit, l.TLS == config.TLSRequired
	}
	switch l.Protocol {
	case config.ProtocolSubmission:
		c.Daemon = "MSA"
		c.Hide = append(c.Hide, "ETRN") // sendmail's M=E
	case config.ProtocolLMTP:
		c.LMTP = true
	}
	if l.IsUnix() {
		c.Identify = identify
	}
	p := &port{
		room: r, config: l, server: r.smtp.Like(c), done: make(chan struct{}),
		shown: ui.Listener{Protocol: protocolName(l), Address: l.Address, TLS: l.TLS},
	}
	p.ctx, p.close = context.WithCancel(ctx)
	return p
}

// protocolName is how Status calls what a listener speaks.
func protocolName(l config.Listener) string {
	name := "SMTP"
	switch l.Protocol {
	case config.ProtocolSubmission:
		name = "Submission"
	case config.ProtocolLMTP:
		name = "LMTP"
	}
	if l.TLS == config.TLSImplicit {
		name += "S"
	}
	return name
}

// listen tries to get the address. It gives nil, and tells why, when it cannot.
func (p *port) listen() net.Listener {
	l, err := p.open()
	if err == nil && p.ctx.Err() != nil {
		l.Close()
		return nil
	}
	r := p.room
	r.mu.Lock()
	before := p.shown.Err
	p.shown.Err = ""
	if err != nil {
		p.shown.Err = err.Error()
	} else if !p.config.IsUnix() {
		p.shown.Address = l.Addr().String() // with the port that 0 became
	}
	now := p.shown.Err
	if before != now {
		r.problems = slices.DeleteFunc(r.problems, func(text string) bool { return text == before }) // cured
	}
	r.mu.Unlock()
	if before != now && now != "" {
		r.problem(now)
	}
	return l
}

// keepListening serves l, or tries to listen until it can and serves that.
func (p *port) keepListening(l net.Listener) {
	for l == nil {
		select {
		case <-p.ctx.Done():
			close(p.done)
			return
		case <-time.After(listenRetry):
		}
		l = p.listen()
	}
	stop := context.AfterFunc(p.ctx, func() {
		_ = l.Close()
		close(p.done)
	})
	err := p.server.Serve(p.room.ctx, l)
	if stop() { // it ended by itself
		close(p.done)
	}
	if !errors.Is(err, smtpd.ErrClosed) && p.room.ctx.Err() == nil {
		p.room.problem(p.config.Address + ": " + err.Error())
	}
}

// open listens. Without a certificate, what begins with TLS or insists on it does not listen; others do not offer STARTTLS.
func (p *port) open() (net.Listener, error) {
	address := p.config.Address
	if p.config.TLS != config.TLSNone {
		err := p.room.certificates.load()
		if err != nil && p.config.TLS != config.TLSStart {
			return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
		}
	}
	if p.config.IsUnix() {
		return p.openUnix()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errors.New(listenError(address, err))
	}
	return l, nil
}

// openUnix listens on a socket for whom its mode lets in. A socket that nobody listens on any more is replaced, nothing else is.
func (p *port) openUnix() (net.Listener, error) {
	path := p.config.Address
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, fmt.Errorf("cannot listen on %s: there is something that is no socket; take it away, or set another address in etc/postroom.toml", path)
		}
		if c, err := dialUnix(p.ctx, path); err == nil {
			c.Close()
			return nil, fmt.Errorf("cannot listen on %s: another program does (trying again every %v)", path, listenRetry)
		}
	}
	l, err := listenUnixMode(path, fs.FileMode(p.config.SocketMode()))
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
	}
	return l, nil
}

// listenError says why an address cannot be had, and what to do.
func listenError(address string, err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("cannot listen on %s: another program has the port; stop it, or set [smtp] listen in etc/postroom.toml (trying again every %v)", address, listenRetry)
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("cannot listen on %s: ports below 1024 need privileges; set [smtp] listen in etc/postroom.toml", address)
	default:
		return fmt.Sprintf("cannot listen on %s: %v", address, err)
	}
}

// listening is how the listeners stand. r.mu is held.
func (r *Room) listening() []ui.Listener {
	var all []ui.Listener
	for _, p := range r.ports {
		all = append(all, p.shown)
	}
	return append(all, r.local...)
}

// isPortKey says which settings setPorts and the certificates go by.
func isPortKey(key string) bool {
	return slices.Contains([]string{"listener", "smtp.listen", "smtp.tls", "smtp.auth_needs_tls"}, key) || strings.HasPrefix(key, "tls.")
}
