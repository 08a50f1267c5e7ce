// Package route decides who may send, and where a recipient's mail goes: to a local mailbox, to another host, or nowhere
// because it is caught. It looks at addresses, at its own settings and at the tables that it is given; it opens no files, dials
// nothing, reads no clock.
//
//   - check.go is the access table: [Router.CheckRelay], [Router.CheckMail] and [Router.CheckRcpt] are sendmail's check_relay,
//     check_mail and check_rcpt. What only strict production refuses is a step in the Verdict, unless Config.Strict is set.
//     limits.go has what tables say in numbers, value.go reads their values.
//   - programs.go says when aliases may name programs and files.
//   - virtual.go is the virtusertable, mailertable.go the mailertable, leaves.go how they and the aliases follow one another.
//
// Rules are those of the cf file that sendmail 8.17's m4 macros make; mta/daemon/testdata/sendmail compares.
//
// [Router.Leaves] is asked when a message is accepted: a local name may be an alias, and then the mail goes to others.
// [Router.Recipient] is asked about those, as often as they are tried: it knows no aliases, so that nobody is expanded twice.
//
// A Router never changes and may be asked from any goroutine; other settings are another Router. Each answer
// carries the Steps that led to it, which -bv, trace and the window show.
//
// Whether a message may leave the machine is decided in one place, [Router.leaves] in leave.go, for every destination whose mailer
// dials. Only the address counts for it, its domain as it stands behind the last @ that is not quoted: source routes are dropped when the
// address is read (RFC 5321 §3.6.1 allows it), and what looks like an address within a local part (user%host,
// host!user, "user@host") means nothing here.
package route

import (
	"fmt"
	"io"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
)

// The names of the mailers that a Router sends to.
const (
	Catch = "catch" // kept in Postroom, not sent
	Local = "local" // a mailbox on this machine
	ESMTP = "esmtp" // the host that the domain's MX records name
	Relay = "relay" // the smart host
	Error = "error" // nobody: the mail cannot go there, and its sender hears so

	// What the mailertable may name beside these.
	SMTP    = "smtp"    // as esmtp; the mailers differ in what they say first
	SMTP8   = "smtp8"   // 8-bit text is sent as it is
	DSMTP   = "dsmtp"   // as esmtp
	Hold    = "hold"    // waits until the user releases it; "hold:mailer:host" goes there then
	Discard = "discard" // thrown away
	Sim     = "sim"     // a host that is only simulated (package simulate)
)

// The values of Config.External.
const (
	ExternalCatch = "catch"
	ExternalRelay = "relay"
)

// Config is what a Router goes by.
type Config struct {
	Hostname     string          // our own name: its mail is local
	LocalDomains []string        // more domains whose mail is local; localhost always is
	External     string          // what becomes of other domains' mail: ExternalCatch, which "" means too, or ExternalRelay
	SmartHost    string          // takes all mail that leaves, "" for the domain's own host; "[host]:port" asks for no MX, "esmtp:host" names the mailer, "sim:greylist" a host that is only simulated
	Allow        *gate.List      // where mail may leave for, nil for no such bounds
	Redirect     address.Address // gets all mail that would leave, the null path for no such thing
	Strict       bool            // refuse what production sendmail would refuse; off, that is only noted
	Features     Features
	Limits       Limits
	Tables

	// Resolve asks the DNS about a sender's domain, folded; nil takes every domain for one that exists. With strict a refusal hangs on the
	// answer. It may be called by many at a time.
	Resolve func(domain string, strict bool) Existence

	// Aliases gives the aliases that are in force; nil for none. Its error makes mail for local names wait.
	Aliases func() (*alias.DB, error)
	// User says that a local part is a user of this machine, at which a loop of aliases ends; may be nil.
	User func(local string) bool
	// Known says that a local part has a mailbox here; nil takes every name for one. Strict refuses mail for others.
	Known func(local string) bool
	// Include opens the files that aliases name by :include:; nil lets none be read.
	Include func(path string) (io.ReadCloser, error)
	// Forward opens the .forward files of local users; nil for none.
	Forward func(user string) (alias.Forwarding, error)
	// Program and File say whether mail may go to a command, or to the file of an absolute path. source is the :include: or .forward
	// file that names it, "" for the aliases file or where it was allowed before. The error is a Status; nil allows none at all.
	Program, File func(target, source string) error
}

// Router answers where mail goes.
type Router struct {
	local       map[string]bool // folded
	relays      bool
	smartHost   string
	smartMailer string
	config      Config
}

// New makes a Router. An unknown External is an error, so that a slip in the settings lets nothing out.
func New(c Config) (*Router, error) {
	r := &Router{local: map[string]bool{"localhost": true}, smartHost: c.SmartHost, smartMailer: Relay, config: c}
	if mailer, host, ok := strings.Cut(c.SmartHost, ":"); ok && smtpMailers[mailer] {
		r.smartMailer, r.smartHost = mailer, host
	} else if ok && mailer == Sim {
		if _, err := simulate.NewHost(host); err != nil {
			return nil, fmt.Errorf("smart host %s: %w", c.SmartHost, err)
		}
		r.smartMailer, r.smartHost = mailer, strings.ToLower(host)
	}
	switch c.External {
	case "", ExternalCatch:
	case ExternalRelay:
		r.relays = true
	default:
		return nil, fmt.Errorf("external mail: %q is unknown; write %q or %q", c.External, ExternalCatch, ExternalRelay)
	}
	short, domain, _ := strings.Cut(c.Hostname, ".")
	if domain != "" {
		domain = "localhost." + domain
	}
	for _, d := range append([]string{c.Hostname, short, domain}, c.LocalDomains...) {
		if d = fold(d); d != "" {
			r.local[d] = true
		}
	}
	return r, nil
}

// For is the Router for mail that came as o says: as strict as the listener.
func (r *Router) For(o *mta.Origin) *Router {
	if o.Strict == nil || *o.Strict == r.config.Strict {
		return r
	}
	other := *r
	other.config.Strict = *o.Strict
	return &other
}

// Recipient gives the destination of mail for a, and why.
func (r *Router) Recipient(a address.Address) (mta.Destination, []mta.Step) {
	l := r.Leaf(a)
	return l.Destination, l.Steps
}

// Leaf is where mail for a goes when neither aliases nor the virtusertable are asked.
func (r *Router) Leaf(a address.Address) Leaf { return r.leaf(a, byTables) }

// Released is Leaf for a message that the user let go: what the mailertable holds goes on.
func (r *Router) Released(a address.Address) Leaf { return r.leaf(a, byQueueRelease) }

// LetOut is Leaf for a recipient whom the user let a caught message go out to. It is the routing entry that only a release can take: mail
// that would be caught leaves. What the mailertable says of the domain besides "catch:" and "hold:" holds, so do Allow and Redirect.
func (r *Router) LetOut(a address.Address) Leaf { return r.leaf(a, byRelease) }

// leaf is where mail for a goes, and whether it may.
func (r *Router) leaf(a address.Address, by leave) Leaf {
	l, by := r.destination(a, by)
	if !smtpMailers[l.Mailer] {
		return l
	}
	if r.config.Redirect.IsNull() || r.config.Redirect.Equal(a) {
		return r.bounded(l, by)
	}
	return r.redirected(l, by)
}

// destination is where mail for a goes if it may leave; by says what lets it.
func (r *Router) destination(a address.Address, by leave) (Leaf, leave) {
	in := a.String()
	domain := fold(a.Domain)
	if why, is := direct(a.Local); is && r.IsLocal(domain) {
		return r.refused(a, why), by
	}
	entry, local, err := r.localEntry(domain)
	switch {
	case domain == "":
		return r.mailbox(a, mta.Step{Rule: "local", In: in, Out: Local, Note: "no domain: a user of this machine"}), by
	case err != nil:
		return r.refused(a, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "local domains unknown", Err: err}), by
	case local:
		return r.mailbox(a, mta.Step{Rule: "local", File: entry.File, Line: entry.Line, Key: domain, In: in, Out: Local}), by
	}
	l, ok, near := r.mailer(a, &by)
	if !ok {
		l = r.external(a)
		if l.Mailer == Sim && by < byTable && !r.relays { // nothing would leave by it, but mail is caught where nothing says otherwise
			l = r.kept(l, mta.Step{Rule: "default", Note: "no table sends it anywhere: kept here, not sent"})
		}
	}
	l.Steps = append(near, l.Steps...)
	return l, by
}

func (r *Router) mailbox(a address.Address, step mta.Step) Leaf {
	return Leaf{Destination: mta.Destination{Mailer: Local, User: Mailbox(a.Local)}, Address: a, Steps: []mta.Step{step}}
}

// Mailbox is the name of the mailbox that a local part means: without its detail, in lower case.
func Mailbox(local string) string {
	user, _, _ := strings.Cut(local, "+")
	if user == "" {
		user = local
	}
	return table.Fold(user)
}

// external is where mail for another domain goes that no table speaks of, if it may leave.
func (r *Router) external(a address.Address) Leaf {
	l := Leaf{Address: a, Destination: mta.Destination{User: user(a)}}
	step := mta.Step{Rule: "external", In: a.String()}
	if r.smartHost != "" {
		l.Mailer, l.Host = r.smartMailer, r.smartHost
		step.Note = "mail for other domains goes to the smart host"
		if l.Mailer == Sim {
			step.Note += ", which is simulated: nothing leaves the machine"
		}
	} else {
		l.Mailer, l.Host = ESMTP, fold(a.Domain)
		step.Note = "mail for other domains is sent to them"
	}
	step.Out = l.Mailer + ":" + l.Host
	l.Steps = []mta.Step{step}
	return l
}

// user is an address as mailers are given it.
func user(a address.Address) string {
	a.Domain = strings.TrimRight(a.Domain, ".")
	return a.String()
}

// IsLocal says that a domain's mail is for this machine; that of no domain is.
func (r *Router) IsLocal(domain string) bool {
	domain = fold(domain)
	return domain == "" || r.isLocal(domain)
}

// isLocal says that a folded domain is ours; the loopback's address literals are.
func (r *Router) isLocal(domain string) bool {
	_, ok, _ := r.localEntry(domain)
	return ok
}

// fold makes a domain comparable: without regard to case, and all dots at its end.
func fold(domain string) string {
	return strings.TrimRight(address.Address{Local: "x", Domain: domain}.Fold().Domain, ".")
}
