package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"postroom.dev/app/control"
	"postroom.dev/mta"
	"postroom.dev/mta/daemon"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/spool/queue"
	"postroom.dev/ui"
)

var _ ui.Backend = (*Room)(nil)

// Find gives a page of records, newest first.
func (r *Room) Find(ctx context.Context, q spool.Query) (spool.Page, error) {
	return r.store.Find(ctx, q)
}

// IDs gives the ids of all records that match, newest first.
func (r *Room) IDs(ctx context.Context, q spool.Query) ([]int64, error) { return r.store.IDs(ctx, q) }

// Get gives records by id.
func (r *Room) Get(ctx context.Context, ids ...int64) ([]spool.Record, error) {
	return r.store.Get(ctx, ids...)
}

// Message gives one message read for the viewer.
func (r *Room) Message(ctx context.Context, id int64) (ui.Message, error) {
	return shelf{r.store}.Message(ctx, id)
}

// Raw gives the exact bytes received.
func (r *Room) Raw(ctx context.Context, id int64) (mta.Content, error) {
	return r.store.Content(ctx, id)
}

// Part writes the decoded content of the part with this number.
func (r *Room) Part(ctx context.Context, id int64, number string, w io.Writer) error {
	content, err := r.store.Content(ctx, id)
	if err != nil {
		return err
	}
	body, err := content.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	root, _ := mimetree.Parse(body, content.Size())
	part := mimetree.Find(root, number)
	if part == nil {
		return fmt.Errorf("message %d, part %s: %w", id, number, spool.ErrNotFound)
	}
	_, err = io.Copy(w, part.Open(body))
	return err
}

// Transcript gives the part of the SMTP session that the message saw.
func (r *Room) Transcript(ctx context.Context, id int64) ([]byte, error) {
	return r.store.Transcript(ctx, id)
}

// SetRead sets or clears the read mark.
func (r *Room) SetRead(ctx context.Context, read bool, ids ...int64) error {
	_, err := r.store.SetRead(ctx, read, ids...)
	return err
}

// Delete removes messages for good, and takes what still waits of them out of the queue.
func (r *Room) Delete(ctx context.Context, ids ...int64) error {
	_, err := r.forget(ctx, ids...)
	return err
}

func (r *Room) forget(ctx context.Context, ids ...int64) ([]int64, error) {
	gone, err := r.daemon.Forget(ctx, ids...)
	if errors.Is(err, queue.ErrLocked) {
		err = fmt.Errorf("being delivered just now, and kept; try again: %w", err)
	}
	return gone, err
}

// Status says how the program stands.
func (r *Room) Status(ctx context.Context) (ui.Status, error) {
	if r.window { // which shows it every second; a queue run keeps it right enough for others
		if err := r.daemon.Index().Refresh(ctx); err != nil && ctx.Err() == nil {
			return ui.Status{}, err
		}
	}
	counts := r.store.Counts() // which at the start are waited for
	adoption := r.daemon.Adopting()
	if adoption.Done == adoption.Of {
		adoption = daemon.Adoption{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return ui.Status{
		Home: r.home.Dir, Version: Version, Started: r.started,
		Listeners: r.listening(),
		Counts:    counts,
		Waiting:   r.daemon.Index().Len(),
		Rate:      r.bus.perSecond(),
		Ahead:     r.clock.moved(),
		Adopted:   adoption.Done,
		Adopting:  adoption.Of,
		Painted:   r.paintedAt,
		Problems:  slices.Clone(r.problems),
	}, nil
}

// Watch calls fn with batches of events until stop is called.
func (r *Room) Watch(fn func([]mta.Event)) (stop func()) { return r.bus.watch(fn) }

// painted notes that the window has shown its mail.
func (r *Room) painted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paintedAt = time.Now()
}

// raise brings the window to the front.
func (r *Room) raise(show int64) error {
	if !r.window {
		return control.ErrNoWindow
	}
	r.bus.emit(mta.Event{Kind: mta.Raise, Message: show})
	return nil
}

// shelf answers what commands ask about records.
type shelf struct{ store spool.Store }

// Find waits until search knows all that has arrived, so that a script that sends and then searches finds it.
func (s shelf) Find(ctx context.Context, q spool.Query) (spool.Page, error) {
	if q.Text != "" {
		if err := s.store.Settle(ctx); err != nil {
			return spool.Page{}, err
		}
	}
	return s.store.Find(ctx, q)
}

// Message gives one message read for people.
func (s shelf) Message(ctx context.Context, id int64) (ui.Message, error) {
	records, err := s.store.Get(ctx, id)
	if err != nil {
		return ui.Message{}, err
	}
	if len(records) == 0 {
		return ui.Message{}, spool.ErrNotFound
	}
	content, err := s.store.Content(ctx, id)
	if err != nil {
		return ui.Message{}, err
	}
	return readMessage(records[0], content)
}

// Export writes the exact bytes received.
func (s shelf) Export(ctx context.Context, id int64, w io.Writer) error {
	content, err := s.store.Content(ctx, id)
	if err != nil {
		return err
	}
	body, err := content.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(w, body)
	return err
}

// Sent writes a message as it left, or would have left.
func (s shelf) Sent(ctx context.Context, id int64, w io.Writer) error {
	records, err := s.store.Get(ctx, id)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return spool.ErrNotFound
	}
	content, err := s.store.Content(ctx, id)
	if err != nil {
		return err
	}
	return daemon.Sent(w, &records[0].Envelope, content)
}

// desk is a Room as its control socket shows it.
type desk struct {
	shelf
	room *Room
}

var _ control.Desk = desk{}

// Delete removes messages for good, with what waits of them, and gives the ids that existed.
func (d desk) Delete(ctx context.Context, ids ...int64) ([]int64, error) {
	return d.room.forget(ctx, ids...)
}

// Status says how the program stands.
func (d desk) Status(ctx context.Context) (ui.Status, error) { return d.room.Status(ctx) }
