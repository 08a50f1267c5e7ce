//go:build !nogui

package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/model"
)

// testQueue is the queue behind a window: rows in memory, and notes of what was asked for.
type testQueue struct {
	mu      sync.Mutex
	rows    []spool.Waiting
	version uint64
	asked   []string // "run R@a.example", "hold q1 q2"
	lines   []string // what a verbose run says
	refuse  error    // what is done with a message ends so
	moved   time.Duration
	run     spool.QueueRun
}

// put adds waiting messages and says that there are others now.
func (q *testQueue) put(rows ...spool.Waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range rows {
		w.Key = int64(len(q.rows) + 1)
		q.rows = append(q.rows, w)
	}
	q.version++
}

func (q *testQueue) note(format string, args ...any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, fmt.Sprintf(format, args...))
}

// was tells whether this was asked for.
func (q *testQueue) was(what string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Contains(q.asked, what)
}

func (q *testQueue) ids(keys []int64) string {
	var ids []string
	for _, w := range q.rows {
		if slices.Contains(keys, w.Key) {
			ids = append(ids, w.ID)
		}
	}
	return strings.Join(ids, " ")
}

func (q *testQueue) Queue(_ context.Context, a spool.WaitingQuery) (spool.WaitingList, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := spool.WaitingList{Version: q.version + 1, All: len(q.rows), Run: q.run}
	if list.Same = a.Since == list.Version; list.Same {
		return list, nil
	}
	rows := slices.Clone(q.rows)
	if a.Sort == spool.BySize {
		slices.SortFunc(rows, func(x, y spool.Waiting) int { return int(x.Size - y.Size) })
	}
	if a.Down {
		slices.Reverse(rows)
	}
	for _, w := range rows {
		if strings.Contains(w.ID+w.Sender, a.Text) && (a.Host == "" || a.Host == w.Host) && (a.Reason == "" || a.Reason == w.Reply) {
			list.Keys = append(list.Keys, w.Key)
		}
	}
	return list, nil
}

func (q *testQueue) QueueRows(_ context.Context, keys ...int64) ([]spool.Waiting, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var rows []spool.Waiting
	for _, k := range keys {
		for _, w := range q.rows {
			if w.Key == k {
				rows = append(rows, w)
			}
		}
	}
	return rows, nil
}

func (q *testQueue) Awaiting(_ context.Context, queueID string) (*spool.Waiting, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.rows {
		if w.ID == queueID {
			return &w, nil
		}
	}
	return nil, nil
}

func (q *testQueue) QueueGroups(_ context.Context, by spool.WaitingBy, _ spool.WaitingQuery) ([]spool.WaitingGroup, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var groups []spool.WaitingGroup
	for _, w := range q.rows {
		name := map[spool.WaitingBy]string{spool.GroupHost: w.Host, spool.GroupReason: w.Reply, spool.GroupDomain: "partner.example"}[by]
		i := slices.IndexFunc(groups, func(g spool.WaitingGroup) bool { return g.Name == name })
		if i < 0 {
			i, groups = len(groups), append(groups, spool.WaitingGroup{Name: name, Domains: []string{"partner.example"}, Oldest: w.Arrived, Reply: w.Reply})
		}
		groups[i].Count++
		groups[i].Size += w.Size
		groups[i].Ages[0]++
	}
	return groups, nil
}

func (q *testQueue) RunQueue(_ context.Context, sel model.QueueSelection, verbose func(string)) error {
	what := "run"
	if sel.Keys != nil {
		what += " " + q.ids(sel.Keys)
	}
	if len(sel.Words) > 0 {
		what += " -q" + strings.Join(sel.Words, " -q")
	}
	if verbose != nil {
		what += " -v"
		for _, line := range q.lines {
			verbose(line)
		}
	}
	q.note("%s", what)
	return nil
}

func (q *testQueue) QueueDo(_ context.Context, do model.QueueAction, keys ...int64) (int, error) {
	q.note("%s %s", do, q.ids(keys))
	if q.refuse != nil {
		return 0, q.refuse
	}
	if do == model.QueueDelete {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.rows = slices.DeleteFunc(q.rows, func(w spool.Waiting) bool { return slices.Contains(keys, w.Key) })
		q.version++
	}
	return len(keys), nil
}

func (q *testQueue) Redirect(_ context.Context, key int64, changes ...model.Redirection) error {
	q.note("redirect %s %q", q.ids([]int64{key}), changes)
	return q.refuse
}

func (q *testQueue) ControlFile(_ context.Context, key int64) (string, []byte, error) {
	if q.ids([]int64{key}) == "" {
		return "", nil, errors.New("gone")
	}
	return "/home/spool/mqueue/qf" + q.ids([]int64{key}), []byte("V8\nT1768392000\nK0\nN0\nP30240\nFbs\nS<app@shop.example>\nRPFD:<ada@partner.example>\nH??Subject: hello\n.\n"), nil
}

func (q *testQueue) MoveClock(_ context.Context, by time.Duration, reset bool) (time.Duration, error) {
	q.note("clock %v %v", by, reset)
	q.mu.Lock()
	defer q.mu.Unlock()
	if reset {
		q.moved = 0
	}
	q.moved += by
	return q.moved, nil
}

// waitingMail is three messages in the queue.
func waitingMail() []spool.Waiting {
	at := time.Date(2026, 1, 14, 11, 0, 0, 0, time.UTC)
	return []spool.Waiting{
		{ID: "60EBx0AA001912", State: spool.WaitsDeferred, Arrived: at, LastTry: at.Add(30 * time.Minute), NextTry: at.Add(64 * time.Minute), Expires: at.Add(120 * time.Hour), Size: 4800, Priority: 304800,
			Tries: 3, Sender: "<billing@acme.example>", Open: []string{"<ada@partner.example>"}, Left: 1, Done: 2, Host: "mx.partner.example", Hosts: 1,
			Reply: "Deferred: 451 4.7.1 Greylisted, try again in 5 minutes", Origin: mta.Origin{Protocol: "sendmail", PID: 7, Argv: []string{"/usr/bin/php"}}, Record: 1},
		{ID: "60EBx0AB001915", State: spool.WaitsHeld, Why: "held by the user", Arrived: at, Size: 900, Sender: "<no-reply@acme.example>",
			Open: []string{"<ops@internal.test>"}, Left: 1, Done: 0, Host: "mx.internal.test", Hosts: 1, Record: 2},
		{ID: "60EBx0AC001921", State: spool.WaitsSending, Arrived: at, Size: 120, Sender: "<ci@acme.example>", Open: []string{"<dev-team@postroom.test>"}, Left: 1, Host: "mx.partner.example", Hosts: 1, Record: 3},
	}
}
