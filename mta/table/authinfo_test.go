package table

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestALoginIsReadAsSendmailReadsIt(t *testing.T) {
	for _, test := range []struct {
		value string
		want  Login
		err   error
	}{
		{`"U:ada" "P:two words"`, Login{User: "ada", ID: "ada", Password: "two words"}, nil},
		{`"I:ada" "P:x"`, Login{User: "ada", ID: "ada", Password: "x"}, nil},
		{`"U:shop" "I:ada" "P=cGFzcw==" "R:example.com" "M:plain LOGIN"`, Login{"shop", "ada", "pass", "example.com", []string{"PLAIN", "LOGIN"}}, nil},
		{`U:ada P:a:b=c`, Login{User: "ada", ID: "ada", Password: "a:b=c"}, nil},
		{`"U:ada"`, Login{}, ErrPassword},
		{`"P:x"`, Login{}, ErrUser},
		{`"U:ada" "P:x`, Login{}, ErrQuote},
		{`"U:ada" "P=!!"`, Login{}, ErrBase64},
		{`"U:ada" "X:x"`, Login{}, ErrWord},
		{`ada secret`, Login{}, ErrWord},
		{``, Login{}, ErrPassword},
	} {
		got, err := ParseLogin(test.value)
		if !errors.Is(err, test.err) || !cmp.Equal(got, test.want) {
			t.Errorf("%s: %#v, %v", test.value, got, err)
		}
	}
}

func TestAuthInfoIsLookedUpByNameThenAddressThenForAll(t *testing.T) {
	m, _ := Parse("authinfo", strings.NewReader("AuthInfo:mx.example.com \"U:name\" \"P:x\"\nAuthInfo:[192.0.2.1] \"U:address\" \"P:x\"\n"), Syntax{})
	all, _ := Parse("authinfo", strings.NewReader("AuthInfo: \"U:all\" \"P:x\"\n"), Syntax{})
	for _, test := range []struct {
		table         *Map
		name, address string
		want          string
	}{
		{m, "MX.example.com", "[192.0.2.1]", "name"},
		{m, "other.example.com", "[192.0.2.1]", "address"},
		{m, "", "[192.0.2.1]", "address"},
		{m, "", "[192.0.2.2]", ""},
		{m, "sub.mx.example.com", "[192.0.2.2]", ""},
		{all, "", "[192.0.2.2]", "all"},
	} {
		l, ok, err := AuthInfo(test.table, test.name, test.address)
		if err != nil || l.User != test.want || ok != (test.want != "") {
			t.Errorf("%q %q: %v %v %v", test.name, test.address, l, ok, err)
		}
	}
}

func FuzzParseLogin(f *testing.F) {
	for _, s := range []string{`"U:ada" "P:x"`, `"P=eA==" I:a M:PLAIN`, `"`, `U`, `" "`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		l, err := ParseLogin(value)
		if err == nil && (l.Password == "" || l.User == "" || l.ID == "") {
			t.Errorf("%q: %#v", value, l)
		}
	})
}
