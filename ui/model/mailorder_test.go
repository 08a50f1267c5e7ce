package model

import (
	"slices"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

var bySubject = Filter{Order: spool.Order{By: spool.OrderSubject}}

func TestAListInAnotherOrderHasAllAndKeepsItsSelection(t *testing.T) {
	m, s, l, _ := open(t, 300, bySubject)
	if m.Len() != 300 || m.Key(0) != 300 || m.Key(299) != 9 || m.Index(9) != 299 || m.Index(301) != -1 {
		t.Fatalf("%d rows from %d to %d, 9 is in row %d", m.Len(), m.Key(0), m.Key(299), m.Index(9))
	}
	m.Only(9)
	s.add(spool.Record{ID: 301, Summary: spool.Summary{Subject: "subject 301"}})
	m.Apply(event(mta.Stored, 301))
	if m.Len() != 300 {
		t.Fatal("a row stands where nobody knows whether it belongs there")
	}
	m.Apply(event(mta.Indexed, 301))
	l.until("it is read again", func() bool { return m.Len() == 301 })
	if i := m.Index(301); i != 30 {
		t.Errorf("the new one is in row %d", i)
	}
	if !slices.Equal(m.Selection(), []int64{9}) {
		t.Errorf("selected are %v", m.Selection())
	}
	m.Delete(300, 9, 8, 7, 6)
	if m.Len() != 296 || m.Index(9) != -1 {
		t.Errorf("after a deletion %d rows", m.Len())
	}
}

func TestManyEventsReadAListInAnotherOrderOnce(t *testing.T) {
	m, s, l, _ := open(t, 50, bySubject)
	before := s.called("ids")
	for range 100 {
		m.Apply(event(mta.Indexed, 50))
	}
	l.until("it is read again", func() bool { return s.called("ids") > before && m.Complete() && !m.later.waiting })
	if n := s.called("ids") - before; n != 1 {
		t.Errorf("read %d times", n)
	}
}

func TestPlaceAndWordsAreOneQuestion(t *testing.T) {
	m, s, l, _ := open(t, 30, Filter{Place: "subject", Text: "12"})
	if s.called(`ids "subject 12"`) == 0 {
		t.Errorf("asked %q", s.calls)
	}
	if m.Len() != 1 {
		t.Errorf("%d rows", m.Len())
	}
	m.SetFilter(Filter{Place: "subject"})
	l.until("load", m.Complete)
	if m.Len() != 30 {
		t.Errorf("%d rows", m.Len())
	}
}

func TestAListOfWhatIsMarkedFollowsTheMarks(t *testing.T) {
	for text, want := range map[string]bool{"is:starred": true, "-tag:work": true, "state:bounced": true, "is:unread": false, "word": false, `"open`: false, "": false} {
		if asksMarks(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
	m, s, l, _ := open(t, 30, Filter{Text: "subject"})
	m.marks = true // as if the words asked for a tag
	before := s.called("ids")
	m.Apply(event(mta.Changed, 3))
	l.until("it is read again", func() bool { return s.called("ids") > before })
}

func TestAllOfALargeListInAnotherOrderStaySelectedWhenItIsReadAgain(t *testing.T) {
	const n = 60_000
	m, s, l, _ := open(t, n, bySubject)
	m.All()
	s.mu.Lock()
	delete(s.records, 7)
	s.mu.Unlock()
	m.Apply(event(mta.Resync, 0))
	l.until("read again", func() bool { return m.Len() == n-1 && m.Complete() })
	if m.Chosen() != n-1 || m.Has(7) {
		t.Errorf("%d are selected", m.Chosen())
	}
}

func TestUnreadMailInAnotherOrderFollowsMarksThatOthersSet(t *testing.T) {
	m, s, l, _ := open(t, 30, Filter{Unread: true, Order: bySubject.Order})
	set := func(id int64, read bool) {
		s.mu.Lock()
		r := s.records[id]
		r.Read = read
		s.records[id] = r
		s.mu.Unlock()
		m.Apply(event(mta.Changed, id))
	}
	n := m.Len()
	m.Only(m.Key(2))
	open, row := m.Key(2), 2
	set(open, true) // by being read
	other := m.Key(5)
	m.Only(other)
	m.Only(open)
	set(other, true)
	s.add(spool.Record{ID: 31, Read: true, Summary: spool.Summary{Subject: "subject 31"}})
	set(31, false)
	l.until("the one that became unread is there", func() bool { return m.Index(31) >= 0 })
	if m.Index(open) != row {
		t.Errorf("the open message is in row %d, it was in %d", m.Index(open), row)
	}
	if m.Index(other) >= 0 || m.Len() != n {
		t.Errorf("%d rows, want %d without the one that was read elsewhere", m.Len(), n)
	}
}

func TestStarsAndTagsShowAtOnceAndAreOrdered(t *testing.T) {
	m, s, l, changes := open(t, 10, Filter{})
	m.Range(0, 1)
	if !m.AnyUnstarred() {
		t.Error("all are starred")
	}
	m.SetStarred(true, m.Selection()...)
	m.SetTag("work", true, m.Selection()...)
	m.SetTag("home", true, 10)
	m.SetTag("work", true, 10)
	if r := m.Record(10); !r.Starred || !slices.Equal(r.Tags, []string{"home", "work"}) {
		t.Errorf("shown is %+v", r)
	}
	if m.AnyUnstarred() {
		t.Error("one is not starred")
	}
	if tags, n := m.ChosenTags(); n != 2 || tags["work"] != 2 || tags["home"] != 1 {
		t.Errorf("of %d: %v", n, tags)
	}
	m.SetTag("work", false, 9)
	if len(m.Record(9).Tags) != 0 {
		t.Error("the tag is still there")
	}
	if !(*changes)[len(*changes)-1].Selection {
		t.Error("nobody was told")
	}
	l.until("orders", func() bool { return m.open == 0 })
	if !s.records[10].Starred || !slices.Equal(s.records[10].Tags, []string{"home", "work"}) || len(s.records[9].Tags) != 0 {
		t.Errorf("kept is %+v", s.records[10])
	}
}
