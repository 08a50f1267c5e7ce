package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// How many sessions are kept: every connection makes one, with a message or without.
const (
	maxSessions     = 10_000   // the newest ones
	maxSessionBytes = 64 << 20 // octets of all; when it is reached, the oldest go until a quarter is free
	maxTranscript   = 64 << 10 // octets of one session's transcript: its beginning and its end
)

// What waits to be written. Each connection costs its message no fsync, and ten thousand a second cost no more than some
// hundred: sessions in which all went well, of which each message has its own transcript, are the first to be left out.
const (
	sessionPause    = time.Second // between two writings
	maxWaiting      = 2000        // sessions
	maxWaitingBytes = 8 << 20     // octets of their transcripts
	maxWaitingWell  = 200         // sessions in which all went well
)

// sessions is what the store holds of sessions that are not written yet.
type sessions struct {
	mu      sync.Mutex
	next    int64             // the last number given
	waiting []*waitingSession // ascending by n; some of them may be being written just now
	size    int               // octets of the waiting transcripts
	well    int               // how many of the waiting went well
	wake    chan struct{}
	quit    chan struct{}
	ended   sync.WaitGroup
}

type waitingSession struct {
	n int64
	mta.Session
}

// startSessions begins to write. newest is the highest number of a session that was kept before.
func (s *Store) startSessions(newest int64) {
	x := &s.sessions
	x.next = newest
	x.wake, x.quit = make(chan struct{}, 1), make(chan struct{})
	x.ended.Go(s.keepSessions)
}

// stopSessions writes what waits.
func (s *Store) stopSessions() {
	if s.sessions.quit != nil {
		close(s.sessions.quit)
		s.sessions.ended.Wait()
	}
}

func (s *Store) keepSessions() {
	x := &s.sessions
	for open := true; open; {
		select {
		case <-x.wake:
			select {
			case <-time.After(sessionPause):
			case <-x.quit:
				open = false
			}
		case <-x.quit:
			open = false
		}
		if err := s.writeSessions(context.Background()); err != nil {
			s.log.Warn("sessions not kept", "err", err)
		}
	}
}

// AddSession keeps a finished session. Adding it again replaces it.
func (s *Store) AddSession(ctx context.Context, session mta.Session) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	session.Transcript = cutTranscript(session.Transcript)
	x := &s.sessions
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case <-x.quit:
		return errClosed
	default:
	}
	x.next++
	x.add(&waitingSession{x.next, session})
	if !session.Outcome.Failed() && x.well > maxWaitingWell {
		x.drop(slices.IndexFunc(x.waiting, func(w *waitingSession) bool { return !w.Outcome.Failed() }))
	}
	for len(x.waiting) > maxWaiting || x.size > maxWaitingBytes {
		x.drop(0)
	}
	poke(x.wake)
	return nil
}

func (x *sessions) add(w *waitingSession) {
	x.waiting = append(x.waiting, w)
	x.count(w, 1)
}

func (x *sessions) drop(i int) {
	x.count(x.waiting[i], -1)
	x.waiting = slices.Delete(x.waiting, i, i+1)
}

func (x *sessions) count(w *waitingSession, by int) {
	x.size += by * len(w.Transcript)
	if !w.Outcome.Failed() {
		x.well += by
	}
}

// cutTranscript keeps whole lines from the beginning and the end of one that is too long.
func cutTranscript(t []byte) []byte {
	if len(t) <= maxTranscript {
		return t
	}
	const half = maxTranscript / 2
	head, tail := t[:half], t[len(t)-half:]
	head = head[:bytes.LastIndexByte(head, '\n')+1]
	if i := bytes.IndexByte(tail, '\n'); i >= 0 {
		tail = tail[i+1:]
	}
	out := make([]byte, 0, maxTranscript+64)
	out = append(out, head...)
	out = fmt.Appendf(out, "* %d octets left out\n", len(t)-len(head)-len(tail))
	return append(out, tail...)
}

// writeSessions writes what waits in one transaction.
func (s *Store) writeSessions(ctx context.Context) error {
	x := &s.sessions
	x.mu.Lock()
	list := slices.Clone(x.waiting)
	x.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	rows := make([][]byte, len(list)) // facts
	size := 0
	for i, w := range list {
		facts := w.Session
		facts.Transcript = nil
		b, err := json.Marshal(facts)
		if err != nil {
			return fmt.Errorf("spool/store: session %s: %w", w.ID, err)
		}
		rows[i] = b
		size += len(b) + len(w.Transcript)
	}
	err := s.change(ctx, &change{size: size, run: func(w *writer) error {
		for i, one := range list {
			_, err := w.exec("INSERT OR REPLACE INTO session(n, id, facts, transcript, failed, size) VALUES (?, ?, ?, ?, ?, ?)",
				one.n, one.ID, string(rows[i]), one.Transcript, one.Outcome.Failed(), len(rows[i])+len(one.Transcript))
			if err != nil {
				return err
			}
		}
		return trimSessions(w, size)
	}})
	// What could not be written is gone, too: it would be the same the next time, and a full disk has better things to hold.
	x.mu.Lock()
	defer x.mu.Unlock()
	last := list[len(list)-1].n
	x.waiting = slices.DeleteFunc(x.waiting, func(w *waitingSession) bool {
		done := w.n <= last
		if done {
			x.count(w, -1)
		}
		return done
	})
	return err
}

// trimSessions deletes the oldest sessions beyond what is kept, after so many octets more were written.
func trimSessions(w *writer, more int) error {
	if _, err := w.exec("DELETE FROM session WHERE n <= (SELECT max(n) FROM session) - ?", maxSessions); err != nil {
		return err
	}
	if w.sessionBytes += int64(more); w.sessionBytes >= int64(more) && w.sessionBytes <= maxSessionBytes {
		return nil
	}
	// Not counted yet; or counted up since, which is more than there is: rows were deleted and replaced meanwhile.
	if err := w.countSessions(); err != nil || w.sessionBytes <= maxSessionBytes {
		return err
	}
	_, err := w.exec(`DELETE FROM session WHERE n <= (SELECT max(n) FROM
		(SELECT n, sum(size) OVER (ORDER BY n DESC) AS total FROM session) WHERE total > ?)`, maxSessionBytes*3/4)
	if err != nil {
		return err
	}
	return w.countSessions()
}

// countSessions finds out how many octets the sessions take.
func (w *writer) countSessions() error {
	return w.each(func(r *sql.Rows) error { return r.Scan(&w.sessionBytes) }, "SELECT coalesce(sum(size), 0) FROM session")
}

// Sessions gives a page of sessions, newest first.
func (s *Store) Sessions(ctx context.Context, q spool.SessionQuery) (page spool.SessionPage, err error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	var list []waitingSession
	seen := map[string]bool{}
	for _, w := range slices.Backward(s.waitingSessions()) {
		if (q.Before == 0 || w.n < q.Before) && (!q.Failed || w.Outcome.Failed()) && mentions(&w.Session, q.Text) && !seen[w.ID] {
			one := *w
			one.Transcript = nil
			list = append(list, one)
			seen[w.ID] = true
		}
	}
	waiting := len(list)
	where, args := []string{"1"}, []any{}
	if q.Before > 0 {
		where, args = append(where, "n < ?"), append(args, q.Before)
	}
	if q.Failed {
		where = append(where, "failed")
	}
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, "SELECT n, facts FROM session WHERE "+strings.Join(where, " AND ")+" ORDER BY n DESC", args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		list = list[:waiting]
		for len(list) <= limit && rows.Next() {
			var w waitingSession
			var facts []byte
			if err := rows.Scan(&w.n, &facts); err != nil {
				return err
			}
			if err := json.Unmarshal(facts, &w.Session); err != nil {
				return fmt.Errorf("spool/store: session %d: %w", w.n, err)
			}
			if !seen[w.ID] && mentions(&w.Session, q.Text) {
				list = append(list, w)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return page, err
	}
	if len(list) > limit {
		list = list[:limit]
		page.Next = list[limit-1].n
	}
	for _, w := range list {
		page.Sessions = append(page.Sessions, w.Session)
	}
	return page, nil
}

// waitingSessions gives those that are not written yet.
func (s *Store) waitingSessions() []*waitingSession {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return slices.Clone(s.sessions.waiting)
}

// mentions says whether text occurs in what a list shows of a session.
func mentions(s *mta.Session, text string) bool {
	if text == "" {
		return true
	}
	o := &s.Origin
	for _, field := range []string{s.ID, o.Client, o.Name, o.HELO, o.User, o.Protocol, strings.Join(o.Argv, " "), strconv.Itoa(o.PID), s.Refusal, s.Reason, string(s.Outcome)} {
		if strings.Contains(strings.ToLower(field), strings.ToLower(text)) {
			return true
		}
	}
	return false
}

// Session gives a kept session.
func (s *Store) Session(ctx context.Context, id string) (session mta.Session, err error) {
	for _, w := range slices.Backward(s.waitingSessions()) {
		if w.ID == id {
			return w.Session, ctx.Err()
		}
	}
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		var facts string
		var transcript []byte
		if err := db.QueryRowContext(ctx, "SELECT facts, transcript FROM session WHERE id = ?", id).Scan(&facts, &transcript); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(facts), &session)
		session.Transcript = transcript
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: session %s", spool.ErrNotFound, id)
	}
	return session, err
}
