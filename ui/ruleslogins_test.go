//go:build !nogui

package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/kit"
)

// tab goes to the next field and gives it.
func (f *bench) tab() *kit.Entry {
	f.frame.Canvas().FocusNext()
	e, _ := f.frame.Canvas().Focused().(*kit.Entry)
	return e
}

func TestSomebodyIsLetInAndOutAgain(t *testing.T) {
	f, v := rulesOf(t, "access", "")
	v.tables.OnSelect(loginsTable)
	f.untilSeen(v.logins.content, "Nobody. Add somebody, and AUTH is offered to all who connect.")
	f.wantSeen(v.path, "/home/etc/mail/auth-users")
	if v.grid.Visible() || v.line.content.Visible() || !v.mode.Disabled() || f.acts.can(f.acts.byName["rules.mode"]) {
		t.Error("it can be edited as a table")
	}
	f.focusView()
	f.acts.byName["rules.add"].do()
	name := f.frame.Canvas().Focused().(*kit.Entry)
	name.SetText("app")
	first := f.tab()
	first.SetText("secret")
	again := f.tab()
	again.SetText("other")
	if !first.Password || !again.Password {
		t.Error("the password is seen")
	}
	f.key(fyne.KeyReturn)
	f.untilSeen(f.frame.Canvas().Overlays().Top(), "the two passwords are not the same")
	again.SetText("secret")
	f.key(fyne.KeyReturn)
	f.until("the form has gone", func() bool { return !f.covered() })
	f.untilSeen(v.logins.content, "app", "a hash: PLAIN, LOGIN, SCRAM-SHA-256")
	if got := f.backend.password("app"); got != "secret" {
		t.Errorf("%q", got)
	}
	f.key(fyne.KeyDown)
	f.acts.byName["rules.password"].do()
	f.frame.Canvas().Focused().(*kit.Entry).SetText("new")
	f.tab().SetText("new")
	f.key(fyne.KeyReturn)
	f.until("another password", func() bool { return f.backend.password("app") == "new" && !f.covered() })
	f.key(fyne.KeyDelete)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Remove 1 login?")
	f.key(fyne.KeyReturn)
	f.until("nobody", func() bool { return v.logins.list.Len() == 0 })
	v.tables.OnSelect("access")
	f.until("the table again", func() bool { return v.grid.Visible() && !v.logins.content.Visible() })
}

func TestSimulatedErrorsAreATable(t *testing.T) {
	f, v := rulesOf(t, "simulate", "# try\nrcpt first=3  451 try again\nrcpt to=x 99 no\n")
	f.wantSeen(v.grid, "rcpt first=3", "451 try again", "ok", "error")
	v.begin("dot subject=\"Lose Me\"", "disconnect")
	f.until("it is looked at", func() bool { return !v.line.do.Disabled() })
	v.line.put()
	if got := string(v.rules.Text()); got != "# try\nrcpt first=3  451 try again\nrcpt to=x 99 no\ndot subject=\"Lose Me\"  disconnect\n" {
		t.Errorf("%q", got)
	}
	if i := v.rules.RowAt(4); len(v.chosen.List()) != 1 || v.chosen.List()[0] != v.rules.Key(i) {
		t.Error("the new rule is not selected")
	}
}
