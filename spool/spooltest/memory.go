package spooltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
	"postroom.dev/spool/store/summary"
)

var (
	errClosed = errors.New("spooltest: the store is closed")
	errEnded  = errors.New("spooltest: the draft has ended")
	errNoID   = errors.New("spooltest: an envelope without a queue id")
)

// Memory is a spool.Store that keeps everything in memory, for tests of what is
// built on a store. It looks at every record for every question; some thousands are no trouble.
type Memory struct {
	mu       sync.RWMutex
	records  []*kept // ascending by id
	last     int64
	counts   spool.Counts
	sessions []mta.Session // in the order in which they were added
	tags     []spool.Tag
	searches []spool.Search
	closed   bool
}

var _ spool.Store = (*Memory)(nil)

// kept is one record with all that belongs to it.
type kept struct {
	spool.Record
	transcript []byte
	bytes      []byte
	fields     map[string][]string // the words of each field
	tags       []string            // by name as it is in Memory.tags
}

// NewMemory gives an empty store.
func NewMemory() *Memory { return &Memory{} }

// draft is a message that is being received.
type draft struct {
	m     *Memory
	bytes []byte
	ended bool
}

// Create begins a message.
func (m *Memory) Create() (spool.Draft, error) { return &draft{m: m}, m.open(context.Background()) }

// open says why the store cannot be used.
func (m *Memory) open(ctx context.Context) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return errClosed
	}
	return ctx.Err()
}

func (d *draft) Write(p []byte) (int, error) {
	if d.ended {
		return 0, errEnded
	}
	d.bytes = append(d.bytes, p...)
	return len(p), nil
}

func (d *draft) Head() []byte { return d.bytes[:min(len(d.bytes), 64<<10)] }
func (d *draft) Size() int64  { return int64(len(d.bytes)) }
func (d *draft) Discard()     { d.ended = true }

func (d *draft) Commit(ctx context.Context, env *mta.Envelope) (int64, error) {
	if d.ended {
		return 0, errEnded
	}
	d.ended = true
	if err := d.m.open(ctx); err != nil {
		return 0, err
	}
	if env.ID == "" {
		return 0, errNoID
	}
	k := &kept{transcript: env.Transcript, bytes: d.bytes}
	k.Envelope, k.Size = *env, d.Size()
	k.Envelope.Transcript = nil
	k.Summary = summary.Header(d.Head(), env.Added)
	b := summary.Read(bytes.NewReader(d.bytes), k.Size)
	k.Attachments, k.Snippet = b.Attachments, b.Snippet
	to := []string{k.To}
	for _, r := range env.Recipients {
		to = append(to, mailbox(r.Address))
	}
	k.fields = map[string][]string{
		"from": split(k.From), "to": split(strings.Join(to, "\n")), "cc": split(k.Cc), "subject": split(k.Subject), "body": split(b.Text),
	}
	return d.m.add(k)
}

// add keeps k, unless its queue id is known.
func (m *Memory) add(k *kept) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.records {
		if o.Envelope.ID != k.Envelope.ID {
			continue
		}
		if !bytes.Equal(o.bytes, k.bytes) {
			return 0, fmt.Errorf("%w: %s", spool.ErrDuplicate, k.Envelope.ID)
		}
		return o.Record.ID, nil
	}
	m.last++
	k.Record.ID = m.last
	m.records = append(m.records, k)
	m.counts.All++
	m.counts.Unread++
	m.counts.Bytes += k.Size
	return m.last, nil
}

// find gives the record with this id; the caller holds the lock.
func (m *Memory) find(id int64) (int, *kept) {
	i, ok := slices.BinarySearchFunc(m.records, id, func(k *kept, id int64) int { return int(k.Record.ID - id) })
	if !ok {
		return -1, nil
	}
	return i, m.records[i]
}

// Find gives a page of records, newest first.
func (m *Memory) Find(ctx context.Context, q spool.Query) (spool.Page, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	q.Limit = limit + 1
	ids, err := m.IDs(ctx, q)
	if err != nil {
		return spool.Page{}, err
	}
	var p spool.Page
	if len(ids) > limit {
		ids = ids[:limit]
		p.Next = ids[limit-1]
		if k, err := m.get(ctx, p.Next); err == nil {
			p.Past = k.key(q.Order.By)
		}
	}
	p.Records, err = m.Get(ctx, ids...)
	return p, err
}

// IDs gives the ids alone, newest first.
func (m *Memory) IDs(ctx context.Context, q spool.Query) ([]int64, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	question, err := query.Parse(q.Text, time.Now())
	if err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []*kept
	for _, k := range m.records {
		if m.answers(k, q, question) {
			found = append(found, k)
		}
	}
	slices.SortFunc(found, func(a, b *kept) int {
		return inOrder(q.Order, a.key(q.Order.By), a.Record.ID, b.key(q.Order.By), b.Record.ID)
	})
	var ids []int64
	for _, k := range found {
		if ids = append(ids, k.Record.ID); len(ids) == q.Limit {
			break
		}
	}
	return ids, nil
}

// Get gives records in the order of ids.
func (m *Memory) Get(ctx context.Context, ids ...int64) ([]spool.Record, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var records []spool.Record
	for _, id := range ids {
		if _, k := m.find(id); k != nil {
			r := k.Record
			r.Tags = slices.SortedFunc(slices.Values(k.tags), func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
			records = append(records, r)
		}
	}
	return records, nil
}

// get gives one record.
func (m *Memory) get(ctx context.Context, id int64) (*kept, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if _, k := m.find(id); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w: record %d", spool.ErrNotFound, id)
}

// Content gives the exact bytes as received.
func (m *Memory) Content(ctx context.Context, id int64) (mta.Content, error) {
	k, err := m.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return content(k.bytes), nil
}

// Transcript gives the part of the session that a message saw.
func (m *Memory) Transcript(ctx context.Context, id int64) ([]byte, error) {
	k, err := m.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return k.transcript, nil
}

type content []byte

func (c content) Size() int64               { return int64(len(c)) }
func (c content) Open() (mta.Reader, error) { return reader{bytes.NewReader(c)}, nil }

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

// SetRead sets or clears the read mark and gives the ids that it changed.
func (m *Memory) SetRead(ctx context.Context, read bool, ids ...int64) ([]int64, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var changed []int64
	for _, id := range ids {
		if _, k := m.find(id); k != nil && k.Read != read {
			k.Read = read
			m.counts.Unread += map[bool]int{true: -1, false: 1}[read]
			changed = append(changed, id)
		}
	}
	return changed, nil
}

// Delete removes records and gives the ids that existed.
func (m *Memory) Delete(ctx context.Context, ids ...int64) ([]int64, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var gone []int64
	for _, id := range ids {
		i, k := m.find(id)
		if k == nil {
			continue
		}
		m.records = slices.Delete(m.records, i, i+1)
		m.counts.All--
		m.counts.Bytes -= k.Size
		if !k.Read {
			m.counts.Unread--
		}
		gone = append(gone, id)
	}
	return gone, nil
}

// Counts gives the numbers of what is kept.
func (m *Memory) Counts() spool.Counts {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.counts
}

// Settle has nothing to wait for.
func (m *Memory) Settle(ctx context.Context) error { return m.open(ctx) }

// Close ends the store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
