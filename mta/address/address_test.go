package address

import (
	"errors"
	"testing"
)

func TestParseReadsWhatSendmailReads(t *testing.T) {
	for in, want := range map[string]Address{
		"":                                 {},
		"<>":                               {},
		" < > ":                            {},
		"user":                             {"user", ""},
		"user@host":                        {"user", "host"},
		"Shop <shop@x>":                    {"shop", "x"},
		`"Shop, the" <shop@x> (a comment)`: {"shop", "x"},
		"shop@x (Shop)":                    {"shop", "x"},
		"<<a@b>>":                          {"a", "b"},
		`"a b"@host`:                       {"a b", "host"},
		`"a@b"@host`:                       {"a@b", "host"},
		`""@host`:                          {"", "host"},
		`"a\"\\b"@host`:                    {`a"\b`, "host"},
		`a\ b@host`:                        {"a b", "host"},
		`a."b c".d@host`:                   {"a.b c.d", "host"},
		"a . b @ host . example":           {"a.b", "host.example"},
		"a..b@host":                        {"a..b", "host"},
		".a.@host":                         {".a.", "host"},
		"<@a,@b:u@h>":                      {"u", "h"},
		"@a:u@h":                           {"u", "h"},
		"u@[127.0.0.1]":                    {"u", "[127.0.0.1]"},
		"u@[IPv6:::1]":                     {"u", "[IPv6:::1]"},
		"用户@例え.jp":                         {"用户", "例え.jp"},
		"\xff\xfe@host":                    {"\xff\xfe", "host"},
		":include:/etc/hosts":              {":include:/etc/hosts", ""},
		"|/bin/cat":                        {"|/bin/cat", ""},
		`"|cat foo"`:                       {"|cat foo", ""},
		"/etc/passwd":                      {"/etc/passwd", ""},
		"host!user":                        {"host!user", ""},
		"u%h@relay":                        {"u%h", "relay"},
		"foo:bar@x":                        {"foo:bar", "x"},
		"a[1]@x":                           {"a[1]", "x"},
		"a(com(ment))b@x":                  {"ab", "x"},
		"u@host.":                          {"u", "host."},
	} {
		got, err := Parse(in)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %#v, %v; want %#v", in, got, err, want)
		}
		again, err := Parse(got.String())
		if err != nil || again != got {
			t.Errorf("Parse(%q) of %#v = %#v, %v", got.String(), got, again, err)
		}
	}
}

func TestParseRefusesInSendmailsWords(t *testing.T) {
	for in, want := range map[string]error{
		"a@":                       ErrHostnameRequired,
		"a@.":                      ErrHostName,
		"a@..":                     ErrHostName,
		"a@.example":               ErrHostName,
		"a@host..example":          ErrHostName,
		"a@[127..1]":               ErrHostName,
		"<a@>":                     ErrHostnameRequired,
		"@b":                       ErrUserRequired,
		`""`:                       ErrUserRequired,
		"@a,@b:":                   ErrUserRequired,
		"@":                        ErrGroup,
		"undisclosed:;":            ErrGroup,
		"a@b@c":                    ErrRoute,
		"a@b,c@d":                  ErrRoute,
		"<foo":                     &UnbalancedError{'<'},
		"foo>":                     &UnbalancedError{'>'},
		`"unbal`:                   &UnbalancedError{'"'},
		"(com":                     &UnbalancedError{'('},
		"com)":                     &UnbalancedError{')'},
		"a@[1.2":                   &UnbalancedError{'['},
		"a b":                      ErrSyntax,
		`a@"b"`:                    ErrSyntax,
		"a@b:c":                    ErrSyntax,
		"a@[1]x":                   ErrSyntax,
		`a@b\`:                     ErrSyntax,
		"a\x01@b":                  ErrControl,
		"\"a\x00\"@b":              ErrControl,
		string(make([]byte, 5000)): ErrTooLong,
	} {
		_, err := Parse(in)
		if u, ok := want.(*UnbalancedError); ok {
			got, ok := errors.AsType[*UnbalancedError](err)
			if !ok || *got != *u || !errors.Is(err, ErrUnbalanced) {
				t.Errorf("Parse(%q): %v, want %v", in, err, want)
			}
		} else if !errors.Is(err, want) {
			t.Errorf("Parse(%.40q): %v, want %v", in, err, want)
		}
	}
}
