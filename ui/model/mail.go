package model

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// Source is what the mail list asks of the program. It may be slow.
type Source interface {
	Find(ctx context.Context, q spool.Query) (spool.Page, error)
	IDs(ctx context.Context, q spool.Query) ([]int64, error)
	Get(ctx context.Context, ids ...int64) ([]spool.Record, error)
	SetRead(ctx context.Context, read bool, ids ...int64) error
	Delete(ctx context.Context, ids ...int64) error
	SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error)
	SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error)
}

// Filter says which mail a list shows. The zero Filter is all mail.
type Filter struct {
	Unread bool
	Place  string // what all of it has in common, as search words: "is:starred"
	Text   string // search words, as spool.Query has them
	Order  spool.Order
}

// Asked gives all search words.
func (f Filter) Asked() string { return strings.TrimSpace(f.Place + " " + f.Text) }

// All says that the list is of all mail, in whatever order.
func (f Filter) All() bool { return f.Asked() == "" && !f.Unread }

// sorted says that the order is another than that of arrival, newest first.
func (f Filter) sorted() bool { return f.Order != spool.Order{} }

const (
	firstPage  = 100    // records loaded before the first paint
	idChunk    = 20_000 // ids a load in the background asks for at once
	recordSpan = 64     // records asked for at once while scrolling
	keptLimit  = 4096   // records kept in memory
	inSight    = 32     // rows that a window shows at once, or nearly
	wantLimit  = 4 * recordSpan
	tellEvery  = 250 * time.Millisecond
)

// Change says what became different in a Mail.
type Change struct {
	Reset     bool // another list: begin at its top
	Added     int  // rows put on top since the last Change
	Selection bool // other messages are selected, or a selected one has another mark
}

// Mail is the list of messages: the ids of a filter, loaded in stages, and the
// records of the rows that are looked at.
type Mail struct {
	// OnChange and OnProblem are called when something changed, and when the program answered an error to a
	// question or an order.
	OnChange  func(Change)
	OnProblem func(error)

	source Source
	tasks  *tasks
	filter Filter
	marks  bool // the filter asks for what may change: a state, a star, a tag
	later  *later

	ids      ids
	gone     map[int64]bool // deleted while a load runs that may still bring them
	arrived  []int64        // stored while a load runs that may not have seen them
	coming   []int64        // stored, and put on top when their records are there
	told     time.Time      // when OnChange was last told of more of them
	loading  bool           // the first page is not there
	complete bool           // all ids are there
	stop     context.CancelFunc
	err      error // why the list is empty

	records *records
	want    []int64 // records to load next
	getting bool
	aged    map[int64]bool // changed while records are being loaded
	looked  int            // the row that was looked at last
	indexed int64          // search knows the records up to this id
	asking  bool           // a question for newly found messages runs
	askMore bool

	chosen map[int64]bool  // the selection
	deed   <-chan struct{} // closed when the last order was carried out
	open   int             // orders that are not carried out
}

// NewMail makes an empty list; SetFilter loads it.
func NewMail(source Source, post Post) *Mail {
	return &Mail{
		OnChange: func(Change) {}, OnProblem: func(error) {},
		source: source, tasks: newTasks(post), gone: map[int64]bool{}, aged: map[int64]bool{}, loading: true,
		records: newRecords(keptLimit), chosen: map[int64]bool{}, later: &later{},
	}
}

// Close ends all loading, and waits for orders given to be carried out.
func (m *Mail) Close() { m.tasks.close() }

// Filter gives the filter of the list.
func (m *Mail) Filter() Filter { return m.filter }

// Len is the number of rows known so far.
func (m *Mail) Len() int { return m.ids.len() }

// Key gives the id of the message in row i.
func (m *Mail) Key(i int) int64 { return m.ids.at(i) }

// Index gives the row of a message, -1 when the list does not have it.
func (m *Mail) Index(id int64) int {
	if i, ok := m.ids.row(id); ok {
		return i
	}
	return -1
}

// Complete says that Len is the number of all messages of the filter.
func (m *Mail) Complete() bool { return m.complete }

// Loading says that nothing is known yet of the filter's messages.
func (m *Mail) Loading() bool { return m.loading }

// Err says why a list is empty that should not be: spool.ErrQuery for search words that make no question.
func (m *Mail) Err() error { return m.err }

// SetFilter shows other mail. The rows stay until the first page of the new
// ones is there; a load for an older filter is cancelled.
func (m *Mail) SetFilter(f Filter) {
	if f == m.filter && m.stop != nil {
		return
	}
	m.filter = f
	m.marks = asksMarks(f.Asked())
	m.load()
}

func (m *Mail) query() spool.Query {
	return spool.Query{Text: m.filter.Asked(), Unread: m.filter.Unread, Order: m.filter.Order}
}

// load reads the filter's first page and then all ids, a chunk at a time.
func (m *Mail) load() {
	if m.stop != nil {
		m.stop()
	}
	m.loading, m.complete, m.asking, m.askMore = true, false, false, false
	m.arrived, m.coming = m.arrived[:0], m.coming[:0]
	q := m.query()
	m.stop = m.tasks.run(func(ctx context.Context) {
		q.Limit = firstPage
		page, err := m.source.Find(ctx, q)
		m.tasks.show(ctx, func() { m.showFirst(page, err) })
		if err != nil {
			return
		}
		if m.sortedRest(ctx, q) {
			return
		}
		q.Limit = idChunk
		for q.Before = page.Next; q.Before != 0 && ctx.Err() == nil; {
			more, err := m.source.IDs(ctx, q)
			if err != nil {
				m.tasks.show(ctx, func() { m.OnProblem(err) })
				return
			}
			q.Before = 0
			if len(more) == idChunk {
				q.Before = more[len(more)-1]
			}
			m.tasks.show(ctx, func() { m.showMore(more) })
		}
		m.tasks.show(ctx, m.finish)
	})
}

func (m *Mail) showFirst(page spool.Page, err error) {
	m.loading, m.err = false, err
	m.ids.reset(m.filter.sorted())
	for _, r := range page.Records {
		m.records.put(r)
		if !m.gone[r.ID] {
			m.ids.add(r.ID)
		}
	}
	m.addArrived()
	m.keepListed()
	m.OnChange(Change{Reset: true, Selection: true})
	if m.askMore {
		m.askNew()
	}
	if err != nil && !errors.Is(err, spool.ErrQuery) {
		m.OnProblem(err)
	}
}

func (m *Mail) showMore(more []int64) {
	m.ids.appendOlder(m.present(more))
	if now := time.Now(); now.Sub(m.told) >= tellEvery { // each time the window is painted anew
		m.told = now
		m.OnChange(Change{})
	}
}

func (m *Mail) has(id int64) bool { return m.Index(id) >= 0 }

// addArrived adds what was stored after a load asked the program.
func (m *Mail) addArrived() {
	for _, id := range m.present(m.arrived) {
		m.ids.insert(id)
	}
	m.arrived = m.arrived[:0]
}

func (m *Mail) finish() {
	m.complete = true
	if m.open == 0 {
		clear(m.gone)
	}
	m.OnChange(Change{})
}

// present leaves out what was deleted since a load began.
func (m *Mail) present(all []int64) []int64 {
	if len(m.gone) == 0 {
		return all
	}
	out := make([]int64, 0, len(all))
	for _, id := range all {
		if !m.gone[id] {
			out = append(out, id)
		}
	}
	return out
}

// reload reads all ids again without letting go of place and selection.
func (m *Mail) reload() {
	if m.loading {
		m.load()
		return
	}
	if m.stop != nil {
		m.stop()
	}
	m.complete, m.asking = false, false
	m.arrived, m.coming = m.arrived[:0], m.coming[:0]
	m.records.ageAll()
	q := m.query()
	m.stop = m.tasks.run(func(ctx context.Context) {
		began := time.Now()
		all, err := m.source.IDs(ctx, q)
		took := time.Since(began)
		m.tasks.show(ctx, func() {
			m.later.took = took
			if err != nil {
				m.OnProblem(err)
				return
			}
			top := int64(0)
			if m.ids.len() > 0 {
				top = m.ids.at(0)
			}
			all = m.withChosen(m.present(all))
			m.ids.reset(m.filter.sorted())
			m.ids.appendOlder(all)
			m.addArrived()
			added, _ := m.ids.row(top)
			if m.filter.sorted() {
				added = 0
			}
			m.keepListed()
			m.OnChange(Change{Added: added, Selection: true})
			m.finish()
			if m.filter.Asked() != "" && !m.filter.sorted() {
				m.askNew()
			}
		})
	})
}

// Apply takes a batch of events.
func (m *Mail) Apply(events []mta.Event) {
	var c Change
	var ask, soon, more bool // more than that mail was stored
	var again, look []int64
	gone := map[int64]bool{}
	for _, e := range events {
		more = more || e.Kind != mta.Stored
		switch e.Kind {
		case mta.Resync:
			m.reload()
			return
		case mta.Stored:
			if m.filter.sorted() {
				continue // until search knows it
			}
			if m.filter.Asked() != "" {
				ask = true
				continue
			}
			if !m.complete {
				m.arrived = append(m.arrived, e.Message)
			}
			if !m.loading {
				m.coming = append(m.coming, e.Message)
			}
		case mta.Indexed: // brings search hits, snippet and number of attachments
			ask = ask || m.filter.Asked() != ""
			soon = soon || m.filter.sorted()
			m.ageIndexed(e.Message)
		case mta.Changed:
			m.records.age(e.Message)
			m.aged[e.Message] = true
			soon = soon || m.marks
			switch {
			case m.filter == (Filter{Unread: true}) && !m.has(e.Message):
				again = append(again, e.Message)
			case m.filter.Unread && !m.has(e.Message): // perhaps it is unread now, and only the program knows where it belongs
				soon = true
			case m.chosen[e.Message] && len(look) < recordSpan: // perhaps not in view, yet the tools show its mark
				look = append(look, e.Message)
			}
		case mta.Removed:
			gone[e.Message] = true
		}
	}
	if len(gone) > 0 {
		c.Selection = m.remove(gone)
	}
	if ask && !m.filter.sorted() {
		m.askNew()
	}
	if soon {
		m.reloadSoon()
	}
	if len(again) > wantLimit {
		m.reload()
	} else if again = append(again, look...); len(again) > 0 {
		m.request(again)
	}
	if len(m.coming) > 0 && m.looked < recordSpan { // in sight: rows without records would show for a moment, and be painted anew
		m.request(m.newest())
	}
	if !m.getting {
		c.Added = m.come()
	}
	if more || c != (Change{}) {
		m.OnChange(c)
	}
}

// newest gives the newest of those that are coming.
func (m *Mail) newest() []int64 {
	slices.SortFunc(m.coming, descending)
	return m.coming[:min(len(m.coming), inSight)]
}

// come puts those that are coming on top, and says how many.
func (m *Mail) come() (added int) {
	for _, id := range m.present(m.coming) {
		if m.ids.insert(id) {
			added++
		}
	}
	m.coming = m.coming[:0]
	return added
}

func (m *Mail) ageIndexed(to int64) {
	for id := range m.records.byID {
		if id > m.indexed && id <= to {
			m.records.age(id)
		}
	}
	m.indexed = max(m.indexed, to)
}

// askNew asks for messages that a search finds and that are newer than those it found.
func (m *Mail) askNew() {
	if m.err != nil {
		return
	}
	if m.loading || m.asking {
		m.askMore = true
		return
	}
	m.asking, m.askMore = true, false
	q, f := m.query(), m.filter
	if m.ids.len() > 0 {
		q.After = m.ids.at(0)
	}
	m.tasks.run(func(ctx context.Context) {
		found, err := m.source.IDs(ctx, q)
		m.tasks.show(ctx, func() {
			if f != m.filter || !m.asking {
				return // another load began meanwhile and will see them
			}
			m.asking = false
			if err != nil {
				m.OnProblem(err)
				return
			}
			c := Change{}
			for _, id := range m.present(found) {
				if m.ids.insert(id) {
					c.Added++
				}
			}
			m.OnChange(c)
			if m.askMore {
				m.askNew()
			}
		})
	})
}

// remove takes ids out of the list and says whether the selection changed.
func (m *Mail) remove(gone map[int64]bool) bool {
	for id := range gone {
		m.records.drop(id)
		if !m.complete || m.open > 0 {
			m.gone[id] = true
		}
	}
	m.ids.remove(gone)
	m.coming = slices.DeleteFunc(m.coming, func(id int64) bool { return gone[id] })
	return m.keepChosen(func(id int64) bool { return !gone[id] })
}
