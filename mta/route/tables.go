package route

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// Features are sendmail's FEATUREs that change what tables mean, by their names.
type Features struct {
	DelayChecks              string // DelayNone …
	LookupDotDomain          bool
	RelayEntireDomain        bool
	RelayHostsOnly           bool
	RelayLocalFrom           bool
	RelayMailFrom            string // RelayFromNobody …
	RelayToFullAddress       bool
	PromiscuousRelay         bool
	VirtuserEntireDomain     bool
	AcceptUnqualifiedSenders bool

	AcceptUnresolvableDomains bool
}

// Tables gives the tables and classes that are in force; each may be nil. An error makes mail that depends on it wait.
type Tables struct {
	Access    func() (*table.Map, error)
	Virtusers func() (*table.Map, error)
	Mailers   func() (*table.Map, error)

	LocalHosts     func() (*table.Class, error) // class w: local-host-names
	RelayDomains   func() (*table.Class, error) // class R: relay-domains
	VirtualDomains func() (*table.Class, error) // class {VirtHost}: domains that virtusertable is for beside the local ones
}

// unreadable is a table that cannot be read.
type unreadable struct{ err error }

func (u unreadable) Get(string) (table.Entry, bool, error) { return table.Entry{}, false, u.err }

func (r *Router) table(source func() (*table.Map, error)) table.Table {
	if source == nil {
		return (*table.Map)(nil)
	}
	m, err := source()
	if err != nil {
		return unreadable{err}
	}
	return m
}

func (r *Router) class(source func() (*table.Class, error)) (*table.Class, error) {
	if source == nil {
		return nil, nil
	}
	return source()
}

func (r *Router) access(tag string) table.Access {
	return table.Access{Table: r.table(r.config.Access), Tag: tag, Dots: r.config.Features.LookupDotDomain}
}

// again gives the lines of the access table that have an entry's key and are not in force.
func (r *Router) again(e table.Entry) []int {
	m, _ := r.table(r.config.Access).(*table.Map)
	return append([]int(nil), m.Again(e.Key)...)
}

// ourDomain is $m: our name without its first part.
func (r *Router) ourDomain() string {
	_, domain, _ := strings.Cut(fold(r.config.Hostname), ".")
	return domain
}

// within says that a name is a domain, or stands below it.
func within(name, domain string) bool {
	return domain != "" && (name == domain || strings.HasSuffix(name, "."+domain))
}

// isLoopbackName says that a domain is a name of the loopback, which no other machine's mail can come from.
func (r *Router) isLoopbackName(domain string) bool {
	switch domain = fold(domain); domain {
	case "localhost", "[127.0.0.1]", "[ipv6:0:0:0:0:0:0:0:1]", "[ipv6:::1]", "localhost.uucp":
		return true
	default:
		return r.ourDomain() != "" && domain == "localhost."+r.ourDomain()
	}
}

// canonical is an address as sendmail's tables know it: localhost and our own address literals are our name.
func (r *Router) canonical(a address.Address) address.Address {
	a.Domain = strings.TrimRight(a.Domain, ".")
	d := fold(a.Domain)
	if d != "" && r.config.Hostname != "" && (r.isLoopbackName(d) || strings.HasPrefix(d, "[") && r.isLocal(d)) {
		a.Domain = r.config.Hostname
	}
	return a
}

// localEntry finds a folded domain among those that are ours; by is where it stands.
func (r *Router) localEntry(domain string) (by table.Entry, ok bool, err error) {
	if r.local[domain] {
		return by, true, nil
	}
	hosts, err := r.class(r.config.LocalHosts)
	if err != nil {
		return by, false, fmt.Errorf("local-host-names: %w", err)
	}
	if e, ok := hosts.Has(domain); ok {
		return e, true, nil
	}
	literal, ok := strings.CutPrefix(domain, "[")
	if !ok {
		return by, false, nil
	}
	literal = strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "ipv6:")
	ip, err := netip.ParseAddr(literal)
	return by, err == nil && (ip.Unmap().IsLoopback() || ip.IsUnspecified()), nil
}

// LocalNames are the domains that are ours whatever local-host-names says, in order.
func (r *Router) LocalNames() []string { return slices.Sorted(maps.Keys(r.local)) }

// nearAccess tells of keys of the access table that look as if they were meant, and do not match.
func (r *Router) nearAccess(rule, in string, tried []string) []mta.Step {
	m, _ := r.table(r.config.Access).(*table.Map)
	if m.Len() == 0 || len(tried) == 0 {
		return nil
	}
	var steps []mta.Step
	near := func(key, note string) {
		if e, ok, _ := m.Get(key); ok {
			steps = append(steps, mta.Step{Rule: rule, File: e.File, Line: e.Line, Key: e.Key, In: in, Out: "no match", Note: note})
		}
	}
	for _, key := range tried {
		tag, name, tagged := strings.Cut(key, ":")
		if !tagged || strings.EqualFold(tag, "IPv6") {
			tag, name = "", key
		} else {
			tag += ":"
		}
		if strings.Contains(name, "@") {
			continue
		}
		if !r.config.Features.LookupDotDomain && len(steps) == 0 {
			near(tag+"."+name, "a key with a dot in front needs FEATURE(lookupdotdomain); write it without the dot")
		}
		near(tag+name+".", "a network is written without a dot at its end")
		if ip, err := netip.ParseAddr(name); err == nil && ip.Is4() {
			for bits := 8; bits <= 32; bits += 8 {
				p, _ := ip.Prefix(bits)
				near(tag+p.String(), "networks are written as prefixes that end at a dot: "+netPrefix(ip, bits))
			}
			near(tag+"["+name+"]", "write the address without brackets")
		}
	}
	return steps
}

// netPrefix is an IPv4 network as the access table has it.
func netPrefix(ip netip.Addr, bits int) string {
	return strings.Join(strings.Split(ip.String(), ".")[:cmp.Or(bits/8, 1)], ".")
}
