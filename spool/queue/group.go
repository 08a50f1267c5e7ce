package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"postroom.dev/spool/qf"
)

// Group is one or several queue directories that are run as one: sendmail's queue group. Its methods may be
// called from any goroutine, as far as the pick function of OpenAll may.
type Group struct {
	queues []*Queue
	pick   func(n int) int
}

// OpenAll opens the queue directories that pattern names, as sendmail's QueueDirectory does: a directory, or
// "…/mqueue/q*" for all directories in …/mqueue that begin with q. A star stands only at the end. pick chooses
// the directory of a new message: a number from 0 to n-1, in real life at random (rand.IntN). No directory that fits
// is fs.ErrNotExist; otherwise as [Open].
func OpenAll(pattern string, pick func(n int) int, options ...Option) (*Group, error) {
	dirs, err := Dirs(pattern)
	if err != nil {
		return nil, err
	}
	g := &Group{pick: pick}
	for _, dir := range dirs {
		q, err := Open(dir, options...)
		if err != nil {
			return nil, err
		}
		g.queues = append(g.queues, q)
	}
	return g, nil
}

// Dirs gives the directories that pattern names, in the order of their names, as OpenAll reads it.
func Dirs(pattern string) ([]string, error) {
	prefix, several := strings.CutSuffix(filepath.Base(pattern), "*")
	if !several {
		return []string{pattern}, nil
	}
	base := filepath.Dir(pattern)
	names, err := os.ReadDir(base)
	if err != nil {
		return nil, fmt.Errorf("queue directory: %w", err)
	}
	var dirs []string
	for _, n := range names {
		path := filepath.Join(base, n.Name())
		if !strings.HasPrefix(n.Name(), prefix) {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			dirs = append(dirs, path)
		}
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("queue directory %s: %w", pattern, fs.ErrNotExist)
	}
	return dirs, nil
}

// NewGroup makes a group of queues that are open already.
func NewGroup(pick func(n int) int, queues ...*Queue) *Group { return &Group{queues, pick} }

// Queues gives the directories, in the order of their names.
func (g *Group) Queues() []*Queue { return g.queues }

// Create puts a message into one of the directories, as [Queue.Create]. An id that is in use in any of them
// is ErrExists.
func (g *Group) Create(ctx context.Context, c *qf.Control, id string, body io.Reader) error {
	if err := check(id); err != nil {
		return err
	}
	to := g.queues[g.pick(len(g.queues))]
	for _, q := range g.queues {
		if q == to {
			continue
		}
		for _, kind := range kinds[:4] {
			if err := q.free(kind, id); err != nil {
				return err
			}
		}
	}
	return to.Create(ctx, c, id, body)
}

// Lock takes the message with this id in hand, wherever it is, as [Queue.Lock].
func (g *Group) Lock(id string) (*Entry, error) {
	err := fmt.Errorf("%w: %s", ErrGone, id)
	for _, q := range g.queues {
		var e *Entry
		if e, err = q.Lock(id); err == nil || !errors.Is(err, ErrGone) {
			return e, err
		}
	}
	return nil, err
}

// Entries gives what is in all directories, one after the other, as [Queue.Entries].
func (g *Group) Entries() iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for _, q := range g.queues {
			for f, err := range q.Entries() {
				if !yield(f, err) {
					return
				}
			}
		}
	}
}
