package queue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/spool/qf"
)

// Entry is a waiting message that we hold the lock of. It belongs to one goroutine, and Close must
// end it. Content may outlive it.
type Entry struct {
	ID       string
	Kind     string       // "qf"; "hf" for a quarantined message, "Qf" for one that sendmail gave up
	Control  *qf.Control  // as read when the lock was taken, and after Update as written
	Problems []qf.Problem // of the control file

	q          *Queue
	file       *os.File // the locked control file, nil after Close
	transcript *Transcript
}

// Lock takes a message in hand: flock on its qf, as sendmail's runner does, waiting only for the moment of a lister's shared lock. ErrLocked
// when another process (or another Entry) has it, ErrGone when there is none or it went while we looked, ErrKind
// and ErrUnsafe for files that are no mail. A damaged control file is no error: see Entry.Problems.
func (q *Queue) Lock(id string) (*Entry, error) { return q.LockKind("qf", id) }

// LockKind is Lock for a control file of any kind: "qf", "hf" or "Qf".
func (q *Queue) LockKind(kind, id string) (*Entry, error) {
	if !slices.Contains(kinds[:3], kind) {
		return nil, fmt.Errorf("%w: %s%s is no control file", ErrKind, kind, id)
	}
	if err := check(id); err != nil {
		return nil, err
	}
	const tries = 10 // each one lost means that another process rewrote the file just then
	for range tries {
		f, err := q.open(q.path(kind, id), os.O_RDWR)
		if err != nil {
			return nil, err
		}
		e := &Entry{ID: id, Kind: kind, q: q, file: f}
		if err := e.lock(); err == nil {
			return e, nil
		} else if f.Close(); !errors.Is(err, errReplaced) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: %s changes all the time", ErrLocked, id)
}

var errReplaced = errors.New("queue: the control file was replaced")

// lock locks the open file, sees that it still has its name, and reads it.
func (e *Entry) lock() error {
	if err := flock(e.file); err != nil {
		return err
	}
	path := e.q.path(e.Kind, e.ID)
	named, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrGone, e.ID)
	}
	if err != nil {
		return err
	}
	info, err := e.file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(named, info) {
		return errReplaced
	}
	if looser(info, e.q.mode) {
		return fmt.Errorf("%w: %s has mode %04o; chmod %04o %s", ErrUnsafe, path, info.Mode().Perm(), e.q.mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(e.file, qf.MaxSize+1))
	if err != nil {
		return err
	}
	e.Control, e.Problems = qf.Parse(bytes.NewReader(text))
	return nil
}

// open opens a file of the queue that exists, if it is a regular one.
func (q *Queue) open(path string, flag int) (*os.File, error) {
	f, err := openFile(path, flag, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	case err != nil:
		if info, lerr := os.Lstat(path); lerr == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %s is %s", ErrKind, path, kindOf(info.Mode()))
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: %s is %s", ErrKind, path, kindOf(info.Mode()))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// kindOf names what is not a regular file.
func kindOf(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// Content gives the body: the df, LF line ends, without header and without the empty line between. ErrNoData
// when there is none.
func (e *Entry) Content() (mta.Content, error) {
	path := e.q.path("df", e.ID)
	f, err := e.q.open(path, os.O_RDONLY)
	if errors.Is(err, ErrGone) {
		return nil, fmt.Errorf("%w: %s", ErrNoData, path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return content{e.q, path, info.Size()}, nil
}

// content is a df.
type content struct {
	q    *Queue
	path string
	size int64
}

func (c content) Size() int64               { return c.size }
func (c content) Open() (mta.Reader, error) { return c.q.open(c.path, os.O_RDONLY) }

// Update replaces the control file by c, through a tf that gets the qf's name already
// locked. After an error the file holds the old control or the new one, whole.
//
// A tf that a crash left behind is renamed to Tf, as sendmail does; one that another process has
// locked is ErrLocked.
func (e *Entry) Update(c *qf.Control) error {
	if e.file == nil {
		return fmt.Errorf("queue: entry %s is closed", e.ID)
	}
	text, err := printed(c)
	if err != nil {
		return err
	}
	q, tf := e.q, e.q.path("tf", e.ID)
	if err := e.setAside(tf); err != nil {
		return full(err)
	}
	f, err := q.control(e.ID, text)
	if err != nil {
		if f != nil {
			err = errors.Join(err, f.Close(), q.disk.remove(tf))
		}
		return full(err)
	}
	old := e.file
	if !renameOpen {
		e.file = nil
		old.Close()
	}
	if err := q.disk.rename(tf, q.path(e.Kind, e.ID)); err != nil {
		return full(errors.Join(err, f.Close(), q.disk.remove(tf)))
	}
	e.file, e.Control, e.Problems = f, c, nil
	if renameOpen {
		old.Close()
	}
	return full(q.disk.syncDir(q.qf))
}

// setAside renames a stale tf. We hold the qf's lock, so only a process that
// ignores locks could be writing it.
func (e *Entry) setAside(tf string) error {
	f, err := e.q.open(tf, os.O_RDWR)
	if errors.Is(err, ErrGone) {
		return nil
	}
	if err == nil {
		err = flock(f)
		f.Close()
	}
	if err != nil {
		return fmt.Errorf("in the way of a rewrite: %w", err)
	}
	return e.q.disk.rename(tf, e.q.path("Tf", e.ID))
}

// Remove takes the message out of the queue and ends the Entry. The qf goes first: after a crash in
// between there is a df that nobody takes for mail. The other way round, which is sendmail's, a qf without its
// df would be left and the message sent once more without its body.
func (e *Entry) Remove() error {
	if e.file == nil {
		return fmt.Errorf("queue: entry %s is closed", e.ID)
	}
	defer e.Close()
	return full(e.remove())
}

func (e *Entry) remove() error {
	q := e.q
	if err := q.disk.remove(q.path(e.Kind, e.ID)); err != nil {
		return err
	}
	if q.df != q.qf { // the qf is gone for good before the df can be
		if err := q.disk.syncDir(q.qf); err != nil {
			return err
		}
	}
	if err := q.disk.remove(q.path("df", e.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return q.disk.syncDir(q.df)
}

// Queue gives the directory that the message is in.
func (e *Entry) Queue() *Queue { return e.q }

// Close lets the message go, and with it its transcript. Closing again does nothing.
func (e *Entry) Close() error {
	if e.file == nil {
		return nil
	}
	err := e.endTranscript() // while the lock keeps others from making theirs
	f := e.file
	e.file = nil
	return errors.Join(err, f.Close())
}
