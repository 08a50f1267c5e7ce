package waiting

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/daemon"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// row gives what the queue itself knows of a message.
func (k *look) row(e *entry) spool.Waiting {
	s := &e.Summary
	w := spool.Waiting{
		Key: e.key, ID: e.ID, State: k.state(e), Arrived: s.Time, LastTry: s.LastTry, NextTry: k.nextTry(e), Expires: k.expires(e),
		Size: e.Size, Priority: s.Priority, Tries: s.Tries, Sender: s.Sender, Left: len(s.Recipients), Done: -1,
		Hosts: len(e.hosts()), Reply: e.reply(),
	}
	for _, r := range s.Recipients[:min(len(s.Recipients), spool.MaxOpen)] {
		w.Open = append(w.Open, r.Address)
	}
	if len(e.hosts()) > 0 {
		w.Host = e.hosts()[0]
	}
	switch {
	case e.Problem != nil:
		w.Why = strings.TrimPrefix(e.Problem.Error(), "queue: ")
	case e.Kind == "hf":
		w.Why = s.Quarantine
	}
	return w
}

func (k *look) state(e *entry) spool.WaitingState {
	switch {
	case k.standing.InHand[e.ID]:
		return spool.WaitsSending
	case e.Kind == "Qf":
		return spool.WaitsLost
	case e.Problem != nil:
		return spool.WaitsBroken
	case e.Kind == "hf" && e.Summary.Quarantine == daemon.HeldByUser:
		return spool.WaitsHeld
	case e.Kind == "hf":
		return spool.WaitsQuarantined
	case e.Summary.Tries > 0:
		return spool.WaitsDeferred
	}
	return spool.WaitsNew
}

// runs says that queue runs take the message.
func runs(e *entry) bool {
	return e.Kind == "qf" && (e.Problem == nil || errors.Is(e.Problem, queue.ErrDamaged))
}

func (k *look) nextTry(e *entry) time.Time {
	if !runs(e) {
		return time.Time{}
	}
	return k.standing.NextTry(e.Summary.LastTry)
}

func (k *look) expires(e *entry) time.Time {
	if !runs(e) || e.Summary.Time.IsZero() {
		return time.Time{}
	}
	return e.Summary.Time.Add(k.standing.Return)
}

// complete adds what only the records know.
func (l *List) complete(ctx context.Context, rows []spool.Waiting) error {
	at := make(map[int64]int, len(rows))
	var ids []int64
	for i := range rows {
		id, err := l.Records.Lookup(ctx, rows[i].ID)
		if errors.Is(err, spool.ErrNotFound) {
			continue // something else put it into the queue, and no run has seen it yet
		}
		if err != nil {
			return err
		}
		rows[i].Record, at[id] = id, i
		ids = append(ids, id)
	}
	records, err := l.Records.Get(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		w := &rows[at[r.ID]]
		w.Origin, w.Done = r.Origin, 0
		for k := range r.Recipients {
			switch r.Recipients[k].State {
			case mta.Queued, mta.Deferred, mta.Held:
			default:
				w.Done++
			}
		}
	}
	return nil
}

// replyOf gives the last attempt's words, those about the first recipient that has any before those about the whole message.
func replyOf(m *queue.Message) string {
	s := &m.Summary
	for _, r := range s.Recipients {
		if r.Status != "" {
			return r.Status
		}
	}
	return s.Status
}

// The reasons of messages that no attempt was made on.
const (
	reasonNew  = "not tried yet"
	reasonHeld = "held: "
)

// reasonOf gives why a message waits in words that are the same for all that wait for the same reason.
func reasonOf(e *entry) string {
	switch {
	case e.Problem != nil:
		cause := errors.Unwrap(e.Problem)
		return strings.TrimPrefix(cmp.Or(cause, e.Problem).Error(), "queue: ")
	case e.Kind == "hf":
		return reasonHeld + e.Summary.Quarantine
	case e.Kind == "Qf":
		return "lost"
	case e.reply() == "":
		return reasonNew
	}
	text := strings.TrimPrefix(e.reply(), "Deferred: ")
	head := replyCodes.FindString(text)
	rest := addresses.ReplaceAllString(text[len(head):], "<…>")
	return head + numbers.ReplaceAllString(rest, "${1}N")
}

var (
	replyCodes = regexp.MustCompile(`^(\d{3}[ -])?(\d\.\d{1,3}\.\d{1,3} )?`)
	addresses  = regexp.MustCompile(`<[^<>\s]*@[^<>\s]*>|[^\s<>"'(),:;]+@[^\s<>"'(),:;]+`)
	numbers    = regexp.MustCompile(`(^|[\s(=:#])\d+\b`) // in words such as "in 287 seconds"; of an IP address only the first, which tells nothing
)
