package smtpd

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"postroom.dev/mta/starttls"
)

var (
	errLineTooLong = errors.New("smtpd: command line too long")
	errTransaction = errors.New("smtpd: the transaction lasts too long")
	errShutdown    = errors.New("smtpd: the server is shutting down")
)

// blocks is where sessions get their read blocks from.
type blocks struct{ pool sync.Pool }

func (b *blocks) get() *[blockSize]byte {
	if p, ok := b.pool.Get().(*[blockSize]byte); ok {
		return p
	}
	return new([blockSize]byte)
}

func (b *blocks) put(p *[blockSize]byte) { b.pool.Put(p) }

// wire is a connection that is read in large blocks and written in groups:
// replies wait in out until the next read that would block, so that a pipelined group of
// commands is answered by one write (RFC 2920 §3.2).
type wire struct {
	conn  net.Conn
	raw   syscall.RawConn // of a TCP connection, nil of others
	block *[blockSize]byte
	r, w  int // block[r:w] is unread
	full  bool
	out   []byte
	err   error // of the first write that went wrong
	limit Timeout
	auth  bool // AUTH commands may be long

	clock func() time.Time
	by    time.Time // by clock; when the transaction has to be complete; zero: at any time

	writeBy time.Time // the connection's deadline for writing

	mu      sync.Mutex
	readBy  time.Time // and for reading
	idle    bool      // waits for a command
	closing bool      // no command is to be waited for any more
}

func (c *wire) unread() []byte { return c.block[c.r:c.w] }

// interrupt ends the wait for a command, now or when it would begin.
func (c *wire) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	if c.idle {
		_ = c.conn.SetReadDeadline(time.Unix(1, 0))
		c.readBy = time.Time{}
	}
}

// flush writes the gathered replies. Deadlines are the network's and so
// of the real clock, whatever Config.Now says.
func (c *wire) flush() error {
	if len(c.out) == 0 || c.err != nil {
		return c.err
	}
	if renew(&c.writeBy, c.limit.Command) {
		c.err = c.conn.SetWriteDeadline(c.writeBy)
	}
	if c.err == nil {
		_, c.err = c.conn.Write(c.out)
	}
	c.out = c.out[:0]
	return c.err
}

// fill moves what is unread to the block's front and reads once behind it.
func (c *wire) fill(wait time.Duration) error {
	if err := c.flush(); err != nil {
		return err
	}
	c.w = copy(c.block[:], c.block[c.r:c.w])
	c.r = 0
	c.mu.Lock()
	err := c.limitRead(wait)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.read()
}

// limitRead sets how long the next read may wait. c.mu is held.
func (c *wire) limitRead(wait time.Duration) error {
	if !c.by.IsZero() {
		left := c.by.Sub(c.clock())
		if left <= 0 {
			return errTransaction
		}
		wait = min(wait, left)
	}
	if !renew(&c.readBy, wait) {
		return nil
	}
	return c.conn.SetReadDeadline(c.readBy)
}

// renew says whether a deadline has to be set for a wait that begins now, and sets by to it. One that is late by less than a sixteenth stays:
// to change it for every reply and read takes longer than to make them.
func renew(by *time.Time, wait time.Duration) bool {
	now := time.Now()
	if left := by.Sub(now); wait <= left && left <= wait+wait/16 {
		return false
	}
	*by = now.Add(wait + wait/16)
	return true
}

func (c *wire) read() error {
	n, err := c.conn.Read(c.block[c.w:])
	c.w += n
	c.full = c.w == len(c.block)
	switch {
	case !c.by.IsZero() && !c.clock().Before(c.by): // the limit is of the whole: also what just came is too late
		return errTransaction
	case n > 0:
		return nil
	}
	return err
}

// secure changes to TLS. What is unread was said in the clear, and is thrown away. Shutdown interrupts it.
func (c *wire) secure(ctx context.Context, config *tls.Config) (tls.ConnectionState, error) {
	if err := c.flush(); err != nil {
		return tls.ConnectionState{}, err
	}
	c.r, c.w, c.full = 0, 0, false
	raw := &starttls.Conn{Conn: c.conn}
	t := tls.Server(raw, config)
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return tls.ConnectionState{}, errShutdown
	}
	err := c.conn.SetDeadline(time.Now().Add(c.limit.Command))
	c.idle = true
	c.mu.Unlock()
	if err == nil {
		err = t.HandshakeContext(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = false
	if err != nil {
		if c.closing {
			err = errShutdown
		}
		err = raw.Explain(err)
		return tls.ConnectionState{}, err
	}
	raw.Done()
	c.conn = t
	c.readBy, c.writeBy = time.Time{}, time.Time{}
	return t.ConnectionState(), t.SetDeadline(time.Time{})
}

// early waits for a client that talks before it is greeted. What it said is unread.
func (c *wire) early(wait time.Duration) bool { return wait > 0 && c.fill(wait) == nil }

// fillText is fill for more of a message's text. first is set for the first read of a text.
func (c *wire) fillText(first bool) error {
	// A client that writes line by line with Nagle's algorithm on waits 40 ms for our
	// acknowledgement, unless it is sent at once. Asking for that at every read costs a
	// fifth of the CPU, so only where the last block was not full and the client may be waiting.
	if !first && !c.full {
		quickAck(c.raw)
	}
	return c.fill(c.limit.Data)
}

// line gives the next command line without its end, LF or CR LF. It is valid until the next read.
func (c *wire) line() ([]byte, error) { return c.lineUpTo(maxLine) }

// lineUpTo is line with another limit, in octets with the line's end.
func (c *wire) lineUpTo(most int) ([]byte, error) {
	seen := 0
	for first := true; ; first = false {
		b := c.unread()
		if c.auth && len(b) > 5 && bytes.EqualFold(b[:5], []byte("AUTH ")) {
			most = maxAuthLine // with its initial response, RFC 4954 §4
		}
		if i := bytes.IndexByte(b[seen:], '\n'); i >= 0 {
			i += seen
			if i >= most {
				return b[:most], errLineTooLong
			}
			c.r += i + 1
			return bytes.TrimSuffix(b[:i], []byte("\r")), nil
		}
		if len(b) >= most {
			return b[:most], errLineTooLong
		}
		seen = len(b)
		if err := c.wait(first); err != nil {
			return c.unread(), err
		}
	}
}

// wait reads more of a command line, unless the server is closing.
func (c *wire) wait(first bool) error {
	if err := c.flush(); err != nil {
		return err
	}
	c.w = copy(c.block[:], c.block[c.r:c.w])
	c.r = 0
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return errShutdown
	}
	var err error
	if first { // a line that comes octet by octet has no more time than another
		err = c.limitRead(c.limit.Command)
	}
	c.idle = true
	c.mu.Unlock()
	if err == nil {
		err = c.read()
	}
	c.mu.Lock()
	c.idle = false
	if err != nil && c.closing {
		err = errShutdown
	}
	c.mu.Unlock()
	return err
}

// linger lets a last reply arrive at a client that is still sending: closing with
// octets unread would reset the connection, and the reply could be lost. It is short, and reads little.
func (c *wire) linger() {
	half, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	const wait, most = 500 * time.Millisecond, 64 // blocks
	if c.conn.SetReadDeadline(time.Now().Add(wait)) != nil {
		return
	}
	for range most {
		if _, err := c.conn.Read(c.block[:]); err != nil {
			return
		}
	}
}
