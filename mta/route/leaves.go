package route

import (
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
)

// Leaf is where mail to one recipient ends; an alias may have many.
type Leaf struct {
	mta.Destination
	Address address.Address   // what the leaf's recipient is called; with Mailer Error the address that was asked for
	Via     []address.Address // aliases and lists passed through: first the address that was asked for; none when it is no alias
	Owner   string            // the sender that owner-NAME gives to this copy, "" to leave it
	Status  mta.Status        // with Mailer Error why mail cannot go there; else Code 0
	Steps   []mta.Step        // aliases first, then what Recipient says
}

// Leaves gives every destination of mail for a: those of an alias, else the one that Recipient gives. No two are the same.
// The error, a Status, says that the aliases cannot be read now.
func (r *Router) Leaves(a address.Address) ([]Leaf, error) {
	if !r.IsLocal(a.Domain) || r.config.Aliases == nil {
		return []Leaf{r.leaf(a)}, nil
	}
	db, err := r.config.Aliases()
	if err != nil {
		return nil, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "alias database unavailable", Err: err}
	}
	found, ok := alias.Expander{Aliases: db, User: r.config.User, Open: r.config.Include}.Expand(a.Local)
	if !ok {
		l := r.leaf(a)
		l.Steps = append(near(db, a.Local), l.Steps...)
		return []Leaf{l}, nil
	}
	leaves := make([]Leaf, 0, len(found))
	for _, f := range found {
		leaves = append(leaves, r.aliased(a, f))
	}
	return leaves, nil
}

func (r *Router) leaf(a address.Address) Leaf {
	to, steps := r.Recipient(a)
	return Leaf{Destination: to, Address: a, Steps: steps}
}

// near are the aliases that somebody may have meant.
func near(db *alias.DB, name string) []mta.Step {
	var steps []mta.Step
	for _, e := range db.Near(name) {
		steps = append(steps, mta.Step{Rule: "aliases", File: e.File, Line: e.Line, Key: e.Key, In: name, Out: name, Note: "almost this name"})
	}
	return steps
}

// aliased is the leaf at the end of one way through the aliases.
func (r *Router) aliased(asked address.Address, f alias.Leaf) Leaf {
	var l Leaf
	switch f.Kind {
	case alias.User, alias.Mailbox:
		l = r.leaf(f.Address)
	case alias.Program:
		l = r.failed(asked, mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 0}, Text: f.Text + "... programs in aliases are switched off"})
	case alias.File:
		l = r.failed(asked, mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 0}, Text: f.Text + "... files in aliases are switched off"})
	default:
		l = r.failed(asked, f.Status)
	}
	l.Via, l.Owner, l.Steps = f.Via, f.Owner, slices.Concat(f.Steps, l.Steps)
	l.Via[0] = asked // with its domain
	return l
}

// failed is a leaf that no mail can go to. It is called what was asked for: what an alias says in its place may be no address.
func (r *Router) failed(asked address.Address, why mta.Status) Leaf {
	return Leaf{
		Destination: mta.Destination{Mailer: Error, User: asked.String()}, Address: asked, Status: why,
		Steps: []mta.Step{{Rule: "aliases", In: asked.String(), Out: Error, Note: why.Error()}},
	}
}
