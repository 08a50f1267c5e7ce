package daemon

import (
	"bytes"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/rewrite"
	"postroom.dev/spool/qf"
)

// note writes into env what rewriting is going to change in the message, and why. head is the start of its text, or all of it. The
// change itself happens on the way out, as sendmail has it: the queue and the store keep what came.
func (d *Daemon) note(env *mta.Envelope, head []byte, whole bool) {
	rules := d.rules().Rewrite
	if rules == nil {
		return
	}
	local := len(env.Recipients) > 0 && !slices.ContainsFunc(env.Recipients, func(r mta.Recipient) bool { return !atHome(r.Mailer) })
	sender, steps, err := rules.Address(env.Sender, rewrite.Use{Kind: rewrite.Envelope, Local: local})
	var added, came []mta.Rewritten
	var addedSteps, cameSteps []mta.Step
	if err == nil {
		added, addedSteps, err = rules.Header(env.Added, local, env.Sender.Domain == "")
	}
	if err == nil {
		came, cameSteps, err = rules.Header(wholeFields(head, whole), local, false)
	}
	if err != nil {
		env.Steps = append(env.Steps, mta.Step{Rule: "rewrite", Note: "not known yet what changes: " + err.Error()})
		return
	}
	if env.SentFrom = sender; sender == env.Sender {
		env.SentFrom = address.Address{}
	}
	for i := range added {
		added[i].Added = true
	}
	env.Rewritten = append(added, came...)
	for i := range steps {
		steps[i].Note = strings.TrimSuffix("envelope sender: "+steps[i].Note, ": ")
	}
	env.Steps = slices.Concat(env.Steps, steps, addedSteps, cameSteps)
}

// wholeFields leaves out the last field where it may go on behind what is there.
func wholeFields(head []byte, whole bool) []byte {
	if whole {
		return head
	}
	end := 0
	for at := 0; at < len(head); {
		n := bytes.IndexByte(head[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
		if at < len(head) && head[at] != ' ' && head[at] != '\t' {
			end = at
		}
	}
	return head[:end]
}

// rewritten is what a mailer is given of a message: its header and its reverse-path as they leave.
type rewritten struct {
	outgoing
	steps []mta.Step // where it is not what the record says
}

// rewrite makes what a group's mailer sends; g.env is its own. The error says that a table cannot be read.
func (j *job) rewrite(g group) (rewritten, error) {
	rules := j.d.rules().Rewrite
	if rules == nil {
		out, err := newOutgoing(j.source, g.mailer, j.body, nil)
		return rewritten{outgoing: out}, err
	}
	local := atHome(g.mailer)
	sender, _, err := rules.Address(j.env.Sender, rewrite.Use{Kind: rewrite.Envelope, Local: local})
	if err != nil {
		return rewritten{}, err
	}
	g.env.Sender = sender
	expected := map[string]string{}
	for _, c := range j.env.Rewritten {
		expected[unix(c.In)] = unix(c.Out)
	}
	var all rewritten
	all.outgoing, err = newOutgoing(j.source, g.mailer, j.body, func(h qf.Header) (string, error) {
		changes, steps, err := rules.Header([]byte(h.Text), local, h.Flags != "" && j.env.Sender.Domain == "")
		if err != nil {
			return "", err
		}
		out := string(rewrite.Apply([]byte(h.Text), changes))
		known, ok := expected[h.Text]
		if !ok {
			known = h.Text
		}
		if out != known {
			all.steps = append(all.steps, steps...)
			all.steps = append(all.steps, mta.Step{Rule: "rewrite", In: known, Out: out, Note: "as it left to " + g.mailer})
		}
		return out, nil
	})
	return all, err
}

func unix(text []byte) string { return strings.ReplaceAll(string(text), "\r\n", "\n") }

// unreadable is the status of a message whose rewriting cannot be found out now.
func (j *job) unreadable(g group, err error) []mta.Status {
	j.d.problem("rewriting of "+j.env.ID, err)
	st := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "a table for rewriting cannot be read; try again later", Err: err}
	for _, i := range g.rcpts {
		j.run.say("%s... %s", g.env.Recipients[i].Address.Path(), maillog.Stat(st))
	}
	return slices.Repeat([]mta.Status{st}, len(g.rcpts))
}

// told adds steps to a recipient, each once however often it is tried.
func told(r *mta.Recipient, steps []mta.Step) {
	for _, s := range steps {
		if !slices.Contains(r.Steps, s) {
			r.Steps = append(slices.Clip(r.Steps), s)
		}
	}
}
