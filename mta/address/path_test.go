package address

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParsePathGivesTheRest(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Address
		rest string
	}{
		{"<@a,@b:u@h> SIZE=1", Address{"u", "h"}, " SIZE=1"},
		{"<>", Address{}, ""},
		{" <> BODY=8BITMIME", Address{}, " BODY=8BITMIME"},
		{"a@b SIZE=1", Address{"a", "b"}, " SIZE=1"},
		{"a@b", Address{"a", "b"}, ""},
		{"<postmaster>", Address{"postmaster", ""}, ""},
		{"<a@b>SIZE=1", Address{"a", "b"}, "SIZE=1"},
		{`<"a> b"@c> X`, Address{"a> b", "c"}, " X"},
		{`"a b"@c X`, Address{"a b", "c"}, " X"},
		{`<a\>b@c> X`, Address{"a>b", "c"}, " X"},
		{"<u@[127.0.0.1]>", Address{"u", "[127.0.0.1]"}, ""},
		{"<用户@例え.jp> SMTPUTF8", Address{"用户", "例え.jp"}, " SMTPUTF8"},
		{"<\xe9@x>", Address{"\xe9", "x"}, ""},
		{"<|/bin/sh>", Address{"|/bin/sh", ""}, ""},
	} {
		a, rest, err := ParsePath(c.in)
		if err != nil || a != c.want || rest != c.rest {
			t.Errorf("ParsePath(%q) = %#v, %q, %v", c.in, a, rest, err)
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":                                     ErrEmpty,
		"  ":                                   ErrEmpty,
		"<a@ok.example":                        &UnbalancedError{'<'},
		"<a@ok SIZE=1":                         &UnbalancedError{'<'},
		"a>":                                   &UnbalancedError{'>'},
		"<a@b>>":                               &UnbalancedError{'>'},
		`<"a@b>`:                               &UnbalancedError{'"'},
		"<a(@b>":                               &UnbalancedError{'('},
		"<a@>":                                 ErrHostnameRequired,
		"<@ok.example>":                        ErrUserRequired,
		"<a@b@example>":                        ErrRoute,
		"<@>":                                  ErrGroup,
		"<a\r\nDATA@b>":                        ErrSyntax,
		"Shop<a@b>":                            ErrSyntax,
		"<" + strings.Repeat("0", 256) + "@x>": ErrTooLong,
		"<a@" + strings.Repeat("0", 256) + ">": ErrTooLong,
		"<" + strings.Repeat("@a,", 500) + "@b:c@d>": ErrTooLong,
	} {
		_, _, err := ParsePath(in)
		if u, ok := want.(*UnbalancedError); ok {
			if got, ok := errors.AsType[*UnbalancedError](err); !ok || *got != *u {
				t.Errorf("ParsePath(%.40q): %v, want %v", in, err, want)
			}
		} else if !errors.Is(err, want) {
			t.Errorf("ParsePath(%.40q): %v, want %v", in, err, want)
		}
	}
}

func TestComplaintSpeaksAsSendmailDoes(t *testing.T) {
	for in, want := range map[string]string{
		"<foo":  "Unbalanced '<'",
		"a@b@c": "Invalid route address",
		"foo@":  "Hostname required",
		"@foo":  "User address required",
		"@":     "List:; syntax illegal for recipient addresses",
	} {
		_, err := Parse(in)
		if _, got := Complaint(err); got != want {
			t.Errorf("Complaint of %q is %q, want %q", in, got, want)
		}
	}
	if e, _ := Complaint(ErrHostnameRequired); e != [3]int{5, 1, 3} {
		t.Errorf("enhanced code %v", e)
	}
}

func TestAddressesCompareByDomainWithoutCase(t *testing.T) {
	a := Address{"Bob", "Example.COM."}
	if !a.Equal(Address{"Bob", "example.com"}) || a.Equal(Address{"bob", "example.com"}) || a.Equal(Address{"Bob", "example.org"}) {
		t.Error("Equal is wrong")
	}
	if got := (Address{Local: "bob"}).Qualify("h"); got != (Address{"bob", "h"}) {
		t.Errorf("Qualify gives %v", got)
	}
	if got := (Address{"bob", "x"}).Qualify("h"); got != (Address{"bob", "x"}) {
		t.Errorf("Qualify gives %v", got)
	}
	if got := (Address{}).Qualify("h").Path(); got != "<>" {
		t.Errorf("Qualify gives %q", got)
	}
	if got := (Address{"b", "\xff\xc9"}).Fold().Domain; got != "\xff\xc9" {
		t.Errorf("Fold changed octets: %q", got)
	}
}

// anyAddress draws local parts of all octets but control characters, and domains.
func anyAddress(t *rapid.T) Address {
	octet := rapid.Byte().Filter(func(b byte) bool { return !isControl(b) })
	special := rapid.SampledFrom([]byte(`"\ @<>(),:;[].`))
	local := string(rapid.SliceOfN(rapid.OneOf(octet, special), 0, 60).Draw(t, "local"))
	domain := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9-]{1,10}(\.[a-zA-Z0-9_-]{1,10}){0,3}\.?`),
		rapid.StringMatching(`\[[0-9A-Fa-f:]{1,9}(\.[0-9A-Fa-f:]{1,9}){0,3}\]`),
		rapid.Just("例え.jp"),
	).Draw(t, "domain")
	if local != "" && rapid.Bool().Draw(t, "unqualified") {
		domain = ""
	}
	return Address{local, domain}
}

func TestWhatIsPrintedParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAddress(t)
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Fatalf("Parse(%q) = %#v, %v; want %#v", a.String(), got, err, a)
		}
		if got, rest, err := ParsePath(a.Path() + " X"); err != nil || got != a || rest != " X" {
			t.Fatalf("ParsePath(%q) = %#v, %q, %v; want %#v", a.Path(), got, rest, err, a)
		}
		if got, problems := ParseList("x@y, " + a.Path() + ", z@y"); len(got) != 3 || got[1].Address != a || problems != nil {
			t.Fatalf("ParseList of %q gives %v, %v", a.Path(), got, problems)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a@b", `"a b"@c`, "N <@a,@b:c@d> (x)", `\"@x`, "g: a, b;", "a@[1]", "<<a>", "用@例"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		printable(t, a)
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Errorf("%q: Parse(%q) = %#v, %v; want %#v", s, a.String(), got, err, a)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"<a@b> SIZE=1", "<>", `<"a>"@b>`, "a@b X", "<@a:b@c>", "<a@[IPv6:::1]>", " <\\>@x>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, rest, err := ParsePath(s)
		if !strings.HasSuffix(s, rest) {
			t.Errorf("%q does not end in %q", s, rest)
		}
		if err != nil {
			return
		}
		printable(t, a)
		if got, more, err := ParsePath(a.Path() + rest); err != nil || got != a || more != rest {
			if !strings.HasPrefix(rest, ">") {
				t.Errorf("ParsePath(%q) = %#v, %q, %v; want %#v", a.Path()+rest, got, more, err, a)
			}
		}
	})
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"a, b@c", "g: a, b;", `"a, b" <c@d>, "e`, "=?utf-8?q?=C3=BC?= <a>, (c) d@e", "@a,@b:c, d", ":;,<,(", "a b c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, _ := ParseList(s)
		for _, n := range got {
			printable(t, n.Address)
			if strings.ContainsAny(n.Name, "\r\n\x00\x1b") {
				t.Errorf("name %q", n.Name)
			}
			if again, problems := ParseList(n.Path() + ","); len(again) != 1 || again[0].Address != n.Address || problems != nil {
				t.Errorf("%q: ParseList(%q) gives %v, %v", s, n.Path(), again, problems)
			}
		}
	})
}

// printable checks that an address can be sent and logged as it is.
func printable(t *testing.T, a Address) {
	t.Helper()
	if strings.ContainsAny(a.Local, "\r\n\x00\x1b") || strings.ContainsAny(a.Domain, " \t\r\n\x00\x1b<>\"\\@,;") {
		t.Errorf("address %#v", a)
	}
	if len(a.Local) > MaxLocal || len(a.Domain) > MaxDomain {
		t.Errorf("address is too long: %d, %d", len(a.Local), len(a.Domain))
	}
}
