package spooltest

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
)

// SetStarred sets or takes the star and gives the ids that it changed.
func (m *Memory) SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error) {
	return m.marking(ctx, ids, func(k *kept) bool {
		was := k.Starred
		k.Starred = starred
		return was != starred
	})
}

// marking calls f for records, and gives the ids for which it says that they changed.
func (m *Memory) marking(ctx context.Context, ids []int64, f func(k *kept) bool) ([]int64, error) {
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var changed []int64
	for _, id := range ids {
		if _, k := m.find(id); k != nil && f(k) {
			changed = append(changed, id)
		}
	}
	return changed, nil
}

// SetTag puts a tag on messages, or takes it off, and gives the ids that it changed.
func (m *Memory) SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error) {
	name, err := nameOf(name)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	i := m.tag(name)
	if i < 0 && on {
		i = len(m.tags)
		m.tags = append(m.tags, spool.Tag{Name: name, Color: i % spool.TagColors})
	}
	if i >= 0 {
		name = m.tags[i].Name
	}
	m.mu.Unlock()
	return m.marking(ctx, ids, func(k *kept) bool {
		at := slices.Index(k.tags, name)
		switch {
		case on && at < 0:
			k.tags = append(slices.Clone(k.tags), name)
		case !on && at >= 0:
			k.tags = slices.Delete(slices.Clone(k.tags), at, at+1)
		default:
			return false
		}
		return true
	})
}

// tag gives the place of a tag, -1 for none; the caller holds the lock.
func (m *Memory) tag(name string) int {
	return slices.IndexFunc(m.tags, func(t spool.Tag) bool { return strings.EqualFold(t.Name, name) })
}

// ChangeTag gives a tag another name and colour.
func (m *Memory) ChangeTag(ctx context.Context, name string, to spool.Tag) error {
	next, err := nameOf(to.Name)
	if err == nil {
		err = m.open(ctx)
	}
	if err != nil {
		return err
	}
	if to.Color < 0 || to.Color >= spool.TagColors {
		return fmt.Errorf("%w: no colour %d", spool.ErrName, to.Color)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.tag(name)
	if i < 0 {
		return fmt.Errorf("tag %q: %w", name, spool.ErrNoMark)
	}
	if other := m.tag(next); other >= 0 && other != i {
		return fmt.Errorf("%w: %q: another tag is called so", spool.ErrName, next)
	}
	for _, k := range m.records {
		if at := slices.Index(k.tags, m.tags[i].Name); at >= 0 {
			k.tags = slices.Clone(k.tags)
			k.tags[at] = next
		}
	}
	m.tags[i] = spool.Tag{Name: next, Color: to.Color}
	return nil
}

// RemoveTag takes a tag off all messages and forgets it.
func (m *Memory) RemoveTag(ctx context.Context, name string) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.tag(name)
	if i < 0 {
		return fmt.Errorf("tag %q: %w", name, spool.ErrNoMark)
	}
	for _, k := range m.records {
		k.tags = slices.DeleteFunc(slices.Clone(k.tags), func(t string) bool { return t == m.tags[i].Name })
	}
	m.tags = slices.Delete(m.tags, i, i+1)
	return nil
}

// SaveSearch keeps a search, in the place of one of the same name.
func (m *Memory) SaveSearch(ctx context.Context, s spool.Search) error {
	name, err := nameOf(s.Name)
	if err == nil {
		err = m.open(ctx)
	}
	if err != nil {
		return err
	}
	if q, err := query.Parse(s.Text, time.Now()); err != nil {
		return err
	} else if q.Empty() {
		return fmt.Errorf("%w: it asks nothing", spool.ErrQuery)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.searches = slices.DeleteFunc(m.searches, func(o spool.Search) bool { return strings.EqualFold(o.Name, name) })
	m.searches = append(m.searches, spool.Search{Name: name, Text: s.Text})
	return nil
}

// RemoveSearch forgets a search.
func (m *Memory) RemoveSearch(ctx context.Context, name string) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.searches)
	m.searches = slices.DeleteFunc(m.searches, func(o spool.Search) bool { return strings.EqualFold(o.Name, name) })
	if len(m.searches) == before {
		return fmt.Errorf("search %q: %w", name, spool.ErrNoMark)
	}
	return nil
}

// Tally counts.
func (m *Memory) Tally(ctx context.Context) (spool.Tally, error) {
	if err := m.open(ctx); err != nil {
		return spool.Tally{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	t := spool.Tally{States: map[mta.State]int{}, Tags: slices.Clone(m.tags), Searches: slices.Clone(m.searches)}
	mailboxes, programs, users, ports, dirs := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, k := range m.records {
		if k.Starred {
			t.Starred++
		}
		states, to := map[mta.State]bool{}, map[string]bool{}
		for _, r := range k.Recipients {
			if r.State != mta.Caught {
				states[r.State] = true
			}
			to[strings.ToLower(mailbox(r.Address))] = true
			if len(r.Via) > 0 {
				to[strings.ToLower(mailbox(r.Via[0]))] = true
			}
		}
		for s := range states {
			if s == mta.Bounced || s == mta.Refused || s == mta.Deferred || s == mta.Held || s == mta.Queued {
				t.States[s]++
			}
		}
		for a := range to {
			mailboxes[a]++
		}
		for i := range t.Tags {
			if slices.Contains(k.tags, t.Tags[i].Name) {
				t.Tags[i].Count++
			}
		}
		if len(k.Origin.Argv) > 0 {
			programs[path.Base(k.Origin.Argv[0])]++
		}
		users[k.Origin.User]++
		ports[port(k.Origin)]++
		dirs[k.Origin.Dir]++
	}
	byName := func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
	slices.SortFunc(t.Tags, func(a, b spool.Tag) int { return byName(a.Name, b.Name) })
	slices.SortFunc(t.Searches, func(a, b spool.Search) int { return byName(a.Name, b.Name) })
	t.Mailboxes, t.Programs, t.Users, t.Ports, t.Dirs = groups(mailboxes), groups(programs), groups(users), groups(ports), groups(dirs)
	return t, nil
}

func groups(counts map[string]int) []spool.Group {
	var out []spool.Group
	for value, n := range counts {
		if value != "" {
			out = append(out, spool.Group{Value: value, Count: n})
		}
	}
	slices.SortFunc(out, func(a, b spool.Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out[:min(len(out), spool.TallyGroups)]
}

// nameOf gives a name as it is kept.
func nameOf(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || len(name) > spool.MaxName || strings.ContainsAny(name, "\"\x00\x1b") {
		return "", fmt.Errorf("%w: %q", spool.ErrName, name)
	}
	return name, nil
}
