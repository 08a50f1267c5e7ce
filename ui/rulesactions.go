//go:build !nogui

package ui

import (
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// actions implements acting.
func (v *rulesView) actions() []action {
	grid := func() bool { return !v.asText && !v.who }
	adds := func() bool { return grid() || v.who }
	tables := func() bool { return !v.who }
	one := func() bool { return v.who && v.logins.one() != nil }
	text := func() bool { return v.asText && !v.who }
	finding := func() bool { return text() && v.search.Text != "" }
	wrong := func() bool { return v.problems.Len() > 0 }
	some := func() bool { return grid() && len(v.chosen.List()) > 0 }
	return []action{
		{name: "rules.save", title: say.T("Save the table"), icon: "save", keys: "Ctrl+S", when: v.canSave, do: v.saveNow},
		{name: "rules.add", title: say.T("Add an entry"), icon: "plus", keys: "Ctrl+N", when: adds, do: v.addNew, in: inRules | inLogins},
		{name: "rules.edit", title: say.T("Change the entry"), when: some, do: func() { v.line.focusValue() }, in: inRules},
		{name: "rules.password", title: say.T("Set the password …"), icon: "key", when: one, do: v.logins.setPassword, in: inLogins},
		{name: "rules.remove", title: say.T("Remove the entries"), icon: "trash-2", keys: "Del", when: v.canRemove, do: v.removeNow, in: inRules | inLogins, apart: true},
		{name: "rules.undo", title: say.T("Undo"), icon: "rotate-ccw", keys: "Ctrl+Z", when: v.canUndo, do: v.undoNow},
		{name: "rules.redo", title: say.T("Do it again"), icon: "refresh-cw", keys: "Ctrl+Shift+Z Ctrl+Y", when: v.canRedo, do: v.redoNow},
		{name: "rules.preview", title: say.T("Which kept messages would fare otherwise"), icon: "eye", keys: "Ctrl+P", when: func() bool { return len(v.rules.DirtyNames()) > 0 }, do: v.pane.showPreview},
		{name: "rules.mode", title: say.T("The table as a grid, or as text"), icon: "file-text", keys: "Ctrl+E", when: tables, do: v.switchMode},
		{name: "rules.find", title: say.T("Find in the table"), icon: "search", keys: "/ Ctrl+F", when: tables, do: func() { v.win.frame.Canvas().Focus(v.search) }},
		{name: "rules.find-next", title: say.T("The next place with these words"), keys: "F3", when: finding, do: func() { v.found(v.search.Text, false) }},
		{name: "rules.find-last", title: say.T("The place before with these words"), keys: "Shift+F3", when: finding, do: func() { v.found(v.search.Text, true) }},
		{name: "rules.line", title: say.T("Go to line"), keys: "Ctrl+G", when: text, do: v.text.goToLine},
		{name: "rules.next-problem", title: say.T("The next problem"), icon: "triangle-alert", keys: "F8", when: wrong, do: func() { v.problems.step(false) }},
		{name: "rules.last-problem", title: say.T("The problem before"), keys: "Shift+F8", when: wrong, do: func() { v.problems.step(true) }},
	}
}

// rulesSight brings the rules into sight.
func (w *window) rulesSight() *rulesView {
	w.goTo(placeRules)
	v, _ := w.view.(*rulesView)
	return v
}

// traceAddress asks what happens to an address, "" to type one.
func (w *window) traceAddress(to, from string) {
	if v := w.rulesSight(); v != nil {
		v.pane.about(to, from)
	}
}

// writeRule begins an entry in a table, for the user to look at and to save.
func (w *window) writeRule(table, key, value string) {
	v := w.rulesSight()
	if v == nil {
		return
	}
	v.open(table)
	v.search.SetQuery("")
	v.rules.Find("")
	v.pending = func() { v.begin(key, value) }
	v.changed(false)
}

// ruleActions make rules of the selected message.
func (w *window) ruleActions() []action {
	one := func() bool { return w.mail.ChosenRecord() != nil }
	about := func(do func(to, from string)) func() {
		return func() {
			r := w.mail.ChosenRecord()
			to := ""
			if len(r.Recipients) > 0 {
				a := r.Recipients[0].Address
				if via := r.Recipients[0].Via; len(via) > 0 {
					a = via[0]
				}
				to = a.String()
			}
			do(to, r.Sender.String())
		}
	}
	return []action{
		{name: "mail.trace", title: say.T("What happens to this address"), icon: "route", when: one, do: about(w.traceAddress), in: inMail, apart: true},
		{name: "mail.catch-domain", title: say.T("Always catch mail for this domain …"), when: one, in: inMail,
			do: about(func(to, _ string) { w.writeRule("mailertable", model.DomainOf(to), "catch:") })},
		{name: "mail.write-sender", title: say.T("Write this sender as …"), when: one, in: inMail,
			do: about(func(_, from string) { w.writeRule("genericstable", from, "") })},
	}
}
