package app

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"postroom.dev/mta/route"
)

// zone answers as a name server would: a name that it does not have does not exist.
type zone struct {
	mx, addr map[string]bool
	fails    map[string]bool
	slow     chan struct{} // not nil: answers wait for it
	asked    atomic.Int32
}

func (z *zone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	z.asked.Add(1)
	if z.slow != nil {
		select {
		case <-z.slow:
		case <-ctx.Done():
		}
	}
	if z.mx[name] {
		return []*net.MX{{Host: ".", Pref: 0}}, nil
	}
	return nil, z.not(name)
}

func (z *zone) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	if z.addr[name] {
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	}
	return nil, z.not(name)
}

func (z *zone) LookupAddr(_ context.Context, addr string) ([]string, error) {
	if z.addr[addr] {
		return []string{"host.net."}, nil
	}
	return nil, z.not(addr)
}

func (z *zone) not(name string) error {
	if z.fails[name] {
		return &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func TestADomainExistsThatHasAnMXOrAnAddress(t *testing.T) {
	z := &zone{mx: map[string]bool{"mx.net.": true}, addr: map[string]bool{"host.net.": true, "192.0.2.1": true, "2001:db8::1": true}, fails: map[string]bool{"down.net.": true}}
	d := newDomains(z, time.Now)
	for name, want := range map[string]route.Existence{"mx.net": route.Exists, "host.net": route.Exists, "none.net": route.Missing, "[192.0.2.1]": route.Exists, "[ipv6:2001:db8::1]": route.Exists, "[192.0.2.2]": route.Missing, "[999.1.1.1]": route.Missing, "[]": route.Missing, "down.net": route.Unresolved} {
		if got := d.ask(name, true); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestADomainIsAskedAboutOnceInAWhile(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	z := &zone{mx: map[string]bool{"mx.net.": true}, fails: map[string]bool{"down.net.": true}}
	d := newDomains(z, func() time.Time { return now })
	for _, step := range []struct {
		name  string
		after time.Duration
		asked int32
	}{{"mx.net", 0, 1}, {"mx.net", time.Minute, 1}, {"mx.net", 5 * time.Minute, 2}, {"down.net", 0, 3}, {"down.net", 10 * time.Second, 3}, {"down.net", 20 * time.Second, 4}} {
		now = now.Add(step.after)
		d.ask(step.name, true)
		if got := z.asked.Load(); got != step.asked {
			t.Errorf("%s %v later: asked %d times, want %d", step.name, step.after, got, step.asked)
		}
	}
}

func TestASlowNameServerHoldsUpNobodyForLong(t *testing.T) {
	z := &zone{slow: make(chan struct{})}
	d := newDomains(z, time.Now)
	if got := d.ask("slow.net", false); got != route.Unresolved {
		t.Errorf("%v", got)
	}
	for i := range maxQuestions * 2 { // beyond so many nobody waits at all
		d.question(string(rune('a'+i)) + ".net")
	}
	if n := z.asked.Load(); n > maxQuestions {
		t.Errorf("%d questions at a time", n)
	}
	close(z.slow)
	for deadline := time.Now().Add(30 * time.Second); d.ask("slow.net", false) != route.Missing; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the answer that came late is not used")
		}
	}
}

func TestWhatDNSSaysIsRemembered(t *testing.T) {
	z := &zone{}
	d := newDomains(z, time.Now)
	for i := range maxDomains + 50 {
		d.ask(string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))+".net", true)
	}
	if n := len(d.known); n > maxDomains {
		t.Errorf("%d domains", n)
	}
	if !notFound(nil) || notFound(errors.New("x")) {
		t.Error("notFound")
	}
}
