package model

import (
	"context"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// QueueSource is what the queue's view asks of the program. It may be slow.
type QueueSource interface {
	Queue(ctx context.Context, q spool.WaitingQuery) (spool.WaitingList, error)
	QueueRows(ctx context.Context, keys ...int64) ([]spool.Waiting, error)
	QueueGroups(ctx context.Context, by spool.WaitingBy, q spool.WaitingQuery) ([]spool.WaitingGroup, error)
	RunQueue(ctx context.Context, sel QueueSelection, verbose func(line string)) error
	QueueDo(ctx context.Context, do QueueAction, keys ...int64) (done int, err error)
	Redirect(ctx context.Context, key int64, changes ...Redirection) error
	ControlFile(ctx context.Context, key int64) (path string, text []byte, err error)
	MoveClock(ctx context.Context, by time.Duration, reset bool) (time.Duration, error)
}

// Queue is the list of what waits, messages or groups of them, kept up to date while it is watched: it knows the keys of all
// messages and the rows that are looked at.
type Queue struct {
	// OnChange is called when something changed; reset says that it is another list. OnProblem is called when the program
	// answered an error to a question or an order, OnDone with words of what was done.
	OnChange  func(reset bool)
	OnProblem func(error)
	OnDone    func(text string)

	source QueueSource
	tasks  *tasks
	every  time.Duration
	now    func() time.Time

	query   spool.WaitingQuery
	by      spool.WaitingBy // "" for messages
	stop    context.CancelFunc
	nudge   chan struct{}
	loading bool
	err     error

	list   spool.WaitingList
	index  map[int64]int
	ahead  time.Duration // of the server's clock
	told   time.Time     // when OnChange was called last for nothing but the time that went on
	groups []spool.WaitingGroup

	rows    map[int64]keptRow
	getting bool
	want    []int64

	chosen map[int64]bool
	orders int // that are not carried out
	log    RunLog
}

// keptRow is a row as it was when the list had this version.
type keptRow struct {
	row     spool.Waiting
	version uint64
}

// NewQueue makes a list that is empty until Watch. It looks every so often, and when Nudge says that something may have happened.
func NewQueue(source QueueSource, post Post, every time.Duration, now func() time.Time) *Queue {
	return &Queue{
		OnChange: func(bool) {}, OnProblem: func(error) {}, OnDone: func(string) {},
		source: source, tasks: newTasks(post), every: every, now: now, nudge: make(chan struct{}, 1), loading: true,
		rows: map[int64]keptRow{}, chosen: map[int64]bool{}, log: RunLog{post: post},
	}
}

// Close ends watching, a run that was begun here, and waits for orders to be carried out.
func (q *Queue) Close() { q.tasks.close() }

// Watch begins to look, Unwatch ends it. What is known stays.
func (q *Queue) Watch() {
	if q.stop == nil {
		q.begin(q.list.Version)
	}
}

// Unwatch ends what Watch began.
func (q *Queue) Unwatch() {
	if q.stop != nil {
		q.stop()
		q.stop = nil
	}
}

// Nudge has the list look soon.
func (q *Queue) Nudge() {
	select {
	case q.nudge <- struct{}{}:
	default:
	}
}

// Apply takes a batch of events: hints that the queue may be another.
func (q *Queue) Apply(events []mta.Event) {
	for _, e := range events {
		switch e.Kind {
		case mta.Stored, mta.Changed, mta.Removed, mta.Resync:
			q.Nudge()
			return
		}
	}
}

// Query gives what the list is of, By what it is put together by, "" for messages.
func (q *Queue) Query() spool.WaitingQuery { return q.query }

// By gives what messages are put together by.
func (q *Queue) By() spool.WaitingBy { return q.by }

// Show lists something else. The rows stay until the new ones are there.
func (q *Queue) Show(by spool.WaitingBy, query spool.WaitingQuery) {
	query.Since = 0
	if by == q.by && query == q.query && q.stop != nil && q.err == nil {
		return
	}
	q.by, q.query, q.loading = by, query, true
	q.Unwatch()
	q.begin(0)
}

// look is what one look at the queue brought.
type queueLook struct {
	list   spool.WaitingList
	index  map[int64]int
	groups []spool.WaitingGroup
	err    error
}

// restFactor is how many times as long as a look took the list rests after it, so that a long queue does not keep the machine busy.
const restFactor = 4

// begin looks again and again.
func (q *Queue) begin(since uint64) {
	query, by := q.query, q.by
	query.Since = since
	q.stop = q.tasks.run(func(ctx context.Context) {
		ticker := time.NewTicker(q.every)
		defer ticker.Stop()
		for first := true; ctx.Err() == nil; first = false {
			began := time.Now()
			l := q.look(ctx, by, query)
			if l.err == nil {
				query.Since = l.list.Version
			}
			q.tasks.show(ctx, func() { q.take(l, first && since == 0) })
			rest := time.NewTimer(min(restFactor*time.Since(began), 5*time.Second))
			select {
			case <-rest.C:
			case <-ctx.Done():
				rest.Stop()
			}
			select {
			case <-ticker.C:
			case <-q.nudge:
			case <-ctx.Done():
			}
		}
	})
}

func (q *Queue) look(ctx context.Context, by spool.WaitingBy, query spool.WaitingQuery) (l queueLook) {
	if l.list, l.err = q.source.Queue(ctx, query); l.err != nil || l.list.Same {
		return l
	}
	if by != "" {
		l.groups, l.err = q.source.QueueGroups(ctx, by, query)
	}
	l.index = make(map[int64]int, len(l.list.Keys))
	for i, k := range l.list.Keys {
		l.index[k] = i
	}
	return l
}

// toldEvery is how often a list in which nothing happens is painted again, for its ages.
const toldEvery = 10 * time.Second

// take takes over what a look brought.
func (q *Queue) take(l queueLook, reset bool) {
	q.loading = false
	if q.err = l.err; l.err != nil {
		q.OnProblem(l.err)
		q.OnChange(false)
		return
	}
	if !l.list.Run.Clock.IsZero() {
		q.ahead = l.list.Run.Clock.Sub(q.now())
	}
	if l.list.Same {
		l.list.Keys = q.list.Keys
		busy := q.list.Run.Busy != l.list.Run.Busy
		q.list = l.list
		if now := q.Now(); busy || now.Sub(q.told) >= toldEvery || now.Before(q.told) { // times go on
			q.told = now
			q.OnChange(false)
		}
		return
	}
	q.list, q.index, q.groups = l.list, l.index, l.groups
	for key := range q.chosen {
		if _, here := q.index[key]; !here && q.by == "" {
			delete(q.chosen, key)
		}
	}
	q.forget()
	q.OnChange(reset)
}

// maxKept is how many rows are kept that may not be in sight.
const maxKept = 2048

// forget lets rows go that are gone or old where there are many.
func (q *Queue) forget() {
	for key, k := range q.rows {
		if _, here := q.index[key]; !here || len(q.rows) > maxKept && k.version != q.list.Version {
			delete(q.rows, key)
		}
	}
}

// Now is the server's time.
func (q *Queue) Now() time.Time { return q.now().Add(q.ahead) }

// Loading says that what was asked for last is not there yet.
func (q *Queue) Loading() bool { return q.loading }

// Err says why nothing is there.
func (q *Queue) Err() error { return q.err }

// Total is the number of messages that wait, whatever the list is of, and Run how their runs stand.
func (q *Queue) Total() int { return q.list.All }

// Run says when the queue is run.
func (q *Queue) Run() spool.QueueRun { return q.list.Run }

// Len is the number of messages in the list.
func (q *Queue) Len() int { return len(q.list.Keys) }

// Key gives the key of the message in row i.
func (q *Queue) Key(i int) int64 { return q.list.Keys[i] }

// Index gives the row of a message, -1 where the list does not have it.
func (q *Queue) Index(key int64) int {
	if i, ok := q.index[key]; ok {
		return i
	}
	return -1
}

// Row gives what is shown in row i, nil while it is being loaded. It never waits.
func (q *Queue) Row(i int) *spool.Waiting {
	if i < 0 || i >= len(q.list.Keys) {
		return nil
	}
	k, ok := q.rows[q.list.Keys[i]]
	if !ok || k.version != q.list.Version {
		from := i / recordSpan * recordSpan
		q.request(q.list.Keys[from:min(from+recordSpan, len(q.list.Keys))])
	}
	if !ok {
		return nil
	}
	return &k.row
}

// Message gives what is known of a message, nil where that is nothing.
func (q *Queue) Message(key int64) *spool.Waiting {
	if k, ok := q.rows[key]; ok {
		return &k.row
	}
	return nil
}

// request loads rows; what is wanted now comes before what was wanted earlier.
func (q *Queue) request(keys []int64) {
	q.want = append([]int64(nil), keys...)
	q.next()
}

func (q *Queue) next() {
	if q.getting || len(q.want) == 0 {
		return
	}
	keys, version := q.want, q.list.Version
	q.want, q.getting = nil, true
	q.tasks.run(func(ctx context.Context) {
		rows, err := q.source.QueueRows(ctx, keys...)
		q.tasks.show(ctx, func() {
			q.getting = false
			if err != nil {
				q.OnProblem(err)
				return
			}
			for _, w := range rows {
				q.rows[w.Key] = keptRow{w, version}
			}
			for _, key := range keys { // gone meanwhile: the next look leaves them out
				if k, ok := q.rows[key]; ok {
					k.version = version
					q.rows[key] = k
				} else {
					q.rows[key] = keptRow{spool.Waiting{Key: key, Done: -1}, version}
				}
			}
			q.OnChange(false)
			q.next()
		})
	})
}
