package config

import "slices"

// The values of [smtp] auth.
const (
	AuthOff   = "off"
	AuthAny   = "any"   // every login is taken
	AuthUsers = "users" // those of etc/mail/auth-users
)

const exampleAuth = `
# SMTP AUTH: "users" for those in etc/mail/auth-users (postroom setup auth-user NAME) and
# none where there are none; "any" takes every login; "off". Whoever has logged in may relay.
#auth = "users"

# PLAIN and LOGIN only with TLS, sendmail's AuthOptions=p.
#auth_needs_tls = false
`

// wrongAuth gives the values that auth can have when it has none of them.
func wrongAuth(auth string) []string {
	known := []string{AuthOff, AuthAny, AuthUsers}
	if slices.Contains(known, auth) {
		return nil
	}
	return known
}
