// Package queue is a queue directory in sendmail's form: messages that wait, each a control file qf<id> and a body
// df<id>; or several such directories that are run as one, a [Group].
//
// Real sendmail may work on the same directory at the same time. The lock of a message is flock on
// its qf; a control file is rewritten as tf<id> and renamed over the qf, already locked. A message exists from
// the moment its qf has that name until the moment it has not: [Queue.Create] makes the df first
// and the qf last, [Entry.Remove] takes the qf first and the df last. A crash in between leaves
// at most a df or tf without a qf, which no reader takes for mail, [Queue.Entries] shows and [Queue.Repair] moves
// out of the way. A message that is held back is an hf instead ([Entry.Quarantine]), one that sendmail could not read a
// Qf; xf<id> is the [Transcript] of an attempt that is going on.
//
// An [Index] knows what is in a group without reading every file again; a [Selection] says which messages are
// meant, as the words behind sendmail's -q do, and an [Order] in which order. A runner does
//
//	err := index.Refresh(ctx)
//	for _, m := range index.Messages(selection, queue.ByPriority) {
//		e, err := m.Queue.Lock(m.ID) // ErrLocked and ErrGone: another runner was first
//		…
//		err = e.Remove() // or e.Update(e.Control), e.Close()
//	}
//
// Where a directory has subdirectories named qf, df or xf, the files of that kind live in them. A d line, by which
// sendmail's queue groups may keep a body in another directory, is not followed: such a message is without a body.
// Control files are read and written by package qf; what to do with a message is the caller's.
package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"postroom.dev/spool"
	"postroom.dev/spool/qf"
)

// The errors that callers branch on, with errors.Is. No space left is spool.ErrFull.
var (
	ErrLocked = errors.New("queue: another process has the message in hand")
	ErrGone   = errors.New("queue: no such message")
	ErrExists = errors.New("queue: the id is in use")
	ErrID     = errors.New("queue: not a queue id")
	ErrUnsafe = errors.New("queue: others may write it") // file or directory; wrapped with the cure
	ErrKind   = errors.New("queue: not a regular file")  // link, directory, pipe, socket or device
	ErrNoData = errors.New("queue: the body is missing") // a qf without its df
	// ErrDamaged is of a control file that sendmail would not run, or not as it is meant.
	ErrDamaged = errors.New("queue: the control file is damaged")
)

// Queue is an open queue directory. Its methods may be called from any goroutine.
type Queue struct {
	dir  string
	qf   string // directory of qf, tf, hf, Qf and Tf
	df   string
	xf   string
	mode fs.FileMode
	disk disk
}

// Option changes how a queue is opened.
type Option func(*Queue)

// Mode sets the permissions of new files; 0600 without it, 0660 for a client queue. A control file
// that more people may write is refused.
func Mode(m fs.FileMode) Option { return func(q *Queue) { q.mode = m.Perm() } }

// Open opens the queue in dir and creates nothing. A directory that everybody may write is ErrUnsafe.
func Open(dir string, options ...Option) (*Queue, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("queue directory: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("queue directory %s: not a directory", dir)
	}
	q := &Queue{dir: dir, qf: dir, df: dir, xf: dir, mode: 0o600, disk: disk{names: &names{}}}
	for _, o := range options {
		o(q)
	}
	for _, sub := range []struct {
		name string
		dir  *string
	}{{"", &q.dir}, {"qf", &q.qf}, {"df", &q.df}, {"xf", &q.xf}} {
		path := filepath.Join(dir, sub.name)
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			continue
		}
		if worldWritable(info) {
			return nil, fmt.Errorf("%w: directory %s has mode %04o; chmod o-w %s", ErrUnsafe, path, info.Mode().Perm(), path)
		}
		*sub.dir = path
	}
	return q, nil
}

// Dir gives the directory.
func (q *Queue) Dir() string { return q.dir }

// DataDir gives the directory of the df files: Dir, or its subdirectory df.
func (q *Queue) DataDir() string { return q.df }

// path gives the place of a message's file of one kind: qf, df, tf, xf, hf, Qf, Tf.
func (q *Queue) path(kind, id string) string {
	switch kind {
	case "df":
		return filepath.Join(q.df, kind+id)
	case "xf":
		return filepath.Join(q.xf, kind+id)
	}
	return filepath.Join(q.qf, kind+id)
}

// check says whether id can be a queue id. Any octets will do that a file name may have.
func check(id string) error {
	if id == "" || len(id) > qf.MaxID || strings.ContainsAny(id, "/\\\x00") {
		return fmt.Errorf("%w: %q", ErrID, id)
	}
	return nil
}

// full makes an error that says that a disk is full into spool.ErrFull.
func full(err error) error {
	if err != nil && isFull(err) && !errors.Is(err, spool.ErrFull) {
		return fmt.Errorf("%w: %w", spool.ErrFull, err)
	}
	return err
}
