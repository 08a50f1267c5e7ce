package gate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta/address"
)

func addr(t *testing.T, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAListAllowsWhatItNames(t *testing.T) {
	tests := []struct {
		rule, list, to, host string
		want                 bool
	}{
		{"no list allows all", "", "a@b.example", "b.example", true},
		{"an address", "Me@Corp.example", "me@corp.example", "corp.example", true},
		{"the domain's case and last dot mean nothing", "me@corp.example", "me@CORP.Example.", "corp.example", true},
		{"another address of the domain", "me@corp.example", "you@corp.example", "corp.example", false},
		{"an address with detail is another", "me@corp.example", "me+x@corp.example", "corp.example", false},
		{"a domain", "corp.example", "you@corp.example", "corp.example", true},
		{"a domain is not those below it", "corp.example", "you@mail.corp.example", "mail.corp.example", false},
		{"a dot in front is for those below", ".corp.example", "you@a.b.corp.example", "a.b.corp.example", true},
		{"and not for the domain itself", ".corp.example", "you@corp.example", "corp.example", false},
		{"nor for a name that ends alike", ".corp.example", "you@evilcorp.example", "evilcorp.example", false},
		{"a domain in letters by its xn-- form", "bücher.example", "a@xn--bcher-kva.example", "x", true},
		{"and the other way round", "xn--bcher-kva.example", "a@BÜCHER.example", "x", true},
		{"a domain inside a local part means nothing", "corp.example", `"x@corp.example"@evil.example`, "evil.example", false},
		{"nor behind a percent sign", "corp.example", "x%corp.example@evil.example", "evil.example", false},
		{"a host, whomever for", "[127.0.0.1]:2525", "a@b.example", "[127.0.0.1]:2525", true},
		{"a host's other port", "[127.0.0.1]:2525", "a@b.example", "[127.0.0.1]:25", false},
		{"a host on every port", "[mail.corp.example]", "a@b.example", "[MAIL.corp.example]:587", true},
		{"a host with a port and no brackets", "[mail.corp.example]", "a@b.example", "mail.corp.example:587", true},
		{"a name whose MX hosts take the mail is no host", "[corp.example]", "a@corp.example", "corp.example", false},
		{"an address in two forms", "[IPv6:2001:db8::1]", "a@b.example", "[IPv6:2001:DB8:0:0::1]", true},
		{"all hosts of several must be there", "[a.example] [b.example]", "x@y.example", "[a.example]:[b.example]:25", true},
		{"one that is not", "[a.example]", "x@y.example", "[a.example]:[b.example]", false},
		{"an address literal is a host", "[192.0.2.1]", "x@[192.0.2.1]", "[192.0.2.1]", true},
		{"no host", "[a.example]", "x@y.example", "", false},
		{"any entry does", "me@corp.example [127.0.0.1]:2525 corp.example", "x@corp.example", "[192.0.2.9]", true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l, err := Parse(strings.Fields(tt.list))
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Allows(addr(t, tt.to), tt.host); got != tt.want {
				t.Errorf("%q allows %s by %s: %v", tt.list, tt.to, tt.host, got)
			}
		})
	}
}

func TestAnEntryThatIsNoneIsRefused(t *testing.T) {
	for _, entry := range []string{"", " ", "@corp.example", "a@", "a b", "[", "[]", "[a", "[a]:x", "[a]:70000", "[a]:[b]", "a:25", "*.example", "<a@b>", "a@b,c@d",
		"Me <a@b>", strings.Repeat("a", 400), "..", "a@b@c\n"} {
		if l, err := Parse([]string{entry}); !errors.Is(err, ErrEntry) {
			t.Errorf("%q: %+v, %v", entry, l, err)
		}
	}
	if _, err := Parse(make([]string, maxEntries+1)); err == nil {
		t.Error("a list without end")
	}
}

func FuzzAListAllowsOnlyByAnEntry(f *testing.F) {
	f.Add("corp.example", "a@corp.example", "corp.example")
	f.Add("[127.0.0.1]:25", "a@b", "[127.0.0.1]:25:[x]")
	f.Fuzz(func(t *testing.T, entry, to, hosts string) {
		l, err := Parse([]string{entry})
		if err != nil {
			return
		}
		a, err := address.Parse(to)
		if err != nil || !l.Allows(a, hosts) {
			return
		}
		fold := func(s string) string { return strings.ToLower(strings.Trim(s, ".")) }
		name, _, _ := strings.Cut(strings.TrimPrefix(entry, "["), "]")
		if ip := hostName(name); entry[0] == '[' && (strings.Contains(strings.ToLower(hosts), fold(name)) || strings.Contains(hosts, ip) || strings.Contains(ip, ":") || strings.Contains(ip, "xn--")) {
			return
		}
		if _, d, ok := strings.Cut(entry, "@"); ok {
			entry = d
		}
		if !strings.HasSuffix(Domain(a.Domain), Domain(strings.TrimPrefix(entry, "."))) && !strings.Contains(entry, a.Domain) {
			t.Errorf("%q allows %q by %q", entry, a, hosts)
		}
	})
}

func TestTheCounter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "daily-count")
	now := time.Date(2026, 11, 23, 23, 0, 0, 0, time.Local)
	clock := func() time.Time { return now }
	c := NewCounter(path, clock)
	take := func(n int, want bool) {
		t.Helper()
		if ok, err := c.Take(n, 3); ok != want || err != nil {
			t.Fatalf("%d more: %v %v, want %v", n, ok, err, want)
		}
	}
	take(2, true)
	take(2, false)
	c = NewCounter(path, clock) // a new start goes on counting
	take(2, false)
	take(1, true)
	take(1, false)
	if err := c.Give(1); err != nil {
		t.Fatal(err)
	}
	c = NewCounter(path, clock)
	take(1, true)
	take(0, true)
	now = now.Add(2 * time.Hour) // another day
	take(3, true)
	take(1, false)
	if n, err := c.Left(); n != 3 || err != nil {
		t.Error(n, err)
	}
	if text, _ := os.ReadFile(path); string(text) != "2026-11-24 3\n" {
		t.Errorf("%q", text)
	}
}

func TestNothingMayLeaveWhenTheCountCannotBeKnown(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"nonsense": "many\n", "negative": "2026-11-24 -5\n", "no day": "2026-99-99 1\n", "cut": "2026-11-24 "} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if ok, err := NewCounter(path, time.Now).Take(1, 10); ok || err == nil {
			t.Errorf("%s: %v %v", name, ok, err)
		}
	}
	if ok, err := NewCounter(filepath.Join(dir, "gone", "x"), time.Now).Take(1, 10); ok || err == nil {
		t.Error("a count that cannot be kept:", ok, err)
	}
}

func TestManyAtATimeDoNotPassTheCap(t *testing.T) {
	c := NewCounter(filepath.Join(t.TempDir(), "n"), time.Now)
	var wg sync.WaitGroup
	passed := make(chan bool, 100)
	for range 100 {
		wg.Go(func() {
			ok, err := c.Take(1, 37)
			passed <- ok && err == nil
		})
	}
	wg.Wait()
	close(passed)
	n := 0
	for ok := range passed {
		if ok {
			n++
		}
	}
	if n != 37 {
		t.Errorf("%d passed a cap of 37", n)
	}
}
