package app

import (
	"crypto/tls"
	"fmt"
	"net/netip"

	"postroom.dev/app/config"
	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/route"
	"postroom.dev/mta/smtpd"
	"postroom.dev/mta/starttls"
)

// outgoing is how mailers begin TLS. Encryption against listeners, not proof of the peer: RFC 7435. What more is asked is checked after the
// handshake, and without TLS the text would go in the clear.
func outgoing() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// security is what is asked of TLS with a host that takes our mail: the access table, then [tls].
func (d *delivery) security(name string, ip netip.Addr) (s deliver.Security, err error) {
	set := d.certificates.inForceSettings()
	s.NoClear = !set.Fallback
	router := d.routing.router.Load()
	try, err := router.TryTLS(name, ip)
	if err != nil {
		return s, err
	}
	off, err := router.ClientFeature(name, ip, "S")
	if err != nil {
		return s, err
	}
	try = try && !off
	s.Off = set.Client == config.ClientNone || !try
	need, ok, err := router.TLSServer(name, ip)
	switch {
	case err != nil:
		return s, err
	case ok:
		s.Need = need
	case set.Client == config.ClientEncrypt && try:
		s.Need, _ = starttls.ParseRequirement("ENCR:1")
	case set.Client == config.ClientVerify && try:
		s.Need, _ = starttls.ParseRequirement("VERIFY+CN")
	}
	if !s.Off {
		s.Roots = d.certificates.trusted()
	}
	return s, nil
}

// rcptNeeds is what is asked of the connection for one recipient.
func (d *delivery) rcptNeeds(to address.Address) (starttls.Requirement, error) {
	return d.routing.router.Load().TLSRcpt(to)
}

// guard has the listeners of c go by what the access table says of clients and TLS.
func (d *delivery) guard(c *smtpd.Config) {
	c.MailLog = d.log.Free
	c.Features = func(o *mta.Origin) string { return d.routing.router.Load().ServerFeatures(route.ClientOf(o)) }
	c.CheckTLS = func(env *mta.Envelope, f starttls.Facts) error {
		router := d.routing.router.Load()
		v := router.CheckTLSClient(route.ClientOf(&env.Origin), f)
		if router.DelaysChecks() {
			env.Delayed = mta.Delayed{Refusal: v.Refusal, Steps: v.Steps}
			return nil
		}
		env.Steps = append(env.Steps, v.Steps...)
		if v.Refusal.Code == 0 {
			return nil
		}
		client := route.ClientOf(&env.Origin)
		d.log.Line(env.ID, fmt.Sprintf("ruleset=check_mail, arg1=%s, relay=%s [%s], reject=%s", env.Sender.Path(), client.Name, client.IP, v.Refusal.Error()))
		return v.Refusal
	}
}
