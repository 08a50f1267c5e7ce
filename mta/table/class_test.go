package table

import (
	"net/netip"
	"strings"
	"testing"
)

func TestAClassIsReadAsSendmailReadsIt(t *testing.T) {
	c, problems := ParseClass("w", strings.NewReader("Example.COM # ours\n\n# no.example\nadidas.cn\tMagentoWebServer\r\n.below.example\n192.0.2\n10.0.0.\nIPv6:2001:db8\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	for word, line := range map[string]int{
		"example.com": 1, "EXAMPLE.com.": 1, "magentowebserver": 4, "adidas.cn": 4, "no.example": 0, "ours": 0, "sub.example.com": 0, "": 0,
	} {
		if e, ok := c.Has(word); ok != (line > 0) || e.Line != line {
			t.Errorf("%q: %v, line %d, want %d", word, ok, e.Line, line)
		}
	}
	for domain, key := range map[string]string{
		"example.com": "example.com", "a.b.example.com": "example.com", "notexample.com": "", "x.below.example": ".below.example", "below.example": "", "": "",
	} {
		if e, ok := c.Within(domain); ok != (key != "") || e.Key != key {
			t.Errorf("within %q: %v %q, want %q", domain, ok, e.Key, key)
		}
	}
	for ip, key := range map[string]string{
		"192.0.2.7": "192.0.2", "192.0.20.7": "", "10.0.0.9": "10.0.0.", "2001:db8::1": "ipv6:2001:db8", "2001:db9::1": "",
	} {
		if e, ok := c.Net(netip.MustParseAddr(ip)); ok != (key != "") || e.Key != key {
			t.Errorf("net of %s: %v %q, want %q", ip, ok, e.Key, key)
		}
	}
	var none *Class
	if _, ok := none.Within("a.b"); ok || none.Len() != 0 {
		t.Error("no class has words")
	}
}

func TestALineThatIsNotInForceIsKnown(t *testing.T) {
	first, _ := Parse("t", strings.NewReader("a x\nb y\nA z\na w\n"), Syntax{})
	last, _ := Parse("t", strings.NewReader("a x\nb y\na z\n"), Syntax{Replace: true})
	if got := first.Again("a"); len(got) != 2 || got[0] != 3 || got[1] != 4 {
		t.Errorf("the first counts: %v", got)
	}
	if got := last.Again("a"); len(got) != 1 || got[0] != 1 {
		t.Errorf("the last counts: %v", got)
	}
	if got := first.Again("b"); got != nil {
		t.Errorf("%v", got)
	}
}
