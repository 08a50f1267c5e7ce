package model

import (
	"context"
	"slices"
	"time"

	"postroom.dev/spool"
	"postroom.dev/spool/query"
)

// later is when a list is read again that cannot be kept up by itself.
type later struct {
	waiting bool
	took    time.Duration // the last reading
}

// leastPause is how long such a list stays as it is at least.
const leastPause = 300 * time.Millisecond

// reloadSoon reads the list again in a while: one that takes long to read, less often.
func (m *Mail) reloadSoon() {
	if m.later.waiting {
		return
	}
	m.later.waiting = true
	pause := max(leastPause, 10*m.later.took)
	m.tasks.run(func(ctx context.Context) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		m.tasks.show(ctx, func() {
			m.later.waiting = false
			m.reload()
		})
	})
}

// sortedRest reads all ids of a list in another order than that of arrival, where the list is one, and says so.
func (m *Mail) sortedRest(ctx context.Context, q spool.Query) bool {
	if (q.Order == spool.Order{}) {
		return false
	}
	q.Limit = 0
	began := time.Now()
	all, err := m.source.IDs(ctx, q)
	took := time.Since(began)
	m.tasks.show(ctx, func() {
		m.later.took = took
		if err != nil {
			m.OnProblem(err)
			return
		}
		m.ids.reset(true)
		m.ids.appendOlder(m.present(all))
		m.keepListed()
		m.OnChange(Change{})
		m.finish()
	})
	return true
}

// withChosen puts messages that the user has selected into a list of unread mail that is read anew: one that is open has been read by
// that, and would go from under the reader's eyes. They stand where they stood.
func (m *Mail) withChosen(all []int64) []int64 {
	if !m.filter.Unread || len(m.chosen) == 0 {
		return all
	}
	there := make(map[int64]bool, len(all))
	for _, id := range all {
		there[id] = true
	}
	var rows []int
	for id := range m.chosen {
		if i := m.Index(id); i >= 0 && !there[id] && !m.gone[id] {
			rows = append(rows, i)
		}
	}
	slices.Sort(rows)
	if !m.filter.sorted() {
		for _, i := range rows {
			all = append(all, m.Key(i))
		}
		slices.SortFunc(all, descending)
		return all
	}
	out := make([]int64, 0, len(all)+len(rows))
	for _, i := range rows {
		n := min(max(i-len(out), 0), len(all))
		out = append(append(out, all[:n]...), m.Key(i))
		all = all[n:]
	}
	return append(out, all...)
}

// asksMarks says that search words ask for what may change while a message is kept: what became of it, a star, a tag.
func asksMarks(text string) bool {
	q, err := query.Parse(text, time.Now())
	return err == nil && (q.Has(query.State) || q.Has(query.Starred) || q.Has(query.Tag))
}

// AnyUnstarred says whether a selected message has no star, among those that are loaded.
func (m *Mail) AnyUnstarred() bool {
	return m.anyChosen(func(r *spool.Record) bool { return !r.Starred })
}

// ChosenTags gives the tags of the selected messages that are loaded, with how many of them have each; n is how many are loaded.
func (m *Mail) ChosenTags() (tags map[string]int, n int) {
	tags = map[string]int{}
	m.anyChosen(func(r *spool.Record) bool {
		n++
		for _, t := range r.Tags {
			tags[t]++
		}
		return false
	})
	return tags, n
}

func (m *Mail) anyChosen(ok func(r *spool.Record) bool) bool {
	for id, e := range m.records.byID {
		if m.chosen[id] && ok(&e.Value.(*kept).record) {
			return true
		}
	}
	return false
}

// SetStarred sets or takes the star, at once on the screen.
func (m *Mail) SetStarred(starred bool, ids ...int64) {
	m.setMark(ids, func(r *spool.Record) { r.Starred = starred }, func(ctx context.Context) error {
		_, err := m.source.SetStarred(ctx, starred, ids...)
		return err
	})
}

// SetTag puts a tag on messages or takes it off, at once on the screen.
func (m *Mail) SetTag(name string, on bool, ids ...int64) {
	m.setMark(ids, func(r *spool.Record) { r.Tags = withTag(r.Tags, name, on) }, func(ctx context.Context) error {
		_, err := m.source.SetTag(ctx, name, on, ids...)
		return err
	})
}

func (m *Mail) setMark(ids []int64, show func(*spool.Record), do func(context.Context) error) {
	if len(ids) == 0 {
		return
	}
	for _, id := range ids {
		if r, _ := m.records.get(id); r != nil {
			show(r)
		}
	}
	m.order(do, ids...)
	m.OnChange(Change{Selection: true})
}

// withTag gives tags with or without one, in their order, as a new list.
func withTag(tags []string, name string, on bool) []string {
	out := make([]string, 0, len(tags)+1)
	for _, t := range tags {
		switch {
		case t == name && on:
			return tags
		case t == name:
			continue
		case on && t > name:
			out = append(out, name)
			on = false
		}
		out = append(out, t)
	}
	if on {
		out = append(out, name)
	}
	return out
}
