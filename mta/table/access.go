package table

import (
	"net/netip"
	"strconv"
	"strings"

	"postroom.dev/mta/address"
)

// Access looks things up in the access table, in the order of sendmail's rulesets: SearchList and what it calls.
type Access struct {
	Table Table
	// Tag stands before keys: "From:", "To:", "Connect:" …. Each key is tried with it and then without.
	Tag string
	// Only leaves keys without the tag alone.
	Only bool
	// Dots looks for ".example" before "example" when it comes to the parents of x.example: FEATURE(lookupdotdomain).
	Dots bool
}

// Skip is the value that ends a search as if nothing had been found: access_db's option "skip".
const Skip = "SKIP"

// Sender looks a reverse-path up: user+detail@host, user+*@host, user@host (LookUpFull), the same without the host
// (LookUpUser), then the host as Domain does. The null path has no key.
func (a Access) Sender(from address.Address) (Match, bool, error) {
	if from.IsNull() {
		return Match{}, false, nil
	}
	return a.first(a.full(from), a.user(from.Local), a.domain(from.Domain))
}

// Recipient looks a forward-path up, as Sender does; keys for a user at any host count only for local ones.
func (a Access) Recipient(to address.Address, local bool) (Match, bool, error) {
	switch {
	case to.IsNull():
		return Match{}, false, nil
	case !local:
		return a.first(a.full(to), a.domain(to.Domain))
	}
	return a.first(a.full(to), a.user(to.Local), a.domain(to.Domain))
}

// Spam looks a forward-path up as delay_checks does: the host counts before a user at any host.
func (a Access) Spam(to address.Address, local bool) (Match, bool, error) {
	if !local {
		return a.first(a.full(to), a.domain(to.Domain))
	}
	return a.first(a.full(to), a.domain(to.Domain), a.user(to.Local))
}

// Full looks an address up without its host alone or its user alone.
func (a Access) Full(x address.Address) (Match, bool, error) { return a.first(a.full(x)) }

// Domain looks a host name up: the name, then its parents (LookUpDomain). An address literal is looked up with its brackets,
// [192.0.2.1], [192.0.2] ….
func (a Access) Domain(name string) (Match, bool, error) { return a.first(a.domain(name)) }

// IP looks an address up: all of it, then its prefixes at the dots, 127.0.0.1, 127.0.0, 127.0, 127; of an IPv6 address
// at the colons of its long form, IPv6:2001:db8:0:0:0:0:0:1 … (LookUpAddress).
func (a Access) IP(ip netip.Addr) (Match, bool, error) { return a.first(a.ip(ip)) }

// Client looks a client up: its name as Domain does, then its address.
func (a Access) Client(name string, ip netip.Addr) (Match, bool, error) {
	return a.first(a.domain(name), a.ip(ip))
}

// Limit looks up a number for a client by its address, then by the tag alone.
func (a Access) Limit(ip netip.Addr) (Match, bool, error) {
	return a.first(a.ip(ip), func(s *accessSearch) outcome { return s.access("") })
}

// Host looks a host up: its name as Domain does, its address, then the tag alone. That is how the tags about TLS are looked up.
func (a Access) Host(name string, ip netip.Addr) (Match, bool, error) {
	return a.first(a.domain(name), a.ip(ip), func(s *accessSearch) outcome { return s.access("") })
}

// Whole looks a forward-path up, its user at any host, its host as Domain does, then the tag alone.
func (a Access) Whole(to address.Address) (Match, bool, error) {
	return a.first(a.full(to), a.user(to.Local), a.domain(to.Domain), func(s *accessSearch) outcome { return s.access("") })
}

// accessSearch is one look-up on its way.
type accessSearch struct {
	search
	Access
}

// outcome is what came of a part of a search.
type outcome int

const (
	missed outcome = iota // go on
	hit
	ended // SKIP, or the table cannot be read
)

// part is a form of a key with its variations.
type part func(*accessSearch) outcome

// first gives what the first part finds.
func (a Access) first(parts ...part) (Match, bool, error) {
	begun, none := searching(a.Table)
	if none {
		return begun.end(false)
	}
	s := &accessSearch{begun, a}
	for _, p := range parts {
		if got := p(s); got != missed {
			return s.end(got == hit)
		}
	}
	return s.end(false)
}

// access tries one key, with the tag and without.
func (s *accessSearch) access(key string) outcome {
	if !(s.Tag != "" && s.try(s.Tag+key)) && (s.Only || !s.try(key)) {
		return missed
	}
	if s.err != nil || strings.EqualFold(s.match.Value, Skip) {
		return ended
	}
	return hit
}

// each tries keys in turn.
func (s *accessSearch) each(keys ...string) outcome {
	for _, key := range keys {
		if got := s.access(key); got != missed {
			return got
		}
	}
	return missed
}

// full is LookUpFull.
func (a Access) full(x address.Address) part {
	return func(s *accessSearch) outcome {
		if x.Domain == "" {
			return missed
		}
		return s.each(details(x.Local, "@"+host(x.Domain))...)
	}
}

// user is LookUpUser.
func (a Access) user(local string) part {
	return func(s *accessSearch) outcome { return s.each(details(local, "@")...) }
}

// details are the keys for a local part: user+detail, user+*, user.
func details(local, at string) []string {
	user, _, detailed := strings.Cut(local, "+")
	if !detailed || user == "" {
		return []string{local + at}
	}
	return []string{local + at, user + "+*" + at, user + at}
}

// domain is LookUpDomain. SKIP ends it, not what comes after it.
func (a Access) domain(name string) part {
	return func(s *accessSearch) outcome {
		name := host(name)
		cut := func(n string) (rest, dotted string, more bool) {
			_, rest, more = strings.Cut(n, ".")
			return rest, "." + rest, more && rest != ""
		}
		if strings.HasPrefix(name, "[") {
			cut = literalParent
		}
		for range maxLookups {
			if name == "" {
				break
			}
			if got := s.access(name); got != missed {
				return s.skipped(got)
			}
			rest, dotted, more := cut(name)
			if !more {
				break
			}
			if s.Dots && dotted != "" {
				if got := s.access(dotted); got != missed {
					return s.skipped(got)
				}
			}
			name = rest
		}
		return missed
	}
}

// literalParent is the network above an address literal: [192.0.2] of [192.0.2.1].
func literalParent(name string) (rest, dotted string, more bool) {
	inner := strings.TrimSuffix(name, "]")
	i := strings.LastIndexAny(inner, ".:")
	if i <= 1 {
		return "", "", false
	}
	return strings.TrimSuffix(inner[:i], ":") + "]", "", true
}

// skipped makes of SKIP a miss: LookUpDomain and LookUpAddress give their default then.
func (s *accessSearch) skipped(got outcome) outcome {
	if got == ended && s.err == nil {
		return missed
	}
	return got
}

// ip is LookUpAddress.
func (a Access) ip(ip netip.Addr) part {
	return func(s *accessSearch) outcome {
		if !ip.IsValid() {
			return missed
		}
		key, separator := Literal(ip), "."
		if strings.Contains(key, ":") {
			separator = ":"
		}
		for {
			if got := s.access(key); got != missed {
				return s.skipped(got)
			}
			i := strings.LastIndex(key, separator)
			if i < 0 || key[:i] == "IPv6" {
				return missed
			}
			key = key[:i]
		}
	}
}

// Literal prints an address as sendmail does: 192.0.2.1, and of IPv6 the long form, no zeros left out and none in
// front: IPv6:2001:db8:0:0:0:0:0:1.
func Literal(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if !ip.Is6() {
		return ip.String()
	}
	b := ip.As16()
	key := "IPv6"
	for i := 0; i < len(b); i += 2 {
		key += ":" + strconv.FormatUint(uint64(b[i])<<8|uint64(b[i+1]), 16)
	}
	return key
}

// Exact looks one key up.
func (a Access) Exact(key string) (Match, bool, error) {
	return a.first(func(s *accessSearch) outcome { return s.access(host(key)) })
}
