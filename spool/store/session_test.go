package store

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

func addSession(t *testing.T, s *Store, session mta.Session) {
	t.Helper()
	if err := s.AddSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
}

func TestTheNewestSessionsAreKept(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	err := s.write.do(t.Context(), &change{run: func(w *writer) error {
		_, err := w.exec(`WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT ?)
			INSERT INTO session(id, facts) SELECT 's' || n, '{}' FROM i`, maxSessions+5)
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	s = mustOpen(t, dir)
	addSession(t, s, mta.Session{ID: "newest"})
	mustClose(t, s)
	s = mustOpen(t, dir)
	if n := ask(t, s.path, "SELECT count(*) FROM session"); n != maxSessions {
		t.Errorf("%d sessions", n)
	}
	for id, kept := range map[string]bool{"newest": true, "s6": false, "s7": true} {
		if _, err := s.Session(t.Context(), id); (err == nil) != kept {
			t.Errorf("session %s: %v", id, err)
		}
	}
}

func TestSessionsTakeBoundedSpace(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	long := bytes.Repeat([]byte("+0.000 C: NOOP\n"), 20_000)
	addSession(t, s, mta.Session{ID: "long", Transcript: long})
	got, err := s.Session(t.Context(), "long")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Transcript); n > maxTranscript+64 || n < maxTranscript-64 {
		t.Errorf("a transcript of %d octets is kept as %d", len(long), n)
	}
	head, rest, found := strings.Cut(string(got.Transcript), "* ")
	var left int
	if fmt.Sscanf(rest, "%d octets left out\n", &left); !found || left+len(head)+len(rest)-len(fmt.Sprintf("%d octets left out\n", left)) != len(long) {
		t.Errorf("%d octets left out of %d: %.40q", left, len(long), rest)
	}
	whole := bytes.Repeat([]byte("x"), maxTranscript)
	const many = maxSessionBytes/maxTranscript + 100
	for i := range many {
		addSession(t, s, mta.Session{ID: fmt.Sprint("s", i), Outcome: mta.Denied, Transcript: whole})
		if i%100 == 99 {
			if err := s.writeSessions(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustClose(t, s)
	if n := ask(t, s.path, "SELECT sum(length(facts) + length(transcript)) FROM session"); n > maxSessionBytes || n < maxSessionBytes/2 {
		t.Errorf("%d octets are kept", n)
	}
	if n := ask(t, s.path, "SELECT max(n) - min(n) + 1 - count(*) FROM session"); n != 0 {
		t.Errorf("%d others than the oldest were deleted", n)
	}
	if n := ask(t, s.path, fmt.Sprintf("SELECT count(*) FROM session WHERE id = 's%d'", many-1)); n != 1 {
		t.Error("the newest one is not kept")
	}
}

func TestASessionIsSeenBeforeItIsWritten(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for i := range 3 {
		addSession(t, s, mta.Session{ID: fmt.Sprint("a", i), Outcome: mta.Idle})
	}
	if err := s.writeSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	addSession(t, s, mta.Session{ID: "b", Outcome: mta.Denied, Transcript: []byte("220")})
	addSession(t, s, mta.Session{ID: "a0", Outcome: mta.Denied}) // again
	for _, q := range []spool.SessionQuery{{}, {Failed: true}} {
		p, err := s.Sessions(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range p.Sessions {
			got = append(got, one.ID)
		}
		want := "[a0 b a2 a1]"
		if q.Failed {
			want = "[a0 b]"
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%+v: %v, want %s", q, got, want)
		}
	}
	if one, err := s.Session(t.Context(), "b"); err != nil || string(one.Transcript) != "220" {
		t.Errorf("%q, %v", one.Transcript, err)
	}
}

// A flood of connections may cost some of their sessions, but not memory, and those that failed least of all.
func TestAFloodOfSessionsKeepsThoseThatFailed(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for i := range 5000 {
		outcome := mta.Accepted
		if i%100 == 0 {
			outcome = mta.Denied
		}
		addSession(t, s, mta.Session{ID: fmt.Sprint("s", i), Outcome: outcome})
		if n := len(s.waitingSessions()); n > maxWaiting {
			t.Fatalf("%d sessions wait", n)
		}
	}
	p, err := s.Sessions(t.Context(), spool.SessionQuery{Failed: true, Limit: 1000})
	if err != nil || len(p.Sessions) != 50 {
		t.Errorf("%d sessions that failed, %v", len(p.Sessions), err)
	}
	for i := range 5000 {
		addSession(t, s, mta.Session{ID: fmt.Sprint("f", i), Outcome: mta.Denied, Transcript: make([]byte, 10_000)})
	}
	if n := len(s.waitingSessions()); n > maxWaitingBytes/10_000 {
		t.Errorf("%d sessions wait", n)
	}
}

func BenchmarkAddSession(b *testing.B) {
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	transcript := bytes.Repeat([]byte("+0.000 C: NOOP\n"), 60)
	for i := 0; b.Loop(); i++ {
		if err := s.AddSession(b.Context(), mta.Session{ID: fmt.Sprint("s", i), Outcome: mta.Accepted, Transcript: transcript}); err != nil {
			b.Fatal(err)
		}
	}
}
