package deliver

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/starttls"
	"postroom.dev/mta/table"
)

// maxRcpts is how many recipients share a transaction; more get more of them (RFC 5321 §4.5.3.1.8).
const maxRcpts = 100

// Timeouts holds how long SMTP waits for a host, RFC 5321 §4.5.3.2. Zero fields mean the RFC's times.
type Timeouts struct {
	Connect  time.Duration // for the connection, each address: 1 min
	Greeting time.Duration // §4.5.3.2.1: 5 min
	Mail     time.Duration // §4.5.3.2.2, and for EHLO, STARTTLS and RSET: 5 min
	Rcpt     time.Duration // §4.5.3.2.3: 5 min
	Data     time.Duration // §4.5.3.2.4, for 354: 2 min
	Block    time.Duration // §4.5.3.2.5, for each block that is written: 3 min
	Dot      time.Duration // §4.5.3.2.6, for the answer to the text: 10 min
	Quit     time.Duration // 5 s: nothing depends on it
}

// Options says how an SMTP mailer speaks. Hostname, Dial and Resolver must be given.
type Options struct {
	Name     string // of the mailer, in verbose lines: "esmtp" when ""
	Hostname string // what we call ourselves
	Port     int    // where none is written: 25 when 0

	// Dial makes every connection; address is "192.0.2.1:25". It is where leaving the machine can be forbidden:
	// an error with an mta.Status in its chain is that address's result.
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Resolver Resolver

	// Plain says EHLO only to hosts whose greeting has the word ESMTP: a mailer without sendmail's flag a.
	Plain bool
	// EightBit sends 8-bit text as it is to hosts that do not offer 8BITMIME, too: sendmail's mailer flag 8.
	EightBit bool

	// TLS makes the mailer say STARTTLS where that is offered. Where the handshake does not succeed, the message goes in the clear, so
	// certificates need not be checked: InsecureSkipVerify is the caller's to set. nil: never.
	TLS *tls.Config
	// Security says more of one host, by its name ("" when only the address is known) and its address; nil: nothing more.
	Security func(name string, ip netip.Addr) (Security, error)
	// RcptNeeds says what is asked of the connection for one recipient, TLS_Rcpt:; nil: nothing.
	RcptNeeds func(to address.Address) (starttls.Requirement, error)
	Now       func() time.Time  // the clock that DELIVERBY goes by; nil: time.Now
	MailLog   func(line string) // takes lines of the mail log without a queue id; nil: nobody

	// Login says how to log in at a host that offers AUTH, by its name ("" when only the address is known) and its address in
	// brackets; ok is false where there is no need to. nil: never.
	Login func(name, address string) (login table.Login, ok bool, err error)
	// InClear lets passwords go over connections without TLS to other machines; nil: not.
	InClear func() bool

	Timeout Timeouts
	Idle    time.Duration // how long a connection is kept for the next job: 30 s when 0, not at all when negative
	MaxIdle int           // how many are kept: 8 when 0
}

// SMTP delivers to other hosts. Make it with NewSMTP, end it with Close.
type SMTP struct {
	o     Options
	cache cache
}

// NewSMTP makes an SMTP mailer.
func NewSMTP(o Options) *SMTP {
	o.Name = cmp.Or(o.Name, "esmtp")
	o.Port = cmp.Or(o.Port, 25)
	if o.Now == nil {
		o.Now = time.Now
	}
	t := &o.Timeout
	t.Connect = cmp.Or(t.Connect, time.Minute)
	t.Greeting = cmp.Or(t.Greeting, 5*time.Minute)
	t.Mail = cmp.Or(t.Mail, 5*time.Minute)
	t.Rcpt = cmp.Or(t.Rcpt, 5*time.Minute)
	t.Data = cmp.Or(t.Data, 2*time.Minute)
	t.Block = cmp.Or(t.Block, 3*time.Minute)
	t.Dot = cmp.Or(t.Dot, 10*time.Minute)
	t.Quit = cmp.Or(t.Quit, 5*time.Second)
	return &SMTP{o: o, cache: cache{keep: cmp.Or(o.Idle, 30*time.Second), max: cmp.Or(o.MaxIdle, 8)}}
}

// Deliver tries the hosts of j.Host in turn until one talks to us; what that one says is final. The
// texts of our own statuses are sendmail's without "Deferred: "; a host's words are in Text as they came, with RemoteMTA set.
func (m *SMTP) Deliver(ctx context.Context, j Job) []mta.Status {
	got := make([]mta.Status, len(j.Rcpts))
	for from := 0; from < len(got); from += maxRcpts {
		to := min(from+maxRcpts, len(got))
		t := transaction{job: &j, rcpts: j.Rcpts[from:to], got: got[from:to], by: m.o.Hostname + " id " + j.Envelope.ID, eightBit: m.o.EightBit, now: m.o.Now}
		if why := m.transact(ctx, &t); why.Code != 0 {
			for n := from; n < len(got); n++ {
				got[n] = why
			}
			break
		}
	}
	j.result(got)
	return got
}

// transact has a transaction at the first host that will have one now: a host that answers MAIL with 4yz, or goes away before it
// answers a RCPT, gives way to the next (RFC 5321 §5.1). why says that there was none at all; else t has the answers.
func (m *SMTP) transact(ctx context.Context, t *transaction) (why mta.Status) {
	tried := map[string]bool{}
	for {
		c, why := m.connect(ctx, t.job, t.rcpts, tried)
		if c == nil {
			if len(tried) > 0 {
				return mta.Status{} // what the last one said
			}
			return why
		}
		t.conn, t.turnedAway = c, false
		clear(t.got)
		t.run()
		if c.unwatch() {
			m.cache.put(t.job.Host, c)
		} else {
			c.close()
		}
		if !t.turnedAway || ctx.Err() != nil {
			return mta.Status{}
		}
		tried[c.addr] = true
	}
}

// CloseIdle ends the connections that no Deliver uses, and prints what sendmail -v prints at the end of a queue run.
// verbose may be nil.
func (m *SMTP) CloseIdle(verbose func(line string)) { m.cache.clear(verbose, false) }

// Close ends all kept connections and keeps none from now on. When it returns nothing of m is running but
// what Deliver was called for.
func (m *SMTP) Close() error {
	m.cache.clear(nil, true)
	return nil
}

// connect gives a connection for j that is ready for MAIL, and watches ctx; or why there is none.
func (m *SMTP) connect(ctx context.Context, j *Job, rcpts []int, tried map[string]bool) (*conn, mta.Status) {
	for len(tried) == 0 {
		c := m.cache.take(j.Host)
		if c == nil {
			break
		}
		c.watch(ctx, j.say)
		if m.stillDoes(c) && c.reset() {
			j.say(fmt.Sprintf("%s... Using cached ESMTP connection to %s via %s...", j.who(rcpts), c.host, m.o.Name))
			return c, mta.Status{}
		}
		c.unwatch()
		c.close()
	}
	hosts, why := m.hosts(ctx, j.Host)
	for _, h := range hosts {
		addrs, s := m.addresses(ctx, h)
		addrs = slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return tried[netip.AddrPortFrom(a, uint16(h.port)).String()] })
		if len(addrs) > 0 {
			j.say(fmt.Sprintf("%s... Connecting to %s via %s...", j.who(rcpts), h.shown, m.o.Name))
		}
		why = worse(why, s)
		for _, a := range addrs {
			security, s := m.security(h, a)
			var c *conn
			if s.Code == 0 {
				c, s = m.open(ctx, j, h, a, security)
			}
			if c != nil {
				return c, mta.Status{}
			}
			if why = worse(why, s); s.Code/100 == 5 {
				return nil, s // it was reached and will not have us: sendmail asks no other
			}
			if ctx.Err() != nil {
				return nil, s
			}
		}
	}
	return nil, why
}

// open connects to one address and gets through the greetings.
func (m *SMTP) open(ctx context.Context, j *Job, h host, a netip.Addr, s Security) (*conn, mta.Status) {
	dial, cancel := context.WithTimeout(ctx, m.o.Timeout.Connect)
	defer cancel()
	raw, err := m.o.Dial(dial, "tcp", netip.AddrPortFrom(a, uint16(h.port)).String())
	if err != nil {
		return nil, m.unreachable(ctx, h.shown, err)
	}
	c := newConn(raw, h.shown, m.o.Timeout)
	c.plain, c.name, c.needs = m.o.Plain, h.name, m.o.RcptNeeds
	c.addr = netip.AddrPortFrom(a, uint16(h.port)).String()
	c.ip = a
	c.watch(ctx, j.say)
	give := func(s mta.Status) (*conn, mta.Status) {
		c.unwatch()
		c.quit()
		return nil, s
	}
	if s, _ := c.greet(m.o.Hostname); s.Code != 0 {
		return give(s)
	}
	encrypted := false
	if s.Off || m.o.TLS == nil {
		c.facts.Verify = starttls.Disabled
		if why := s.Need.Check(c.facts, cmp.Or(h.name, h.shown)); why.Code != 0 {
			return give(why)
		}
	} else {
		again, why := m.secure(ctx, c, h, s)
		switch {
		case why.Code != 0:
			return give(why)
		case again:
			give(why)
			return m.open(ctx, j, h, a, Security{Off: true})
		}
		encrypted = c.facts.Version != ""
	}
	if s := m.login(c, h, a, encrypted); s.Code != 0 {
		return give(s)
	}
	return c, mta.Status{}
}

// unreachable says why a dial gave no connection, in sendmail's words.
func (m *SMTP) unreachable(ctx context.Context, host string, err error) mta.Status {
	if s, ok := errors.AsType[mta.Status](err); ok {
		return s
	}
	s := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 0, 0}, Err: fmt.Errorf("user open: %w", err)}
	switch {
	case ctx.Err() != nil:
		s.Enhanced, s.Text = mta.Enhanced{4, 3, 2}, "delivery was interrupted"
	case errors.Is(err, errRefused):
		s.Text = "Connection refused by " + host
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		s.Text = "Connection timed out with " + host
	case errors.Is(err, errNoRoute):
		s.Text = "No route to host " + host
	case errors.Is(err, errNoNetwork):
		s.Text = "Network is unreachable"
	default:
		s.Text = "no connection to " + host
	}
	return s
}

// reset makes sure that a kept connection still lives and has no transaction open.
func (c *conn) reset() bool {
	if c.in.Buffered() > 0 { // said something unasked: answers would no longer fit their commands
		return false
	}
	r, err := c.cmd("RSET", "client RSET", c.limit.Mail)
	return err == nil && r.class() == 2
}
