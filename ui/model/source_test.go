package model

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/spool"
)

// loop is a painting goroutine for tests: the test's own.
type loop struct {
	t     *testing.T
	queue chan func()
}

func newLoop(t *testing.T) *loop { return &loop{t, make(chan func(), 1000)} }

func (l *loop) post(fn func()) { l.queue <- fn }

// until runs what was posted until ok says that it is enough.
func (l *loop) until(what string, ok func() bool) {
	l.t.Helper()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case fn := <-l.queue:
			fn()
		case <-deadline:
			l.t.Fatalf("%s: waited in vain", what)
		}
	}
}

// source is a store in memory that can be slowed down.
type source struct {
	mu      sync.Mutex
	records map[int64]spool.Record
	order   []int64 // descending
	calls   []string
	fail    error
	gate    chan struct{} // when not nil, Find and IDs wait for it
}

func newSource(n int) *source {
	s := &source{records: map[int64]spool.Record{}}
	for id := int64(n); id > 0; id-- {
		s.order = append(s.order, id)
		r := spool.Record{ID: id, Read: id%3 == 0}
		r.Subject, r.From = fmt.Sprintf("subject %d", id), fmt.Sprintf("Sender %d <s%d@example.com>", id, id)
		s.records[id] = r
	}
	return s
}

func (s *source) add(r spool.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[r.ID] = r
	s.order = append(s.order, r.ID)
	slices.SortFunc(s.order, func(a, b int64) int { return cmp.Compare(b, a) })
}

func (s *source) wait(ctx context.Context) error {
	s.mu.Lock()
	gate, err := s.gate, s.fail
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (s *source) note(format string, args ...any) {
	s.calls = append(s.calls, fmt.Sprintf(format, args...))
}

func (s *source) called(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (s *source) IDs(ctx context.Context, q spool.Query) ([]int64, error) {
	s.mu.Lock()
	s.note("ids %q before %d after %d", q.Text, q.Before, q.After)
	var out []int64
	for _, id := range s.order {
		r, ok := s.records[id]
		if !ok || q.Before != 0 && id >= q.Before || id <= q.After || q.Unread && r.Read || !strings.Contains(r.Subject, q.Text) {
			continue
		}
		if out = append(out, id); q.Limit > 0 && len(out) == q.Limit {
			break
		}
	}
	if q.Order.By == spool.OrderSubject { // by their last digit, to have one that is none of arrival
		slices.SortStableFunc(out, func(a, b int64) int { return cmp.Compare(a%10, b%10) })
	}
	s.mu.Unlock()
	return out, s.wait(ctx) // read first: a slow answer is an old one
}

func (s *source) Find(ctx context.Context, q spool.Query) (spool.Page, error) {
	if strings.Contains(q.Text, "bad:") {
		return spool.Page{}, fmt.Errorf("%w: bad: is no place", spool.ErrQuery)
	}
	ids, err := s.IDs(ctx, q)
	if err != nil {
		return spool.Page{}, err
	}
	var p spool.Page
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		p.Records = append(p.Records, s.records[id])
	}
	if len(ids) == q.Limit {
		p.Next = ids[len(ids)-1]
	}
	return p, nil
}

func (s *source) Get(_ context.Context, ids ...int64) ([]spool.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("get %d", len(ids))
	var out []spool.Record
	for _, id := range ids {
		if r, ok := s.records[id]; ok {
			out = append(out, r)
		}
	}
	return out, s.fail
}

func (s *source) SetRead(_ context.Context, read bool, ids ...int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("read %v %v", read, ids)
	if s.fail != nil {
		return s.fail
	}
	for _, id := range ids {
		r := s.records[id]
		r.Read = read
		s.records[id] = r
	}
	return nil
}

func (s *source) Delete(_ context.Context, ids ...int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("delete %v", ids)
	if s.fail != nil {
		return s.fail
	}
	for _, id := range ids {
		delete(s.records, id)
	}
	return nil
}

func (s *source) SetStarred(_ context.Context, starred bool, ids ...int64) ([]int64, error) {
	return s.mark(fmt.Sprintf("star %v", starred), ids, func(r *spool.Record) { r.Starred = starred })
}

func (s *source) SetTag(_ context.Context, name string, on bool, ids ...int64) ([]int64, error) {
	return s.mark(fmt.Sprintf("tag %s %v", name, on), ids, func(r *spool.Record) { r.Tags = withTag(r.Tags, name, on) })
}

func (s *source) mark(what string, ids []int64, change func(*spool.Record)) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("%s %v", what, ids)
	if s.fail != nil {
		return nil, s.fail
	}
	for _, id := range ids {
		r := s.records[id]
		change(&r)
		s.records[id] = r
	}
	return ids, nil
}
