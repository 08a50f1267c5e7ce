package waiting

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"postroom.dev/spool"
)

// find gives the entries that are asked for, in the order of a run.
func (k *look) find(q spool.WaitingQuery) []*entry {
	text := strings.ToLower(strings.TrimSpace(q.Text))
	found := make([]*entry, 0, len(k.entries))
	for _, e := range k.entries {
		if (q.Host == "" || slices.Contains(e.hosts(), q.Host)) && (q.Reason == "" || e.reason() == q.Reason) &&
			(q.Domain == "" || slices.Contains(e.domains(), domainNamed(q.Domain))) && (text == "" || e.has(text)) {
			found = append(found, e)
		}
	}
	return found
}

// noDomain stands for the domain of local names in lists.
const noDomain = "(local)"

func domainNamed(name string) string {
	if name == noDomain {
		return ""
	}
	return name
}

// has says that a text, in lower case, occurs in what is shown of the message.
func (e *entry) has(text string) bool {
	in := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	if in(e.ID) || in(e.Summary.Sender) || in(e.reply()) || e.Kind == "hf" && in(e.Summary.Quarantine) || slices.ContainsFunc(e.hosts(), in) {
		return true
	}
	for i := range e.Summary.Recipients {
		if in(e.Summary.Recipients[i].Address) {
			return true
		}
	}
	return false
}

// stateOrder is the order of states in a list: what happens now first, what nothing happens to last.
var stateOrder = map[spool.WaitingState]int64{
	spool.WaitsSending: 0, spool.WaitsNew: 1, spool.WaitsDeferred: 2, spool.WaitsHeld: 3, spool.WaitsQuarantined: 4, spool.WaitsLost: 5, spool.WaitsBroken: 6,
}

// sort brings entries, which stand in the order of a run, into the order that is asked for.
func (k *look) sort(found []*entry, q spool.WaitingQuery) {
	number := func(of func(*entry) int64) {
		sortBy(found, of, cmp.Compare[int64], q.Down)
	}
	text := func(of func(*entry) string) {
		sortBy(found, of, strings.Compare, q.Down)
	}
	switch q.Sort {
	case spool.ByID:
		text(func(e *entry) string { return e.ID })
	case spool.ByState:
		number(func(e *entry) int64 { return stateOrder[k.state(e)] })
	case spool.ByArrival:
		number(func(e *entry) int64 { return e.Summary.Time.Unix() })
	case spool.BySize:
		number(func(e *entry) int64 { return e.Size })
	case spool.ByTries:
		number(func(e *entry) int64 { return int64(e.Summary.Tries) })
	case spool.ByNextTry:
		number(func(e *entry) int64 { return orNever(k.nextTry(e)) })
	case spool.ByExpiry:
		number(func(e *entry) int64 { return orNever(k.expires(e)) })
	case spool.BySender:
		text(func(e *entry) string { return strings.ToLower(strings.Trim(e.Summary.Sender, "<>")) })
	case spool.ByRcpt:
		text(func(e *entry) string {
			if len(e.Summary.Recipients) == 0 {
				return ""
			}
			return strings.ToLower(strings.Trim(e.Summary.Recipients[0].Address, "<>"))
		})
	case spool.ByHost:
		text(func(e *entry) string {
			if len(e.hosts()) == 0 {
				return ""
			}
			return strings.ToLower(e.hosts()[0])
		})
	case spool.ByReply:
		text(func(e *entry) string { return e.reply() })
	default:
		if q.Down {
			slices.Reverse(found)
		}
	}
}

// orNever puts what never comes behind all times.
func orNever(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return t.Unix()
}

// sortBy sorts by a key that each entry is asked for once. Entries that are alike stand by their ids either way.
func sortBy[K any](found []*entry, of func(*entry) K, compare func(a, b K) int, down bool) {
	type keyed struct {
		key K
		e   *entry
	}
	all := make([]keyed, len(found))
	for i, e := range found {
		all[i] = keyed{of(e), e}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		c := compare(a.key, b.key)
		if down {
			c = -c
		}
		return cmp.Or(c, strings.Compare(a.e.ID, b.e.ID))
	})
	for i := range all {
		found[i] = all[i].e
	}
}

// maxGroups is how many groups are given, those with most messages.
const maxGroups = 2000

// Groups puts the messages that are asked for together, those groups first that have most messages.
func (l *List) Groups(ctx context.Context, by spool.WaitingBy, q spool.WaitingQuery) ([]spool.WaitingGroup, error) {
	k, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	now := l.Now()
	groups := map[string]*group{}
	for _, e := range k.find(q) {
		for _, name := range e.names(by) {
			g := groups[name]
			if g == nil {
				g = &group{WaitingGroup: spool.WaitingGroup{Name: name}, domains: map[string]bool{}}
				groups[name] = g
			}
			g.add(e, now)
		}
	}
	all := make([]spool.WaitingGroup, 0, len(groups))
	for _, g := range groups {
		all = append(all, g.finish())
	}
	slices.SortFunc(all, func(a, b spool.WaitingGroup) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return all[:min(len(all), maxGroups)], nil
}

// names gives the groups that a message is in.
func (e *entry) names(by spool.WaitingBy) []string {
	switch by {
	case spool.GroupHost:
		return e.hosts()
	case spool.GroupReason:
		return []string{e.reason()}
	}
	names := make([]string, len(e.domains()))
	for i, d := range e.domains() {
		names[i] = cmp.Or(d, noDomain)
	}
	return names
}

// group is a WaitingGroup while messages are added.
type group struct {
	spool.WaitingGroup
	domains map[string]bool
}

func (g *group) add(e *entry, now time.Time) {
	g.Count++
	g.Size += max(e.Size, 0)
	s := &e.Summary
	if !s.Time.IsZero() && (g.Oldest.IsZero() || s.Time.Before(g.Oldest)) {
		g.Oldest = s.Time
	}
	if s.LastTry.After(g.Tried) {
		g.Tried = s.LastTry
	}
	if g.Reply == "" {
		g.Reply = e.reply()
	}
	age := now.Sub(s.Time)
	if s.Time.IsZero() {
		age = 0
	}
	column, _ := slices.BinarySearchFunc(spool.AgeLimits[:], age, func(limit, age time.Duration) int {
		if limit <= age {
			return -1
		}
		return 1
	})
	g.Ages[column]++
	for _, d := range e.domains() {
		if d == "" || len(g.domains) > spool.MaxGroupDomains {
			continue
		}
		g.domains[d] = true
	}
}

func (g *group) finish() spool.WaitingGroup {
	for d := range g.domains {
		g.Domains = append(g.Domains, d)
	}
	slices.Sort(g.Domains)
	if g.More = len(g.Domains) > spool.MaxGroupDomains; g.More {
		g.Domains = g.Domains[:spool.MaxGroupDomains]
	}
	return g.WaitingGroup
}
