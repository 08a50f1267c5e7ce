// Package waiting lists the queue for people: every message in any order, and put together by host, by reason, and by age and domain.
//
// [List] stands on the index that the queue's runner keeps warm, so that 100,000 waiting messages are listed without opening a file. What
// it works out of a message (where it goes, why it waits) it keeps for as long as the message and the routing stay as they are. A
// list is of keys; [List.Rows] has all that is shown of a few of them, with what only their records know.
//
// It changes nothing. What is done with the queue is mta/daemon's.
package waiting

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta/address"
	"postroom.dev/mta/daemon"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

// Config is what a List goes by.
type Config struct {
	Index    *queue.Index
	Standing func() daemon.Standing
	Router   func() *route.Router // in force now
	Records  Records
	Now      func() time.Time // the server's clock
}

// Records are asked for what the queue does not know of a message. spool.Store is one.
type Records interface {
	Lookup(ctx context.Context, queueID string) (int64, error)
	Get(ctx context.Context, ids ...int64) ([]spool.Record, error)
}

// List lists a queue. Its methods may be called from any goroutine.
type List struct {
	Config

	mu   sync.Mutex // one look at the queue at a time
	last *look      // nil until the first one
}

// New makes a List. It looks at nothing yet.
func New(c Config) *List { return &List{Config: c} }

// look is the queue as it was seen once. It never changes.
type look struct {
	version  uint64
	router   *route.Router
	standing daemon.Standing
	parts    [][]*queue.Message // by directory, as the index had them
	entries  []*entry           // in the order of a run
	byKey    map[int64]*entry
	known    map[*queue.Message]*entry
}

// entry is one message and what was worked out of it when it was first asked for: of 100,000 messages only those in sight are, until they
// are put together or in another order.
type entry struct {
	*queue.Message
	key    int64
	router *route.Router

	once    sync.Once
	goes    []string // where its open recipients go, each once, the first recipient's first
	named   []string // the domains of its open recipients, in lower case, each once
	because string   // what it waits for, without what differs from message to message
}

// KeyOf gives the key of the message with this queue id.
func KeyOf(id string) int64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, id) // which never fails
	return int64(h.Sum64())
}

// look looks at the queue. The answer is the last one where nothing is different.
func (l *List) look(ctx context.Context) (*look, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.Index.Refresh(ctx); err != nil {
		return nil, err
	}
	next := &look{version: 1, router: l.Router(), standing: l.Standing()}
	for _, q := range l.Index.Group().Queues() {
		next.parts = append(next.parts, l.Index.All(q))
	}
	last := l.last
	if last != nil {
		if last.is(next) {
			return last, nil
		}
		next.version = last.version + 1
		if last.router != next.router {
			last = nil // all messages may go elsewhere now
		}
	}
	next.fill(last)
	l.last = next
	return next, nil
}

// is says that another look would show the same.
func (k *look) is(other *look) bool {
	a, b := k.standing, other.standing
	return k.router == other.router && a.Busy == b.Busy && a.Last.Equal(b.Last) && a.Interval == b.Interval && a.MinAge == b.MinAge && a.Return == b.Return &&
		a.Next.Sub(b.Next).Abs() < time.Second && maps.Equal(a.InHand, b.InHand) &&
		slices.EqualFunc(k.parts, other.parts, func(x, y []*queue.Message) bool {
			return len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
		})
}

// fill works out the entries, taking from last what has not changed.
func (k *look) fill(last *look) {
	n := 0
	for _, part := range k.parts {
		n += len(part)
	}
	all := make([]*queue.Message, 0, n)
	for _, part := range k.parts {
		all = append(all, part...)
	}
	queue.ByPriority.Sort(all)
	k.entries = make([]*entry, n)
	k.byKey, k.known = make(map[int64]*entry, n), make(map[*queue.Message]*entry, n)
	for i, m := range all {
		e := (*entry)(nil)
		if last != nil {
			e = last.known[m]
		}
		if e == nil {
			e = newEntry(m, k.router)
		}
		k.entries[i], k.byKey[e.key], k.known[m] = e, e, e
	}
}

func newEntry(m *queue.Message, router *route.Router) *entry {
	return &entry{Message: m, key: KeyOf(m.ID), router: router}
}

// hosts, domains, reason and reply say what was worked out.
func (e *entry) hosts() []string   { e.once.Do(e.work); return e.goes }
func (e *entry) domains() []string { e.once.Do(e.work); return e.named }
func (e *entry) reason() string    { e.once.Do(e.work); return e.because }
func (e *entry) reply() string     { return replyOf(e.Message) }

func (e *entry) work() {
	e.because = reasonOf(e)
	for i, r := range e.Summary.Recipients {
		if i == maxLooked {
			break
		}
		a, err := address.Parse(r.Address)
		if err != nil {
			a = address.Address{Local: r.Address}
		}
		if host := hostOf(e.router, a); !slices.Contains(e.goes, host) {
			e.goes = append(e.goes, host)
		}
		if domain := strings.ToLower(a.Domain); !slices.Contains(e.named, domain) {
			e.named = append(e.named, domain)
		}
	}
}

// maxLooked is how many recipients of a message are looked at: a list of thousands goes to the same hosts again and again.
const maxLooked = 500

// hostOf names where mail for an address goes, as people say it: a host, or a mailer that needs none.
func hostOf(router *route.Router, a address.Address) string {
	to := router.Released(a).Destination
	if route.IsPiped(a) {
		to = router.Piped(a).Destination
	}
	switch {
	case to.Host == "":
		return to.Mailer
	case to.Mailer == route.Sim:
		return to.Mailer + ":" + to.Host
	}
	return to.Host
}

// List lists the messages that are asked for.
func (l *List) List(ctx context.Context, q spool.WaitingQuery) (spool.WaitingList, error) {
	k, err := l.look(ctx)
	if err != nil {
		return spool.WaitingList{}, err
	}
	out := spool.WaitingList{Version: k.version, All: len(k.entries), Run: l.run(k)}
	if out.Same = q.Since == k.version; out.Same {
		return out, nil
	}
	found := k.find(q)
	k.sort(found, q)
	out.Keys = make([]int64, len(found))
	for i, e := range found {
		out.Keys[i] = e.key
	}
	return out, nil
}

func (l *List) run(k *look) spool.QueueRun {
	s := k.standing
	return spool.QueueRun{Busy: s.Busy, Last: s.Last, Next: s.Next, Clock: l.Now()}
}

// Rows gives what is shown of messages, in the order of keys, leaving out those that wait no more. They are as the last List or Groups saw them.
func (l *List) Rows(ctx context.Context, keys ...int64) ([]spool.Waiting, error) {
	k, err := l.seen(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]spool.Waiting, 0, len(keys))
	for _, key := range keys {
		if e := k.byKey[key]; e != nil {
			rows = append(rows, k.row(e))
		}
	}
	return rows, l.complete(ctx, rows)
}

// Of gives what is shown of the message with this queue id as it stands now, nil where it does not wait.
func (l *List) Of(ctx context.Context, id string) (*spool.Waiting, error) {
	k, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	e := k.byKey[KeyOf(id)]
	if e == nil {
		return nil, nil
	}
	rows := []spool.Waiting{k.row(e)}
	return &rows[0], l.complete(ctx, rows)
}

// seen gives the last look, or a first one.
func (l *List) seen(ctx context.Context) (*look, error) {
	l.mu.Lock()
	last := l.last
	l.mu.Unlock()
	if last != nil {
		return last, nil
	}
	return l.look(ctx)
}

// Messages gives the messages with these keys, leaving out those that wait no more.
func (l *List) Messages(ctx context.Context, keys ...int64) ([]*queue.Message, error) {
	k, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	var all []*queue.Message
	for _, key := range keys {
		if e := k.byKey[key]; e != nil {
			all = append(all, e.Message)
		}
	}
	return all, nil
}

// ControlFile gives the path and the text of a message's control file. queue.ErrGone when it waits no more.
func (l *List) ControlFile(ctx context.Context, key int64) (path string, text []byte, err error) {
	all, err := l.Messages(ctx, key)
	if err != nil {
		return "", nil, err
	}
	if len(all) == 0 {
		return "", nil, queue.ErrGone
	}
	m := all[0]
	if !m.IsFile() {
		return m.Path(), nil, m.Problem
	}
	f, err := os.Open(m.Path())
	if err != nil {
		return m.Path(), nil, fmt.Errorf("%w: %w", queue.ErrGone, err)
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, qf.MaxSize))
	return m.Path(), text, err
}
