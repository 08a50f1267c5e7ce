package route

import (
	"net/netip"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// The values of Features.RelayMailFrom.
const (
	RelayFromNobody  = ""
	RelayFromAddress = "yes"
	RelayFromDomain  = "domain" // domains in the access table count, too
)

// relayTo says that anybody may send to a domain.
func (r *Router) relayTo(to address.Address) (bool, mta.Step, error) {
	domain := fold(to.Domain)
	if domain == "" || r.config.Features.PromiscuousRelay || r.isLocal(domain) {
		return true, mta.Step{}, nil
	}
	if e, ok := r.relayDomain(domain); ok {
		return true, classStep("relay-domains", domain, e), nil
	}
	if f := r.config.Features; f.RelayEntireDomain && within(domain, r.ourDomain()) {
		return true, mta.Step{Rule: "relay_entire_domain", Key: r.ourDomain(), Out: "RELAY"}, nil
	}
	look := r.access("To:")
	m, ok, err := r.lookDomain(look, domain)
	if r.config.Features.RelayToFullAddress && err == nil && !ok {
		m, ok, err = look.Recipient(to, true)
	}
	return ok && actionOf(m.Value).kind == relay, accessStep("check_rcpt", domain, m, "RELAY", ""), err
}

// relayFrom says that a client may send to anybody: Relay_ok.
func (r *Router) relayFrom(c Client, from address.Address) (bool, mta.Step, error) {
	none := mta.Step{}
	if c.IP == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || c.IP == netip.IPv6Loopback() {
		return true, none, nil
	}
	relays, err := r.class(r.config.RelayDomains)
	if err != nil {
		return false, none, err
	}
	if e, ok := relays.Net(c.IP); ok {
		return true, classStep("relay-domains", table.Literal(c.IP), e), nil
	}
	look := r.access("Connect:")
	if m, ok, err := look.IP(c.IP); err != nil || ok && actionOf(m.Value).kind == relay {
		return err == nil, accessStep("check_rcpt", table.Literal(c.IP), m, "RELAY", ""), err
	}
	// Mail for any address of the loopback is ours, but as a client only those above are this machine, as in sendmail.
	if literal := fold("[" + table.Literal(c.IP) + "]"); !c.IP.IsLoopback() && r.isLocal(literal) || r.inLocalHosts(literal) {
		return true, none, nil
	}
	if ok, step, err := r.relayMailFrom(from); ok || err != nil {
		return ok, step, err
	}
	name := fold(c.Name)
	if strings.HasPrefix(name, "[") {
		return false, none, nil
	}
	if r.isLocal(name) || r.config.Features.RelayEntireDomain && within(name, r.ourDomain()) {
		return true, none, nil
	}
	if e, ok := r.relayDomain(name); ok {
		return true, classStep("relay-domains", name, e), nil
	}
	m, ok, err := r.lookDomain(look, name)
	return ok && err == nil && actionOf(m.Value).kind == relay, accessStep("check_rcpt", name, m, "RELAY", ""), err
}

// inLocalHosts says that a folded domain stands in local-host-names.
func (r *Router) inLocalHosts(domain string) bool {
	hosts, err := r.class(r.config.LocalHosts)
	if err != nil {
		return false
	}
	_, ok := hosts.Has(domain)
	return ok
}

// relayMailFrom is FEATURE(relay_local_from) and FEATURE(relay_mail_from).
func (r *Router) relayMailFrom(from address.Address) (bool, mta.Step, error) {
	f := r.config.Features
	if f.RelayLocalFrom && from.Domain != "" && r.isLocal(fold(from.Domain)) {
		return true, mta.Step{}, nil
	}
	if f.RelayMailFrom == RelayFromNobody || from.Domain == "" {
		return false, mta.Step{}, nil
	}
	look := r.access("From:")
	look.Only = true
	m, ok, err := look.Full(from)
	if f.RelayMailFrom == RelayFromDomain && !ok && err == nil {
		m, ok, err = look.Domain(from.Domain)
	}
	return ok && actionOf(m.Value).kind == relay, accessStep("check_rcpt", from.String(), m, "RELAY", "relay_mail_from"), err
}

// lookDomain looks a domain up: with its parents, unless FEATURE(relay_hosts_only) says otherwise.
func (r *Router) lookDomain(a table.Access, domain string) (table.Match, bool, error) {
	if !r.config.Features.RelayHostsOnly {
		return a.Domain(domain)
	}
	return a.Exact(domain)
}

func (r *Router) relayDomain(domain string) (table.Entry, bool) {
	relays, err := r.class(r.config.RelayDomains)
	if err != nil {
		return table.Entry{}, false
	}
	if r.config.Features.RelayHostsOnly {
		return relays.Has(domain)
	}
	return relays.Within(domain)
}

// parseRecipient is sendmail's ParseRecipient: where a domain is ours, or one that we relay for, the host that the local
// part may name (user%host, host!user, user@host) is the one that counts.
func (r *Router) parseRecipient(to address.Address) (address.Address, error) {
	for range 10 {
		inner, ok := within1(to.Local)
		if !ok {
			return to, nil
		}
		allowed, _, err := r.relayTo(to)
		if err != nil || !allowed {
			return to, err
		}
		to = inner
	}
	return to, nil
}

// inner is who an address of ours stands for when its local part names a host.
func (r *Router) inner(a address.Address) address.Address {
	for range 10 {
		in, ok := within1(a.Local)
		if !ok || a.Domain != "" && !r.isLocal(fold(a.Domain)) {
			break
		}
		a = in
	}
	return a
}

// within1 reads a local part as an address of the kinds that there were before RFC 821.
func within1(local string) (address.Address, bool) {
	if i := strings.LastIndexAny(local, "@%"); i > 0 && i < len(local)-1 {
		return address.Address{Local: local[:i], Domain: local[i+1:]}, true
	}
	if host, user, ok := strings.Cut(local, "!"); ok && host != "" && user != "" {
		return address.Address{Local: user, Domain: host + ".UUCP"}, true
	}
	return address.Address{}, false
}
