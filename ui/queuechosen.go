//go:build !nogui

package ui

import (
	"postroom.dev/spool"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// What is done with the queue is done with the messages that are selected, or with all messages of the selected groups: those that are in
// them when it is done, as far as the search finds them.

// chosenGroups are the selected groups.
func (v *queueView) chosenGroups() []spool.WaitingGroup {
	if v.queue.By() == "" {
		return nil
	}
	g := model.QueueGroups{Queue: v.queue}
	var all []spool.WaitingGroup
	for _, key := range v.groups.List() {
		all = append(all, g.Group(g.Index(key)))
	}
	return all
}

func (v *queueView) anyChosen() bool {
	return v.queue.By() == "" && v.queue.Chosen() > 0 || len(v.chosenGroups()) > 0
}

// canHold and canRelease go by the selected messages that are known; what is in a group is not.
func (v *queueView) canHold() bool { return v.anyChosen() && (v.queue.By() != "" || v.queue.AnyFree()) }

func (v *queueView) canRelease() bool {
	return v.anyChosen() && (v.queue.By() != "" || v.queue.AnyHeld())
}

// withChosen hands over the keys of the messages that are meant.
func (v *queueView) withChosen(then func(keys []int64)) {
	if v.queue.By() == "" {
		if keys := v.queue.Selection(); len(keys) > 0 {
			then(keys)
		}
		return
	}
	var queries []spool.WaitingQuery
	for _, g := range v.chosenGroups() {
		queries = append(queries, v.groupQuery(g))
	}
	v.queue.Find(queries, func(keys []int64) {
		if len(keys) > 0 {
			then(keys)
		}
	})
}

// groupQuery asks for the messages of a group in sight, as far as the search finds them.
func (v *queueView) groupQuery(g spool.WaitingGroup) spool.WaitingQuery {
	q := groupQuery(v.queue.By(), g)
	q.Text = v.queue.Query().Text
	return q
}

// chooseAll selects every row.
func (v *queueView) chooseAll() {
	if v.queue.By() == "" {
		v.queue.All()
	} else {
		v.groups.All()
	}
	v.table().Rows.SelectionChanged()
	v.selected()
}

// runChosen runs what is selected.
func (v *queueView) runChosen(verbose bool) {
	v.withChosen(func(keys []int64) {
		if sel := (model.QueueSelection{Keys: keys}); verbose {
			v.runVerbose(sel)
		} else {
			v.queue.RunQueue(sel, false)
		}
	})
}

// do does something with what is selected.
func (v *queueView) do(do model.QueueAction) {
	v.withChosen(func(keys []int64) { v.queue.Do(do, keys...) })
}

// ask does it after a question that says with how many.
func (v *queueView) ask(do model.QueueAction) {
	groups := v.chosenGroups()
	v.withChosen(func(keys []int64) {
		many := say.N(len(keys), "%s message", "%s messages", model.Count(len(keys)))
		switch len(groups) {
		case 0:
		case 1:
			many = say.T("%s (%s)", many, model.Short(groups[0].Name, 60))
		default:
			many = say.T("%s (%s groups)", many, model.Count(len(groups)))
		}
		icon, question, text, button := "trash-2", say.T("Delete %s from the queue?", many), say.T("They are not delivered, and nobody hears of it. Their records stay in the mail list."), say.T("Delete")
		if do == model.QueueReturn {
			icon, question, text, button = "reply", say.T("Return %s?", many), say.T("Their senders get a bounce now, as after the last day."), say.T("Return")
		}
		v.win.ask(icon, question, text, button, func() { v.queue.Do(do, keys...) })
	})
}
