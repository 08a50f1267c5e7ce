package authusers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// The mechanisms, by their IANA names.
const (
	Scram   = "SCRAM-SHA-256" // RFC 7677
	CramMD5 = "CRAM-MD5"      // RFC 2195
	Login   = "LOGIN"         // draft-murchison-sasl-login
	Plain   = "PLAIN"         // RFC 4616
)

// Mechanisms are what can be offered, none where nobody can log in. Where everyone can, SCRAM-SHA-256 is not: the server
// proves in it that it knows the password.
func (u *Users) Mechanisms() []string {
	switch {
	case u == nil || !u.any && len(u.byName) == 0:
		return nil
	case u.any:
		return []string{CramMD5, Login, Plain}
	case u.plain > 0:
		return []string{Scram, CramMD5, Login, Plain}
	}
	return []string{Scram, Login, Plain}
}

// Exchange is the server's side of one login.
type Exchange interface {
	// Next takes the client's response and gives the next challenge; at first the initial response, nil for none. Once done
	// the client has logged in. An error is a refusal, in words for whoever looks why; after it, and after done, there is no Next.
	Next(response []byte) (challenge []byte, done bool, err error)
	// User is who the client says it is, "" as long as it has not said it.
	User() string
}

// Begin starts an exchange, nil for a mechanism that is not offered. nonce gives a new one each time: printable ASCII without a comma, that nobody can guess.
func (u *Users) Begin(mechanism, hostname string, nonce func() string) Exchange {
	offered := false
	for _, m := range u.Mechanisms() {
		offered = offered || strings.EqualFold(m, mechanism)
	}
	if !offered {
		return nil
	}
	switch strings.ToUpper(mechanism) {
	case Plain:
		return &plainExchange{users: u}
	case Login:
		return &loginExchange{users: u}
	case CramMD5:
		return &cramExchange{users: u, challenge: "<" + nonce() + "@" + hostname + ">"}
	default:
		return &scramExchange{users: u, nonce: nonce}
	}
}

var errPassword = errors.New("the password is wrong")

func unknown(name string) error { return fmt.Errorf("there is no user %q", name) }

// check is for the mechanisms that send the password.
func (u *Users) check(name, password string) error {
	switch s, ok := u.byName[name]; {
	case name == "":
		return errors.New("no user is named")
	case u.any:
		return nil
	case !ok:
		return unknown(name)
	case !s.matches(password):
		return errPassword
	}
	return nil
}

// plainExchange is RFC 4616: [authzid] NUL authcid NUL passwd.
type plainExchange struct {
	users *Users
	asked bool
	user  string
}

func (x *plainExchange) User() string { return x.user }

func (x *plainExchange) Next(response []byte) ([]byte, bool, error) {
	if response == nil && !x.asked {
		x.asked = true
		return nil, false, nil
	}
	parts := strings.Split(string(response), "\x00")
	if len(parts) != 3 {
		return nil, false, errors.New("the response is not [authzid] NUL authcid NUL passwd (RFC 4616 §2)")
	}
	x.user = parts[1]
	if as := parts[0]; as != "" && as != x.user {
		return nil, false, fmt.Errorf("%q may not act as %q", x.user, as)
	}
	err := x.users.check(x.user, parts[2])
	return nil, err == nil, err
}

// loginExchange asks for the name and then for the password. The name may come as initial response.
type loginExchange struct {
	users        *Users
	named, asked bool
	user         string
}

func (x *loginExchange) User() string { return x.user }

func (x *loginExchange) Next(response []byte) ([]byte, bool, error) {
	switch {
	case response == nil && !x.asked:
		x.asked = true
		return []byte("Username:"), false, nil
	case !x.named:
		x.named = true
		x.user = string(response)
		return []byte("Password:"), false, nil
	}
	err := x.users.check(x.user, string(response))
	return nil, err == nil, err
}

// cramExchange is RFC 2195: the response is the name, a blank, and the challenge's HMAC-MD5 under the password.
type cramExchange struct {
	users     *Users
	challenge string
	asked     bool
	user      string
}

func (x *cramExchange) User() string { return x.user }

func (x *cramExchange) Next(response []byte) ([]byte, bool, error) {
	if !x.asked {
		x.asked = true
		if response != nil {
			return nil, false, errors.New("CRAM-MD5 has no initial response (RFC 2195 §2)")
		}
		return []byte(x.challenge), false, nil
	}
	text := string(response)
	i := strings.LastIndexByte(text, ' ')
	if i < 1 {
		return nil, false, errors.New("the response is not a name and a digest (RFC 2195 §2)")
	}
	digest := text[i+1:]
	x.user = text[:i]
	switch s, ok := x.users.byName[x.user]; {
	case x.users.any:
		return nil, true, nil
	case !ok:
		return nil, false, unknown(x.user)
	case !s.plain:
		return nil, false, fmt.Errorf("CRAM-MD5 needs the password of %q itself, and auth-users has a hash; write it with: postroom setup auth-user --plain", x.user)
	case subtle.ConstantTimeCompare([]byte(strings.ToLower(digest)), []byte(s.digest(x.challenge))) != 1:
		return nil, false, errPassword
	}
	return nil, true, nil
}
