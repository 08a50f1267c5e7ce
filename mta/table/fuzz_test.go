package table

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"postroom.dev/mta/address"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a b\nA c\n#x\n y\n", "From:joe@ok.example ERROR:5.7.1:550 no\r\n", "k\n\xff\xfe v\n\x00", "a,b\n"} {
		f.Add(s, byte(0), false)
		f.Add(s, byte(','), true)
	}
	f.Fuzz(func(t *testing.T, s string, separator byte, keep bool) {
		m, problems := Parse("f", strings.NewReader(s), Syntax{Separator: separator, KeepCase: keep})
		if len(problems) > MaxProblems+1 || m.Len()+len(problems) > strings.Count(s, "\n")+1 {
			t.Fatalf("%d entries and %d problems of %d lines", m.Len(), len(problems), strings.Count(s, "\n")+1)
		}
		for e := range m.All() {
			if got, ok, _ := m.Get(e.Key); !ok || got != e {
				t.Fatalf("%+v: found %+v", e, got)
			}
		}
		var file bytes.Buffer
		if err := m.Write(&file, "hash"); err != nil {
			t.Fatal(err)
		}
		if back, _, err := Read("f", &file); err != nil || back.Len() != m.Len() {
			t.Fatalf("read back: %v", err)
		}
	})
}

func FuzzRead(f *testing.F) {
	m, _ := Parse("x", strings.NewReader("a b\nc d\n"), Syntax{})
	var file bytes.Buffer
	if err := m.Write(&file, "hash"); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, _, err := Read("f", bytes.NewReader(b)); err == nil {
			for e := range m.All() {
				if _, ok := m.find([]byte(e.Key)); !ok {
					t.Fatalf("%q is lost", e.Key)
				}
			}
		}
	})
}

func FuzzKeys(f *testing.F) {
	m, _ := Parse("x", strings.NewReader("@d.example %1%2%3\n.d.example %1\n"), Syntax{})
	f.Add("u+d", "d.example", "10.0.0.1")
	f.Add("", "[IPv6:::1]", "::1")
	f.Add("+", "....", "")
	f.Fuzz(func(t *testing.T, local, domain, ip string) {
		a := address.Address{Local: local, Domain: domain}
		Access{Table: m, Tag: "To:"}.Sender(a)
		Access{Table: m, Tag: "To:", Dots: true}.Recipient(a, true)
		Virtual(m, a)
		Generic(m, a, "ours.example")
		Mailer(m, domain)
		if addr, err := netip.ParseAddr(ip); err == nil {
			if match, _, _ := (Access{Table: m, Tag: "Connect:"}).IP(addr); len(match.Tried) > 16 {
				t.Fatalf("%d keys", len(match.Tried))
			}
		}
	})
}

func FuzzParseClass(f *testing.F) {
	f.Add("example.com # ours\nA B\n\n#c\r\n.x", "a.b.example.com", "192.0.2.1")
	f.Add("192.0.2\nIPv6:2001:db8:\n", "..", "2001:db8::1")
	f.Fuzz(func(t *testing.T, s, domain, ip string) {
		c, _ := ParseClass("f", strings.NewReader(s))
		for e := range c.Map().All() {
			if _, ok := c.Has(e.Key + "."); !ok && !strings.HasSuffix(e.Key, ".") {
				t.Fatalf("%q is lost", e.Key)
			}
		}
		if _, ok := c.Has(domain); ok {
			if _, ok := c.Within(domain); !ok {
				t.Fatalf("%q has it, and is not within", domain)
			}
		}
		if addr, err := netip.ParseAddr(ip); err == nil {
			c.Net(addr)
		}
	})
}
