package daemon

import (
	"context"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/spool/queue"
)

// queueGroup is what sendmail calls the one queue group that it has when nobody made others; ETRN can name it.
const queueGroup = "mqueue"

// maxAsked is how many queue runs may wait that clients asked for by ETRN.
const maxAsked = 100

// Verify answers VRFY in sendmail's words: who an address is, without following aliases. Off strict mode, where mail for anybody is
// caught, an unknown name gets RFC 5321 §3.5.3's 252, as RCPT would take it.
func (d *Daemon) Verify(_ context.Context, arg string) mta.Status {
	return d.query(arg, "VRFY", func(a address.Address, leaves []route.Leaf) []route.Leaf {
		if len(leaves) == 1 && len(leaves[0].Via) == 0 {
			return leaves
		}
		l := d.rules().Router.Answer(a)
		if l.Mailer != route.Error {
			l.User = "" // an alias: nobody's name belongs to it
		}
		return []route.Leaf{l}
	})
}

// Expand answers EXPN: all whom mail for an address reaches.
func (d *Daemon) Expand(_ context.Context, arg string) mta.Status {
	return d.query(arg, "EXPN", func(_ address.Address, leaves []route.Leaf) []route.Leaf { return leaves })
}

// query answers for a list of addresses, which sendmail goes through from its end. What is wrong with one of them is all that the
// client hears. which gives the leaves to name.
func (d *Daemon) query(arg, verb string, which func(address.Address, []route.Leaf) []route.Leaf) mta.Status {
	router := d.rules().Router
	list, bad := address.ParseList(arg)
	for _, b := range bad {
		enhanced, text := address.Complaint(b.Err)
		return mta.Status{Code: 553, Enhanced: enhanced, Text: strings.TrimSpace(arg) + "... " + text, Err: b.Err}
	}
	var named []route.Leaf
	for _, one := range slices.Backward(list) {
		if router == nil {
			named = append(named, route.Leaf{Destination: mta.Destination{Mailer: route.Catch}, Address: one.Address})
			continue
		}
		leaves, err := router.Leaves(one.Address)
		if err != nil {
			return mta.StatusOf(err)
		}
		for _, l := range slices.Backward(which(one.Address, leaves)) {
			if l.Mailer == route.Error {
				return d.unreachable(l)
			}
			named = append(named, l)
		}
	}
	if len(named) == 0 {
		return mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 5, 2}, Text: "Nothing to " + verb}
	}
	slices.SortStableFunc(named, func(a, b route.Leaf) int { return remote(a) - remote(b) }) // mailboxes first
	s := mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 1, 5}}
	var lines []string
	for _, l := range named {
		line, known := d.called(l)
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
		if !known && verb == "VRFY" {
			s.Code = 252
		}
	}
	s.Text = strings.Join(lines, "\n")
	return s
}

func remote(l route.Leaf) int {
	if l.Mailer == route.Local {
		return 0
	}
	return 1
}

// unreachable is the answer for a leaf that mail cannot go to.
func (d *Daemon) unreachable(l route.Leaf) mta.Status {
	s := l.Status
	if s.Code == 450 || s.Code == 550 || s.Code == 553 {
		s.Text = d.short(l.Address) + "... " + s.Text
	}
	return s
}

// short is an address without our own domains.
func (d *Daemon) short(a address.Address) string {
	if d.rules().Router.IsLocal(a.Domain) {
		return a.Local
	}
	return a.String()
}

// called is how VRFY and EXPN name a leaf. known is false for one that we cannot vouch for.
func (d *Daemon) called(l route.Leaf) (line string, known bool) {
	switch l.Mailer {
	case route.Local:
		line = "<" + address.Address{Local: route.Mailbox(l.Address.Local), Domain: d.Hostname}.String() + ">"
		if l.User == "" {
			return line, true
		}
		if d.FullName == nil {
			return line, false
		}
		name, known := d.FullName(l.User)
		return strings.TrimSpace(name + " " + line), known
	case route.Prog, route.File:
		return "<" + address.Address{Local: l.User, Domain: d.Hostname}.String() + ">", true
	}
	return l.Address.Path(), false
}

// RunQueue answers ETRN, RFC 1985, as sendmail does: "@example.com" means all recipients whose addresses contain what follows, any
// other name those of exactly that domain. The run waits for Serve.
func (d *Daemon) RunQueue(_ context.Context, node string) mta.Status {
	done := mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "Queuing for node " + node + " started"}
	match := "@" + node
	if group, is := strings.CutPrefix(node, "#"); is {
		if group != queueGroup {
			return mta.Status{Code: 459, Enhanced: mta.Enhanced{4, 5, 4}, Text: "Queue " + group + " unknown"}
		}
		match, done.Text = "", "Queuing for queue group "+group+" started"
	} else if below, is := strings.CutPrefix(node, "@"); is {
		match = below
	}
	var sel queue.Selection
	var err error
	if match != "" {
		sel, err = queue.ParseSelection("R" + match)
	}
	if err != nil || d.Queue == nil || !d.runner.ask(sel) {
		return mta.Status{Code: 458, Enhanced: mta.Enhanced{4, 3, 0}, Text: "Unable to queue messages for node " + node, Err: err}
	}
	d.Poke()
	return done
}

// ask notes a queue run that a client wants. It says no when too many wait.
func (r *runner) ask(sel queue.Selection) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.asked {
		if slices.Equal(s.Words(), sel.Words()) {
			return true
		}
	}
	if len(r.asked) >= maxAsked {
		return false
	}
	r.asked = append(r.asked, sel)
	return true
}

// nextAsked takes the oldest of those runs.
func (r *runner) nextAsked() (sel queue.Selection, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.asked) == 0 {
		return sel, false
	}
	sel, r.asked = r.asked[0], r.asked[1:]
	return sel, true
}
