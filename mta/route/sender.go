package route

import (
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// Existence is what is known of a domain.
type Existence int

// What DNS says of a domain.
const (
	Exists     Existence = iota // it has an MX or an address record
	Missing                     // it has none of them
	Unresolved                  // nobody knows just now
)

// reserved are top-level domains that never have records in the DNS, so that it need not be asked: RFC 6761 §6.
var reserved = []string{"test", "invalid", "example", "localhost"}

// senderDomain is the part of sendmail's check_mail that asks whether a sender's domain exists: production would never get an answer
// through to one that does not. Off strict mode only what certainly does not exist is noted: a machine without a network is no mistake.
func (r *Router) senderDomain(from address.Address) Verdict {
	if r.config.Resolve == nil || r.config.Features.AcceptUnresolvableDomains || from.Domain == "" || r.isLocal(fold(from.Domain)) {
		return Verdict{}
	}
	switch r.existence(fold(from.Domain)) {
	case Missing:
		return r.strictly("check_mail", from, mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 1, 8}, Text: "Domain of sender address " + from.String() + " does not exist"}, false)
	case Unresolved:
		if r.config.Strict {
			return r.strictly("check_mail", from, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 1, 8}, Text: "Domain of sender address " + from.String() + " does not resolve"}, false)
		}
	}
	return Verdict{}
}

func (r *Router) existence(domain string) Existence {
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	for _, top := range reserved {
		if last == top {
			return Missing
		}
	}
	return r.config.Resolve(domain, r.config.Strict)
}
