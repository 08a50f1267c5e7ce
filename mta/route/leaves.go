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
	// Redirected is who gets the mail in the place of Address, as Config.Redirect has it; the null path for nobody. Destination is theirs.
	Redirected address.Address
	Owner      string     // the sender that owner-NAME gives to this copy, "" to leave it
	Status     mta.Status // with Mailer Error why mail cannot go there; else Code 0
	Steps      []mta.Step // aliases first, then what Recipient says
}

// maxWays is how many times virtusertable and aliases may lead to one another.
const maxWays = 10

// Leaves gives every destination of mail for a: where the virtusertable and the aliases lead, else the one that Leaf gives. No
// two are the same. The error, a Status, says that a table cannot be read now.
func (r *Router) Leaves(a address.Address) ([]Leaf, error) {
	leaves, err := r.ways(a, 0)
	if len(leaves) < 2 {
		return leaves, err
	}
	seen := make(map[string]bool, len(leaves))
	return slices.DeleteFunc(leaves, func(l Leaf) bool {
		key := l.Mailer + " " + l.Host + " " + l.User + " " + l.Status.Text
		if !l.Redirected.IsNull() { // each goes there in a name of its own
			key += " " + l.Address.Fold().String()
		}
		again := seen[key] && l.Mailer != Error
		seen[key] = true
		return again
	}), err
}

// Answer is what is known of a forward-path while the client waits for the answer to RCPT: where it leads by the virtusertable and
// the mailertable. Aliases are not followed.
func (r *Router) Answer(a address.Address) Leaf {
	to, via, steps, failed := r.virtual(a)
	l := r.refused(a, failed)
	if failed.Code == 0 {
		l = r.Leaf(to)
		if !l.Address.Equal(to) { // the mailertable has local:user
			via = append(via, to)
		}
	}
	l.Via, l.Steps = via, append(steps, l.Steps...)
	return l
}

// ways follows one address to its leaves.
func (r *Router) ways(a address.Address, depth int) ([]Leaf, error) {
	if depth > maxWays {
		return []Leaf{r.failed(a, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 6}, Text: "aliasing/forwarding loop broken"})}, nil
	}
	start := r.Answer(a)
	if start.Status.Temporary() {
		return nil, start.Status
	}
	if start.Mailer != Local || !start.Redirected.IsNull() || r.config.Aliases == nil {
		return []Leaf{r.known(start)}, nil
	}
	db, err := r.config.Aliases()
	if err != nil {
		return nil, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "alias database unavailable", Err: err}
	}
	name := start.Address.Local
	found, ok := alias.Expander{Aliases: db, User: r.config.User, Open: r.config.Include, Forward: r.config.Forward, Elsewhere: r.elsewhere}.Expand(name)
	if !ok {
		for _, f := range found { // why a .forward is not used
			start.Steps = slices.Concat(f.Steps, start.Steps)
		}
		start.Steps = append(near(db, name), start.Steps...)
		return []Leaf{r.known(start)}, nil
	}
	before := slices.DeleteFunc(start.Steps, func(s mta.Step) bool { return s.Rule == "local" }) // an alias is no mailbox
	asked := start.Address
	if start.Address.Equal(a) {
		asked = a
	}
	leaves := make([]Leaf, 0, len(found))
	for _, f := range found {
		all, err := r.aliased(asked, f, depth)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			l.Via, l.Steps = slices.Concat(start.Via, l.Via), slices.Concat(before, l.Steps)
			leaves = append(leaves, l)
		}
	}
	return leaves, nil
}

// elsewhere says that an address in one of our domains is not simply a local name: the virtusertable has an entry for it.
func (r *Router) elsewhere(a address.Address) bool {
	_, ok, _, err := r.virtualEntry(a)
	return ok || err != nil
}

// near are the aliases that somebody may have meant.
func near(db *alias.DB, name string) []mta.Step {
	var steps []mta.Step
	for _, e := range db.Near(name) {
		steps = append(steps, mta.Step{Rule: "aliases", File: e.File, Line: e.Line, Key: e.Key, In: name, Out: name, Note: "almost this name"})
	}
	return steps
}

// aliased gives the leaves at the end of one way through the aliases.
func (r *Router) aliased(asked address.Address, f alias.Leaf, depth int) ([]Leaf, error) {
	var leaves []Leaf
	switch f.Kind {
	case alias.User:
		leaves = []Leaf{r.known(r.Leaf(f.Address))}
	case alias.Mailbox:
		var err error
		if leaves, err = r.ways(f.Address, depth+1); err != nil {
			return nil, err
		}
	case alias.Program, alias.File:
		leaves = []Leaf{r.piped(asked, f.Target, sourceOf(f))}
	default:
		leaves = []Leaf{r.failed(asked, f.Status)}
	}
	f.Via[0] = asked // with its domain
	for i := range leaves {
		l := &leaves[i]
		l.Via, l.Steps = slices.Concat(f.Via, l.Via), slices.Concat(f.Steps, l.Steps)
		if l.Owner == "" {
			l.Owner = f.Owner
		}
	}
	return leaves, nil
}

// failed is a leaf that no mail can go to. It is called what was asked for: what an alias says in its place may be no address.
func (r *Router) failed(asked address.Address, why mta.Status) Leaf {
	return Leaf{
		Destination: mta.Destination{Mailer: Error, User: asked.String()}, Address: asked, Status: why,
		Steps: []mta.Step{{Rule: "aliases", In: asked.String(), Out: Error, Note: why.Error()}},
	}
}
