package config

import (
	"os"
	"path/filepath"
	"slices"
)

// Features is the [features] section: sendmail's FEATUREs that change what the tables in etc/mail mean, by their names.
type Features struct {
	DelayChecks              string `toml:"delay_checks"`
	LookupDotDomain          bool   `toml:"lookupdotdomain"`
	RelayEntireDomain        bool   `toml:"relay_entire_domain"`
	RelayHostsOnly           bool   `toml:"relay_hosts_only"`
	RelayLocalFrom           bool   `toml:"relay_local_from"`
	RelayMailFrom            string `toml:"relay_mail_from"`
	RelayToFullAddress       bool   `toml:"relaytofulladdress"`
	PromiscuousRelay         bool   `toml:"promiscuous_relay"`
	VirtuserEntireDomain     bool   `toml:"virtuser_entire_domain"`
	AcceptUnqualifiedSenders bool   `toml:"accept_unqualified_senders"`

	AcceptUnresolvableDomains bool `toml:"accept_unresolvable_domains"`
}

// The values of [features] delay_checks and relay_mail_from.
const (
	FeatureOff    = "no"
	FeatureOn     = "yes"
	FeatureFriend = "friend" // delay_checks
	FeatureHater  = "hater"  // delay_checks
	FeatureDomain = "domain" // relay_mail_from
)

const exampleFeatures = `
[features]
# sendmail's FEATUREs of the same names; they change what access and virtusertable mean.
# Judge client and sender at RCPT only: "no", "yes", "friend", "hater" (Spam: entries).
#delay_checks = "no"

# ".example" stands for what is below example.
#lookupdotdomain = false

# Who may relay: our whole domain; only hosts that are listed themselves; senders with an
# address of ours; senders that access has a RELAY for ("no", "yes", "domain"); anybody.
#relay_entire_domain = false
#relay_hosts_only = false
#relay_local_from = false
#relay_mail_from = "no"
#relaytofulladdress = false
#promiscuous_relay = false

# virtuser-domains is for what is below its domains, too.
#virtuser_entire_domain = false

# Senders without a domain are taken from everywhere.
#accept_unqualified_senders = false

# Senders' domains need not exist. Otherwise DNS is asked: what does not exist is refused when strict, and noted when not.
#accept_unresolvable_domains = false
`

func defaultFeatures() Features {
	return Features{DelayChecks: FeatureOff, RelayMailFrom: FeatureOff}
}

// wrong gives the key whose value is none of those that it can have, and those.
func (f Features) wrong() (key, value string, known []string) {
	if known := []string{FeatureOff, FeatureOn, FeatureFriend, FeatureHater}; !slices.Contains(known, f.DelayChecks) {
		return "delay_checks", f.DelayChecks, known
	}
	if known := []string{FeatureOff, FeatureOn, FeatureDomain}; !slices.Contains(known, f.RelayMailFrom) {
		return "relay_mail_from", f.RelayMailFrom, known
	}
	return "", "", nil
}

// Table is a file in etc/mail, such as "access". It need not exist.
func (h Home) Table(name string) string { return filepath.Join(h.Tables(), name) }

// Tables is the directory of the tables.
func (h Home) Tables() string { return h.path("etc", "mail") }

// HasMailbox says that somebody has a mailbox here.
func (h Home) HasMailbox(user string) bool {
	info, err := os.Stat(h.path("mail", user))
	return err == nil && info.Mode().IsRegular()
}
