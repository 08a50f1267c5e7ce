package table

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Login is an entry of authinfo: how to log in at a host. Print none of it but with String.
type Login struct {
	User       string   // U: whose mail it is, the authorization identity
	ID         string   // I: who logs in, the authentication identity
	Password   string   // P:
	Realm      string   // R:
	Mechanisms []string // M: those to choose from, in upper case; none for any
}

// String names who logs in, without the password.
func (l Login) String() string { return l.ID }

// The mistakes that an entry of authinfo can have.
var (
	ErrQuote    = errors.New("a quote is not closed")
	ErrWord     = errors.New("a word does not begin with U: I: P: R: or M:, as it must")
	ErrBase64   = errors.New("a word with = is not base64")
	ErrPassword = errors.New("it has no password")
	ErrUser     = errors.New("it names no user")
)

// ParseLogin reads the value of an AuthInfo: entry: words such as "U:user" "P:password", in quotes or without blanks; "=" in the place of
// ":" says that the rest is base64. Of U: and I: each stands for the other where only one is given. A password may have signs of all
// kinds but a double quote, which base64 is for.
func ParseLogin(value string) (l Login, err error) {
	for rest := strings.TrimSpace(value); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		word, ok := "", true
		if rest[0] == '"' {
			if word, rest, ok = strings.Cut(rest[1:], `"`); !ok {
				return Login{}, ErrQuote
			}
		} else {
			end := strings.IndexAny(rest+" ", " \t")
			word, rest = rest[:end], rest[end:]
		}
		if err := l.word(word); err != nil {
			return Login{}, err
		}
	}
	switch {
	case l.Password == "":
		return Login{}, ErrPassword
	case l.User == "" && l.ID == "":
		return Login{}, ErrUser
	case l.User == "":
		l.User = l.ID
	case l.ID == "":
		l.ID = l.User
	}
	return l, nil
}

// word takes one word over.
func (l *Login) word(word string) error {
	if len(word) < 2 || word[1] != ':' && word[1] != '=' {
		return ErrWord
	}
	text := word[2:]
	if word[1] == '=' {
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return ErrBase64 // the cause would show octets of a password
		}
		text = string(plain)
	}
	switch word[0] {
	case 'U', 'u':
		l.User = text
	case 'I', 'i':
		l.ID = text
	case 'P', 'p':
		l.Password = text
	case 'R', 'r':
		l.Realm = text
	case 'M', 'm':
		l.Mechanisms = strings.Fields(strings.ToUpper(text))
	default:
		return ErrWord
	}
	return nil
}

// AuthInfo finds how to log in at a host, as sendmail's authinfo ruleset does: by the host's name, its address in brackets, or for any
// host. ok is false where no entry says so. Its errors are those of t and of ParseLogin.
func AuthInfo(t Table, name, address string) (l Login, ok bool, err error) {
	keys := []string{name, address, ""}
	if name == "" {
		keys = keys[1:]
	}
	for _, host := range keys {
		e, found, err := t.Get("AuthInfo:" + host)
		if err != nil {
			return Login{}, false, err
		}
		if found {
			l, err = ParseLogin(e.Value)
			return l, err == nil, err
		}
	}
	return Login{}, false, nil
}
