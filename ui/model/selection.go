package model

import (
	"context"
	"slices"
)

// keepChosen leaves out of the selection what keep refuses, and says whether it changed. The selection is of ids, so
// that arriving and leaving rows do not move it.
func (m *Mail) keepChosen(keep func(id int64) bool) bool {
	changed := false
	for id := range m.chosen {
		if !keep(id) {
			delete(m.chosen, id)
			changed = true
		}
	}
	return changed
}

// keepListed leaves out of the selection what the list has not. A list in another order than that of arrival is walked through once: to look for each
// message in it would take minutes where all of a large one are selected.
func (m *Mail) keepListed() bool {
	if !m.ids.sorted {
		return m.keepChosen(m.has)
	}
	kept := make(map[int64]bool, min(len(m.chosen), m.ids.len()))
	for i := range m.ids.len() {
		if id := m.ids.at(i); m.chosen[id] {
			kept[id] = true
		}
	}
	changed := len(kept) != len(m.chosen)
	m.chosen = kept
	return changed
}

// Has says whether a message is selected.
func (m *Mail) Has(id int64) bool { return m.chosen[id] }

// Only selects a message and no other.
func (m *Mail) Only(id int64) {
	clear(m.chosen)
	m.chosen[id] = true
}

// Toggle takes a message into the selection or out of it.
func (m *Mail) Toggle(id int64) {
	if m.chosen[id] {
		delete(m.chosen, id)
	} else {
		m.chosen[id] = true
	}
}

// Range selects rows from to to, both included, and no others.
func (m *Mail) Range(from, to int) {
	clear(m.chosen)
	for _, id := range m.ids.span(from, to) {
		m.chosen[id] = true
	}
}

// All selects every message of the list that is known.
func (m *Mail) All() { m.Range(0, m.ids.len()-1) }

// Selection gives the ids of the selected messages, newest first.
func (m *Mail) Selection() []int64 {
	out := make([]int64, 0, len(m.chosen))
	for id := range m.chosen {
		out = append(out, id)
	}
	slices.SortFunc(out, descending)
	return out
}

// Chosen is the number of selected messages.
func (m *Mail) Chosen() int { return len(m.chosen) }

// AnyUnread says whether a selected message is unread, among those that are loaded.
func (m *Mail) AnyUnread() bool {
	for id, e := range m.records.byID {
		if m.chosen[id] && !e.Value.(*kept).record.Read {
			return true
		}
	}
	return false
}

// SetRead sets or clears the read mark, at once on the screen.
func (m *Mail) SetRead(read bool, ids ...int64) {
	if len(ids) == 0 {
		return
	}
	for _, id := range ids {
		if r, _ := m.records.get(id); r != nil {
			r.Read = read
		}
	}
	m.order(func(ctx context.Context) error { return m.source.SetRead(ctx, read, ids...) }, ids...)
	m.OnChange(Change{Selection: true})
}

// Delete removes messages for good, at once on the screen. When it leaves nothing selected, the message that comes in
// the place of the topmost one is selected, or the last one, and its row is the answer; else the answer is -1.
func (m *Mail) Delete(ids ...int64) int {
	if len(ids) == 0 {
		return -1
	}
	gone := make(map[int64]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	had := len(m.chosen)
	m.open++ // before remove, which then remembers what is gone
	m.remove(gone)
	m.open--
	next := -1
	if had > 0 && len(m.chosen) == 0 && m.ids.len() > 0 {
		next, _ = m.ids.row(slices.Max(ids))
		next = min(next, m.ids.len()-1)
		m.Only(m.ids.at(next))
	}
	m.order(func(ctx context.Context) error { return m.source.Delete(ctx, ids...) })
	m.OnChange(Change{Selection: true})
	return next
}

// readAgain has records that changed read when they are next shown.
func (m *Mail) readAgain(ids []int64) {
	aged := false
	for _, id := range ids {
		if r, _ := m.records.get(id); r != nil {
			m.records.age(id)
			m.aged[id], aged = true, true
		}
	}
	if aged {
		m.OnChange(Change{})
	}
}

// order has the program do something, one order after the other. What the
// user ordered is carried out even when the window closes meanwhile. marked are the messages that it marks: an answer that was under way may
// have them as they were before, and is not the last word.
func (m *Mail) order(do func(ctx context.Context) error, marked ...int64) {
	before, done := m.deed, make(chan struct{})
	m.deed = done
	m.open++
	m.tasks.run(func(ctx context.Context) {
		if before != nil {
			<-before
		}
		err := do(context.WithoutCancel(ctx))
		close(done)
		m.tasks.show(ctx, func() {
			m.open--
			if err != nil {
				clear(m.gone)
				m.OnProblem(err)
				m.reload()
				return
			}
			if m.open == 0 && m.complete {
				clear(m.gone)
			}
			m.readAgain(marked)
		})
	})
}
