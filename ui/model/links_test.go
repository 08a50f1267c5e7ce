package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNextLink(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"none", "no address :// here, ftp://x is another", ""},
		{"in a sentence", "See https://shop.example/track?id=1&x=2. Thanks", "https://shop.example/track?id=1&x=2"},
		{"two", "a http://a.example, b HTTPS://b.example/x!", "http://a.example HTTPS://b.example/x"},
		{"in brackets", "(https://a.example/x_(y)) [https://b.example]", "https://a.example/x_(y) https://b.example"},
		{"in angle brackets and quotes", `<https://a.example/> "http://b.example"`, "https://a.example/ http://b.example"},
		{"other letters round it", "请点击https://shop.cn/重置。谢谢", "https://shop.cn/重置"},
		{"nothing behind it", "https:// and http://...", ""},
		{"a port and a literal", "http://[::1]:8080/a", "http://[::1]:8080/a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for rest := c.text; ; {
				from, to := NextLink(rest)
				if from < 0 {
					break
				}
				got, rest = append(got, rest[from:to]), rest[to:]
			}
			if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add("See https://shop.example/track?id=1. (http://b.example)")
	f.Fuzz(func(t *testing.T, s string) {
		for from, to := NextLink(s); from >= 0; from, to = NextLink(s) {
			if from < 0 || to > len(s) || to-from <= len("http://") || strings.ContainsAny(s[from:to], " \n\"<>") {
				t.Fatalf("%q: %d to %d", s, from, to)
			}
			s = s[to:]
		}
	})
}

func TestALinkNamesAMessage(t *testing.T) {
	if LinkedMessage(MessageLink(42)) != 42 || LinkedMessage("https://a.example/42") != 0 || LinkedMessage("42") != 0 {
		t.Error("a message is not found again by its link")
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"all went well", "* connect\n+0.001 S: 220 mail\n+0.002 C: QUIT\n+0.002 S: 221 bye\n", -1},
		{"the first that was refused", "* connect\n+0.001 S: 220 mail\n+0.002 C: MAIL FROM:<x>\n+0.003 S: 553 no\n+0.003 S: 503 no\n", 3},
		{"a lost connection", "* connect\n+0.001 S: 220 mail\n+0.002 * lost connection\n", 2},
		{"a remark that more follows", "* connect\n+0.001 * a remark\n+0.002 S: 220 mail\n", -1},
		{"nothing", "", -1},
	} {
		if got := Refused(TranscriptLines([]byte(c.text))); got != c.want {
			t.Errorf("%s: line %d, want %d", c.name, got, c.want)
		}
	}
}
