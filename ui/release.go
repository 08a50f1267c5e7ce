//go:build !nogui

package ui

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// releaseDialog asks to whom a kept message is to go, and shows who would get it and by which host before anything goes.
type releaseDialog struct {
	win   *window
	order mta.ReleaseOrder
	plan  *model.Latest[mta.ReleasePlan]
	send  *model.Latest[mta.Released]

	to, from *kit.Entry
	text     *kit.Lines
	yes, no  *kit.IconButton
	wait     func() // forgets the pause before the next look
	seen     bool   // the plan in sight is for what the fields say
	first    bool   // no plan has come yet
	box      *widget.PopUp
	back     fyne.Focusable
}

// planPause is how long typing rests before name servers are asked.
const planPause = 400 * time.Millisecond

// release asks to let the selected message go out, as it came or to somebody new.
func (w *window) release(resent bool) {
	ids := w.mail.Selection()
	if len(ids) != 1 {
		return
	}
	d := &releaseDialog{win: w, order: mta.ReleaseOrder{Message: ids[0], Resent: resent}, back: w.frame.Canvas().Focused(), first: true}
	d.plan, d.send = model.NewLatest[mta.ReleasePlan](w.post), model.NewLatest[mta.Released](w.post)
	w.releases = append(w.releases, d)
	keys := kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			d.leave()
		}
	}}
	field := func(hint string) *kit.Entry {
		e := kit.NewEntry(w.later, hint)
		e.Plain, e.Icon, e.Keys = true, nil, keys
		e.OnTyped = func(string) { d.typed() }
		e.OnSubmitted = func(string) { d.carryOut() }
		return e
	}
	title, button := say.T("Release message"), say.T("Release")
	explained := say.T("A copy leaves as the message would have left. The message stays here, and tells what became of it.")
	toHint, fromHint := say.T("Those it was caught for"), say.T("Its own sender")
	if resent {
		title, button = say.T("Forward message"), say.T("Forward")
		explained = say.T("A copy goes to somebody new, with Resent- fields that say who handed it on.")
		toHint, fromHint = "ann@example.com", say.T("You")
	}
	d.to, d.from = field(toHint), field(fromHint)
	d.text = kit.NewLines(20).Proportional()
	d.text.SetWrap(true)
	d.text.Keys = keys
	d.yes, d.no = kit.NewIconButton("send", button, d.carryOut).Primary(), kit.NewIconButton("", say.T("Cancel"), d.leave)
	d.yes.Keys, d.no.Keys = keys, keys
	d.build(title, explained)
	c := w.frame.Canvas()
	c.Focus(d.to)
	d.look()
}

// build puts the dialog over the window.
func (d *releaseDialog) build(title, explained string) {
	c := d.win.frame.Canvas()
	head := kit.NewLabel(title, theme.SizeText, theme.Text).Bold()
	words := kit.NewLabel(explained, theme.SizeMedium, theme.Dim).Shrink()
	to, from := kit.NewLabel(say.T("To"), theme.SizeMedium, theme.Dim), kit.NewLabel(say.T("From"), theme.SizeMedium, theme.Dim)
	line, line2 := kit.NewLine(), kit.NewLine()
	size := fyne.NewSize(min(640, c.Size().Width-60), min(400, c.Size().Height-80))
	d.box = widget.NewModalPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(head, 14, 8, s.Width-28, 20)
		put(words, 14, 30, s.Width-28, 18)
		put(to, 14, 64, 50, 18)
		put(d.to, 66, 58, s.Width-80, 32)
		put(from, 14, 102, 50, 18)
		put(d.from, 66, 96, s.Width-80, 32)
		put(line, 0, 138, s.Width, 1)
		a, b := d.yes.MinSize(), d.no.MinSize()
		end := s.Height - a.Height - 16
		put(d.text, 0, 139, s.Width, end-139)
		put(line2, 0, end, s.Width, 1)
		put(d.yes, s.Width-a.Width-12, s.Height-a.Height-8, a.Width, a.Height)
		put(d.no, s.Width-a.Width-b.Width-20, s.Height-b.Height-8, b.Width, b.Height)
	}}, head, words, to, d.to, from, d.from, line, d.text, line2, d.no, d.yes), c)
	d.box.Show()
}

// typed makes another plan once typing rests.
func (d *releaseDialog) typed() {
	d.seen = false
	d.yes.SetDisabled(true)
	if d.wait != nil {
		d.wait()
	}
	d.wait = d.win.later(planPause, d.look)
}

// look asks who would get the message.
func (d *releaseDialog) look() {
	d.seen = false
	d.yes.SetDisabled(true)
	d.order.To, d.order.From = model.Addressees(d.to.Text), strings.TrimSpace(d.from.Text)
	if d.order.Resent && len(d.order.To) == 0 {
		d.plan.Cancel()
		d.text.SetSource(textOr("", say.T("Say who is to get it.")))
		return
	}
	if d.first {
		d.text.SetSource(textOr("", say.T("Asking where it would go …")))
	}
	order := d.order
	d.plan.Ask(func(ctx context.Context) (mta.ReleasePlan, error) { return d.win.backend.PlanRelease(ctx, order) }, d.show)
}

func (d *releaseDialog) show(p mta.ReleasePlan, err error) {
	d.first = false
	if err != nil {
		d.text.SetSource(kit.NewTextLines(err.Error(), theme.Warn))
		return
	}
	d.order.Seal, d.seen = p.Seal, true
	d.text.SetSource(colored(model.PlanLines(&p)))
	d.yes.SetDisabled(p.Refusal != "")
}

// carryOut sends what the plan in sight says, and nothing else.
func (d *releaseDialog) carryOut() {
	if !d.seen || d.yes.Disabled() {
		return
	}
	d.yes.SetDisabled(true)
	order := d.order
	d.send.Ask(func(ctx context.Context) (mta.Released, error) { return d.win.backend.LetOut(ctx, order) }, func(r mta.Released, err error) {
		if err != nil {
			d.look()
			d.win.problem(err)
			return
		}
		d.leave()
		d.win.notify(say.N(len(r.Plan.Recipients), "On its way to %s recipient as %s", "On its way to %s recipients as %s", model.Count(len(r.Plan.Recipients)), r.QueueID))
	})
}

func (d *releaseDialog) leave() {
	if d.wait != nil {
		d.wait()
	}
	d.plan.Cancel()
	d.box.Hide()
	if d.back != nil {
		d.win.frame.Canvas().Focus(d.back)
	}
}

func (d *releaseDialog) close() {
	d.plan.Close()
	d.send.Close()
}

// redeliver has the selected messages go through the tables again.
func (w *window) redeliver() {
	ids := w.mail.Selection()
	if len(ids) == 0 {
		return
	}
	do := func() {
		d := &releaseDialog{win: w, plan: model.NewLatest[mta.ReleasePlan](w.post), send: model.NewLatest[mta.Released](w.post)}
		w.releases = append(w.releases, d)
		d.send.Ask(func(ctx context.Context) (r mta.Released, err error) {
			for _, id := range ids {
				if r.Message, err = w.backend.Redeliver(ctx, id); err != nil {
					return r, err
				}
			}
			return r, nil
		}, func(_ mta.Released, err error) {
			if err != nil {
				w.problem(err)
				return
			}
			w.notify(say.N(len(ids), "%s message went through the tables again", "%s messages went through the tables again", model.Count(len(ids))))
		})
	}
	if len(ids) <= sureOf {
		do()
		return
	}
	w.ask("list-restart", say.N(len(ids), "Redeliver %s message?", "Redeliver %s messages?", model.Count(len(ids))),
		say.T("Each goes through the tables again as a message of its own."), say.T("Redeliver"), do)
}
