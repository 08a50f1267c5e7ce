package app

import (
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/live"
)

// newRewriter makes the rewriter that a home's settings and tables describe. host is our own name, local says which domains are ours.
func newRewriter(home config.Home, host string, local func(domain string) bool, s config.Rewrite) (*rewrite.Rewriter, error) {
	domains := live.OpenClass(home.GenericsDomains(), time.Now)
	return rewrite.New(rewrite.Config{
		Hostname: host, Local: local,
		Generics: live.OpenTable(home.Generics(), time.Now, table.Syntax{}), GenericsDomains: domains.Get,
		EntireDomain: s.GenericsEntireDomain, AlwaysAddDomain: s.AlwaysAddDomain,
		Masquerade: rewrite.Masquerade{
			As: s.MasqueradeAs, Domains: s.MasqueradeDomains, Exceptions: s.MasqueradeExceptions, Exposed: s.ExposedUsers,
			EntireDomain: s.EntireDomain, Limited: s.Limited, Envelope: s.MasqueradeEnvelope, All: s.AllMasquerade,
		},
	})
}
