package deliver

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

// What sendmail 8.17 prints in the same case (reference §3.2), line for line.
func TestVerboseLinesAreSendmails(t *testing.T) {
	p := newPeer(t, map[string][]string{
		"(connect)": {"220 mx.ok.example ESMTP"},
		"EHLO":      {strings.ReplaceAll(offers("PIPELINING", "SIZE 0", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES"), "peer", "mx.ok")},
		"QUIT":      {"221 2.0.0 bye=close"},
	})
	o := options(t)
	o.Resolver = zone{
		mx: map[string][]*net.MX{"ok.example": {{Host: "mx.ok.example.", Pref: 10}}},
		a:  map[string][]string{"mx.ok.example": {"127.0.0.1"}},
	}
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, p.addr())
	}
	m := mailer(t, o)
	var said []string
	say := func(l string) { said = append(said, l) }
	first := job(t, "ok.example", "Subject: x\n\ny\n", "u@ok.example")
	second := job(t, "ok.example", "Subject: x\n\ny\n", "sally@ok.example", "bob@ok.example")
	first.Verbose, second.Verbose = say, say
	m.Deliver(t.Context(), first)
	m.Deliver(t.Context(), second)
	m.CloseIdle(say)
	want := strings.Split(`<u@ok.example>... Connecting to mx.ok.example. via esmtp...
220 mx.ok.example ESMTP
>>> EHLO mail.example.com
250-mx.ok.example
250-PIPELINING
250-SIZE 0
250-8BITMIME
250-DSN
250 ENHANCEDSTATUSCODES
>>> MAIL From:<alice@example.com> SIZE=14
250 2.1.0 ok
>>> RCPT To:<u@ok.example>
>>> DATA
250 2.1.5 ok
354 go
>>> .
250 2.0.0 accepted
<u@ok.example>... Sent (accepted)
>>> RSET
250 2.0.0 ok
<sally@ok.example>,<bob@ok.example>... Using cached ESMTP connection to mx.ok.example. via esmtp...
>>> MAIL From:<alice@example.com> SIZE=14
250 2.1.0 ok
>>> RCPT To:<sally@ok.example>
>>> RCPT To:<bob@ok.example>
>>> DATA
250 2.1.5 ok
250 2.1.5 ok
354 go
>>> .
250 2.0.0 accepted
<sally@ok.example>... Sent (accepted)
<bob@ok.example>... Sent (accepted)
Closing connection to mx.ok.example.
>>> QUIT
221 2.0.0 bye`, "\n")
	if d := cmp.Diff(want, said); d != "" {
		t.Error(d)
	}
}

func TestEnhancedCodeOfSuccessStaysWhereItWasNotOffered(t *testing.T) {
	p := newPeer(t, map[string][]string{"EHLO": {offers()}, "RCPT To:<b": {"550 5.1.1 No such user"}})
	j := job(t, p.host(), hello, "a@ok.example", "b@ok.example")
	var last []string
	j.Verbose = func(l string) { last = append(last, l) }
	mailer(t, options(t)).Deliver(t.Context(), j)
	want := []string{"<a@ok.example>... Sent (2.0.0 accepted)", "<b@ok.example>... User unknown"}
	if d := cmp.Diff(want, last[len(last)-2:]); d != "" {
		t.Error(d)
	}
}

func TestDiscardAndError(t *testing.T) {
	var said []string
	j := job(t, "", hello, "a@x.example", "b@x.example")
	j.Verbose = func(l string) { said = append(said, l) }
	got := append(Discard{}.Deliver(t.Context(), j),
		Error{mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 0}, Text: "text"}}.Deliver(t.Context(), j)...)
	if d := cmp.Diff([]string{"250 2.0.0 ", "250 2.0.0 ", "550 5.7.0 text", "550 5.7.0 text"}, results(got)); d != "" {
		t.Error(d)
	}
	want := []string{"<a@x.example>... Sent", "<b@x.example>... Sent", "<a@x.example>... text", "<b@x.example>... text"}
	if d := cmp.Diff(want, said); d != "" {
		t.Error(d)
	}
}

func TestKeptConnections(t *testing.T) {
	count := func(p *peer, what string) (n int) {
		for _, s := range p.commands() {
			if s == what {
				n++
			}
		}
		return n
	}
	send := func(t *testing.T, m *SMTP, p *peer) {
		t.Helper()
		if got := m.Deliver(t.Context(), job(t, p.host(), hello, "a@x.example")); !got[0].OK() {
			t.Fatal(got)
		}
	}
	t.Run("one serves many jobs, with RSET between", func(t *testing.T) {
		p := newPeer(t, nil)
		m := mailer(t, options(t))
		for range 3 {
			send(t, m, p)
		}
		if c, r := count(p, "(connect)"), count(p, "RSET"); c != 1 || r != 2 {
			t.Errorf("%d connections, %d RSET", c, r)
		}
		if err := m.Close(); err != nil || count(p, "QUIT") != 1 {
			t.Errorf("close: %v, %v", err, p.commands())
		}
		send(t, m, p) // after Close nothing is kept
		if c := count(p, "QUIT"); c != 2 {
			t.Errorf("%d QUIT after Close", c)
		}
	})
	t.Run("one that died is replaced", func(t *testing.T) {
		p := newPeer(t, map[string][]string{".": {"250 2.0.0 ok=close"}})
		m := mailer(t, options(t))
		send(t, m, p)
		send(t, m, p)
		if c := count(p, "(connect)"); c != 2 || len(p.kept()) != 2 {
			t.Errorf("%d connections, %d texts", c, len(p.kept()))
		}
	})
	t.Run("one that was told to go is replaced", func(t *testing.T) {
		p := newPeer(t, map[string][]string{"RSET": {"421 4.4.2 too long idle=close"}})
		m := mailer(t, options(t))
		send(t, m, p)
		send(t, m, p)
		if c := count(p, "(connect)"); c != 2 {
			t.Errorf("%d connections", c)
		}
	})
	t.Run("one that is idle ends", func(t *testing.T) {
		p := newPeer(t, nil)
		o := options(t)
		o.Idle = time.Millisecond
		m := mailer(t, o)
		send(t, m, p)
		for deadline := time.Now().Add(30 * time.Second); count(p, "QUIT") == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no QUIT")
			}
		}
	})
	t.Run("the oldest goes when there are too many", func(t *testing.T) {
		a, b, c := newPeer(t, nil), newPeer(t, nil), newPeer(t, nil)
		o := options(t)
		o.MaxIdle = 2
		m := mailer(t, o)
		for _, p := range []*peer{a, b, c} {
			send(t, m, p)
		}
		if count(a, "QUIT") != 1 || count(b, "QUIT")+count(c, "QUIT") != 0 {
			t.Error(a.commands(), b.commands(), c.commands())
		}
	})
	t.Run("many at a time have one each", func(t *testing.T) {
		p := newPeer(t, nil)
		o := options(t)
		o.MaxIdle, o.Idle = 2, time.Millisecond
		m := mailer(t, o)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					if got := m.Deliver(context.Background(), job(t, p.host(), hello, "a@x.example")); !got[0].OK() {
						t.Error(got)
					}
				}
			})
		}
		all.Wait()
		if len(p.kept()) != 160 {
			t.Errorf("%d texts", len(p.kept()))
		}
	})
}
