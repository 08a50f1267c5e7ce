// Package route decides where a recipient's mail goes: to a local mailbox, to another host, or nowhere because it is
// caught. It looks at the address, at its own settings and at the aliases that it is given; it opens no files, dials
// nothing, reads no clock.
//
// [Router.Leaves] is asked when a message is accepted: a local name may be an alias, and then the mail goes to others.
// [Router.Recipient] is asked about those, as often as they are tried: it knows no aliases, so that nobody is expanded twice.
//
// A Router never changes and may be asked from any goroutine; other settings are another Router. Each answer
// carries the Steps that led to it, which -bv, trace and the window show.
//
// Whether a message may leave the machine is decided in one place, [Router.leaves]. Only the domain
// counts for it, as it stands behind the last @ that is not quoted: source routes are dropped when the address is read (RFC 5321 §3.6.1
// allows it), and what looks like an address within a local part (user%host, host!user, "user@host")
// means nothing here.
package route

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
)

// The names of the mailers that a Router sends to.
const (
	Catch = "catch" // kept in Postroom, not sent
	Local = "local" // a mailbox on this machine
	ESMTP = "esmtp" // the host that the domain's MX records name
	Relay = "relay" // the smart host
	Error = "error" // nobody: the mail cannot go there, and its sender hears so
)

// The values of Config.External.
const (
	ExternalCatch = "catch"
	ExternalRelay = "relay"
)

// Config is what a Router goes by.
type Config struct {
	Hostname     string   // our own name: its mail is local
	LocalDomains []string // more domains whose mail is local; localhost always is
	External     string   // what becomes of other domains' mail: ExternalCatch, which "" means too, or ExternalRelay
	SmartHost    string   // takes all mail that leaves, "" for the domain's own host; "[host]:port" asks for no MX

	// Aliases gives the aliases that are in force; nil for none. Its error makes mail for local names wait.
	Aliases func() (*alias.DB, error)
	// User says that a local part is a user of this machine, at which a loop of aliases ends; may be nil.
	User func(local string) bool
	// Include opens the files that aliases name by :include:; nil lets none be read.
	Include func(path string) (io.ReadCloser, error)
}

// Router answers where mail goes.
type Router struct {
	local     map[string]bool // folded
	relays    bool
	smartHost string
	config    Config
}

// New makes a Router. An unknown External is an error, so that a slip in the settings lets nothing out.
func New(c Config) (*Router, error) {
	r := &Router{local: map[string]bool{"localhost": true}, smartHost: c.SmartHost, config: c}
	switch c.External {
	case "", ExternalCatch:
	case ExternalRelay:
		r.relays = true
	default:
		return nil, fmt.Errorf("external mail: %q is unknown; write %q or %q", c.External, ExternalCatch, ExternalRelay)
	}
	for _, d := range append([]string{c.Hostname}, c.LocalDomains...) {
		if d = fold(d); d != "" {
			r.local[d] = true
		}
	}
	return r, nil
}

// Recipient gives the destination of mail for a, and why.
func (r *Router) Recipient(a address.Address) (mta.Destination, []mta.Step) {
	in := a.String()
	domain := fold(a.Domain)
	switch {
	case domain == "":
		return mta.Destination{Mailer: Local, User: a.Local}, []mta.Step{{Rule: "local", In: in, Out: Local, Note: "no domain: a user of this machine"}}
	case r.isLocal(domain):
		return mta.Destination{Mailer: Local, User: a.Local}, []mta.Step{{Rule: "local", Key: domain, In: in, Out: Local}}
	case !r.leaves(domain):
		return mta.Destination{Mailer: Catch, User: in},
			[]mta.Step{{Rule: "default", In: in, Out: Catch, Note: "no table sends it anywhere: kept here, not sent"}}
	case r.smartHost != "":
		return mta.Destination{Mailer: Relay, Host: r.smartHost, User: in},
			[]mta.Step{{Rule: "external", In: in, Out: Relay + ":" + r.smartHost, Note: "mail for other domains goes to the smart host"}}
	}
	return mta.Destination{Mailer: ESMTP, Host: domain, User: in},
		[]mta.Step{{Rule: "external", In: in, Out: ESMTP + ":" + domain, Note: "mail for other domains is sent to them"}}
}

// leaves says whether mail for a domain may leave this machine. It is the only place where that is decided.
func (r *Router) leaves(domain string) bool { return r.relays && domain != "" && !r.isLocal(domain) }

// IsLocal says that a domain's mail is for this machine; that of no domain is.
func (r *Router) IsLocal(domain string) bool {
	domain = fold(domain)
	return domain == "" || r.isLocal(domain)
}

// isLocal says that a folded domain is ours; the loopback's address literals are.
func (r *Router) isLocal(domain string) bool {
	if r.local[domain] {
		return true
	}
	literal, ok := strings.CutPrefix(domain, "[")
	if !ok {
		return false
	}
	literal = strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "ipv6:")
	ip, err := netip.ParseAddr(literal)
	return err == nil && (ip.Unmap().IsLoopback() || ip.IsUnspecified())
}

// fold makes a domain comparable: without regard to case, and all dots at its end.
func fold(domain string) string {
	return strings.TrimRight(address.Address{Local: "x", Domain: domain}.Fold().Domain, ".")
}
