package spooltest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

// Lookup gives the id of the record with this queue id.
func (m *Memory) Lookup(ctx context.Context, queueID string) (int64, error) {
	if err := m.open(ctx); err != nil {
		return 0, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if k := m.queued(queueID); k != nil {
		return k.Record.ID, nil
	}
	return 0, fmt.Errorf("%w: %s", spool.ErrNotFound, queueID)
}

// Envelope gives a copy of the envelope of the record with this queue id.
func (m *Memory) Envelope(ctx context.Context, queueID string) (*mta.Envelope, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	k := m.queued(queueID)
	if k == nil {
		return nil, fmt.Errorf("%w: %s", spool.ErrNotFound, queueID)
	}
	env := k.Record.Envelope
	env.Recipients = slices.Clone(env.Recipients)
	return &env, nil
}

// Update replaces the recipients of a record.
func (m *Memory) Update(ctx context.Context, queueID string, recipients []mta.Recipient) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.queued(queueID)
	if k == nil {
		return fmt.Errorf("%w: %s", spool.ErrNotFound, queueID)
	}
	k.Recipients = slices.Clone(recipients)
	return nil
}

// Note adds steps to a record's envelope.
func (m *Memory) Note(ctx context.Context, queueID string, steps ...mta.Step) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.queued(queueID)
	if k == nil {
		return fmt.Errorf("%w: %s", spool.ErrNotFound, queueID)
	}
	k.Steps = mta.Noted(k.Steps, steps...)
	return nil
}

// queued finds a record by its queue id; the caller holds the lock.
func (m *Memory) queued(queueID string) *kept {
	for _, k := range m.records {
		if k.Envelope.ID == queueID {
			return k
		}
	}
	return nil
}

func lookup(f *fixture) {
	a := f.addEnvelope("x", Envelope("5BM3rC0001", "a@b"))
	b := f.addEnvelope("y", Envelope("5BM3rC0002", "a@b"))
	for queueID, want := range map[string]int64{"5BM3rC0001": a, "5BM3rC0002": b} {
		got, err := f.Lookup(f.ctx(), queueID)
		if err != nil {
			f.Fatal(err)
		}
		f.same(queueID, want, got)
		records, err := f.Get(f.ctx(), got)
		if err != nil || len(records) != 1 {
			f.Fatal(records, err)
		}
		env, err := f.Envelope(f.ctx(), queueID)
		if err != nil {
			f.Fatal(err)
		}
		f.same("envelope of "+queueID, records[0].Envelope, *env)
	}
	for _, queueID := range []string{"", "5BM3rC", "5bm3rc0001"} {
		if id, err := f.Lookup(f.ctx(), queueID); !errors.Is(err, spool.ErrNotFound) {
			f.Errorf("%q: %d, %v, want ErrNotFound", queueID, id, err)
		}
		if env, err := f.Envelope(f.ctx(), queueID); !errors.Is(err, spool.ErrNotFound) {
			f.Errorf("%q: %v, %v, want ErrNotFound", queueID, env, err)
		}
	}
}

// fates are recipients as a queue run leaves them.
func fates() []mta.Recipient {
	return []mta.Recipient{
		{Address: address.Address{Local: "A", Domain: "example.com"}, State: mta.Relayed, Mailer: "esmtp", Host: "mx.example.com",
			Last:  mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted", RemoteMTA: "mx.example.com"},
			Steps: []mta.Step{{Rule: "default", In: "a", Out: "b"}}},
		{Address: address.Address{Local: "c", Domain: "example.com"}, State: mta.Deferred, Notify: mta.NotifyDelay,
			Last: mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 7, 1}, Text: "two\nlines"}},
	}
}

func updateReplaces(f *fixture) {
	env := Envelope("5BM3rC0001", "a@example.com", "b@example.com")
	env.Recipients[0].State, env.Recipients[1].State = mta.Queued, mta.Queued
	id := f.addEnvelope("Subject: kept\r\n\r\ntext", env)
	before := f.record(id)
	if err := f.Update(f.ctx(), "5BM3rC0001", fates()); err != nil {
		f.Fatal(err)
	}
	want := before
	want.Recipients = fates()
	f.same("record", want, f.record(id))
	f.same("bytes", "Subject: kept\r\n\r\ntext", f.bytes(id))
	for q, found := range map[spool.Query]bool{
		{State: mta.Queued}:                             false,
		{State: mta.Relayed}:                            true,
		{State: mta.Deferred}:                           true,
		{Rcpt: "b@example.com"}:                         false,
		{Rcpt: "a@example.com", State: mta.Relayed}:     true,
		{Rcpt: "C@example.com", State: mta.Deferred}:    true,
		{Rcpt: "c@example.com", Text: "subject:kept"}:   true,
		{Rcpt: "a@example.com", Text: "subject:absent"}: false,
	} {
		if q.Text != "" {
			if err := f.Settle(f.ctx()); err != nil {
				f.Fatal(err)
			}
		}
		f.same(fmt.Sprintf("%+v", q), found, len(f.ids(q)) == 1)
	}
	if _, err := f.Delete(f.ctx(), id); err != nil {
		f.Fatal(err)
	}
	f.same("after deletion", 0, len(f.ids(spool.Query{State: mta.Deferred})))
	if err := f.Update(f.ctx(), "5BM3rC0001", fates()); !errors.Is(err, spool.ErrNotFound) {
		f.Errorf("update of a deleted record: %v, want ErrNotFound", err)
	}
}

func updateOne(f *fixture) {
	ids := f.addMany(3)
	others := []spool.Record{f.record(ids[0]), f.record(ids[2])}
	if err := f.Update(f.ctx(), f.record(ids[1]).Envelope.ID, fates()); err != nil {
		f.Fatal(err)
	}
	f.same("others", others, []spool.Record{f.record(ids[0]), f.record(ids[2])})
	f.same("relayed", ids[1:2], f.ids(spool.Query{State: mta.Relayed}))
}

func noteAdds(f *fixture) {
	env := Envelope("5BM3rC0001", "a@example.com")
	env.Recipients[0].State = mta.Caught
	env.Steps = []mta.Step{{Rule: "access", Out: "OK"}}
	id := f.addEnvelope("Subject: kept\r\n\r\ntext", env)
	first := mta.Step{Rule: "release", Key: "5BM3rC0002", Out: "b@example.com", Note: "queued"}
	then, other := first, first
	then.Note, other.Out = "relayed", "c@example.com"
	for _, s := range []mta.Step{first, other, then} {
		if err := f.Note(f.ctx(), "5BM3rC0001", s); err != nil {
			f.Fatal(err)
		}
	}
	want := []mta.Step{{Rule: "access", Out: "OK"}, then, other}
	f.same("steps", want, f.record(id).Steps)
	if err := f.Update(f.ctx(), "5BM3rC0001", fates()); err != nil {
		f.Fatal(err)
	}
	f.same("steps after an update", want, f.record(id).Steps)
	f.same("relayed", []int64{id}, f.ids(spool.Query{State: mta.Relayed}))
	if err := f.Note(f.ctx(), "5BM3rC0009", first); !errors.Is(err, spool.ErrNotFound) {
		f.Errorf("a note to no record: %v, want ErrNotFound", err)
	}
}

func updateCanceled(f *fixture) {
	id := f.addEnvelope("x", Envelope("5BM3rC0001", "a@b"))
	ctx, cancel := context.WithCancel(f.ctx())
	cancel()
	before := f.record(id)
	if err := f.Update(ctx, "5BM3rC0001", fates()); !errors.Is(err, context.Canceled) {
		f.Errorf("%v, want context.Canceled", err)
	}
	f.same("record", before, f.record(id))
}
