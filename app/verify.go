package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"postroom.dev/app/cli/sendmail"
	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
)

// Verify says where addresses lead.
func (m mtaDoor) Verify(_ context.Context, v sendmail.Verify) error {
	r, err := m.routing()
	if err != nil {
		return err
	}
	router := r.router.Load()
	p := verification{out: v.Out, verbose: v.Verbose, told: map[string]bool{}}
	for _, text := range v.Addresses {
		list, bad := address.ParseList(text)
		for _, b := range bad {
			_, words := address.Complaint(b.Err)
			p.wrong(b.Entry, words, 64) // EX_USAGE
		}
		for _, named := range slices.Backward(list) { // as sendmail expands a list: the last one first
			shown := named.String()
			if len(list)+len(bad) == 1 {
				shown = strings.TrimSpace(text)
			}
			p.address(router, named.Address, shown)
		}
	}
	fmt.Fprint(v.Out, strings.Join(p.good, ""))
	return sendmail.Code(p.worst)
}

// address tells of one address, which is shown as it was typed.
func (p *verification) address(router *route.Router, a address.Address, shown string) {
	if what := sendmail.Direct(a); what != "" {
		p.wrong(shown, "Cannot mail directly to "+what, 64) // EX_USAGE
		return
	}
	leaves, err := router.Leaves(a)
	if err != nil {
		st := mta.StatusOf(err)
		p.wrong(shown, fmt.Sprintf("%s: %v", st.Text, st.Err), 75) // EX_TEMPFAIL
		return
	}
	if len(leaves) == 1 && len(leaves[0].Via) == 0 {
		p.leaf(leaves[0], shown)
		return
	}
	for _, l := range slices.Backward(leaves) {
		p.leaf(l, "")
	}
}

// verification is what -bv prints: what leads nowhere and, with -v, the way through the aliases at once; what is deliverable at the end.
type verification struct {
	out     io.Writer
	verbose bool
	told    map[string]bool // lines that were printed, and destinations
	good    []string
	worst   int // exit status
}

func (p *verification) wrong(what, why string, status int) {
	p.once(what + "... " + why)
	p.worst = max(p.worst, status)
}

// once prints a line that was not printed yet.
func (p *verification) once(line string) {
	if !p.told[line] {
		p.told[line] = true
		fmt.Fprintln(p.out, line)
	}
}

// leaf tells of one destination. typed is what it was called by, "" where an alias led to it.
func (p *verification) leaf(l route.Leaf, typed string) {
	for _, s := range l.Steps {
		if line := tableLine(s); line != "" && p.verbose {
			p.once(line)
		}
	}
	if l.Mailer == route.Error {
		status := 69 // EX_UNAVAILABLE
		switch {
		case l.Status.Enhanced == mta.Enhanced{5, 4, 6}, l.Status.Enhanced == mta.Enhanced{5, 2, 4}:
			status = 64 // EX_USAGE, as sendmail has it for loops and for lists that cannot be opened
		case l.Status.Temporary():
			status = 75 // EX_TEMPFAIL
		}
		shown := l.Address.String()
		if n := len(l.Steps) - 2; n >= 0 && l.Steps[n].Rule == ":include:" && l.Steps[n].Line == 0 { // the list itself, no line of it
			shown = l.Steps[n].In
		}
		p.wrong(shown, l.Status.Text, status)
		return
	}
	shown, line := deliverable(l)
	key := line
	if typed != "" {
		shown, line = typed, strings.Replace(line, shown, typed, 1)
	}
	if p.told[key] {
		if p.verbose {
			fmt.Fprintf(p.out, "%s... duplicate suppressed\n", shown)
		}
		return
	}
	p.told[key] = true
	line += "\n"
	for _, s := range l.Steps {
		if tableLine(s) == "" && p.verbose {
			line += fmt.Sprintf("%s... %s: %s (%s)\n", shown, s.Rule, s.Out, s.Note)
		}
	}
	p.good = append(p.good, line)
}

// deliverable is sendmail's line for a destination, and how it begins.
func deliverable(l route.Leaf) (shown, line string) {
	shown = l.Address.String()
	switch {
	case l.Mailer == route.Local:
		return l.User, fmt.Sprintf("%s... deliverable: mailer local, user %s", l.User, l.User)
	case l.Host == "": // catch, hold, discard
		return shown, fmt.Sprintf("%s... deliverable: mailer %s, user %s", shown, l.Mailer, shown)
	}
	host := l.Host
	if !strings.HasPrefix(host, "[") { // a name, which sendmail shows as canonical
		host = strings.TrimSuffix(host, ".") + "."
	}
	return shown, fmt.Sprintf("%s... deliverable: mailer %s, host %s, user %s", shown, l.Mailer, host, shown)
}

// tableLine is what -v prints of a step that a table decided, "" for another step.
func tableLine(s mta.Step) string {
	switch {
	case s.File == "":
		return ""
	case s.Rule == alias.IncludePrefix:
		return fmt.Sprintf("%s... including file %s", s.In, s.File)
	case s.Rule == alias.RuleForward && s.Line > 0:
		return fmt.Sprintf("%s: line %d: forwarding to %s", s.File, s.Line, s.Out)
	case s.Rule == alias.RuleForward:
		why, _, _ := strings.Cut(s.Note, ";")
		return fmt.Sprintf("%s... forward: %s: %s", s.In, s.File, why)
	case s.Rule != "aliases" && s.Note != "":
		return fmt.Sprintf("%s... %s: %s, %s: %s (%s)", s.In, s.Rule, s.Out, s.Key, s.Note, s.Where())
	case s.Rule != "aliases":
		return fmt.Sprintf("%s... %s: %s, %s (%s)", s.In, s.Rule, s.Out, s.Key, s.Where())
	case s.Note != "":
		return fmt.Sprintf("%s... %s: %s (%s)", s.In, s.Note, s.Key, s.Where())
	}
	return fmt.Sprintf("%s... aliased to %s", s.In, s.Out)
}
