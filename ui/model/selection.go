package model

import (
	"context"
	"slices"

	"postroom.dev/spool"
)

// selection is the chosen messages, by id, so that arriving and leaving rows
// do not move it.
type selection struct {
	chosen map[int64]bool
	cursor int64 // the message that keys move on from, 0 for none
	anchor int64 // where a range begins
}

// Mode says what selecting a row does with the rows selected before.
type Mode int

// The modes: a click, a click with Shift, a click with Ctrl.
const (
	Only Mode = iota
	Extend
	Toggle
)

// keepChosen leaves out of the selection what keep refuses, and says whether it changed.
func (s *selection) keepChosen(keep func(id int64) bool) bool {
	changed := false
	for id := range s.chosen {
		if !keep(id) {
			delete(s.chosen, id)
			changed = true
		}
	}
	if s.cursor != 0 && !keep(s.cursor) {
		s.cursor, changed = 0, true
	}
	if s.anchor != 0 && !keep(s.anchor) {
		s.anchor = s.cursor
	}
	return changed
}

// Select selects row i as mode says. Rows outside the list are brought inside.
func (m *Mail) Select(i int, mode Mode) {
	n := m.ids.len()
	if n == 0 {
		return
	}
	i = min(max(i, 0), n-1)
	id := m.ids.at(i)
	switch {
	case mode == Extend && m.anchor != 0:
		a, _ := m.ids.row(m.anchor)
		clear(m.chosen)
		for _, id := range m.ids.span(a, i) {
			m.chosen[id] = true
		}
	case mode == Toggle:
		if m.chosen[id] {
			delete(m.chosen, id)
		} else {
			m.chosen[id] = true
		}
		m.anchor = id
	default:
		clear(m.chosen)
		m.chosen[id] = true
		m.anchor = id
	}
	m.cursor = id
	m.OnChange(Change{Selection: true})
}

// SelectAll selects every message of the list that is known.
func (m *Mail) SelectAll() {
	for _, id := range m.ids.span(0, m.ids.len()-1) {
		m.chosen[id] = true
	}
	m.OnChange(Change{Selection: true})
}

// Selected says whether row i is selected.
func (m *Mail) Selected(i int) bool { return i >= 0 && i < m.ids.len() && m.chosen[m.ids.at(i)] }

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

// Cursor gives the row with the cursor, -1 for none.
func (m *Mail) Cursor() int {
	if i, ok := m.ids.row(m.cursor); ok {
		return i
	}
	return -1
}

// Current gives the record of a message of the list, nil when it is not loaded.
func (m *Mail) Current(id int64) *spool.Record {
	r, _ := m.records.get(id)
	return r
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
	m.order(func(ctx context.Context) error { return m.source.SetRead(ctx, read, ids...) })
	m.OnChange(Change{Selection: true})
}

// Delete removes messages for good, at once on the screen. Where the cursor's
// message goes, the one below it is selected, or the last one.
func (m *Mail) Delete(ids ...int64) {
	if len(ids) == 0 {
		return
	}
	gone := make(map[int64]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	next := m.cursor
	m.open++ // before remove, which then remembers what is gone
	m.remove(gone)
	m.open--
	if gone[next] && len(m.chosen) == 0 && m.ids.len() > 0 {
		row, _ := m.ids.row(next)
		m.cursor = m.ids.at(min(row, m.ids.len()-1))
		m.anchor = m.cursor
		m.chosen[m.cursor] = true
	}
	m.order(func(ctx context.Context) error { return m.source.Delete(ctx, ids...) })
	m.OnChange(Change{Selection: true})
}

// order has the program do something, one order after the other. What the
// user ordered is carried out even when the window closes meanwhile.
func (m *Mail) order(do func(ctx context.Context) error) {
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
			} else if m.open == 0 && m.complete {
				clear(m.gone)
			}
		})
	})
}
