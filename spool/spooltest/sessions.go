package spooltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// AddSession keeps a finished session.
func (m *Memory) AddSession(ctx context.Context, s mta.Session) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.session(s.ID); i >= 0 {
		m.sessions[i] = mta.Session{} // its number is not used again
	}
	m.sessions = append(m.sessions, s)
	return nil
}

// session gives the place of a session, -1 for none.
func (m *Memory) session(id string) int {
	return slices.IndexFunc(m.sessions, func(s mta.Session) bool { return s.ID == id && id != "" })
}

// Sessions gives a page of sessions, newest first.
func (m *Memory) Sessions(ctx context.Context, q spool.SessionQuery) (page spool.SessionPage, err error) {
	if err := m.open(ctx); err != nil {
		return page, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	last := 0
	for i, s := range slices.Backward(m.sessions) {
		about := fmt.Sprint(s.ID, s.Origin, s.Refusal, s.Reason, s.Outcome)
		if s.ID == "" || q.Before > 0 && int64(i+1) >= q.Before || q.Failed && !s.Outcome.Failed() ||
			!strings.Contains(strings.ToLower(about), strings.ToLower(q.Text)) {
			continue
		}
		if len(page.Sessions) == limit {
			page.Next = int64(last)
			break
		}
		last = i + 1
		s.Transcript = nil
		page.Sessions = append(page.Sessions, s)
	}
	return page, nil
}

// Session gives a kept session.
func (m *Memory) Session(ctx context.Context, id string) (mta.Session, error) {
	if err := m.open(ctx); err != nil {
		return mta.Session{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if i := m.session(id); i >= 0 {
		return m.sessions[i], nil
	}
	return mta.Session{}, fmt.Errorf("%w: session %s", spool.ErrNotFound, id)
}

func sessionPages(f *fixture) {
	const all = 120
	ids := func(from, to int, only func(int) bool) (list []string) {
		for i := from; i > to; i-- {
			if only == nil || only(i) {
				list = append(list, fmt.Sprint("s", i))
			}
		}
		return list
	}
	outcomes := []mta.Outcome{mta.Accepted, mta.Denied, mta.Aborted, mta.Idle}
	for i := 1; i <= all; i++ {
		s := mta.Session{ID: fmt.Sprint("s", i), Outcome: outcomes[i%4], Transcript: []byte("220 x"), Origin: mta.Origin{Client: "192.0.2.1:25", HELO: "Client.Example"}}
		if i%4 == 1 {
			s.Refused, s.Refusal = 2, fmt.Sprintf("RCPT TO:<u%d@x>: 550 5.1.1 <u%d@x>... User unknown", i, i)
		}
		if err := f.AddSession(f.ctx(), s); err != nil {
			f.Fatal(err)
		}
	}
	page := func(what string, q spool.SessionQuery, want []string, more bool) int64 {
		f.Helper()
		p, err := f.Sessions(f.ctx(), q)
		if err != nil {
			f.Fatalf("%s: %v", what, err)
		}
		var got []string
		for _, s := range p.Sessions {
			got = append(got, s.ID)
			if s.Transcript != nil {
				f.Errorf("%s: a list has the transcript of %s", what, s.ID)
			}
		}
		f.same(what, want, got)
		f.same(what+": more", more, p.Next != 0)
		return p.Next
	}
	failed := func(i int) bool { return i%4 == 1 || i%4 == 2 }
	next := page("fifty without a limit", spool.SessionQuery{}, ids(all, all-50, nil), true)
	next = page("the next page", spool.SessionQuery{Before: next, Limit: 60}, ids(all-50, all-110, nil), true)
	page("the last page", spool.SessionQuery{Before: next, Limit: 10}, ids(10, 0, nil), false)
	page("failed", spool.SessionQuery{Failed: true, Limit: 1000}, ids(all, 0, failed), false)
	page("words of the refusal", spool.SessionQuery{Text: "U117@X"}, []string{"s117"}, false)
	page("words of the client", spool.SessionQuery{Text: "client.EXAMPLE", Limit: 3}, ids(all, all-3, nil), true)
	page("words that nobody has", spool.SessionQuery{Text: "nobody%"}, nil, false)
	if err := f.AddSession(f.ctx(), mta.Session{ID: "s7", Outcome: mta.Idle}); err != nil {
		f.Fatal(err)
	}
	page("added again", spool.SessionQuery{Limit: 2}, []string{"s7", "s120"}, true)
	page("and not twice", spool.SessionQuery{Failed: true, Limit: 1000}, ids(all, 0, failed), false)
	if _, err := f.Session(f.ctx(), ""); !errors.Is(err, spool.ErrNotFound) {
		f.Errorf("a session without a name: %v", err)
	}
}
