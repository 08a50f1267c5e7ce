package queue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"postroom.dev/spool/qf"
)

// ErrYoung is of a file that was changed so lately that its writer may still be at it.
var ErrYoung = errors.New("queue: changed only just now")

// Aside is the subdirectory that Repair moves files to. No reader of a queue looks into it.
const Aside = "aside"

// Repair puts right what Entries found a problem with, if there is a way that loses nothing:
//
//   - tf beside its df, whole, and no control file: becomes the qf; the message was complete but for its name
//   - qf with a q line: becomes an hf, which its Quarantine had come to
//   - Qf that is whole, with its df: becomes a qf again
//   - df, tf, xf, Tf otherwise: moved into the subdirectory "aside"
//
// It says in a few words what it did. A file changed after before is ErrYoung, one that another process has
// locked ErrLocked; a control file that is no better than it was found, ErrDamaged or ErrNoData, stays where
// it is. To make a message of a df that stands alone, see [Queue.Adopt].
func (q *Queue) Repair(f Found, before time.Time) (string, error) {
	if f.ID == "" {
		return "", fmt.Errorf("%w: %q", ErrID, f.ID)
	}
	switch f.Kind {
	case "qf", "hf", "Qf":
		return q.repairControl(f, before)
	case "df", "tf", "xf", "Tf":
	default:
		return "", fmt.Errorf("%w: %s%s", ErrKind, f.Kind, f.ID)
	}
	path := q.path(f.Kind, f.ID)
	file, err := q.old(path, before)
	if file != nil {
		defer file.Close()
	}
	if err != nil && !errors.Is(err, ErrKind) { // a link or a directory can only be moved
		return "", err
	}
	if f.Kind == "df" || f.Kind == "tf" && q.free("qf", f.ID) != nil {
		// Between Entries and now the message may have come to its control file.
		if again, err := q.lone(f); err != nil || !again {
			return "", errors.Join(err, fmt.Errorf("%w: %s belongs to a message", ErrExists, path))
		}
	}
	if f.Kind == "tf" && err == nil && q.complete(file, f.ID) {
		if err := q.rename(path, q.path("qf", f.ID)); err != nil {
			return "", err
		}
		return fmt.Sprintf("tf%s is the control file of a message now", f.ID), nil
	}
	return q.aside(path)
}

// lone says that f is still what Entries said: a df without any control file, a tf that nobody is about to rename.
func (q *Queue) lone(f Found) (bool, error) {
	if f.Kind == "tf" { // its message's lock is its writer's
		e, err := q.Lock(f.ID)
		if err != nil {
			return false, err
		}
		return true, e.Close()
	}
	for _, kind := range []string{"qf", "hf", "Qf", "tf"} {
		if err := q.free(kind, f.ID); err != nil {
			return false, err
		}
	}
	return true, nil
}

// old opens and locks a file that has been left alone.
func (q *Queue) old(path string, before time.Time) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.ModTime().Before(before) {
		return nil, fmt.Errorf("%w: %s", ErrYoung, path)
	}
	f, err := q.open(path, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		return f, fmt.Errorf("%w: %s", err, path)
	}
	return f, nil
}

// complete says that the tf in file and a df are a whole message that has no control file yet.
func (q *Queue) complete(file *os.File, id string) bool {
	for _, kind := range []string{"qf", "hf", "Qf"} {
		if q.free(kind, id) != nil {
			return false
		}
	}
	info, err := os.Lstat(q.path("df", id))
	if err != nil || !info.Mode().IsRegular() || check(id) != nil {
		return false
	}
	text, err := io.ReadAll(io.LimitReader(file, qf.MaxSize+1))
	if err != nil {
		return false
	}
	_, problems := qf.Parse(bytes.NewReader(text))
	return len(problems) == 0
}

func (q *Queue) repairControl(f Found, before time.Time) (string, error) {
	path := q.path(f.Kind, f.ID)
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if !info.ModTime().Before(before) {
		return "", fmt.Errorf("%w: %s", ErrYoung, path)
	}
	e, err := q.LockKind(f.Kind, f.ID)
	if err != nil {
		return "", err
	}
	defer e.Close()
	if _, err := e.Content(); err != nil {
		return "", err
	}
	if len(e.Problems) > 0 {
		return "", fmt.Errorf("%w: %s, %v", ErrDamaged, path, e.Problems[0])
	}
	to := "qf"
	if e.Control.Quarantine != "" {
		to = "hf"
	}
	if to == e.Kind {
		return fmt.Sprintf("%s%s is in order", f.Kind, f.ID), nil
	}
	if err := e.become(to); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s is %s%s now", f.Kind, f.ID, to, f.ID), nil
}

// Adopt makes a message of a df that stands alone, with c as its control file. The df must have been left alone
// since before. Errors are those of Repair and Create.
func (q *Queue) Adopt(id string, c *qf.Control, before time.Time) error {
	if err := check(id); err != nil {
		return err
	}
	df, err := q.old(q.path("df", id), before)
	if df != nil {
		defer df.Close()
	}
	if err != nil {
		return err
	}
	if lone, err := q.lone(Found{Kind: "df", ID: id}); !lone {
		return err
	}
	text, err := printed(c)
	if err != nil {
		return err
	}
	tf, err := q.control(id, text)
	if tf != nil {
		defer tf.Close()
	}
	if err == nil {
		err = q.rename(q.path("tf", id), q.path("qf", id))
	}
	if err != nil && tf != nil {
		err = errors.Join(err, q.disk.remove(q.path("tf", id)))
	}
	return full(err)
}

// rename gives a file of the queue another name, for good.
func (q *Queue) rename(from, to string) error {
	if err := q.disk.rename(from, to); err != nil {
		return full(err)
	}
	return full(q.disk.syncDir(filepath.Dir(to)))
}

// aside moves a file out of the way, under a name that is free.
func (q *Queue) aside(path string) (string, error) {
	dir := filepath.Join(q.dir, Aside)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", full(err)
	}
	to := filepath.Join(dir, filepath.Base(path))
	for n := 1; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil || n > 1000 {
			return "", fmt.Errorf("%w: %s and 1000 more: %v", ErrExists, to, err)
		}
		to = filepath.Join(dir, fmt.Sprintf("%s.%d", filepath.Base(path), n))
	}
	if err := q.rename(path, to); err != nil {
		return "", err
	}
	return fmt.Sprintf("moved %s to %s", filepath.Base(path), to), nil
}
