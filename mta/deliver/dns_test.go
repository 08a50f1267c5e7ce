package deliver

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"testing"

	"github.com/foxcpp/go-mockdns"
	"github.com/google/go-cmp/cmp"
)

// A DNS server, net.Resolver before it, and peers at addresses of the loopback: what is asked, in which order hosts are tried, and
// what is said where none is.
func TestMXRecordsAsADNSServerGivesThem(t *testing.T) {
	mx := func(pref uint16, host string) net.MX { return net.MX{Host: host, Pref: pref} }
	server, err := mockdns.NewServerWithLogger(map[string]mockdns.Zone{
		"ok.example.":       {MX: []net.MX{mx(20, "mx2.ok.example."), mx(10, "mx1.ok.example.")}},
		"mx1.ok.example.":   {A: []string{"127.0.0.21"}},
		"mx2.ok.example.":   {A: []string{"127.0.0.22"}, AAAA: []string{"::1"}},
		"direct.example.":   {A: []string{"127.0.0.22"}},
		"null.example.":     {MX: []net.MX{mx(0, ".")}},
		"loop.example.":     {MX: []net.MX{mx(5, "mail.example.com."), mx(10, "mx1.ok.example.")}},
		"alias.example.":    {CNAME: "ok.example."},
		"down.example.":     {Err: errors.New("server failure")},
		"halfdown.example.": {MX: []net.MX{mx(5, "down.example."), mx(10, "mx2.ok.example.")}},
		"gone.example.":     {MX: []net.MX{mx(5, "nx.example.")}},
	}, log.New(io.Discard, "", 0), false)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	good, busy := newPeer(t, nil), newPeer(t, map[string][]string{"(connect)": {"421 4.3.2 busy=close"}})
	for _, c := range []struct{ host, dials, want string }{
		{"ok.example", "127.0.0.21:25 127.0.0.22:25", "250 2.0.0 accepted (mx2.ok.example)"},
		{"OK.Example.", "127.0.0.21:25 127.0.0.22:25", "250 2.0.0 accepted (mx2.ok.example)"},
		{"alias.example", "127.0.0.21:25 127.0.0.22:25", "250 2.0.0 accepted (mx2.ok.example)"},
		{"direct.example", "127.0.0.22:25", "250 2.0.0 accepted (direct.example)"},
		{"[mx2.ok.example]", "127.0.0.22:25", "250 2.0.0 accepted (mx2.ok.example)"},
		{"mx2.ok.example:2525", "127.0.0.22:2525", "250 2.0.0 accepted (mx2.ok.example.:2525)"},
		{"[127.0.0.22]", "127.0.0.22:25", "250 2.0.0 accepted ([127.0.0.22])"},
		{"null.example", "", "556 5.1.10 Host does not accept mail: MX 0 ."},
		{"loop.example", "", "553 5.3.5 loop.example. config error: mail loops back to me (MX problem?)"},
		{"nx.example", "", "550 5.1.2 Host unknown (Name server: nx.example: host not found)"},
		{"gone.example", "", "550 5.1.2 Host unknown (Name server: nx.example: host not found)"},
		{"down.example", "", "451 4.4.3 host map: lookup (down.example): deferred"},
		{"halfdown.example", "127.0.0.22:25", "250 2.0.0 accepted (mx2.ok.example)"},
		{"nx.example:ok.example", "127.0.0.21:25 127.0.0.22:25", "250 2.0.0 accepted (mx2.ok.example)"},
	} {
		t.Run(c.host, func(t *testing.T) {
			resolver := &net.Resolver{}
			server.PatchNet(resolver)
			o := options(t)
			o.Resolver = resolver
			var dials []string
			o.Dial = func(ctx context.Context, network, a string) (net.Conn, error) {
				if strings.HasPrefix(a, "[::1]") {
					return nil, errors.New("no IPv6 here") // which one of two addresses comes first is the resolver's to say
				}
				dials = append(dials, a)
				to := good
				if strings.HasPrefix(a, "127.0.0.21:") {
					to = busy
				}
				var d net.Dialer
				return d.DialContext(ctx, network, to.addr())
			}
			got := results(mailer(t, o).Deliver(t.Context(), job(t, c.host, hello, "u@x.example")))
			if d := cmp.Diff([]string{c.want}, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.dials, strings.Join(dials, " ")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMXHostsOfOnePreferenceShareTheLoad(t *testing.T) {
	server, err := mockdns.NewServerWithLogger(map[string]mockdns.Zone{
		"ok.example.": {MX: []net.MX{{Host: "a.example.", Pref: 10}, {Host: "b.example.", Pref: 10}, {Host: "c.example.", Pref: 20}}},
		"a.example.":  {A: []string{"127.0.0.21"}}, "b.example.": {A: []string{"127.0.0.22"}}, "c.example.": {A: []string{"127.0.0.23"}},
	}, log.New(io.Discard, "", 0), false)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	resolver := &net.Resolver{}
	server.PatchNet(resolver)
	o := options(t)
	o.Resolver = resolver
	first := map[string]int{}
	asked := 0
	o.Dial = func(_ context.Context, _, a string) (net.Conn, error) {
		if asked++; asked%3 == 1 {
			first[a]++
		} else if asked%3 == 0 && a != "127.0.0.23:25" {
			t.Errorf("the least preferred is not the last: %s", a)
		}
		return nil, errors.New("nobody")
	}
	m := mailer(t, o)
	for range 64 { // RFC 5321 §5.1; that all 64 begin with the same one has a chance of 1 in 2^63
		m.Deliver(t.Context(), job(t, "ok.example", hello, "u@x.example"))
	}
	if len(first) != 2 || first["127.0.0.23:25"] > 0 {
		t.Errorf("first were %v", first)
	}
}
