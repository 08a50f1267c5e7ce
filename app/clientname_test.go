package app

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

// book is a name service.
type book struct {
	names map[string][]string
	addrs map[string]string
	asked int
}

func (b *book) LookupAddr(_ context.Context, addr string) ([]string, error) {
	b.asked++
	if b.names[addr] == nil {
		return nil, errors.New("no such host")
	}
	return b.names[addr], nil
}

func (b *book) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	a, err := netip.ParseAddr(b.addrs[host])
	return []netip.Addr{a}, err
}

func TestAClientHasTheNameThatLeadsBackToIt(t *testing.T) {
	b := &book{
		names: map[string][]string{"192.0.2.1": {"forged.example.", "web.example."}, "192.0.2.2": {"forged.example."}, "192.0.2.4": {"gone.example."}},
		addrs: map[string]string{"web.example.": "::ffff:192.0.2.1", "forged.example.": "198.51.100.1"},
	}
	look := clientName(b, func() bool { return true })
	for ip, want := range map[string]string{"192.0.2.1": "web.example", "192.0.2.2": "", "192.0.2.3": "", "192.0.2.4": ""} {
		if got := look(t.Context(), netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s is %q, want %q", ip, got, want)
		}
	}
	b.asked = 0
	if got := clientName(b, func() bool { return false })(t.Context(), netip.MustParseAddr("192.0.2.1")); got != "" || b.asked > 0 {
		t.Errorf("%q, asked %d times for a name that no table needs", got, b.asked)
	}
}
