package app

import (
	"postroom.dev/app/config"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/table"
)

// newRewriter makes the rewriter that a home's settings and tables describe. host is our own name, local says which domains are ours.
func newRewriter(host string, local func(domain string) bool, t *tables, s config.Rewrite) (*rewrite.Rewriter, error) {
	return rewrite.New(rewrite.Config{
		Hostname: host, Local: local,
		Generics: t.maps[tableGenerics], GenericsDomains: t.genericsDomains,
		EntireDomain: s.GenericsEntireDomain, AlwaysAddDomain: s.AlwaysAddDomain,
		Masquerade: rewrite.Masquerade{
			As: s.MasqueradeAs, Domains: s.MasqueradeDomains, Exceptions: s.MasqueradeExceptions, Exposed: s.ExposedUsers,
			EntireDomain: s.EntireDomain, Limited: s.Limited, Envelope: s.MasqueradeEnvelope, All: s.AllMasquerade,
		},
	})
}

// genericsDomains is class G. While nobody has written generics-domains it is local-host-names, as GENERICS_DOMAIN_FILE makes it in many
// a sendmail.mc: an entry of the genericstable for a domain of our own counts without more.
func (t *tables) genericsDomains() (*table.Class, error) {
	c, err := t.classes[classGenerics].Get()
	if err != nil || c.Len() > 0 {
		return c, err
	}
	return t.classes[classLocalHosts].Get()
}
