//go:build !nogui

package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"postroom.dev/spool"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// actions are what can be done with the queue.
func (v *queueView) actions() []action {
	messages := func() bool { return v.queue.By() == "" }
	some := func() bool { return v.anyChosen() }
	one := func() bool { return messages() && v.queue.Chosen() == 1 }
	group := func() bool { return !messages() && len(v.groups.List()) > 0 }
	idle := func() bool { return !v.queue.Log().Busy() }
	moved := func() bool { return v.win.status.Ahead != 0 }
	out := []action{
		{name: "queue.run", title: say.T("Run queue now"), icon: "play", keys: "F5", do: v.runAll},
		{name: "queue.run-verbose", title: say.T("Run queue and show what happens"), icon: "terminal", keys: "Shift+F5", when: idle, do: func() { v.runVerbose(model.QueueSelection{}) }},
		{name: "queue.stop", title: say.T("Stop the run"), icon: "x", when: func() bool { return !idle() }, do: v.queue.StopRun},

		{name: "queue.group-show", title: say.T("List these messages"), icon: "list", when: group, do: func() { v.listGroup(v.chosenGroups()[0]) }, in: inQueue},
		{name: "queue.run-selected", title: say.T("Run the selected messages"), icon: "play", keys: "r", when: some, do: func() { v.runChosen(false) }, in: inQueue},
		{name: "queue.run-selected-verbose", title: say.T("Run them and show what happens"), icon: "terminal", keys: "v", when: func() bool { return some() && idle() }, do: func() { v.runChosen(true) }, in: inQueue},
		{name: "queue.file", title: say.T("Explain the control file"), icon: "file-text", keys: "x", when: one, do: v.pane.showFile, in: inQueue, apart: true},
		{name: "queue.recipients", title: say.T("Change recipients …"), icon: "users", keys: "e", when: one, do: v.editRecipients, in: inQueue},
		{name: "queue.hold", title: say.T("Hold"), icon: "pause", keys: "h", when: v.canHold, do: func() { v.do(model.QueueHold) }, in: inQueue, apart: true},
		{name: "queue.release", title: say.T("Release"), icon: "arrow-up-right", keys: "l", when: v.canRelease, do: func() { v.do(model.QueueRelease) }, in: inQueue},
		{name: "queue.return", title: say.T("Return with a bounce"), icon: "reply", keys: "b", when: some, do: func() { v.ask(model.QueueReturn) }, in: inQueue},
		{name: "queue.delete", title: say.T("Delete from the queue"), icon: "trash-2", keys: "Del", when: some, do: func() { v.ask(model.QueueDelete) }, in: inQueue},

		{name: "queue.search", title: say.T("Find in the queue"), icon: "search", keys: "/ Ctrl+F", do: func() { v.win.frame.Canvas().Focus(v.search) }},
		{name: "queue.select-all", title: say.T("Select all"), icon: "list", keys: "Ctrl+A", do: v.chooseAll},
		{name: "queue.pane", title: say.T("Close the pane"), icon: "x", when: v.pane.open, do: v.pane.shut},
	}
	for _, by := range clockSteps {
		out = append(out, action{name: "clock." + by.String(), title: say.T("Move the clock %s ahead", model.Lasting(by)), icon: "clock", do: func() { v.queue.MoveClock(by, false) }, in: inClock})
	}
	out = append(out, action{name: "clock.reset", title: say.T("Set the clock right"), icon: "rotate-ccw", when: moved, do: func() { v.queue.MoveClock(0, true) }, in: inClock, apart: true})
	for i, key := range []string{"1", "2", "3", "4"} {
		title := []string{say.T("Messages"), say.T("By host"), say.T("By reason"), say.T("By age")}[i]
		out = append(out, action{name: "queue.tab" + key, title: title, icon: "layers", keys: key, do: func() { v.show1(queueTabs[i]) }})
	}
	return out
}

func (v *queueView) runAll() { v.queue.RunQueue(model.QueueSelection{}, false) }

func (v *queueView) runVerbose(sel model.QueueSelection) {
	v.pane.showRun()
	v.queue.RunQueue(sel, true)
}

// menu shows what can be done with what is selected, and the commands that do the same.
func (v *queueView) menu(at fyne.Position) {
	var extra []*fyne.MenuItem
	if v.queue.By() == "" {
		extra = append(extra, v.sameMenu()...)
	}
	if commands := v.commands(); len(commands) > 0 {
		line := fyne.NewMenuItem(say.T("Copy the command that does this"), nil)
		line.ChildMenu = fyne.NewMenu("", commands...)
		extra = append(extra, fyne.NewMenuItemSeparator(), line)
	}
	v.win.popUp(v.win.acts.menu(inQueue, extra...), at)
}

// sameMenu runs what is like the selected message: from its sender, to its recipient's domain, to its host.
func (v *queueView) sameMenu() []*fyne.MenuItem {
	if v.queue.Chosen() != 1 {
		return nil
	}
	w := v.queue.Message(v.queue.Selection()[0])
	if w == nil || w.ID == "" {
		return nil
	}
	run := func(words ...string) func() {
		return func() { v.runVerbose(model.QueueSelection{Words: words}) }
	}
	sub := fyne.NewMenu("")
	if sender := strings.Trim(w.Sender, "<>"); sender != "" {
		sub.Items = append(sub.Items, fyne.NewMenuItem(say.T("from %s", model.Short(sender, 40)), run("S"+sender)))
	}
	for _, to := range w.Open[:min(len(w.Open), 1)] {
		to = strings.Trim(to, "<>")
		sub.Items = append(sub.Items, fyne.NewMenuItem(say.T("to %s", model.Short(to, 40)), run("R"+to)))
		if at := strings.LastIndexByte(to, '@'); at >= 0 {
			sub.Items = append(sub.Items, fyne.NewMenuItem(say.T("to %s", model.Short(to[at:], 40)), run("R"+to[at:])))
		}
	}
	if w.Host != "" {
		sub.Items = append(sub.Items, fyne.NewMenuItem(say.T("for the host %s", model.Short(w.Host, 40)), func() {
			v.queue.Find([]spool.WaitingQuery{{Host: w.Host}}, func(keys []int64) { v.runVerbose(model.QueueSelection{Keys: keys}) })
		}))
	}
	line := fyne.NewMenuItem(say.T("Run all mail …"), nil)
	line.ChildMenu = sub
	return []*fyne.MenuItem{line}
}
