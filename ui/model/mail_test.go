package model

import (
	"errors"
	"slices"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// open gives a list over n messages that has loaded all of filter.
func open(t *testing.T, n int, f Filter) (*Mail, *source, *loop, *[]Change) {
	t.Helper()
	s, l := newSource(n), newLoop(t)
	m := NewMail(s, l.post)
	t.Cleanup(m.Close)
	var changes []Change
	m.OnChange = func(c Change) { changes = append(changes, c) }
	m.OnProblem = func(err error) { t.Errorf("problem: %v", err) }
	m.SetFilter(f)
	l.until("load", m.Complete)
	return m, s, l, &changes
}

func event(k mta.Kind, ids ...int64) []mta.Event {
	var out []mta.Event
	for _, id := range ids {
		out = append(out, mta.Event{Kind: k, Message: id})
	}
	return out
}

func rows(m *Mail) []int64 { return m.ids.span(0, m.Len()-1) }

func TestFirstPageIsShownBeforeTheRestIsThere(t *testing.T) {
	s, l := newSource(12_000), newLoop(t)
	m := NewMail(s, l.post)
	defer m.Close()
	m.SetFilter(Filter{})
	l.until("first page", func() bool { return !m.Loading() })
	if m.Len() != firstPage || m.Complete() {
		t.Fatalf("after the first page: %d rows, complete %v", m.Len(), m.Complete())
	}
	for i := range 30 {
		if r := m.Row(i); r == nil || r.ID != int64(12_000-i) {
			t.Fatalf("row %d of the first page is %v", i, r)
		}
	}
	if n := s.called("get"); n != 0 {
		t.Errorf("%d loads for rows that the first page brought", n)
	}
	l.until("rest", m.Complete)
	if m.Len() != 12_000 || m.ids.at(11_999) != 1 {
		t.Errorf("in the end %d rows, the last is %d", m.Len(), m.ids.at(m.Len()-1))
	}
}

func TestRowNeverWaitsAndComesLater(t *testing.T) {
	m, s, l, _ := open(t, 3000, Filter{})
	if r := m.Row(2000); r != nil {
		t.Fatal("a record that was never loaded is there")
	}
	for i := 2000; i < 2010; i++ { // as one paint asks
		m.Row(i)
	}
	l.until("record", func() bool { return m.Row(2000) != nil && m.Row(2009) != nil })
	if got := m.Row(2000).ID; got != 1000 {
		t.Errorf("row 2000 shows message %d", got)
	}
	if n := s.called("get"); n > 2 {
		t.Errorf("%d loads for ten neighbouring rows", n)
	}
}

func TestNewMailGoesOnTop(t *testing.T) {
	m, s, l, changes := open(t, 10, Filter{})
	m.Only(8)
	told := len(*changes)
	s.add(spool.Record{ID: 11})
	s.add(spool.Record{ID: 13})
	s.add(spool.Record{ID: 12})
	m.Apply(event(mta.Stored, 11, 13, 12, 12)) // out of order, and once too often
	l.until("new mail", func() bool { return m.Len() == 13 })
	if m.Row(0) == nil || m.Row(2) == nil || len(*changes) != told+1 {
		t.Errorf("new rows are shown before their records are there, or the window was told %d times", len(*changes)-told)
	}
	if got := rows(m)[:4]; !slices.Equal(got, []int64{13, 12, 11, 10}) {
		t.Errorf("rows are %v", got)
	}
	if c := (*changes)[len(*changes)-1]; c.Added != 3 {
		t.Errorf("added %d", c.Added)
	}
	if m.Index(8) != 5 || !m.Has(8) || m.Chosen() != 1 {
		t.Error("the selection did not stay with its message")
	}
}

func TestNewMailBelowTheTopWaitsForNoRecords(t *testing.T) {
	m, s, l, _ := open(t, 3000, Filter{})
	l.until("a record", func() bool { return m.Row(2000) != nil })
	before := s.called("get")
	s.add(spool.Record{ID: 3001})
	m.Apply(event(mta.Stored, 3001))
	if m.Len() != 3001 || m.ids.at(0) != 3001 || s.called("get") != before {
		t.Errorf("%d rows, %d on top, %d loads", m.Len(), m.ids.at(0), s.called("get")-before)
	}
}

func TestNewMailThatIsDeletedOrCannotBeReadStandsNowhereOrWithoutARecord(t *testing.T) {
	m, s, l, _ := open(t, 10, Filter{})
	s.add(spool.Record{ID: 11})
	s.add(spool.Record{ID: 12})
	m.Apply(event(mta.Stored, 11, 12))
	m.Apply(event(mta.Removed, 11))
	l.until("the other one", func() bool { return m.Len() == 11 && m.ids.at(0) == 12 })
	problems := 0
	m.OnProblem = func(error) { problems++ }
	s.mu.Lock()
	s.fail = errors.New("the disk is gone")
	s.mu.Unlock()
	m.Apply(event(mta.Stored, 13))
	l.until("a row all the same", func() bool { return m.Len() == 12 && m.ids.at(0) == 13 && problems == 1 })
}

func TestEveryMessageOfManyBatchesIsShownOnce(t *testing.T) {
	m, s, l, changes := open(t, 10, Filter{})
	for id := int64(11); id <= 2010; id++ {
		s.add(spool.Record{ID: id})
	}
	for from := int64(11); from <= 2010; from += 50 {
		for id := from; id < from+50; id++ {
			m.Apply(event(mta.Stored, id, id-1)) // more than once
		}
		if from%3 == 0 {
			l.until("some", func() bool { return m.Len() > 10 })
		}
	}
	l.until("all", func() bool { return m.Len() == 2010 })
	added := 0
	for _, c := range *changes {
		added += c.Added
	}
	if added != 2000 || m.ids.at(0) != 2010 || m.ids.at(2009) != 1 {
		t.Errorf("%d added, from %d to %d", added, m.ids.at(0), m.ids.at(2009))
	}
}

func TestMailStoredWhileLoadingIsNotMissed(t *testing.T) {
	s, l := newSource(200), newLoop(t)
	s.gate = make(chan struct{})
	m := NewMail(s, l.post)
	defer m.Close()
	m.SetFilter(Filter{})
	for s.called("ids") == 0 { // the question was asked and its answer waits
		time.Sleep(time.Millisecond)
	}
	s.add(spool.Record{ID: 201})
	m.Apply(event(mta.Stored, 201))
	close(s.gate)
	l.until("load", m.Complete)
	if m.Len() != 201 || m.ids.at(0) != 201 {
		t.Errorf("%d rows, %d on top", m.Len(), m.ids.at(0))
	}
}

func TestSearchAsksForWhatCameSince(t *testing.T) {
	m, s, l, _ := open(t, 50, Filter{Text: "subject 1"})
	before := m.Len()
	s.add(spool.Record{ID: 51, Summary: spool.Summary{Subject: "subject 1b"}})
	s.add(spool.Record{ID: 52, Summary: spool.Summary{Subject: "other"}})
	m.Apply(event(mta.Stored, 51, 52))
	m.Apply(event(mta.Indexed, 52))
	l.until("search", func() bool { return m.Len() == before+1 && !m.asking })
	if m.ids.at(0) != 51 {
		t.Errorf("%d on top", m.ids.at(0))
	}
}

func TestNewerSearchCancelsOlder(t *testing.T) {
	m, s, l, _ := open(t, 300, Filter{})
	s.mu.Lock()
	s.gate = make(chan struct{}) // nothing is answered any more
	s.mu.Unlock()
	for _, text := range []string{"s", "su", "subject 29"} {
		m.SetFilter(Filter{Text: text})
	}
	if m.Len() != 300 {
		t.Error("the rows went before others were there")
	}
	s.mu.Lock()
	close(s.gate)
	s.gate = nil
	s.mu.Unlock()
	l.until("search", m.Complete)
	if got := rows(m); len(got) != 11 { // 29, 290..299
		t.Errorf("rows are %v", got)
	}
}

func TestBadSearchWordsAreSaidAndNotAProblem(t *testing.T) {
	m, _, l, _ := open(t, 30, Filter{})
	m.SetFilter(Filter{Text: "bad:x"})
	l.until("search", func() bool { return !m.Loading() })
	if !errors.Is(m.Err(), spool.ErrQuery) || m.Len() != 0 {
		t.Errorf("err %v with %d rows", m.Err(), m.Len())
	}
	m.SetFilter(Filter{})
	l.until("all", m.Complete)
	if m.Err() != nil || m.Len() != 30 {
		t.Errorf("afterwards err %v with %d rows", m.Err(), m.Len())
	}
}

func TestDeleteSelectsTheNext(t *testing.T) {
	for _, c := range []struct {
		name   string
		delete []int // rows
		want   int64
	}{
		{"in the middle the one below", []int{3}, 6},
		{"the first", []int{0}, 9},
		{"the last the one above", []int{9}, 2},
		{"several the one below them", []int{3, 4, 5}, 4},
		{"all leaves nothing", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, s, l, _ := open(t, 10, Filter{})
			m.Range(c.delete[0], c.delete[len(c.delete)-1])
			gone := m.Selection()
			next := m.Delete(gone...)
			if next != m.Index(c.want) || m.Chosen() != min(int(c.want), 1) || c.want > 0 && !m.Has(c.want) {
				t.Errorf("next row %d, selected %v", next, m.Selection())
			}
			l.until("delete", func() bool { return m.open == 0 })
			m.Apply(event(mta.Removed, gone...)) // what it has done already
			if m.Len() != 10-len(c.delete) || len(s.records) != m.Len() {
				t.Errorf("%d rows, %d records", m.Len(), len(s.records))
			}
		})
	}
}

func TestDeletedElsewhereIsNotReplacedInTheSelection(t *testing.T) {
	m, _, _, changes := open(t, 10, Filter{})
	m.Only(6)
	m.Apply(event(mta.Removed, 6))
	if m.Chosen() != 0 || m.Index(6) != -1 || m.Len() != 9 {
		t.Errorf("%d chosen, row %d, %d rows", m.Chosen(), m.Index(6), m.Len())
	}
	if !(*changes)[len(*changes)-1].Selection {
		t.Error("the change does not speak of the selection")
	}
}

func TestRefusedDeleteComesBack(t *testing.T) {
	m, s, l, _ := open(t, 10, Filter{})
	s.mu.Lock()
	s.fail = errors.New("store is read-only")
	s.mu.Unlock()
	var problem error
	m.OnProblem = func(err error) { problem = err }
	m.Delete(5, 6)
	if m.Len() != 8 {
		t.Fatal("not gone at once")
	}
	l.until("refusal", func() bool { return problem != nil })
	s.mu.Lock()
	s.fail = nil
	s.mu.Unlock()
	m.reload()
	l.until("reload", func() bool { return m.Len() == 10 })
}

func TestDeletedWhileLoadingDoesNotComeBack(t *testing.T) {
	s, l := newSource(idChunk*2), newLoop(t)
	m := NewMail(s, l.post)
	defer m.Close()
	m.SetFilter(Filter{})
	l.until("first page", func() bool { return !m.Loading() })
	m.Apply(event(mta.Removed, 50)) // far below what is loaded, and the source still has it
	l.until("rest", m.Complete)
	if _, ok := m.ids.row(50); ok {
		t.Error("a deleted message came back with a later chunk")
	}
}

func TestReadIsShownAtOnceAndKept(t *testing.T) {
	m, s, l, _ := open(t, 10, Filter{Unread: true})
	n := m.Len()
	id := m.ids.at(0)
	m.SetRead(true, id)
	if !m.Row(0).Read {
		t.Error("not shown at once")
	}
	l.until("order", func() bool { return m.open == 0 })
	m.Apply(event(mta.Changed, id))
	l.until("record", func() bool { r, fresh := m.records.get(id); m.Row(0); return r != nil && fresh })
	if m.Len() != n || !s.records[id].Read {
		t.Error("an opened message left the unread list under the reader's eyes, or its mark was not kept")
	}
	m.SetRead(true, 9) // read before
	l.until("order", func() bool { return m.open == 0 })
	m.SetRead(false, 9)
	l.until("order", func() bool { return m.open == 0 })
	m.Apply(event(mta.Changed, 9))
	l.until("unread again", func() bool { _, ok := m.ids.row(9); return ok })
}

func TestChangesDuringALoadAreAskedForAgain(t *testing.T) {
	m, s, l, _ := open(t, 300, Filter{})
	m.Row(250) // asks for message 50; the answer is on its way
	for len(l.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.mu.Lock()
	r := s.records[50]
	r.Subject = "changed"
	s.records[50] = r
	s.mu.Unlock()
	m.Apply(event(mta.Changed, 50)) // overtakes it
	l.until("the newer record", func() bool { r := m.Row(250); return r != nil && r.Subject == "changed" })
}

func TestTheMarkOfASelectedMessageOutOfViewIsKnown(t *testing.T) {
	m, s, l, _ := open(t, 300, Filter{})
	m.Only(299)
	if !m.AnyUnread() {
		t.Fatal("299 is unread")
	}
	if err := s.SetRead(t.Context(), true, 299); err != nil { // by someone else
		t.Fatal(err)
	}
	m.Apply(event(mta.Changed, 299))
	l.until("its mark", func() bool { return !m.AnyUnread() })
}

func TestOrdersAreCarriedOutInTurnAndBeforeClose(t *testing.T) {
	m, s, _, _ := open(t, 10, Filter{})
	for range 50 {
		m.SetRead(true, 1)
		m.SetRead(false, 1)
	}
	m.Delete(2)
	m.Close()
	if s.records[1].Read || s.called("read") != 100 || s.called("delete") != 1 {
		t.Errorf("read %v after %d orders, %d deletions", s.records[1].Read, s.called("read"), s.called("delete"))
	}
}

func TestResyncKeepsThePlace(t *testing.T) {
	m, s, l, changes := open(t, 100, Filter{})
	m.Only(60)
	for id := int64(101); id <= 130; id++ {
		s.add(spool.Record{ID: id})
	}
	m.Apply([]mta.Event{{Kind: mta.Resync}})
	if m.Len() != 100 {
		t.Error("rows went before the new ones were there")
	}
	*changes = nil
	l.until("resync", m.Complete)
	if m.Len() != 130 || m.Index(60) != 70 || !m.Has(60) || (*changes)[0].Added != 30 || (*changes)[0].Reset {
		t.Errorf("%d rows, row %d, %+v", m.Len(), m.Index(60), (*changes)[0])
	}
}

func TestSelection(t *testing.T) {
	m, _, _, _ := open(t, 10, Filter{})
	for _, c := range []struct {
		name string
		do   func()
		want []int64
	}{
		{"only one", func() { m.Only(7) }, []int64{7}},
		{"a range of rows", func() { m.Range(3, 5) }, []int64{7, 6, 5}},
		{"a range beyond the end", func() { m.Range(8, 20) }, []int64{2, 1}},
		{"one more", func() { m.Toggle(9) }, []int64{9, 2, 1}},
		{"one less", func() { m.Toggle(2) }, []int64{9, 1}},
		{"all", func() { m.All() }, []int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
	} {
		c.do()
		if got := m.Selection(); !slices.Equal(got, c.want) || m.Chosen() != len(c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAnAnswerFromBeforeAMarkIsNotTheLastWord(t *testing.T) {
	m, _, l, _ := open(t, 300, Filter{})
	m.Row(250) // asks for message 50, which is unread; the answer is on its way
	for len(l.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	m.SetRead(true, 50)
	l.until("the mark is kept and read back, without an event that tells of it", func() bool {
		r := m.Row(250)
		return m.open == 0 && !m.getting && r != nil && r.Read
	})
}

func TestTheChosenMessageIsKnownWhileItIsReadAgain(t *testing.T) {
	m, _, l, _ := open(t, 10, Filter{})
	m.Only(8)
	m.Apply(event(mta.Changed, 8))
	if r := m.ChosenRecord(); r == nil || r.ID != 8 {
		t.Errorf("the record of the selected message is %v", r)
	}
	if m.Record(8) != nil {
		t.Error("it is said to stand as it did before the change")
	}
	l.until("it is read again", func() bool { return m.Record(8) != nil })
	m.Toggle(7)
	if r := m.ChosenRecord(); r != nil {
		t.Errorf("with two selected, the record is %v", r)
	}
}
