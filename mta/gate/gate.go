// Package gate bounds the mail that leaves the machine: a List of the destinations that it may go to, and a Counter of how much of
// it left today.
//
// It decides nothing by itself: package route asks a List about each destination that would leave (Router.leaves), package daemon
// asks the Counter before it hands mail to a mailer that dials.
//
// An entry of a List is one of
//
//	user@example.com    this address; its local part is compared without regard to case
//	example.com         all addresses in this domain
//	.example.com        all addresses in the domains below it
//	[192.0.2.25]        what is handed to this host, whomever it is for; names stand in brackets, too: [mail.example.com]
//	[127.0.0.1]:2525    the same, on this port alone
//
// Domains and host names are compared without regard to case, to a dot at their end, and to whether they are written in letters or as
// xn-- (RFC 5891). A host that has no MX lookup in front of it (in brackets, or with a port) matches entries in brackets; of several
// hosts in a row all must. Mail that goes to the MX hosts of a domain matches by its address.
//
// Limits: 1,000 entries of 320 octets.
package gate

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"postroom.dev/mta/address"
)

// Limits of a List.
const (
	maxEntries = 1000
	maxEntry   = 320
)

// ErrEntry says that an entry of a list cannot be understood. It is wrapped with the entry and the cure.
var ErrEntry = errors.New("is neither an address, a domain nor a host in brackets")

// List says which destinations mail may leave for. The nil List allows all.
type List struct {
	addresses map[string]bool // "user@example.com"
	domains   map[string]bool // "example.com", ".example.com"
	hosts     map[host]bool
}

// host is one place to connect to. port 0 in a List means every port, in a destination the mailer's own.
type host struct {
	name string
	port int
}

// Parse reads entries. No entries give the nil List; the error names the entry that cannot be understood.
func Parse(entries []string) (*List, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("%d entries are more than %d", len(entries), maxEntries)
	}
	l := &List{map[string]bool{}, map[string]bool{}, map[host]bool{}}
	for _, e := range entries {
		if err := l.add(strings.TrimSpace(e)); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *List) add(entry string) error {
	wrong := fmt.Errorf("%.80q %w; write user@example.com, example.com, .example.com or [mail.example.com]", entry, ErrEntry)
	if entry == "" || len(entry) > maxEntry {
		return wrong
	}
	if entry[0] == '[' {
		hosts, ok := parseHosts(entry)
		if !ok || len(hosts) != 1 {
			return wrong
		}
		l.hosts[hosts[0]] = true
		return nil
	}
	if strings.Contains(entry, "@") {
		a, err := address.Parse(entry)
		if err != nil || a.Local == "" || a.Domain == "" || a.String() != entry {
			return wrong
		}
		l.addresses[key(a)] = true
		return nil
	}
	a, err := address.Parse("x@" + strings.TrimPrefix(entry, "."))
	if err != nil || a.Domain != strings.TrimPrefix(entry, ".") || strings.ContainsAny(entry, ":[]*") {
		return wrong
	}
	dot := ""
	if entry[0] == '.' {
		dot = "."
	}
	l.domains[dot+Domain(a.Domain)] = true
	return nil
}

// Allows says that mail for a may be handed to hosts, as a mailer has them: "example.com" for its MX hosts, "[192.0.2.1]",
// "mail.example.com:2525", several with ":" between.
func (l *List) Allows(a address.Address, hosts string) bool {
	if l == nil {
		return true
	}
	domain := Domain(a.Domain)
	if domain != "" && (l.domains[domain] || l.addresses[key(a)]) {
		return true
	}
	for below := domain; domain != "" && domain[0] != '['; {
		_, rest, more := strings.Cut(below, ".")
		if !more {
			break
		}
		if below = rest; below != "" && l.domains["."+below] {
			return true
		}
	}
	all, ok := parseHosts(hosts)
	for _, h := range all {
		if ok = ok && (l.hosts[h] || l.hosts[host{name: h.name}]); !ok {
			break
		}
	}
	return ok && len(all) > 0
}

// key is an address as lists compare it.
func key(a address.Address) string { return strings.ToLower(a.Local) + "@" + Domain(a.Domain) }

// Domain is a domain as lists compare it: in lower case, without dots at its end, in letters of DNS (xn--) where that can be.
func Domain(d string) string {
	d = strings.TrimRight(address.Address{Local: "x", Domain: d}.Fold().Domain, ".")
	if ascii, err := idna.Lookup.ToASCII(d); err == nil {
		return ascii
	}
	return d
}

// parseHosts reads "[name]:port" and its like. A name alone is none: its MX hosts, which DNS gives, take the mail.
func parseHosts(s string) (all []host, ok bool) {
	for s != "" {
		var h host
		bracket := s[0] == '['
		if bracket {
			n := strings.IndexByte(s, ']')
			if n < 2 {
				return nil, false
			}
			h.name, s = s[1:n], s[n+1:]
		} else {
			n := strings.IndexByte(s+":", ':')
			h.name, s = s[:n], s[n:]
		}
		if s != "" && s[0] != ':' || h.name == "" {
			return nil, false
		}
		word, rest, _ := strings.Cut(strings.TrimPrefix(s, ":"), ":")
		if p, err := strconv.ParseUint(word, 10, 16); err == nil && p > 0 {
			h.port, s = int(p), rest
		} else {
			s = strings.TrimPrefix(s, ":")
		}
		if !bracket && h.port == 0 {
			return nil, false
		}
		if h.name = hostName(h.name); h.name == "" {
			return nil, false
		}
		all = append(all, h)
	}
	return all, len(all) > 0
}

// hostName is a host's name or address in one form.
func hostName(s string) string {
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		s = s[5:]
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.Unmap().String()
	}
	if strings.ContainsAny(s, "[]@ \t") {
		return ""
	}
	return Domain(s)
}
