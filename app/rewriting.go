package app

import (
	"postroom.dev/app/config"
	"postroom.dev/mta/rewrite"
)

// newRewriter makes the rewriter that a home's settings and tables describe. host is our own name, local says which domains are ours.
func newRewriter(host string, local func(domain string) bool, t *tables, s config.Rewrite) (*rewrite.Rewriter, error) {
	return rewrite.New(rewrite.Config{
		Hostname: host, Local: local,
		Generics: t.maps[tableGenerics], GenericsDomains: t.classes[classGenerics].Get,
		EntireDomain: s.GenericsEntireDomain, AlwaysAddDomain: s.AlwaysAddDomain,
		Masquerade: rewrite.Masquerade{
			As: s.MasqueradeAs, Domains: s.MasqueradeDomains, Exceptions: s.MasqueradeExceptions, Exposed: s.ExposedUsers,
			EntireDomain: s.EntireDomain, Limited: s.Limited, Envelope: s.MasqueradeEnvelope, All: s.AllMasquerade,
		},
	})
}
