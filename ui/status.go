//go:build !nogui

package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

func (w *window) showStatus(s Status, err error) {
	if err != nil {
		w.problem(err)
		return
	}
	w.status = s
	w.showCounts()
	if w.tray != nil {
		w.tray.show(s.Counts.Unread)
	}
	var states []kit.SidebarState
	for _, l := range s.Listeners {
		state := kit.SidebarState{Color: theme.OK, Name: l.Protocol, Text: l.Address}
		if l.Protocol == "sendmail" {
			state.Text = say.T("ready") // a long path that says nothing to most
		}
		if l.Err != "" {
			state.Color, state.Text = theme.Err, say.T("not listening")
		}
		states = append(states, state)
	}
	w.sidebar.SetStates(states...)
	w.showBar()
	for _, v := range w.views() {
		v.statusChanged()
	}
}

func countOrNone(n int) string {
	if n == 0 {
		return ""
	}
	return model.Count(n)
}

// showBar writes the status bar: a problem that just came, listeners, a clock that was moved, what is kept, how fast it comes. A click on it shows all problems.
func (w *window) showBar() {
	dot, fields := listening(w.status)
	switch said := (kit.StatusField{Text: w.notice, Color: theme.Err}); {
	case w.notice == "":
	case w.good:
		fields = append([]kit.StatusField{{Text: w.notice, Color: theme.OK}}, fields...)
	case !slices.Contains(fields, said):
		dot, fields = theme.Err, append([]kit.StatusField{said}, fields...)
	}
	if ahead := w.status.Ahead; ahead != 0 { // mail is dated, retried and returned by it
		fields = append(fields, kit.StatusField{Text: say.T("Clock moved ahead by %s", model.Lasting(ahead)), Color: theme.Warn})
	}
	if of := w.status.Adopting; of > 0 {
		fields = append(fields, kit.StatusField{Text: say.T("Reading the queue: %s of %s", model.Count(w.status.Adopted), model.Count(of))})
	}
	c := w.status.Counts
	for _, s := range []string{messages(c.All), model.Size(c.Bytes), model.Rate(w.status.Rate)} {
		fields = append(fields, kit.StatusField{Text: s})
	}
	w.bar.Set(dot, fields...)
	w.bar.SetHint(strings.TrimSpace(w.options.Title + " " + w.options.Version))
	w.bar.SetOpen(nil)
	if len(troubles(w.status)) > 0 {
		w.bar.SetOpen(w.showTroubles)
	}
}

// listening says where mail can be sent to, what does not listen and why, and the newest problem that the user can cure.
func listening(s Status) (dot fyne.ThemeColorName, fields []kit.StatusField) {
	dot = theme.OK
	for _, l := range s.Listeners {
		switch {
		case l.Err != "":
			dot = theme.Err
			fields = append([]kit.StatusField{{Text: reason(l), Color: theme.Err}}, fields...)
		case l.Protocol == "SMTP":
			fields = append(fields, kit.StatusField{Text: say.T("Listening on %s", l.Address)})
		}
	}
	if len(fields) == 0 {
		dot, fields = theme.Warn, []kit.StatusField{{Text: say.T("Not listening"), Color: theme.Warn}}
	}
	if all := troubles(s); dot == theme.OK && len(all) > 0 {
		dot, fields = theme.Warn, append(fields, kit.StatusField{Text: all[0], Color: theme.Warn})
	}
	return dot, fields
}

// reason says what does not listen and why.
func reason(l Listener) string {
	if strings.Contains(l.Err, l.Address) {
		return l.Err
	}
	return say.T("%s not listening on %s: %s", l.Protocol, l.Address, l.Err)
}

// troubles gives what is wrong, each once: what does not listen, then the problems, newest first.
func troubles(s Status) []string {
	var out []string
	add := func(text string) {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for _, l := range s.Listeners {
		if l.Err != "" {
			add(reason(l))
		}
	}
	for _, text := range slices.Backward(s.Problems) {
		add(text)
	}
	return out
}

// smtpAddress gives the address that takes SMTP, "" for none.
func (w *window) smtpAddress() string {
	for _, l := range w.status.Listeners {
		if l.Protocol == "SMTP" && l.Err == "" {
			return l.Address
		}
	}
	return ""
}

const noticeTime = 10 * time.Second

// problem shows for a while what went wrong.
func (w *window) problem(err error) {
	if !errors.Is(err, context.Canceled) {
		w.tell(err.Error(), false)
	}
}

// notify shows for a while what was done.
func (w *window) notify(text string) { w.tell(text, true) }

func (w *window) tell(text string, good bool) {
	if w.unnotice != nil {
		w.unnotice()
	}
	w.notice, w.good = text, good
	w.unnotice = w.later(noticeTime, func() {
		w.notice, w.unnotice = "", nil
		w.showBar()
	})
	w.showBar()
}
