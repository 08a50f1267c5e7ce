package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"postroom.dev/spool/qf"
)

// Create puts a message into the queue: body goes to the df as it is read (line ends LF), then c to
// the qf. c is read only after body has been read to its end, so reading the body may still complete c
// (qf.Control.Measure does). When Create returns nil, the message survives kill -9
// and loss of power; when it returns an error, nothing of it is left that is mail.
//
// c needs a sender and a recipient: qf.ErrIncomplete. An id that any file of the queue has is ErrExists,
// said before body is read: take another id.
// A full disk is spool.ErrFull. The body's own error comes back as it is.
func (q *Queue) Create(ctx context.Context, c *qf.Control, id string, body io.Reader) error {
	if err := check(id); err != nil {
		return err
	}
	w := creation{q: q, id: id}
	err := w.run(ctx, c, body)
	if err != nil {
		err = full(errors.Join(err, w.undo()))
	}
	for _, f := range []*os.File{w.df, w.tf} {
		if f != nil {
			f.Close() // and with it the lock
		}
	}
	return err
}

// creation is a message on its way into the queue.
type creation struct {
	q    *Queue
	id   string
	df   *os.File // ours, open and locked
	tf   *os.File // ours, open and locked
	name string   // "tf" or "qf", what ours is called
}

func (w *creation) run(ctx context.Context, c *qf.Control, body io.Reader) error {
	q, id := w.q, w.id
	for _, kind := range []string{"qf", "hf", "Qf", "tf"} {
		if err := q.free(kind, id); err != nil {
			return err
		}
	}
	if err := w.data(ctx, body); err != nil {
		return err
	}
	if q.df != q.qf { // the df has its name before the qf can have one
		if err := q.disk.syncDir(q.df); err != nil {
			return err
		}
	}
	text, err := printed(c)
	if err != nil {
		return err
	}
	if w.tf, err = q.control(id, text); w.tf == nil {
		return err
	}
	w.name = "tf"
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := q.disk.rename(q.path("tf", id), q.path("qf", id)); err != nil {
		return err
	}
	w.name = "qf"
	return q.disk.syncDir(q.qf)
}

// free says that there is no file of this kind and id; ErrExists when there is.
func (q *Queue) free(kind, id string) error {
	_, err := os.Lstat(q.path(kind, id))
	switch {
	case err == nil:
		return fmt.Errorf("%w: %s", ErrExists, q.path(kind, id))
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// data writes the df, which stays locked until the message is in the queue, as a sign that it is no orphan.
func (w *creation) data(ctx context.Context, body io.Reader) error {
	d := w.q.disk
	f, err := d.create(w.q.path("df", w.id), w.q.mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %w", ErrExists, err)
	}
	if err != nil {
		return err
	}
	w.df = f
	if err := flock(f); err != nil {
		return err
	}
	if _, err := io.Copy(writer{d, f}, &reader{ctx, body}); err != nil {
		return err
	}
	return d.sync(f)
}

// undo takes away what is ours, the control file first.
func (w *creation) undo() error {
	var errs []error
	if w.name != "" {
		errs = append(errs, w.q.disk.remove(w.q.path(w.name, w.id)))
	}
	if w.df != nil {
		errs = append(errs, w.q.disk.remove(w.q.path("df", w.id)))
	}
	return errors.Join(errs...)
}

// printed gives c as it goes into a file.
func printed(c *qf.Control) ([]byte, error) {
	if c.Sender == "" || len(c.Recipients) == 0 {
		return nil, qf.ErrIncomplete
	}
	return c.Append(nil)
}

// control writes a new tf, locked and durable. With an error there may be a file all the same.
func (q *Queue) control(id string, text []byte) (*os.File, error) {
	f, err := q.disk.create(q.path("tf", id), q.mode)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		return f, err
	}
	if _, err := q.disk.write(f, text); err != nil {
		return f, err
	}
	return f, q.disk.sync(f)
}

// writer writes through the disk's steps.
type writer struct {
	d disk
	f *os.File
}

func (w writer) Write(p []byte) (int, error) { return w.d.write(w.f, p) }

// reader stops when the context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
