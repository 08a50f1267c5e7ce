package table

import (
	"strings"

	"postroom.dev/mta/address"
)

// Generic looks a sender up in the genericstable: user+detail@domain, user+*@domain, user@domain, @domain, user+detail, user+*, user.
// For an address without a domain ours stands there, but not in @domain. %1 is the detail for the keys with "+*" and the whole
// local part for @domain. Whether the table applies to the domain (class G) is the caller's question.
func Generic(t Table, a address.Address, ours string) (Match, bool, error) {
	s, none := searching(t)
	if none || a.IsNull() {
		return s.end(false)
	}
	domain := a.Domain
	if domain == "" {
		domain = ours
	}
	domain = host(domain)
	return s.end(s.user(a.Local, "@"+domain) || a.Domain != "" && s.try("@"+domain, a.Local) || s.user(a.Local, ""))
}

// user tries the keys for a local part: all of it, with its detail as "*", without the detail.
func (s *search) user(local, domain string) bool {
	none := []string{} // %0 and %% are replaced all the same
	if s.try(local+domain, none...) {
		return true
	}
	user, detail, detailed := strings.Cut(local, "+")
	return detailed && user != "" && (s.try(user+"+*"+domain, detail) || s.try(user+domain, none...))
}
