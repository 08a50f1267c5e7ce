package config

// Rewrite is the [rewrite] section: how sender addresses change on their way out. The names are those of sendmail's FEATUREs.
// The tables are etc/mail/genericstable and, for class G, etc/mail/generics-domains; while it is empty, local-host-names.
type Rewrite struct {
	AlwaysAddDomain      bool     `toml:"always_add_domain"`
	GenericsEntireDomain bool     `toml:"generics_entire_domain"`
	MasqueradeAs         string   `toml:"masquerade_as"`
	MasqueradeDomains    []string `toml:"masquerade_domains"`
	MasqueradeExceptions []string `toml:"masquerade_exceptions"`
	ExposedUsers         []string `toml:"exposed_users"`
	MasqueradeEnvelope   bool     `toml:"masquerade_envelope"`
	AllMasquerade        bool     `toml:"allmasquerade"`
	EntireDomain         bool     `toml:"masquerade_entire_domain"`
	Limited              bool     `toml:"limited_masquerade"`
}

const exampleRewrite = `
[rewrite]
# Sender addresses change as the genericstable says (etc/mail/genericstable), for the
# domains in etc/mail/generics-domains (while that is empty: in local-host-names),
# and then as these keys say; each is sendmail's FEATURE or macro of that name.
# A name without a domain gets this machine's name, in local mail too.
#always_add_domain = true

# generics-domains is for what is below its domains, too.
#generics_entire_domain = false

# MASQUERADE_AS: the domain that local senders get; "" for none. MASQUERADE_DOMAIN,
# MASQUERADE_EXCEPTION, EXPOSED_USER: more domains, domains and users that keep their own.
#masquerade_as = ""
#masquerade_domains = []
#masquerade_exceptions = []
#exposed_users = []

# The envelope sender too; recipients in the header too; what is below
# masquerade_domains too; only masquerade_domains.
#masquerade_envelope = false
#allmasquerade = false
#masquerade_entire_domain = false
#limited_masquerade = false
`

func defaultRewrite() Rewrite {
	return Rewrite{AlwaysAddDomain: true, MasqueradeDomains: []string{}, MasqueradeExceptions: []string{}, ExposedUsers: []string{}}
}
