package route

import (
	"net/netip"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/starttls"
	"postroom.dev/mta/table"
)

// tlsEntry looks up an entry that speaks of TLS with a host, which only counts with its tag.
func (r *Router) tlsEntry(tag, name string, ip netip.Addr) (table.Match, bool, error) {
	look := r.access(tag)
	look.Only = true
	return look.Host(strings.TrimSuffix(name, "."), ip)
}

// ServerFeatures gives the letters of Srv_Features: for a client, sendmail's srv_features; "" for none.
func (r *Router) ServerFeatures(c Client) string {
	c = c.whole()
	m, ok, err := r.tlsEntry("Srv_Features:", c.Name, c.IP)
	if err != nil || !ok {
		return "" // MAIL says that the table cannot be read
	}
	return m.Value
}

// ClientFeature says that Clt_Features: has a letter for a host that we are a client of: sendmail's clt_features. S is without STARTTLS, A without AUTH. (sendmail
// looks for the host that the message came from, which cannot be what was meant.)
func (r *Router) ClientFeature(host string, ip netip.Addr, letter string) (bool, error) {
	m, ok, err := r.tlsEntry("Clt_Features:", host, ip)
	return ok && strings.Contains(m.Value, letter), err
}

// CheckTLSClient is sendmail's tls_client: is the connection with a client good enough for mail?
func (r *Router) CheckTLSClient(c Client, f starttls.Facts) Verdict {
	c = c.whole()
	m, ok, err := r.tlsEntry("TLS_Clt:", c.Name, c.IP)
	if err != nil {
		return unavailable("tls_client", c.Name, err)
	}
	need, is := starttls.ParseRequirement(m.Value)
	if !ok || !is {
		return Verdict{}
	}
	in := c.Name + " " + table.Literal(c.IP)
	refused := need.Check(f, c.Name)
	if refused.Code == 0 {
		return Verdict{Steps: []mta.Step{accessStep("tls_client", in, m, "OK", f.String())}}
	}
	return Verdict{Refusal: refused, Steps: []mta.Step{accessStep("tls_client", in, m, refused.Error(), "")}}
}

// TryTLS is sendmail's try_tls: may STARTTLS be said to a host?
func (r *Router) TryTLS(host string, ip netip.Addr) (bool, error) {
	m, ok, err := r.tlsEntry("Try_TLS:", host, ip)
	return !ok || !strings.EqualFold(strings.TrimSpace(m.Value), "NO"), err
}

// TLSServer is what sendmail's tls_server asks of the connection with a host. ok is false where there is no entry, or one that asks for nothing.
func (r *Router) TLSServer(host string, ip netip.Addr) (need starttls.Requirement, ok bool, err error) {
	m, ok, err := r.tlsEntry("TLS_Srv:", host, ip)
	if err != nil || !ok {
		return need, false, err
	}
	need, _ = starttls.ParseRequirement(m.Value)
	return need, true, nil
}

// TLSRcpt is what sendmail's tls_rcpt asks of the connection by which mail for a recipient leaves.
func (r *Router) TLSRcpt(to address.Address) (need starttls.Requirement, err error) {
	look := r.access("TLS_Rcpt:")
	look.Only = true
	to.Domain = strings.TrimRight(to.Domain, ".")
	m, ok, err := look.Whole(to)
	if err == nil && ok {
		need, _ = starttls.ParseRequirement(m.Value)
	}
	return need, err
}
