package deliver

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestSplitHost(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"example.com", "example.com"},
		{"example.com:2525", "example.com/2525"},
		{"[mx.example.com]", "[mx.example.com]"},
		{"[127.0.0.1]:2525", "[127.0.0.1]/2525"},
		{"[IPv6:::1]:25", "[IPv6:::1]/25"},
		{"[::1]", "[::1]"},
		{"mx1.example:mx2.example", "mx1.example mx2.example"},
		{"[127.0.0.1]:25:[127.0.0.2]:mx:26", "[127.0.0.1]/25 [127.0.0.2] mx/26"},
		{"", "bad"}, {"[", "bad"}, {"[]", "bad"}, {"[a]b", "bad"}, {":25", "bad"}, {"a::25", "bad"}, {"a:0", "a 0"}, {"a:65536", "a 65536"},
		{strings.Repeat("a:", 101), "bad"},
	} {
		all, ok := splitHost(c.in)
		var got []string
		for _, h := range all {
			s := h.name
			if h.bracket {
				s = "[" + s + "]"
			}
			if h.port != 0 {
				s += "/" + strconv.Itoa(h.port)
			}
			got = append(got, s)
		}
		if g := strings.Join(got, " "); !ok && c.want != "bad" || ok && g != c.want {
			t.Errorf("%q: %q, want %q", c.in, g, c.want)
		}
	}
}

// Which addresses are tried in which order, and what is said when nobody is there. All
// refuse but 127.0.0.8, which does not answer.
func TestHosts(t *testing.T) {
	mx := func(hosts ...string) (all []*net.MX) { // the last one is the best
		for i, h := range hosts {
			all = append(all, &net.MX{Host: h, Pref: uint16(10 * (len(hosts) - i))})
		}
		return all
	}
	z := zone{
		mx: map[string][]*net.MX{
			"ok.example":    mx("mx2.ok.example.", "mx1.ok.example."),
			"null.example":  {{Host: ".", Pref: 0}},
			"loop.example":  {{Host: "mail.example.com.", Pref: 5}, {Host: "mx1.ok.example.", Pref: 5}, {Host: "mx2.ok.example.", Pref: 9}},
			"back.example":  {{Host: "mx1.ok.example.", Pref: 9}, {Host: "MAIL.example.com.", Pref: 5}, {Host: "mx2.ok.example.", Pref: 1}},
			"gone.example":  mx("nowhere.example."),
			"some.example":  mx("mx1.ok.example.", "tempmx.example.", "nowhere.example."),
			"empty.example": {},
		},
		a: map[string][]string{
			"mx1.ok.example": {"127.0.0.11", "::1"}, "mx2.ok.example": {"127.0.0.12"},
			"a.example": {"127.0.0.13"}, "slow.example": {"127.0.0.8"}, "empty.example": {"127.0.0.14"}, "localhost": {"127.0.0.15"},
			"xn--jrgen-kva.example": {"127.0.0.16"},
		},
		slow: map[string]bool{"tempdns.example": true, "tempmx.example": true},
	}
	for _, c := range []struct{ name, host, dials, want string }{
		{"MX hosts by preference, all addresses of each", "ok.example", "127.0.0.11:25 [::1]:25 127.0.0.12:25", "451 4.0.0 Connection refused by mx2.ok.example."},
		{"null MX", "null.example", "", "556 5.1.10 Host does not accept mail: MX 0 ."},
		{"no MX: the address itself", "a.example", "127.0.0.13:25", "451 4.0.0 Connection refused by a.example."},
		{"an empty answer is none", "empty.example", "127.0.0.14:25", "451 4.0.0 Connection refused by empty.example."},
		{"no such name", "nx.invalid", "", "550 5.1.2 Host unknown (Name server: nx.invalid: host not found)"},
		{"name server does not answer", "tempdns.example", "", "451 4.4.3 host map: lookup (tempdns.example): deferred"},
		{"we are the best MX", "loop.example", "", "553 5.3.5 loop.example. config error: mail loops back to me (MX problem?)"},
		{"only better MX than we", "back.example", "127.0.0.12:25", "451 4.0.0 Connection refused by mx2.ok.example."},
		{"MX without address", "gone.example", "", "550 5.1.2 Host unknown (Name server: nowhere.example: host not found)"},
		{"one MX not resolved now leaves hope", "some.example", "127.0.0.11:25 [::1]:25", "451 4.0.0 Connection refused by mx1.ok.example."},
		{"brackets: no MX", "[mx1.ok.example]", "127.0.0.11:25 [::1]:25", "451 4.0.0 Connection refused by mx1.ok.example."},
		{"port: no MX", "a.example:2525", "127.0.0.13:2525", "451 4.0.0 Connection refused by a.example.:2525"},
		{"address", "[127.0.0.9]", "127.0.0.9:25", "451 4.0.0 Connection refused by [127.0.0.9]"},
		{"IPv6 address", "[IPv6:::1]:2525", "[::1]:2525", "451 4.0.0 Connection refused by [IPv6:::1]:2525"},
		{"several hosts", "nx.invalid:[127.0.0.9]:a.example", "127.0.0.9:25 127.0.0.13:25", "451 4.0.0 Connection refused by a.example."},
		{"a host that does not answer", "[slow.example]", "127.0.0.8:25", "451 4.0.0 Connection timed out with slow.example."},
		{"a name of one word", "localhost", "127.0.0.15:25", "451 4.0.0 Connection refused by localhost."},
		{"a name in other letters", "jürgen.example", "127.0.0.16:25", "451 4.0.0 Connection refused by xn--jrgen-kva.example."},
		{"nonsense", "[", "", "553 5.1.2 Host name not understood: ["},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t)
			o.Resolver = z
			var dials []string
			o.Dial = func(_ context.Context, network, addr string) (net.Conn, error) {
				dials = append(dials, addr)
				if strings.HasPrefix(addr, "127.0.0.8:") {
					return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
				}
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			got := mailer(t, o).Deliver(t.Context(), job(t, c.host, hello, "a@x.example", "b@x.example"))
			if d := cmp.Diff(c.dials, strings.Join(dials, " ")); d != "" {
				t.Errorf("dials: %s", d)
			}
			if d := cmp.Diff([]string{c.want, c.want}, results(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestADialMayRefuse(t *testing.T) {
	o := options(t)
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, fmt.Errorf("policy: %w", mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 1}, Text: "mail may not leave"})
	}
	got := results(mailer(t, o).Deliver(t.Context(), job(t, "[127.0.0.1]", hello, "a@x.example")))
	if got[0] != "550 5.7.1 mail may not leave" {
		t.Error(got)
	}
}

func TestNextMXIsTriedUntilOneTalks(t *testing.T) {
	busy := newPeer(t, map[string][]string{"(connect)": {"421 4.3.2 busy=close"}})
	shut := newPeer(t, nil)
	_ = shut.l.Close()
	good := newPeer(t, nil)
	o := options(t)
	o.Resolver = zone{
		mx: map[string][]*net.MX{"ok.example": {{Host: "c.ok.example.", Pref: 30}, {Host: "a.ok.example.", Pref: 10}, {Host: "b.ok.example.", Pref: 20}}},
		a:  map[string][]string{"a.ok.example": {"127.0.0.1"}, "b.ok.example": {"127.0.0.2"}, "c.ok.example": {"127.0.0.3"}},
	}
	to := map[string]*peer{"127.0.0.1:25": shut, "127.0.0.2:25": busy, "127.0.0.3:25": good}
	o.Dial = func(ctx context.Context, network, a string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, to[a].addr())
	}
	var said []string
	j := job(t, "ok.example", hello, "u@ok.example")
	j.Verbose = func(l string) { said = append(said, l) }
	got := results(mailer(t, o).Deliver(t.Context(), j))
	if d := cmp.Diff([]string{"250 2.0.0 accepted (c.ok.example)"}, got); d != "" {
		t.Error(d)
	}
	want := []string{
		"<u@ok.example>... Connecting to a.ok.example. via esmtp...",
		"<u@ok.example>... Connecting to b.ok.example. via esmtp...",
		"421 4.3.2 busy",
		"<u@ok.example>... Connecting to c.ok.example. via esmtp...",
	}
	if d := cmp.Diff(want, said[:len(want)]); d != "" {
		t.Error(d)
	}
}
