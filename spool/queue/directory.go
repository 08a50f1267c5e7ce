package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"postroom.dev/spool/qf"
)

// directory is what an Index knows of one queue directory.
type directory struct {
	q        *Queue
	messages []*Message // in the directory's order; replaced, never changed
	watch    *watch     // nil where there is none
	pending  changes    // what messages do not know yet
}

// changes is what happened in a directory.
type changes struct {
	all   bool            // anything may have
	fresh bool            // a control file got its name: the order of the directory is another one
	ids   map[string]bool // messages that something was done to
}

// add notes that something was done to the file called name; named says that it was given that name.
func (c *changes) add(name string, named bool) {
	if len(name) <= 2 || !slices.Contains(kinds[:4], name[:2]) {
		return
	}
	if c.ids == nil {
		c.ids = map[string]bool{}
	}
	c.ids[name[2:]] = true
	c.fresh = c.fresh || named && name[:2] != "df"
}

// locks are the files that somebody may have locked, by their inodes; all where that is not known. The zero value asks
// for none.
type locks struct {
	all    bool
	inodes map[uint64]bool
}

func (l locks) may(s stamp) bool { return l.all || l.inodes[s.ino()] }

func (d *directory) unwatch() {
	if d.watch != nil {
		d.watch.close()
		d.watch = nil
	}
}

// manyLocks is for how many known messages it takes less time to ask for the kernel's table of locks, some 20 ms whatever is in it,
// than to try each file.
const manyLocks = 4000

// refresh gives the messages as they are now, and how many control files it read for it.
func (d *directory) refresh(ctx context.Context, watching, ask bool) (messages []*Message, read int, err error) {
	d.listen(watching)
	r := refresher{q: d.q, old: d.messages, changes: d.pending, ask: ask}
	if ask {
		r.locks = locks{all: true}
		if len(d.messages) >= manyLocks {
			r.locks = heldLocks(d.q.qf)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	if r.qf, err = openFolder(d.q.qf); err != nil {
		return nil, 0, err
	}
	defer r.qf.close()
	r.df = r.qf
	if d.q.df != d.q.qf {
		if r.df, err = openFolder(d.q.df); err != nil {
			return nil, 0, err
		}
		defer r.df.close()
	}
	if messages, err = r.messages(ctx); err != nil {
		return nil, int(r.read.Load()), err
	}
	d.pending = changes{all: d.watch == nil}
	return messages, int(r.read.Load()), nil
}

// listen adds to pending what the kernel tells.
func (d *directory) listen(watching bool) {
	if d.watch != nil {
		c, known := d.watch.changes()
		if !known {
			d.unwatch()
		}
		d.pending.fresh = d.pending.fresh || c.fresh
		for id := range c.ids {
			if d.pending.ids == nil {
				d.pending.ids = map[string]bool{}
			}
			d.pending.ids[id] = true
		}
	}
	if d.watch == nil {
		d.pending.all = true
		if watching {
			d.watch = newWatch(d.q) // before anything is read, so that no change falls in between
		}
	}
}

// refresher reads the messages of one directory.
type refresher struct {
	changes
	q      *Queue
	old    []*Message
	ask    bool // whether messages are locked
	locks  locks
	qf, df folder

	known map[string]*Message // old, by name
	data  map[string]bool     // ids that have a df; nil when there is nothing to compare it with
	read  atomic.Int64
}

// messages reads what may have changed.
func (r *refresher) messages(ctx context.Context) ([]*Message, error) {
	if !r.all && len(r.ids) == 0 {
		return r.marked(ctx)
	}
	var names []string
	if r.all || r.fresh {
		var err error
		if names, err = r.names(); err != nil {
			return nil, err
		}
	} else {
		for _, m := range r.old {
			names = append(names, m.name)
		}
	}
	r.known = make(map[string]*Message, len(r.old))
	for _, m := range r.old {
		r.known[m.name] = m
	}
	return r.run(ctx, names)
}

// names reads the directory: the names of control files in its own order, which is sendmail's for messages that are otherwise
// alike, and, if that is of use, which messages have a body.
func (r *refresher) names() ([]string, error) {
	all, err := r.qf.names()
	if err != nil {
		return nil, err
	}
	bodies := all
	if r.all && len(r.old) > 0 {
		if r.q.df != r.q.qf {
			if bodies, err = r.df.names(); err != nil {
				return nil, err
			}
		}
		r.data = make(map[string]bool, len(bodies)/2)
		for _, name := range bodies {
			if strings.HasPrefix(name, "df") {
				r.data[name[2:]] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return len(name) <= 2 || name[1] != 'f' || name[0] != 'q' && name[0] != 'h' && name[0] != 'Q'
	}), nil
}

// readers is how many goroutines read: more do not help, fewer wait for the disk.
const readers = 4

func (r *refresher) run(ctx context.Context, names []string) ([]*Message, error) {
	messages := make([]*Message, len(names))
	err := inParallel(ctx, len(names), func(i int, buf []byte) { messages[i] = r.message(names[i], buf) })
	return slices.DeleteFunc(messages, func(m *Message) bool { return m == nil }), err
}

// inParallel does something n times; buf is room to read in, each goroutine's own.
func inParallel(ctx context.Context, n int, do func(i int, buf []byte)) error {
	const share = 64
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(readers, 1+n/share) {
		wg.Go(func() {
			buf := make([]byte, 16<<10)
			for {
				end := int(next.Add(share))
				if end-share >= n || ctx.Err() != nil {
					return
				}
				for i := end - share; i < min(end, n); i++ {
					do(i, buf)
				}
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// message gives one message, nil when it has gone; buf is room to read in.
func (r *refresher) message(name string, buf []byte) *Message {
	kind, id := name[:2], name[2:]
	known := r.known[name]
	switch {
	case known == nil:
	case !r.all:
		if !r.ids[id] {
			return r.still(known)
		}
	case !known.young && (r.data == nil || r.data[id] == (known.Size >= 0)):
		if s, err := r.qf.stamp(name); err == nil && s == known.stamp {
			return r.still(known)
		}
	}
	m := &Message{Queue: r.q, Kind: kind, ID: id, Size: -1, name: name}
	if len(id) > qf.MaxID {
		m.Problem = fmt.Errorf("%w: %s has more than %d characters", ErrID, name, qf.MaxID)
		return m
	}
	text, s, held, err := r.qf.look(name, buf, r.locks)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.read.Add(1)
	r.body(m)
	m.stamp, m.Modified, m.Locked = s, s.modified(), held
	// File times come from the system's clock, in steps of up to 10 ms, so it is asked, too.
	m.young = time.Since(m.Modified) < 100*time.Millisecond
	if err == nil {
		m.Summary = qf.Summarize(text)
		err = m.trouble()
	}
	if err != nil {
		m.Problem = err
	}
	return m
}

// Path is the path of the control file.
func (m *Message) Path() string { return filepath.Join(m.Queue.qf, m.name) }

// IsFile says that the control file is a file, and no link, directory, pipe, socket or device.
func (m *Message) IsFile() bool { return !errors.Is(m.Problem, ErrKind) || m.stamp.regular() }

// trouble says what keeps a control file that could be read from being run.
func (m *Message) trouble() error {
	loose := m.stamp.perm() & 0o022 &^ m.Queue.mode
	switch {
	case loose != 0:
		return fmt.Errorf("%w: %s has mode %04o; chmod %04o %s", ErrUnsafe, m.Path(), m.stamp.perm(), m.Queue.mode, m.Path())
	case m.stamp.size > qf.MaxSize:
		return fmt.Errorf("%w: %s has %d octets", qf.ErrTooLarge, m.Path(), m.stamp.size)
	case m.Summary.Problem != "":
		return fmt.Errorf("%w: %s, %s", ErrDamaged, m.Path(), m.Summary.Problem)
	case m.Kind == "qf" && m.Summary.Quarantine != "":
		return fmt.Errorf("%w: %s is quarantined and not called hf", ErrDamaged, m.Path())
	case m.Size < 0:
		return fmt.Errorf("%w: %s", ErrNoData, m.Queue.path("df", m.ID))
	}
	return nil
}

// body looks at the df.
func (r *refresher) body(m *Message) {
	s, err := r.df.stamp("df" + m.ID)
	if err != nil {
		return
	}
	if m.Size = int64(s.size); !s.regular() && m.Problem == nil {
		m.Problem = fmt.Errorf("%w: %s", ErrKind, r.q.path("df", m.ID))
	}
}

// marked gives the messages that are known with Locked as it is now, if that is asked for.
func (r *refresher) marked(ctx context.Context) ([]*Message, error) {
	if !r.ask {
		return r.old, nil
	}
	messages := make([]*Message, len(r.old))
	err := inParallel(ctx, len(messages), func(i int, _ []byte) { messages[i] = r.still(r.old[i]) })
	return messages, err
}

// still gives a message whose files are as they were, with Locked as it is now, if that is asked for.
func (r *refresher) still(m *Message) *Message {
	if !r.ask {
		return m
	}
	held := m.stamp.regular() && r.locks.may(m.stamp) && r.qf.held(m.name)
	if held == m.Locked {
		return m
	}
	other := *m
	other.Locked = held
	return &other
}
