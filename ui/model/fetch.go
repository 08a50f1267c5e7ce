package model

import (
	"context"

	"postroom.dev/spool"
)

// Row gives the record of a row, nil while it is being loaded. It never waits.
func (m *Mail) Row(i int) *spool.Record {
	if i < 0 || i >= m.ids.len() {
		return nil
	}
	m.looked = i
	r, fresh := m.records.get(m.ids.at(i))
	if !fresh {
		from := i / recordSpan * recordSpan
		m.request(m.ids.span(from, from+recordSpan-1))
	}
	return r
}

// Record gives the record of a message as it stands, nil while that is not known.
func (m *Mail) Record(id int64) *spool.Record {
	if r, fresh := m.records.get(id); fresh {
		return r
	}
	return nil
}

// ChosenRecord gives the record of the one message that is selected, nil where none or several are. Unlike Record, it may be as it stood before a
// change that was only heard of: what can be done with a message does not stop meanwhile.
func (m *Mail) ChosenRecord() *spool.Record {
	if m.Chosen() != 1 {
		return nil
	}
	r, _ := m.records.get(m.Selection()[0])
	return r
}

// request loads records. What is wanted now comes before what was wanted
// earlier: a fast scroll leaves out what it passed.
func (m *Mail) request(all []int64) {
	var miss []int64
	for _, id := range all {
		if _, fresh := m.records.get(id); !fresh {
			miss = append(miss, id)
		}
	}
	m.want = append(miss, m.want...)
	m.want = m.want[:min(len(m.want), wantLimit)]
	m.next()
}

func (m *Mail) next() {
	var ask []int64
	for _, id := range m.want {
		if _, fresh := m.records.get(id); !fresh {
			ask = append(ask, id)
		}
	}
	m.want = m.want[:0]
	if len(ask) == 0 {
		return
	}
	if m.getting {
		m.want = ask
		return
	}
	ask, m.want = ask[:min(len(ask), recordSpan)], append(m.want, ask[min(len(ask), recordSpan):]...)
	m.getting = true
	clear(m.aged)
	indexed := m.indexed
	m.tasks.run(func(ctx context.Context) {
		got, err := m.source.Get(ctx, ask...)
		m.tasks.show(ctx, func() { m.showRecords(ask, got, indexed, err) })
	})
}

// showRecords takes what the program answered to a question that was asked when search knew the records up to indexed. What changed
// since may or may not be in it: it is shown, and asked for again.
func (m *Mail) showRecords(asked []int64, got []spool.Record, indexed int64, err error) {
	m.getting = false
	if err != nil {
		m.want = m.want[:0]
		m.OnChange(Change{Added: m.come()})
		m.OnProblem(err)
		return
	}
	missing := make(map[int64]bool, len(asked))
	for _, id := range asked {
		missing[id] = true
	}
	c := Change{Added: m.come()}
	for _, r := range got {
		delete(missing, r.ID)
		m.records.put(r)
		if m.aged[r.ID] || r.ID > indexed && r.ID <= m.indexed {
			m.records.age(r.ID)
		}
		if m.filter == (Filter{Unread: true}) && !r.Read && !m.loading && !m.gone[r.ID] {
			if i, ok := m.ids.row(r.ID); !ok && (m.complete || i < m.ids.len()) { // else a later chunk brings it
				m.ids.insert(r.ID)
			}
		}
	}
	if len(missing) > 0 { // deleted behind our back
		c.Selection = m.remove(missing)
	}
	m.OnChange(c)
	m.next()
}
