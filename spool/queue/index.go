package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"postroom.dev/spool/qf"
)

// Index is a group's messages in memory, so that 100,000 of them are listed, sorted and run without reading every
// file each time. The files stay the truth: Refresh compares names, times, sizes and inodes, and reads
// what others added or changed. Its methods may be called from any goroutine.
type Index struct {
	group *Group

	refresh sync.Mutex // one at a time
	mu      sync.Mutex // guards what follows
	all     [][]*Message
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

	stamp stamp
	young bool // changed so shortly before it was read that the next change could bear the same stamp
}

// NewIndex makes an index that is empty until Refresh.
func NewIndex(g *Group) *Index { return &Index{group: g, all: make([][]*Message, len(g.queues))} }

// Group gives what the index is of.
func (x *Index) Group() *Group { return x.group }

// Refresh brings the index up to the directories: the first time it reads every control file, later the changed
// ones, four at a time. With an error, of the context or of a directory that cannot be read, the
// directories in question are as they were before. Files that cannot be read are messages with a Problem.
func (x *Index) Refresh(ctx context.Context) error { return x.update(ctx, false) }

// RefreshLocks is Refresh, and looks whether each message is locked, which opens every control file and for
// the moment of looking takes a shared lock, as sendmail's mailq does: a runner that comes just then
// passes the message over.
func (x *Index) RefreshLocks(ctx context.Context) error { return x.update(ctx, true) }

func (x *Index) update(ctx context.Context, locks bool) error {
	x.refresh.Lock()
	defer x.refresh.Unlock()
	var errs []error
	for i, q := range x.group.queues {
		x.mu.Lock()
		old := x.all[i]
		x.mu.Unlock()
		messages, err := q.messages(ctx, old, locks)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		x.mu.Lock()
		x.all[i] = messages
		x.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Len gives the number of messages of all kinds.
func (x *Index) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, messages := range x.all {
		n += len(messages)
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
	return x.all[i]
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

// messages reads a directory; old is what it was.
func (q *Queue) messages(ctx context.Context, old []*Message, locks bool) ([]*Message, error) {
	control, err := names(q.qf)
	if err != nil {
		return nil, err
	}
	data := control
	if q.df != q.qf {
		if data, err = names(q.df); err != nil {
			return nil, err
		}
	}
	r := refresher{q: q, locks: locks, known: make(map[string]*Message, len(old)), data: make(map[string]bool, len(data)/2)}
	for _, m := range old {
		r.known[m.Kind+m.ID] = m
	}
	for _, name := range data {
		if strings.HasPrefix(name, "df") {
			r.data[name[2:]] = true
		}
	}
	for _, name := range control {
		if len(name) > 2 && slices.Contains(kinds[:3], name[:2]) {
			r.names = append(r.names, name)
		}
	}
	return r.run(ctx)
}

// names gives the names in a directory in its own order, which is sendmail's for messages that are otherwise alike.
func names(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// refresher reads the messages of one directory.
type refresher struct {
	q     *Queue
	locks bool
	known map[string]*Message // by kind and id
	data  map[string]bool     // ids that have a df
	names []string            // control files
}

// readers is how many goroutines read: more do not help, fewer wait for the disk.
const readers = 4

func (r *refresher) run(ctx context.Context) ([]*Message, error) {
	messages := make([]*Message, len(r.names))
	const share = 64
	next := make(chan int, len(r.names)/share+1)
	for i := 0; i < len(r.names); i += share {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			buf := make([]byte, 16<<10)
			for from := range next {
				if ctx.Err() != nil {
					return
				}
				for i := from; i < min(from+share, len(r.names)); i++ {
					messages[i] = r.message(r.names[i], buf)
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(messages, func(m *Message) bool { return m == nil }), nil
}

// message gives one message, nil when it has gone; buf is room to read in.
func (r *refresher) message(name string, buf []byte) *Message {
	kind, id := name[:2], name[2:]
	path := r.q.path(kind, id)
	known := r.known[name]
	if known != nil && (known.young || r.data[id] != (known.Size >= 0)) {
		known = nil
	}
	if known != nil && !r.locks {
		if s, err := stampOf(path); err == nil && s == known.stamp {
			return known
		}
	}
	m := &Message{Queue: r.q, Kind: kind, ID: id, Size: -1}
	if len(id) > qf.MaxID {
		m.Problem = fmt.Errorf("%w: %s has more than %d characters", ErrID, name, qf.MaxID)
		return m
	}
	text, s, held, err := look(path, buf, r.locks)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if known != nil && s == known.stamp && held == known.Locked && err == nil {
		return known
	}
	r.body(m)
	m.stamp, m.Modified, m.Locked = s, s.modified(), held
	// File times come from the system's clock, in steps of up to 10 ms, so it is asked, too.
	m.young = time.Since(m.Modified) < 100*time.Millisecond
	if err == nil {
		m.Summary = qf.Summarize(text)
		err = m.trouble(path)
	}
	if err != nil {
		m.Problem = err
	}
	return m
}

// trouble says what keeps a control file that could be read from being run.
func (m *Message) trouble(path string) error {
	loose := m.stamp.perm() & 0o022 &^ m.Queue.mode
	switch {
	case loose != 0:
		return fmt.Errorf("%w: %s has mode %04o; chmod %04o %s", ErrUnsafe, path, m.stamp.perm(), m.Queue.mode, path)
	case m.stamp.size > qf.MaxSize:
		return fmt.Errorf("%w: %s has %d octets", qf.ErrTooLarge, path, m.stamp.size)
	case m.Summary.Problem != "":
		return fmt.Errorf("%w: %s, %s", ErrDamaged, path, m.Summary.Problem)
	case m.Kind == "qf" && m.Summary.Quarantine != "":
		return fmt.Errorf("%w: %s is quarantined and not called hf", ErrDamaged, path)
	case m.Size < 0:
		return fmt.Errorf("%w: %s", ErrNoData, m.Queue.path("df", m.ID))
	}
	return nil
}

// body looks at the df.
func (r *refresher) body(m *Message) {
	if !r.data[m.ID] {
		return
	}
	path := r.q.path("df", m.ID)
	s, err := stampOf(path)
	if err != nil {
		return
	}
	if m.Size = int64(s.size); !s.regular() && m.Problem == nil {
		m.Problem = fmt.Errorf("%w: %s", ErrKind, path)
	}
}
