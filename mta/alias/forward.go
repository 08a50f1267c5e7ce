package alias

import (
	"fmt"
	"io"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// RuleForward is the rule of steps through a .forward file.
const RuleForward = ".forward"

// Forwarding is the file in which a user of this machine says where the mail goes, $HOME/.forward. Its lines are as those of an
// :include: file; the user's own name in it, or \name, is the mailbox.
type Forwarding struct {
	Path string
	Text io.ReadCloser // nil for none
	Note string        // why a file that is there is not used
}

// forward goes on from a name that is no alias: to where its user's .forward leads.
func (x *expansion) forward(t Target, at *link) {
	if x.Forward == nil {
		x.leaf(t, at)
		return
	}
	name := t.Address.Local
	key := RuleForward + " " + strings.ToLower(name)
	if before := at.find(key); before != nil {
		x.loop(t, at, before)
		return
	}
	f, err := x.Forward(name)
	step := mta.Step{Rule: RuleForward, File: f.Path, In: name}
	switch {
	case err != nil:
		t.Kind, t.Status = Bad, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 2, 4}, Err: err, Text: fmt.Sprintf("Cannot open %s: %s", f.Path, reason(err))}
		x.leaf(t, at)
		x.forwarded = true
		return
	case f.Text == nil:
		before := len(x.leaves)
		x.leaf(t, at)
		if f.Note != "" && len(x.leaves) > before {
			step.Out, step.Note = name, f.Note
			l := &x.leaves[before]
			l.Steps = append(l.Steps, step)
		}
		return
	}
	defer f.Text.Close()
	x.forwarded = true
	next := &link{up: at, key: key, name: name, step: step}
	if !x.descend(next, t) {
		return
	}
	before := len(x.leaves)
	x.lines(f.Text, next, Target{Kind: Include, Text: t.Text, Path: f.Path})
	if len(x.leaves) == before && !x.named(f.Path) { // an empty file forwards to nobody, and loses nothing
		next.step.Out, next.step.Note = name, "names nobody"
		x.leaf(Target{Kind: User, Text: name, Address: address.Address{Local: name}, Direct: true}, next)
	}
}

// named says that the lines of a file led somewhere that was met before.
func (x *expansion) named(path string) bool { return x.seen["line "+path] }
