package route

import (
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// leave is what lets mail for somebody out of the machine, if anything does. A later one lets out all that an earlier one does.
type leave int

const (
	byTables       leave = iota // nothing yet: what Config.External says
	byQueueRelease              // the same, and the user let a held message go
	byTable                     // the mailertable names the host that takes the domain's mail
	byRelease                   // the user let this message go out to this recipient
)

// leaves says whether mail for a may be handed to a mailer that dials host, as mailers are given it; why tells what keeps it here.
// With elsewhere, a redirect is going to put somebody else in the place of a, and Allow is for that one.
// It is the only place where that is decided: no destination with such a mailer comes out of a Router that was not asked about here.
func (r *Router) leaves(a address.Address, host string, by leave, elsewhere bool) (why mta.Step, ok bool) {
	domain := fold(a.Domain)
	switch {
	case domain == "" || host == "" || r.isLocal(domain):
		return mta.Step{Rule: "default", Note: "it is nobody's beyond this machine"}, false
	case by < byTable && !r.relays:
		return mta.Step{Rule: "default", Note: "no table sends it anywhere: kept here, not sent"}, false
	case !elsewhere && !r.config.Allow.Allows(a, host):
		return mta.Step{Rule: "allow", Note: "not in [delivery] allow: kept here, not sent"}, false
	}
	return mta.Step{}, true
}

// bounded is l where its mail may leave, else the same mail kept here.
func (r *Router) bounded(l Leaf, by leave) Leaf {
	if why, ok := r.leaves(l.Address, l.Host, by, false); !ok {
		return r.kept(l, why)
	}
	return l
}

// kept is l caught, for a reason.
func (r *Router) kept(l Leaf, why mta.Step) Leaf {
	why.In, why.Out = l.Address.String(), Catch
	l.Destination = mta.Destination{Mailer: Catch, User: user(l.Address)}
	// What settings say of a way that is not taken confuses; what a table says is worth knowing.
	l.Steps = append(slices.DeleteFunc(slices.Clone(l.Steps), func(s mta.Step) bool { return s.Rule == "external" }), why)
	return l
}

// redirected is l with Config.Redirect in the place of who gets the mail, if it would leave. That one must itself be let out:
// whatever lets l out by the user's hand, or the settings, counts for it; l's entry in the mailertable does not.
func (r *Router) redirected(l Leaf, by leave) Leaf {
	if why, ok := r.leaves(l.Address, l.Host, by, true); !ok {
		return r.kept(l, why)
	}
	if by == byTable {
		by = byTables
	}
	name := r.config.Redirect.String()
	to, by := r.destination(r.config.Redirect, by)
	if smtpMailers[to.Mailer] {
		if why, ok := r.leaves(to.Address, to.Host, by, false); !ok {
			why.Note = "[delivery] redirect: " + name + " may not leave either: " + why.Note
			why.Rule = "redirect"
			return r.kept(l, why)
		}
	}
	step := mta.Step{Rule: "redirect", In: l.Address.String(), Out: name, Note: "[delivery] redirect"}
	l.Destination, l.Status, l.Redirected = to.Destination, to.Status, to.Address
	l.Steps = slices.Concat(l.Steps, []mta.Step{step}, to.Steps)
	return l
}

// Redirect is who gets all mail that leaves, the null path for nobody.
func (r *Router) Redirect() address.Address { return r.config.Redirect }

// IsBounded says that a list says where mail may leave for.
func (r *Router) IsBounded() bool { return r.config.Allow != nil }
