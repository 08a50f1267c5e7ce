package config

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The values of a listener's protocol.
const (
	ProtocolSMTP       = "smtp"
	ProtocolSubmission = "submission" // RFC 6409: sendmail's MSA, without ETRN
	ProtocolLMTP       = "lmtp"       // RFC 2033
)

// The values of a listener's tls.
const (
	TLSNone     = "none"
	TLSStart    = "starttls" // offered
	TLSRequired = "required" // nothing else before STARTTLS
	TLSImplicit = "implicit" // from the first octet: "smtps"
)

// Listener is a [[listener]] section: an address that takes mail in a way of its own.
type Listener struct {
	Address      string   `toml:"address"`  // host:port, or the absolute path of a unix socket
	Protocol     string   `toml:"protocol"` // "" is ProtocolSMTP
	TLS          string   `toml:"tls"`      // "" is [smtp] tls
	Strict       *bool    `toml:"strict"`   // nil: as strict says
	Auth         string   `toml:"auth"`     // "" is [smtp] auth
	AuthNeedsTLS *bool    `toml:"auth_needs_tls"`
	RequireAuth  bool     `toml:"require_auth"`
	Hide         []string `toml:"hide"` // extensions that are not offered
	Mode         string   `toml:"mode"` // of a unix socket, in octal; "" is 0600
}

const exampleListeners = `
# More listeners, each in its own way; what a section does not say is as in [smtp].
#
# [[listener]]
# address = "127.0.0.1:1465"     # or the path of a unix socket, "/run/user/1000/lmtp.sock"
# protocol = "smtp"              # "smtp", "submission", "lmtp"
# tls = "implicit"               # "none", "starttls", "required" (STARTTLS before anything else), "implicit"
# strict = true                  # in all that "strict" says: senders, users, relaying, line ends
# auth = "users"
# auth_needs_tls = true          # PLAIN and LOGIN only with TLS
# require_auth = true            # no mail before AUTH
# hide = ["PIPELINING"]          # extensions that are not offered
# mode = "0660"                  # of a unix socket
`

// IsUnix says that the address is a unix socket's path.
func (l Listener) IsUnix() bool { return strings.HasPrefix(l.Address, "/") }

// SocketMode is the mode of a unix socket.
func (l Listener) SocketMode() uint32 {
	n, err := strconv.ParseUint(l.Mode, 8, 32)
	if err != nil {
		return 0o600
	}
	return uint32(n)
}

// AllListeners gives the addresses of [smtp] listen and the [[listener]] sections, with nothing left to be said by others.
func (s Settings) AllListeners() []Listener {
	var all []Listener
	for _, a := range s.SMTP.Listen {
		all = append(all, Listener{Address: a})
	}
	all = append(all, slices.Clone(s.Listeners)...)
	for i := range all {
		l := &all[i]
		l.Protocol = cmp.Or(l.Protocol, ProtocolSMTP)
		l.TLS = cmp.Or(l.TLS, s.SMTP.TLS)
		l.Auth = cmp.Or(l.Auth, s.SMTP.Auth)
		if l.AuthNeedsTLS == nil {
			l.AuthNeedsTLS = &s.SMTP.AuthNeedsTLS
		}
	}
	return all
}

// wrong gives the key whose value makes no sense, and why.
func (l Listener) wrong() (key, why string) {
	unknown := func(value string, known ...string) string {
		if value == "" || slices.Contains(known, value) {
			return ""
		}
		return fmt.Sprintf("%q is unknown; write one of %q", value, known)
	}
	switch {
	case l.Address == "":
		return "address", `there is none; write host:port, or the absolute path of a unix socket`
	case l.IsUnix() && filepath.Clean(l.Address) != l.Address:
		return "address", fmt.Sprintf("%q is not the path of a socket; write %q", l.Address, filepath.Clean(l.Address))
	case !l.IsUnix():
		if err := CheckAddress(l.Address); err != nil {
			return "address", err.Error()
		}
	}
	if why := unknown(l.Protocol, ProtocolSMTP, ProtocolSubmission, ProtocolLMTP); why != "" {
		return "protocol", why
	}
	if why := wrongTLS(l.TLS); why != "" && l.TLS != "" {
		return "tls", why
	}
	if why := unknown(l.Auth, AuthOff, AuthAny, AuthUsers); why != "" {
		return "auth", why
	}
	for _, word := range l.Hide {
		if !slices.ContainsFunc(extensions, func(known string) bool { return strings.EqualFold(known, word) }) {
			return "hide", fmt.Sprintf("%q is unknown; write some of %q", word, extensions)
		}
	}
	if l.Mode != "" {
		if n, err := strconv.ParseUint(l.Mode, 8, 32); err != nil || n > 0o777 {
			return "mode", fmt.Sprintf("%q is no mode; write it in octal, as in \"0660\"", l.Mode)
		}
		if !l.IsUnix() {
			return "mode", "only unix sockets have one; take it out"
		}
	}
	if l.RequireAuth && l.Auth == AuthOff {
		return "require_auth", `nobody can log in while auth is "off"`
	}
	return "", ""
}

// wrongTLS says why a value of tls makes no sense, "" when it does.
func wrongTLS(value string) string {
	known := []string{TLSNone, TLSStart, TLSRequired, TLSImplicit}
	if slices.Contains(known, value) {
		return ""
	}
	return fmt.Sprintf("%q is unknown; write one of %q", value, known)
}

// checkListeners gives the first mistake in the listeners, with its line.
func (s Settings) checkListeners(name string, text []byte) error {
	if why := wrongTLS(s.SMTP.TLS); why != "" {
		return fmt.Errorf("%s:%d: tls: %s", name, lineIn(text, "[smtp]", 0, "tls"), why)
	}
	seen := map[string]bool{}
	for _, a := range s.SMTP.Listen {
		seen[a] = true
	}
	for i, l := range s.Listeners {
		key, why := l.wrong()
		if key == "" && seen[l.Address] && !strings.HasSuffix(l.Address, ":0") {
			key, why = "address", l.Address+" is listened on already; take one of the two out"
		}
		if key != "" {
			return fmt.Errorf("%s:%d: listener: %s: %s", name, lineIn(text, "[[listener]]", i, key), key, why)
		}
		seen[l.Address] = true
	}
	return nil
}

// LineOf gives the line of a settings file's text that sets a key, else that of its section.
func LineOf(text []byte, section, key string) int { return lineIn(text, "["+section+"]", 0, key) }

// lineIn finds the line that sets key in the n-th section, from 0, with this header; the header's line where the key is not set.
func lineIn(text []byte, header string, n int, key string) int {
	found := 1
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("[")) {
			head, _, _ := bytes.Cut(line, []byte("#"))
			switch {
			case n < 0:
				return found
			case string(bytes.ReplaceAll(bytes.TrimSpace(head), []byte(" "), nil)) == header:
				if n--; n < 0 {
					found = i + 1
				}
			}
			continue
		}
		if rest, ok := bytes.CutPrefix(line, []byte(key)); n < 0 && ok && bytes.HasPrefix(bytes.TrimSpace(rest), []byte("=")) {
			return i + 1
		}
	}
	return found
}
