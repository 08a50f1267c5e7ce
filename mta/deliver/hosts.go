package deliver

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"postroom.dev/mta"
)

// Limits of what DNS can make us try.
const (
	maxHosts = 100
	maxAddrs = 32
)

// Resolver asks DNS. net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// host is one thing to connect to.
type host struct {
	shown string // as sendmail prints it: "mx.example.com.", "[192.0.2.1]", "[127.0.0.1]:2525"
	name  string // for DNS and TLS; "" when addr is known
	addr  netip.Addr
	port  int
}

// target is one host of Job.Host, as it is written.
type target struct {
	name    string
	bracket bool
	port    int // 0: none was given
}

// splitHost reads Job.Host: hosts with ":" between, each a name or something in brackets, with ":port" or without.
func splitHost(s string) ([]target, bool) {
	var all []target
	for s != "" {
		var t target
		if s[0] == '[' {
			n := strings.IndexByte(s, ']')
			if n < 2 {
				return nil, false
			}
			t.bracket, t.name, s = true, s[1:n], s[n+1:]
		} else {
			n := strings.IndexByte(s, ':')
			if n < 0 {
				n = len(s)
			}
			t.name, s = s[:n], s[n:]
		}
		if s != "" && s[0] != ':' || t.name == "" {
			return nil, false
		}
		s = strings.TrimPrefix(s, ":")
		word, rest, _ := strings.Cut(s, ":")
		if p, err := strconv.ParseUint(word, 10, 16); err == nil && p > 0 {
			t.port, s = int(p), rest
		}
		if all = append(all, t); len(all) > maxHosts {
			return nil, false
		}
	}
	return all, len(all) > 0
}

// hosts gives what to try for Job.Host, best first. The Status says why there is nothing.
func (m *SMTP) hosts(ctx context.Context, job string) ([]host, mta.Status) {
	targets, ok := splitHost(job)
	if !ok {
		return nil, mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 1, 2}, Text: "Host name not understood: " + job}
	}
	var all []host
	var why mta.Status
	for _, t := range targets {
		some, s := m.expand(ctx, t)
		all = append(all, some...)
		why = worse(why, s)
	}
	return all[:min(len(all), maxHosts)], why
}

// Hosts gives what Deliver would connect to for Job.Host, best first, as DNS has it now, and asks nobody else. The Status says why there
// is nothing, or not all.
func (m *SMTP) Hosts(ctx context.Context, job string) (shown []string, why mta.Status) {
	hosts, why := m.hosts(ctx, job)
	for _, h := range hosts {
		addrs, s := m.addresses(ctx, h)
		if why = worse(why, s); len(addrs) > 0 {
			shown = append(shown, strings.TrimSuffix(h.shown, "."))
		}
	}
	return shown, why
}

// expand gives the hosts of one target: itself in brackets or with a port, else its MX hosts (RFC 5321 §5.1).
func (m *SMTP) expand(ctx context.Context, t target) ([]host, mta.Status) {
	port := cmp.Or(t.port, m.o.Port)
	if t.bracket {
		text := strings.TrimPrefix(strings.TrimPrefix(t.name, "IPv6:"), "ipv6:")
		if a, err := netip.ParseAddr(text); err == nil {
			return []host{{shown: "[" + t.name + "]" + portOf(t.port), addr: a, port: port}}, mta.Status{}
		}
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(t.name, "."))
	if err != nil && !isASCII(t.name) {
		return nil, unknown(t.name, err)
	} else if err != nil {
		name = strings.TrimSuffix(t.name, ".") // "_" and the like: let DNS say
	}
	itself := host{shown: name + "." + portOf(t.port), name: name, port: port}
	if t.bracket || t.port != 0 {
		return []host{itself}, mta.Status{}
	}
	found, err := m.o.Resolver.LookupMX(ctx, absolute(name))
	switch {
	case len(found) > 0: // names that are no names make an error beside the good ones
	case err == nil || isNotFound(err):
		return []host{itself}, mta.Status{} // the implicit MX
	default:
		return nil, later(name, err)
	}
	return m.exchangers(name, found)
}

// exchangers sorts MX hosts. One without a name takes no mail (RFC 7505); where we are one ourselves, only better
// ones count (RFC 5321 §5.1), or mail would go round in circles.
func (m *SMTP) exchangers(name string, found []*net.MX) ([]host, mta.Status) {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
	var all []host
	for _, mx := range found[:min(len(found), maxHosts)] {
		mxName := strings.TrimSuffix(mx.Host, ".")
		if strings.EqualFold(mxName, strings.TrimSuffix(m.o.Hostname, ".")) {
			found = slices.DeleteFunc(found, func(o *net.MX) bool { return o.Pref >= mx.Pref })
			all = all[:min(len(all), len(found))]
			if len(all) == 0 {
				return nil, mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 3, 5},
					Text: name + ". config error: mail loops back to me (MX problem?)"}
			}
			break
		}
		all = append(all, host{shown: mxName + ".", name: mxName, port: m.o.Port})
	}
	all = slices.DeleteFunc(all, func(h host) bool { return h.name == "" })
	if len(all) == 0 {
		return nil, mta.Status{Code: 556, Enhanced: mta.Enhanced{5, 1, 10}, Text: "Host does not accept mail: MX 0 ."}
	}
	return all, mta.Status{}
}

// addresses gives the addresses of h.
func (m *SMTP) addresses(ctx context.Context, h host) ([]netip.Addr, mta.Status) {
	if h.name == "" {
		return []netip.Addr{h.addr}, mta.Status{}
	}
	found, err := m.o.Resolver.LookupNetIP(ctx, "ip", absolute(h.name))
	switch {
	case len(found) > 0:
		return found[:min(len(found), maxAddrs)], mta.Status{}
	case err == nil || isNotFound(err):
		return nil, unknown(h.name, err)
	}
	return nil, later(h.name, err)
}

// absolute keeps the search list of resolv.conf away from names that have a dot.
func absolute(name string) string {
	if strings.Contains(name, ".") {
		return name + "."
	}
	return name
}

// unknown is what sendmail says of a name that does not exist.
func unknown(name string, err error) mta.Status {
	return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 2}, Err: err,
		Text: "Host unknown (Name server: " + name + ": host not found)"}
}

// later is what sendmail says of a name server that does not answer.
func later(name string, err error) mta.Status {
	return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 4, 3}, Err: err,
		Text: "host map: lookup (" + name + "): deferred"}
}

func isNotFound(err error) bool {
	var d *net.DNSError
	return errors.As(err, &d) && d.IsNotFound
}

// worse gives of two reasons the one that leaves hope; of two like ones the later.
func worse(a, b mta.Status) mta.Status {
	if b.Code == 0 || a.Temporary() && !b.Temporary() {
		return a
	}
	return b
}

func portOf(p int) string {
	if p == 0 {
		return ""
	}
	return ":" + strconv.Itoa(p)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
