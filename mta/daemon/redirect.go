package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
)

// Redirection changes the recipients of a waiting message: From gives way to To. Without a To it is taken out, and without a From, To
// is added.
type Redirection struct{ From, To string }

// ErrRedirection says that recipients cannot be changed so.
var ErrRedirection = errors.New("recipients not changed")

// Redirect changes the recipients of a message that waits, all as asked or none: in the control file under its lock, as any program
// that works on the queue may, and in the record. The message keeps its age, its tries and whether it is held.
//
// The queue comes first, because it is the truth about who waits: after a crash in between, the new recipients get the message and the
// old ones do not.
func (d *Daemon) Redirect(ctx context.Context, id string, changes ...Redirection) error {
	return d.operate(ctx, id, func(j *job) error {
		for _, c := range changes {
			if err := j.redirect(c); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(j.at, func(i int) bool { return open(j.env.Recipients[i]) }) {
			return fmt.Errorf("%w: nobody would be left; delete the message instead", ErrRedirection)
		}
		c := j.control
		c.Recipients = nil
		for k, i := range j.at {
			if open(j.env.Recipients[i]) {
				c.Recipients = append(c.Recipients, j.control.Recipients[k])
			}
		}
		if err := j.entry.Update(&c); err != nil {
			return err
		}
		j.d.settle(context.WithoutCancel(ctx), j.env.ID, j.env.Recipients)
		return nil
	})
}

// open says that a recipient waits, held or not.
func open(r mta.Recipient) bool { return waits(r) || r.State == mta.Held }

// redirect makes one change in what is known of the message.
func (j *job) redirect(c Redirection) error {
	k := -1
	if c.From != "" {
		from, err := mailboxOf(c.From)
		if err != nil {
			return err
		}
		k = j.place(from)
		if k < 0 {
			return fmt.Errorf("%w: %s does not wait for the message", ErrRedirection, c.From)
		}
	}
	if c.To == "" {
		if k >= 0 {
			r := &j.env.Recipients[j.at[k]]
			r.State = mta.Discarded
			step := mta.Step{Rule: "user", In: r.Address.String(), Out: string(mta.Discarded), Note: "the user took this recipient out"}
			r.Steps = append(slices.Clone(r.Steps), step)
			r.Turns = mta.Turned(r.Turns, mta.Turn{Time: j.d.Now(), State: r.State, Note: step.Note})
		}
		return nil
	}
	to, err := mailboxOf(c.To)
	if err != nil {
		return err
	}
	if same := j.place(to); same >= 0 && same != k {
		return fmt.Errorf("%w: %s waits for the message already", ErrRedirection, c.To)
	}
	j.lead(k, to)
	return nil
}

// place finds a recipient that waits in the control file, -1 for none.
func (j *job) place(a address.Address) int {
	return slices.IndexFunc(j.at, func(i int) bool {
		r := &j.env.Recipients[i]
		return open(*r) && r.Address.Fold() == a.Fold()
	})
}

// lead puts an address in the place of the one in the control file's line k, or adds it where k is -1.
func (j *job) lead(k int, to address.Address) {
	r := mta.Recipient{Address: to, State: mta.Queued}
	line := qf.Recipient{Flags: "PFD"} // as sendmail has it where no NOTIFY was given
	step := mta.Step{Rule: "user", Out: to.String(), Note: "the user added this recipient"}
	if k >= 0 {
		old := j.env.Recipients[j.at[k]]
		line.Flags, line.Original = j.control.Recipients[k].Flags, j.control.Recipients[k].Original
		r.Original, r.Notify, r.Turns = old.Original, old.Notify, old.Turns
		r.Via = append(slices.Clone(old.Via), old.Address)
		r.Steps = slices.DeleteFunc(slices.Clone(old.Steps), func(s mta.Step) bool { return s.Note == releasedNote || s.Note == letOutNote }) // they were about another address
		step.In, step.Note = old.Address.String(), "the user wrote another recipient in its place"
	}
	line.Address = to.String()
	if len(j.control.Recipients) > 0 && len(j.control.Recipients[0].Address) > 0 && j.control.Recipients[0].Address[0] == '<' {
		line.Address = to.Path()
	}
	if to.Domain != "" {
		line.Final = "RFC822; " + to.String()
	}
	dest, steps := j.turn.router.Recipient(to)
	r.Mailer, r.Host = dest.Mailer, dest.Host
	r.Steps = append(append(r.Steps, step), steps...)
	if j.entry.Kind == "hf" {
		r.State = mta.Held
	}
	r.Turns = mta.Turned(r.Turns, mta.Turn{Time: j.d.Now(), State: r.State, Note: step.Note})
	if k >= 0 {
		j.env.Recipients[j.at[k]], j.control.Recipients[k] = r, line
		return
	}
	j.control.Priority += qf.RecipientFactor
	j.at = append(j.at, len(j.env.Recipients))
	j.env.Recipients, j.control.Recipients = append(j.env.Recipients, r), append(j.control.Recipients, line)
}

// mailboxOf reads an address that a user wrote. Programs and files are for aliases to name.
func mailboxOf(text string) (address.Address, error) {
	a, err := address.Parse(text)
	switch {
	case err != nil:
		return a, fmt.Errorf("%w: %s: %w", ErrRedirection, text, err)
	case a.IsNull():
		return a, fmt.Errorf("%w: the null path receives nothing", ErrRedirection)
	case route.IsPiped(a):
		return a, fmt.Errorf("%w: %s is a program or a file; only aliases lead there", ErrRedirection, text)
	}
	return a, nil
}
