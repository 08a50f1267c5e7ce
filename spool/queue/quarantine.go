package queue

import "fmt"

// Quarantine keeps the message from being delivered, for this reason, which must not be empty: the control file
// becomes an hf with a q line. At no moment could a runner take the message for a free one, and it never has
// two names: a crash half-way leaves a qf with a q line, which sendmail passes over and Repair completes.
func (e *Entry) Quarantine(reason string) error {
	if reason == "" {
		return fmt.Errorf("queue: no reason to quarantine %s", e.ID)
	}
	c := *e.Control
	c.Quarantine = reason
	if err := e.Update(&c); err != nil {
		return err
	}
	return e.become("hf")
}

// Release lets a quarantined message (hf) be delivered again: the control file becomes a qf without a
// q line.
func (e *Entry) Release() error {
	if err := e.become("qf"); err != nil {
		return err
	}
	c := *e.Control
	c.Quarantine = ""
	return e.Update(&c)
}

// become gives the control file the name of another kind; the lock stays.
func (e *Entry) become(kind string) error {
	q := e.q
	if e.file == nil {
		return fmt.Errorf("queue: entry %s is closed", e.ID)
	}
	if kind == e.Kind {
		return nil
	}
	if err := q.free(kind, e.ID); err != nil {
		return err
	}
	if err := q.disk.rename(q.path(e.Kind, e.ID), q.path(kind, e.ID)); err != nil {
		return full(err)
	}
	e.Kind = kind
	return full(q.disk.syncDir(q.qf))
}
