//go:build !nogui

package ui

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"postroom.dev/spool"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// copyLine is a line of a menu that copies a command.
func (v *queueView) copyLine(command string) *fyne.MenuItem {
	return fyne.NewMenuItem(model.Short(command, 60), func() { v.copyCommand(command) })
}

func (v *queueView) copyCommand(command string) {
	v.win.clipboard.SetContent(command)
	v.win.notify(say.T("Copied: %s", model.Short(command, 80)))
}

// commands are lines that copy the commands which do what the window does.
func (v *queueView) commands() []*fyne.MenuItem {
	if !v.anyChosen() {
		return nil
	}
	if v.queue.By() != "" {
		return v.groupCommands()
	}
	var rows []spool.Waiting
	keys := v.queue.Selection()
	for _, key := range keys[:min(len(keys), model.MaxCommandIDs)] {
		if w := v.queue.Message(key); w != nil && w.ID != "" {
			rows = append(rows, *w)
		}
	}
	if len(rows) < len(keys) {
		return v.keyCommands(keys)
	}
	lines := []*fyne.MenuItem{v.copyLine(model.RunCommand(rows, nil, true))}
	if len(rows) == 1 {
		for _, to := range rows[0].Open[:min(len(rows[0].Open), 1)] {
			to = strings.Trim(to, "<>")
			if at := strings.LastIndexByte(to, '@'); at >= 0 {
				lines = append(lines, v.copyLine(model.RunCommand(nil, []string{"R" + to[at:]}, true)))
			}
		}
		if sender := strings.Trim(rows[0].Sender, "<>"); sender != "" {
			lines = append(lines, v.copyLine(model.RunCommand(nil, []string{"S" + sender}, true)))
		}
	}
	for _, do := range queueOrders {
		lines = append(lines, v.copyLine(model.DoCommand(do, rows)))
	}
	return lines
}

// queueOrders are what a command can do with messages that it names.
var queueOrders = []model.QueueAction{model.QueueHold, model.QueueRelease, model.QueueReturn, model.QueueDelete}

// groupCommands are those for the selected groups.
func (v *queueView) groupCommands() []*fyne.MenuItem {
	var lines []*fyne.MenuItem
	var domains []string
	whole := v.queue.Query().Text == ""
	for _, g := range v.chosenGroups() {
		domains, whole = append(domains, g.Domains...), whole && !g.More && len(g.Domains) > 0
	}
	if whole { // what sendmail can say: mail for these domains, which other groups may have, too
		lines = append(lines, v.copyLine(model.RunCommand(nil, model.DomainWords(domains), true)))
	}
	return append(lines, v.keyCommands(nil)...)
}

// keyCommands name messages whose ids are asked for when a command is copied. Without keys those are meant that are selected then.
func (v *queueView) keyCommands(keys []int64) []*fyne.MenuItem {
	line := func(label string, command func(rows []spool.Waiting) string) *fyne.MenuItem {
		return fyne.NewMenuItem(label+" …", func() {
			if keys != nil {
				v.copyFor(keys, command)
				return
			}
			v.withChosen(func(keys []int64) { v.copyFor(keys, command) })
		})
	}
	lines := []*fyne.MenuItem{line("sendmail -qI", func(rows []spool.Waiting) string { return model.RunCommand(rows, nil, true) })}
	for _, do := range queueOrders {
		lines = append(lines, line("postroom queue "+string(do), func(rows []spool.Waiting) string { return model.DoCommand(do, rows) }))
	}
	return lines
}

// copyFor copies a command that names messages.
func (v *queueView) copyFor(keys []int64, command func(rows []spool.Waiting) string) {
	named := keys[:min(len(keys), model.MaxCommandIDs)]
	v.queue.Rows(named, func(rows []spool.Waiting) {
		if len(rows) == 0 {
			return
		}
		v.copyCommand(command(rows))
		if len(named) < len(keys) {
			v.win.tell(say.T("The command names the first %s of %s messages", model.Count(len(named)), model.Count(len(keys))), false)
		}
	})
}

// clockSteps are how far the clock can be moved at a time.
var clockSteps = [...]time.Duration{time.Hour, 4 * time.Hour, 5 * 24 * time.Hour}

// clockMenu moves the clock, and has the commands that do.
func (v *queueView) clockMenu(at fyne.Position) {
	sub := fyne.NewMenu("")
	for _, by := range clockSteps {
		sub.Items = append(sub.Items, v.copyLine(model.ClockCommand(by)))
	}
	sub.Items = append(sub.Items, v.copyLine(model.ClockCommand(0)))
	line := fyne.NewMenuItem(say.T("Copy the command that does this"), nil)
	line.ChildMenu = sub
	v.win.popUp(v.win.acts.menu(inClock, fyne.NewMenuItemSeparator(), line), at)
}
