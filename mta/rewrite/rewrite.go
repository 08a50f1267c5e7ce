// Package rewrite changes sender addresses as sendmail does on a message's way out: genericstable, masquerading, and the
// domain that is added to bare names. [Rewriter.Address] rewrites one address, [Rewriter.Header] finds the addresses of a header.
//
// Which rules apply depends on where an address stands (rulesets HdrFromSMTP, EnvFromSMTP, EnvToSMTP of sendmail.cf, and
// their like for the local mailer; rules.go follows them in their order):
//
//	From Sender Reply-To Errors-To              genericstable, masquerading, domain added
//	  Disposition-Notification-To Resent-…
//	To Cc Bcc Apparently-To Resent-…            domain added; the rest with allmasquerade alone
//	envelope sender                             domain added; the rest with masquerade_envelope alone
//	Return-Receipt-To, all other fields         never changed
//
// Over SMTP a name without a domain always gets one; in mail for a mailbox here only with always_add_domain, and without it
// such a name is left alone altogether. localhost and our own address literals become our own name everywhere.
//
// In a header only addresses change: names, comments, encoded words, groups, folding and blanks stay as they came (sendmail
// folds anew and quotes names). What makes no address stays, too: a header that came with mistakes leaves with
// them. No DNS is asked, so a domain stays where sendmail would write the name that a CNAME leads to.
//
// Every change has a Step with rule, file, line and key, and so has a near miss: an entry of the genericstable for a domain that is not in
// class G. Limits: package address's for an address, MaxEntries addresses in a header, MaxSteps steps.
package rewrite

import (
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// The limits of this package.
const (
	MaxEntries = 10_000 // addresses in one header that are looked at; more stay as they are
	MaxSteps   = 100    // steps that a header gets
)

// Config is what a Rewriter goes by. The zero Config adds no more than sendmail does without any FEATURE.
type Config struct {
	Hostname string // our own name, sendmail's $j
	// Local says that a domain is ours, sendmail's class w; nil knows Hostname alone.
	Local func(domain string) bool

	Generics table.Table // the genericstable; nil for none
	// GenericsDomains gives the domains whose senders the genericstable is asked for, sendmail's class G; nil for none.
	GenericsDomains func() (*table.Class, error)
	EntireDomain    bool // generics_entire_domain: class G is for what is below its domains, too

	AlwaysAddDomain bool // always_add_domain: names without a domain get one in local mail, too
	Masquerade      Masquerade
}

// Masquerade says how other senders are disguised.
type Masquerade struct {
	As           string   // MASQUERADE_AS: the domain that they get; "" for none
	Domains      []string // MASQUERADE_DOMAIN, class M: domains that are disguised beside our own
	Exceptions   []string // MASQUERADE_EXCEPTION, class N: domains, and those below, that are never rewritten
	Exposed      []string // EXPOSED_USER, class E: users who keep our own name
	EntireDomain bool     // masquerade_entire_domain: class M is for what is below its domains, too
	Limited      bool     // limited_masquerade: only class M, not our own domains
	Envelope     bool     // masquerade_envelope: the envelope sender as the header
	All          bool     // allmasquerade: recipients in the header as the senders
}

// Kind is where an address stands.
type Kind int

// The places whose addresses are rewritten.
const (
	Sender    Kind = iota // From, Sender, Reply-To and their like
	Recipient             // To, Cc, Bcc and their like
	Envelope              // the reverse-path
)

// Use says what an address is rewritten for.
type Use struct {
	Kind  Kind
	Local bool // for a mailbox on this machine, not for SMTP
}

// Rewriter rewrites addresses. It never changes and may be asked from any goroutine.
type Rewriter struct {
	c          Config
	domain     string // Hostname without its first label, sendmail's $m
	disguised  map[string]bool
	exceptions map[string]bool
	exposed    map[string]bool
}

// New makes a Rewriter. Names that could not stand in an address are errors.
func New(c Config) (*Rewriter, error) {
	_, domain, _ := strings.Cut(fold(c.Hostname), ".")
	r := &Rewriter{c: c, domain: domain}
	r.c.Hostname = strings.TrimSuffix(c.Hostname, ".")
	m := c.Masquerade
	for _, set := range []struct {
		to    *map[string]bool
		names []string
	}{{&r.disguised, m.Domains}, {&r.exceptions, m.Exceptions}, {nil, []string{m.As}}} {
		words := map[string]bool{}
		for _, name := range set.names {
			if name == "" {
				continue
			}
			if a, err := address.Parse("x@" + name); err != nil || a != (address.Address{Local: "x", Domain: name}) {
				return nil, fmt.Errorf("masquerading: %q is no domain", name)
			}
			words[fold(name)] = true
		}
		if set.to != nil {
			*set.to = words
		}
	}
	r.exposed = map[string]bool{}
	for _, user := range m.Exposed {
		r.exposed[table.Fold(user)] = true
	}
	return r, nil
}

// Address rewrites a, and says why. The null path stays. The error says that a table cannot be read: the message must wait.
func (r *Rewriter) Address(a address.Address, u Use) (address.Address, []mta.Step, error) {
	if a.IsNull() {
		return a, nil, nil
	}
	p := passage{r: r, in: a, kind: u.Kind}
	p.canonify()
	if p.domain == "" && (!u.Local || r.c.AlwaysAddDomain && !strings.Contains(p.local, "!")) {
		p.here = true
	}
	m := r.c.Masquerade
	if p.domain != "" || p.here {
		var err error
		switch {
		case u.Kind == Sender, u.Kind == Envelope && m.Envelope, u.Kind == Recipient && m.All:
			err = p.masquerade()
		case u.Kind == Envelope:
			err = p.spared()
		}
		if err != nil {
			return a, nil, err
		}
	}
	return p.end(), p.steps, nil
}

// fold makes a domain comparable.
func fold(domain string) string { return table.Fold(strings.TrimRight(domain, ".")) }

// within says that a domain is one of the names, or below one.
func within(names map[string]bool, domain string) bool {
	for len(names) > 0 {
		if names[domain] {
			return true
		}
		_, parent, more := strings.Cut(domain, ".")
		if !more {
			break
		}
		domain = parent
	}
	return false
}
