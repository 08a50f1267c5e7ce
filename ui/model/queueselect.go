package model

import (
	"context"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// Has says whether a message is selected.
func (q *Queue) Has(key int64) bool { return q.chosen[key] }

// Only selects a message and no other.
func (q *Queue) Only(key int64) {
	clear(q.chosen)
	q.chosen[key] = true
}

// Toggle takes a message into the selection or out of it.
func (q *Queue) Toggle(key int64) {
	if q.chosen[key] {
		delete(q.chosen, key)
	} else {
		q.chosen[key] = true
	}
}

// Range selects rows from to to, both included, and no others.
func (q *Queue) Range(from, to int) {
	clear(q.chosen)
	for _, key := range q.list.Keys[max(from, 0):min(to+1, len(q.list.Keys))] {
		q.chosen[key] = true
	}
}

// All selects every message of the list.
func (q *Queue) All() { q.Range(0, len(q.list.Keys)-1) }

// Chosen is the number of selected messages.
func (q *Queue) Chosen() int { return len(q.chosen) }

// Selection gives the keys of the selected messages in the order of the list.
func (q *Queue) Selection() []int64 {
	keys := make([]int64, 0, len(q.chosen))
	for _, key := range q.list.Keys {
		if q.chosen[key] {
			keys = append(keys, key)
		}
	}
	return keys
}

// AnyHeld and AnyFree say whether a selected message that is known is held, and whether one is not.
func (q *Queue) AnyHeld() bool { return q.any(IsHeld) }

// AnyFree says whether a selected message is not held.
func (q *Queue) AnyFree() bool { return q.any(func(w *spool.Waiting) bool { return !IsHeld(w) }) }

func (q *Queue) any(is func(*spool.Waiting) bool) bool {
	for key := range q.chosen {
		if k, ok := q.rows[key]; ok && is(&k.row) {
			return true
		}
	}
	return len(q.chosen) > len(q.rows) // more than are known
}

// IsHeld says that no run takes the message until it is released.
func IsHeld(w *spool.Waiting) bool {
	return w.State == spool.WaitsHeld || w.State == spool.WaitsQuarantined
}

// QueueGroups are the groups of a Queue as a list has them.
type QueueGroups struct{ *Queue }

// Len is the number of groups.
func (g QueueGroups) Len() int { return len(g.groups) }

// Group gives the group in row i.
func (g QueueGroups) Group(i int) spool.WaitingGroup { return g.groups[i] }

// Key gives the key of the group in row i.
func (g QueueGroups) Key(i int) int64 { return keyOf(g.groups[i].Name) }

// Index gives the row of a group.
func (g QueueGroups) Index(key int64) int {
	return slices.IndexFunc(g.groups, func(w spool.WaitingGroup) bool { return keyOf(w.Name) == key })
}

func keyOf(name string) int64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name) // which never fails
	return int64(h.Sum64())
}

// orderChunk is how many messages an order is given about at once, so that its progress can be told.
const orderChunk = 100

// Do has the program do something with messages. It is carried out even when the window closes meanwhile.
func (q *Queue) Do(do QueueAction, keys ...int64) {
	if len(keys) == 0 {
		return
	}
	keys = slices.Clone(keys)
	q.orders++
	q.tasks.run(func(ctx context.Context) {
		done := 0
		for part := range slices.Chunk(keys, orderChunk) {
			n, err := q.source.QueueDo(context.WithoutCancel(ctx), do, part...)
			done += n
			so := done
			q.tasks.show(ctx, func() {
				if err != nil {
					q.OnProblem(err)
				}
				if so > 0 && len(keys) > 1 {
					q.OnDone(doneWords(do, so, len(keys)))
				}
				q.Nudge()
			})
		}
		q.tasks.show(ctx, func() { q.orders-- })
	})
}

// doneWords tells how far an order came.
func doneWords(do QueueAction, done, of int) string {
	words := map[QueueAction]string{
		QueueHold: say.T("%s of %s held"), QueueRelease: say.T("%s of %s released"),
		QueueReturn: say.T("%s of %s returned"), QueueDelete: say.T("%s of %s deleted"),
	}[do]
	return say.T(words, Count(done), Count(of))
}

// Redirect changes the recipients of a message.
func (q *Queue) Redirect(key int64, changes []Redirection) {
	q.tell(func(ctx context.Context) (string, error) {
		return "", q.source.Redirect(context.WithoutCancel(ctx), key, changes...)
	})
}

// MoveClock moves the server's clock ahead, or sets it right.
func (q *Queue) MoveClock(by time.Duration, reset bool) {
	q.tell(func(ctx context.Context) (string, error) {
		_, err := q.source.MoveClock(context.WithoutCancel(ctx), by, reset)
		return "", err
	})
}

// tell has something done and tells how it ended.
func (q *Queue) tell(do func(ctx context.Context) (done string, err error)) {
	q.tasks.run(func(ctx context.Context) {
		done, err := do(ctx)
		q.tasks.show(ctx, func() {
			if err != nil {
				q.OnProblem(err)
			} else if done != "" {
				q.OnDone(done)
			}
			q.Nudge()
		})
	})
}

// Rows asks for the rows of messages, known or not, and then hands them over: for what is done with a selection that was never in sight.
func (q *Queue) Rows(keys []int64, then func([]spool.Waiting)) {
	q.tasks.run(func(ctx context.Context) {
		rows, err := q.source.QueueRows(ctx, keys...)
		q.tasks.show(ctx, func() {
			if err != nil {
				q.OnProblem(err)
				return
			}
			then(rows)
		})
	})
}

// ControlFile asks for a message's control file and then hands it over.
func (q *Queue) ControlFile(key int64, then func(path string, text []byte)) {
	q.tasks.run(func(ctx context.Context) {
		path, text, err := q.source.ControlFile(ctx, key)
		q.tasks.show(ctx, func() {
			if err != nil {
				q.OnProblem(err)
				return
			}
			then(path, text)
		})
	})
}
