package queue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"postroom.dev/spool/qf"
)

// Index is a group's messages in memory, so that 100,000 of them are listed, sorted and run without reading every
// file each time. The files stay the truth: Refresh compares names, times, sizes and inodes, or asks the kernel what
// happened to them ([Index.Watch]), and reads what others added or changed. Its methods may be called from any goroutine.
type Index struct {
	group *Group

	refresh  sync.Mutex // one at a time; guards what follows, but for messages
	dirs     []*directory
	watching bool
	read     int

	mu sync.Mutex // guards the directories' messages
}

// Message is what an index knows of one message. It is shared and never changes: read only.
type Message struct {
	Queue    *Queue
	Kind     string // "qf", "hf" quarantined, "Qf" lost
	ID       string
	Size     int64     // of the df in octets, -1 without one
	Modified time.Time // of the control file
	Locked   bool      // somebody had it in hand when RefreshLocks looked
	Summary  qf.Summary
	Problem  error // why it cannot be run as it is; nil for none

	name  string // of the control file
	stamp stamp
	young bool // changed so shortly before it was read that the next change could bear the same stamp
}

// NewIndex makes an index that is empty until Refresh.
func NewIndex(g *Group) *Index {
	x := &Index{group: g}
	for _, q := range g.queues {
		x.dirs = append(x.dirs, &directory{q: q, pending: changes{all: true}})
	}
	return x
}

// Watch has the kernel tell of changes from now on, where it can (Linux, on a file system of this machine): Refresh then
// looks only at files that something was done to. Close ends it.
func (x *Index) Watch() {
	x.refresh.Lock()
	defer x.refresh.Unlock()
	x.watching = true
}

// Close ends what Watch began. The index stays of use.
func (x *Index) Close() error {
	x.refresh.Lock()
	defer x.refresh.Unlock()
	x.watching = false
	for _, d := range x.dirs {
		d.unwatch()
	}
	return nil
}

// Read gives how many control files were read since the index was made.
func (x *Index) Read() int {
	x.refresh.Lock()
	defer x.refresh.Unlock()
	return x.read
}

// Group gives what the index is of.
func (x *Index) Group() *Group { return x.group }

// Refresh brings the index up to the directories: the first time it reads every control file, later the changed
// ones, several at a time. With an error, of the context or of a directory that cannot be read, the
// directories in question are as they were before. Files that cannot be read are messages with a Problem.
func (x *Index) Refresh(ctx context.Context) error { return x.update(ctx, false) }

// RefreshLocks is Refresh, and looks whether each message is locked. Where the kernel does not list locks, it opens every control
// file and for the moment of looking takes a shared lock, as sendmail's mailq does: a sendmail that comes
// just then passes the message over; Lock waits for that moment.
func (x *Index) RefreshLocks(ctx context.Context) error { return x.update(ctx, true) }

func (x *Index) update(ctx context.Context, ask bool) error {
	x.refresh.Lock()
	defer x.refresh.Unlock()
	var errs []error
	for _, d := range x.dirs {
		messages, read, err := d.refresh(ctx, x.watching, ask)
		x.read += read
		if err != nil {
			errs = append(errs, err)
			continue
		}
		x.mu.Lock()
		d.messages = messages
		x.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Len gives the number of messages of all kinds.
func (x *Index) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, d := range x.dirs {
		n += len(d.messages)
	}
	return n
}

// Messages gives the selected messages of all directories as of the last Refresh, sorted as one.
func (x *Index) Messages(s Selection, o Order) []*Message {
	var all []*Message
	for _, q := range x.group.queues {
		all = append(all, x.in(q, s)...)
	}
	o.Sort(all)
	return all
}

// MessagesIn gives the selected messages of one directory.
func (x *Index) MessagesIn(q *Queue, s Selection, o Order) []*Message {
	all := x.in(q, s)
	o.Sort(all)
	return all
}

// All gives every message of one directory, of whatever kind, in the directory's order. The slice is shared: read only.
func (x *Index) All(q *Queue) []*Message {
	i := slices.Index(x.group.queues, q)
	if i < 0 {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.dirs[i].messages
}

func (x *Index) in(q *Queue, s Selection) []*Message {
	messages := x.All(q)
	selected := make([]*Message, 0, len(messages))
	for _, m := range messages {
		if s.MatchMessage(m) {
			selected = append(selected, m)
		}
	}
	return selected
}
