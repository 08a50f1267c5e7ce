package rewrite

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// header rewrites one field's value for SMTP.
func header(t testing.TB, r *Rewriter, field string) (string, []mta.Step) {
	t.Helper()
	changes, steps, err := r.Header([]byte(field), false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(Apply([]byte(field), changes)), steps
}

func TestOnlyAddressesChange(t *testing.T) {
	r := worlds[1].rewriter(t)
	for rule, test := range map[string]struct{ in, want string }{
		"a name in words":                 {"From: Apache Web. <apache@MagentoWebServer>\r\n", "From: Apache Web. <shop@adidas.cn>\r\n"},
		"a name in quotes":                {"From: \"A, B <x@y>\" <alice>", "From: \"A, B <x@y>\" <Alice.Generic@adidas.cn>"},
		"encoded words":                   {"From: =?utf-8?q?J=C3=B6=2C?=\r\n =?utf-8?q?rg?= <alice>\r\n", "From: =?utf-8?q?J=C3=B6=2C?=\r\n =?utf-8?q?rg?= <Alice.Generic@adidas.cn>\r\n"},
		"comments, blanks, commas":        {"From:(a, <b>)  alice\t(\\)) ,,root", "From:(a, <b>)  Alice.Generic@adidas.cn\t(\\)) ,,webmaster@adidas.cn"},
		"a comment in the address":        {"From: apache(web)@MagentoWebServer", "From: shop@adidas.cn (web)"},
		"folding within brackets":         {"From: x <\r\n alice\r\n >\r\n", "From: x <\r\n Alice.Generic@adidas.cn\r\n >\r\n"},
		"members of a group":              {"To: Team: alice, u@ok.example; , bob", "To: Team: alice@mail.example.com, u@ok.example; , bob@mail.example.com"},
		"a group without members":         {"To: undisclosed-recipients:;", "To: undisclosed-recipients:;"},
		"the field's name":                {"fRoM : alice", "fRoM : Alice.Generic@adidas.cn"},
		"raw octets":                      {"From: J\xf6rg <alice>", "From: J\xf6rg <Alice.Generic@adidas.cn>"},
		"doubled brackets":                {"From: <<alice>>", "From: <<Alice.Generic@adidas.cn>>"},
		"a route of another domain":       {"From: <@relay.example:u@ok.example>", "From: <@relay.example:u@ok.example>"},
		"a literal with colons":           {"From: alice@[IPv6:2001:db8::1], alice", "From: alice@[IPv6:2001:db8::1], Alice.Generic@adidas.cn"},
		"a bracket that stays open":       {"From: alice, <root", "From: Alice.Generic@adidas.cn, <root"},
		"a literal that stays open":       {"From: alice, u@[1.2, root", "From: Alice.Generic@adidas.cn, u@[1.2, root"},
		"a quote that stays open":         {"From: alice, \"root", "From: Alice.Generic@adidas.cn, \"root"},
		"a comment that stays open":       {"From: alice (root", "From: alice (root"},
		"words that make no address":      {"From: two words, a@b@c, @, <>, x@", "From: two words, a@b@c, @, <>, x@"},
		"fields that are no one's sender": {"Return-Receipt-To: alice\nX-From: alice\nSubject: alice", "Return-Receipt-To: alice\nX-From: alice\nSubject: alice"},
		"the body":                        {"X: y\n\nFrom: alice\n", "X: y\n\nFrom: alice\n"},
		"what is no field ends it":        {"X: y\nno field\nFrom: alice\n", "X: y\nno field\nFrom: alice\n"},
		"continued lines of other fields": {"X: y\n From: alice\nFrom: alice", "X: y\n From: alice\nFrom: Alice.Generic@adidas.cn"},
	} {
		if got, _ := header(t, r, test.in); got != test.want {
			t.Errorf("%s: %q became %q, want %q", rule, test.in, got, test.want)
		}
	}
}

func TestWhatNeedsNoRewritingStaysByteForByte(t *testing.T) {
	r := worlds[0].rewriter(t)
	word := rapid.StringMatching(`[A-Za-z.,:;<>()"\\ \t=?@-]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "fields") {
			b.WriteString(rapid.SampledFrom([]string{"From: ", "to:", "Reply-To:\t", "X: ", "Cc: "}).Draw(t, "name"))
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				b.WriteString(word.Draw(t, "before") + rapid.SampledFrom([]string{"u@ok.example", "<u@ok.example>", "\"a, b\"@x.example", "\r\n "}).Draw(t, "address") +
					rapid.SampledFrom([]string{",", ", ", " ", ";", ",\r\n\t"}).Draw(t, "after"))
			}
			b.WriteString("\r\n")
		}
		text := b.String()
		changes, _, err := r.Header([]byte(text), false, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes { // a bare name or localhost may be among what was drawn; nothing else
			if !strings.Contains(string(c.Out), "@mail.example.com") {
				t.Fatalf("%q became %q", c.In, c.Out)
			}
		}
	})
}

func TestStepsTellWhy(t *testing.T) {
	r := worlds[1].rewriter(t)
	got, steps := header(t, r, "From: Shop <apache@MagentoWebServer>\nReply-To: apache@MagentoWebServer\n")
	want := mta.Step{Rule: "genericstable", File: "genericstable", Line: 1, Key: "apache@magentowebserver",
		In: "apache@MagentoWebServer", Out: "shop@adidas.cn", Note: "From field"}
	if got != "From: Shop <shop@adidas.cn>\nReply-To: shop@adidas.cn\n" || len(steps) != 1 || steps[0] != want {
		t.Errorf("%q, %+v", got, steps)
	}
	got, steps = header(t, r, "From: paul@example.com\n")
	want = mta.Step{Rule: "genericstable", File: "genericstable", Line: 2, Key: "paul@example.com", In: "paul@example.com", Out: "paul@example.com",
		Note: "From field: example.com is not in class G: the entry is not for this address"}
	if got != "From: paul@example.com\n" || len(steps) != 1 || steps[0] != want {
		t.Errorf("%q, %+v", got, steps)
	}
	a, steps, err := r.Address(address.Address{Local: "apache", Domain: "MagentoWebServer"}, Use{Kind: Envelope})
	if err != nil || a.String() != "apache@MagentoWebServer" || len(steps) != 1 || steps[0].Line != 1 ||
		steps[0].Note != "the envelope sender is left alone without masquerade_envelope; with it shop@adidas.cn" {
		t.Errorf("%v, %+v, %v", a, steps, err)
	}
}

func TestAHeaderOfManyAddressesHasItsLimits(t *testing.T) {
	r := worlds[1].rewriter(t)
	var b strings.Builder
	for i := range MaxEntries + 5 {
		b.WriteString(",user" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "@localhost")
	}
	got, steps := header(t, r, "From: "+b.String()[1:])
	if n := strings.Count(got, "@mail.example.com"); n != MaxEntries || len(steps) != MaxSteps+1 {
		t.Errorf("%d addresses, %d steps", n, len(steps))
	}
}

func TestLongHeadersTakeLinearTime(t *testing.T) {
	r := worlds[1].rewriter(t)
	for _, part := range []string{"@[", "<", "(", ", ", "@a,", "\\", ":", "a<b", "\"\"", "u@x,", "[", ";"} {
		header(t, r, "From: "+strings.Repeat(part, 1<<20/len(part))) // quadratic work would take minutes
	}
}

func TestATableThatCannotBeReadIsAnError(t *testing.T) {
	broken := errors.New("no such disk")
	r, err := New(Config{Hostname: "mail.example.com", Generics: unreadable{broken}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Header([]byte("From: alice\n"), false, false); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type unreadable struct{ err error }

func (u unreadable) Get(string) (table.Entry, bool, error) { return table.Entry{}, false, u.err }

func TestNamesThatCouldNotStandInAnAddressAreRefused(t *testing.T) {
	for _, m := range []Masquerade{{As: "a b"}, {As: "x\r\nBcc: y"}, {Domains: []string{"@x"}}, {Exceptions: []string{"<x>"}}} {
		if _, err := New(Config{Hostname: "mail.example.com", Masquerade: m}); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, form := range forms {
		f.Add("From: "+form+"\r\nTo: "+form+"\r\n", false)
	}
	f.Add("From: <a\r\n b>, \"x\\\" (", true)
	r := worlds[5].rewriter(f)
	f.Fuzz(func(t *testing.T, text string, local bool) {
		changes, _, err := r.Header([]byte(text), local, false)
		if err != nil {
			t.Fatal(err)
		}
		got := string(Apply([]byte(text), changes))
		if len(changes) == 0 && got != text {
			t.Fatalf("%q became %q", text, got)
		}
		for _, c := range changes {
			if text[c.Offset:c.Offset+len(c.In)] != string(c.In) {
				t.Fatalf("%q is not at %d of %q", c.In, c.Offset, text)
			}
			if a, b := strings.Count(string(c.In), "\n"), strings.Count(string(c.Out), "\n"); b > a {
				t.Fatalf("%q has more lines as %q", c.In, c.Out)
			}
		}
		again, _, err := r.Header([]byte(got), local, false)
		if err != nil || len(again) > len(changes) {
			t.Fatalf("%q, rewritten %q, changes at %d fields, %v", text, got, len(again), err)
		}
	})
}
