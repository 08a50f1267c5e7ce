package authusers

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// scramExchange is RFC 5802 with SHA-256 (RFC 7677), without channel binding.
type scramExchange struct {
	users *Users
	nonce func() string
	step  int
	user  string
	keys  scramKeys

	gs2    string // the client's header: "n,,"
	bare   string // client-first-message-bare
	server string // server-first-message
	both   string // the nonce of both sides
}

var errScram = errors.New("the message is not one of RFC 5802 §7")

func (x *scramExchange) User() string { return x.user }

func (x *scramExchange) Next(response []byte) (challenge []byte, done bool, err error) {
	step := x.step
	x.step++
	switch step {
	case 0:
		if response == nil { // the client speaks first
			x.step = 0
			return nil, false, x.again()
		}
		err = x.first(string(response))
		return []byte(x.server), false, err
	case 1:
		final, err := x.final(string(response))
		return []byte(final), false, err
	}
	if len(response) != 0 {
		return nil, false, errScram
	}
	return nil, true, nil // the client has seen that we know the password (RFC 4954 §4: 334, and an empty line)
}

// again refuses a second call without a response.
func (x *scramExchange) again() error {
	if x.gs2 != "" {
		return errScram
	}
	x.gs2 = "asked"
	return nil
}

// first takes client-first-message: gs2-header n=NAME,r=NONCE.
func (x *scramExchange) first(text string) error {
	binding, rest, _ := strings.Cut(text, ",")
	as, bare, ok := strings.Cut(rest, ",")
	switch {
	case !ok:
		return errScram
	case binding != "n" && binding != "y":
		return errors.New("channel binding is not on offer (SCRAM-SHA-256-PLUS)")
	}
	x.gs2, x.bare = binding+","+as+",", bare
	parts := strings.Split(bare, ",")
	if len(parts) < 2 || !strings.HasPrefix(parts[0], "n=") || !strings.HasPrefix(parts[1], "r=") || len(parts[1]) < 3 {
		return errScram // with "m=", too: an extension that must be understood
	}
	if x.user, ok = saslName(parts[0][2:]); !ok {
		return errScram
	}
	if as != "" && as != "a="+parts[0][2:] {
		return fmt.Errorf("%q may not act as somebody else", x.user)
	}
	s, ok := x.users.byName[x.user]
	if !ok {
		return unknown(x.user)
	}
	x.keys = s.scram
	if s.plain {
		x.keys = derive(s.password, []byte(x.nonce()), Iterations)
	}
	x.both = parts[1][2:] + x.nonce()
	x.server = "r=" + x.both + ",s=" + base64.StdEncoding.EncodeToString(x.keys.salt) + ",i=" + strconv.Itoa(x.keys.iterations)
	return nil
}

// saslName decodes "=2C" and "=3D", RFC 5802 §5.1.
func saslName(s string) (string, bool) {
	name := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s)
	rest := strings.NewReplacer("=2C", "", "=3D", "").Replace(s)
	return name, name != "" && !strings.Contains(rest, "=")
}

// final takes client-final-message, c=BINDING,r=NONCE,p=PROOF, and gives v=SIGNATURE.
func (x *scramExchange) final(text string) (string, error) {
	i := strings.LastIndex(text, ",p=")
	if i < 0 {
		return "", errScram
	}
	without := text[:i]
	proof, err := base64.StdEncoding.DecodeString(text[i+3:])
	binding, rest, _ := strings.Cut(without, ",")
	nonce, _, _ := strings.Cut(rest, ",")
	switch {
	case err != nil || len(proof) != sha256.Size:
		return "", errScram
	case binding != "c="+base64.StdEncoding.EncodeToString([]byte(x.gs2)):
		return "", errors.New("the channel binding is not what the client began with")
	case subtle.ConstantTimeCompare([]byte(nonce), []byte("r="+x.both)) != 1:
		return "", errors.New("the nonce is not the exchange's")
	}
	all := x.bare + "," + x.server + "," + without
	key := mac(x.keys.stored, all)
	subtle.XORBytes(key, key, proof)
	if stored := sha256.Sum256(key); !hmac.Equal(stored[:], x.keys.stored) {
		return "", errPassword
	}
	return "v=" + base64.StdEncoding.EncodeToString(mac(x.keys.server, all)), nil
}
