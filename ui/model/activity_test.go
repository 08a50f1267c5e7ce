package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// doings is what a program did, for a test to change.
type doings struct {
	mu       sync.Mutex
	sessions []mta.Session // the newest first
	log      []string
	file     int
	spans    []time.Duration
}

func (d *doings) Sessions(_ context.Context, q spool.SessionQuery) (spool.SessionPage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from := 0
	if q.Before > 0 {
		from = len(d.sessions) - int(q.Before) + 1
	}
	to := min(from+q.Limit, len(d.sessions))
	page := spool.SessionPage{Sessions: slices.Clone(d.sessions[from:to])}
	if to < len(d.sessions) {
		page.Next = int64(len(d.sessions) - to + 1)
	}
	return page, nil
}

func (d *doings) Session(_ context.Context, id string) (mta.Session, error) {
	return mta.Session{ID: id, Transcript: []byte("transcript of " + id)}, nil
}

func (d *doings) MailLog(_ context.Context, since LogPlace) (LogPart, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from := int(since.Offset)
	if since.File != d.file {
		from = 0
	}
	return LogPart{Path: "/log/maillog", Lines: slices.Clone(d.log[from:]), Next: LogPlace{d.file, int64(len(d.log))}}, nil
}

func (d *doings) QueueRuns(context.Context) ([]QueueRan, error) {
	return []QueueRan{{Began: noon, Messages: 3}}, nil
}

func (d *doings) Load(_ context.Context, span time.Duration) (Load, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spans = append(d.spans, span)
	return Load{Step: span / 60, Bars: make([]LoadBar, 60)}, nil
}

// come adds a session.
func (d *doings) come() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions = slices.Insert(d.sessions, 0, mta.Session{ID: fmt.Sprintf("s%d", len(d.sessions)+1)})
}

// newActivityBench gives an Activity on the test's goroutine, and what paints until something holds.
func newActivityBench(t *testing.T, sessions int) (*Activity, *doings, func(what string, ok func() bool)) {
	d := &doings{file: 1}
	for range sessions {
		d.come()
	}
	posted := make(chan func(), 10_000)
	a := NewActivity(d, func(fn func()) { posted <- fn })
	t.Cleanup(a.Close)
	a.Watch()
	return a, d, func(what string, ok func() bool) {
		t.Helper()
		deadline := time.After(30 * time.Second)
		for !ok() {
			select {
			case fn := <-posted:
				fn()
			case <-deadline:
				t.Fatalf("%s: waited in vain", what)
			}
		}
	}
}

func TestOlderSessionsAreLoadedWhenTheyAreLookedFor(t *testing.T) {
	a, _, until := newActivityBench(t, 500)
	rows := SessionRows{a}
	until("first page", func() bool { return rows.Len() == sessionPage })
	rows.Session(10)
	rows.Session(rows.Len() - 1)
	until("second page", func() bool { return rows.Len() == 2*sessionPage })
	rows.Session(rows.Len() - 1)
	until("all", func() bool { return rows.Len() == 500 })
	if got := rows.Session(499).ID; got != "s1" {
		t.Errorf("the oldest is %s", got)
	}
	if rows.Index(rows.Key(321)) != 321 {
		t.Error("a session is not found by its key")
	}
}

func TestNewSessionsComeOnTopOfThoseThatAreLoaded(t *testing.T) {
	a, d, until := newActivityBench(t, 300)
	rows := SessionRows{a}
	until("first page", func() bool { return rows.Len() == sessionPage })
	rows.Session(rows.Len() - 1)
	until("all", func() bool { return rows.Len() == 300 })
	d.come()
	a.Apply([]mta.Event{{Kind: mta.Closed}})
	until("new one", func() bool { return rows.Len() == 301 && rows.Session(0).ID == "s301" })
	seen := map[string]bool{}
	for i := range rows.Len() {
		if id := rows.Session(i).ID; seen[id] {
			t.Fatalf("%s is there twice", id)
		} else {
			seen[id] = true
		}
	}
}

func TestTheLogIsFollowedFiltersAndOutlivesItsFile(t *testing.T) {
	a, d, until := newActivityBench(t, 0)
	d.mu.Lock()
	d.log = []string{"one", "two", "three"}
	d.mu.Unlock()
	a.Show(PartLog, false, "")
	until("lines", func() bool { return len(a.LogLines()) == 3 })
	a.Show(PartLog, false, "T")
	if got := a.LogLines(); !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("filtered: %q", got)
	}
	d.mu.Lock()
	d.log, d.file = []string{"after"}, 2
	d.mu.Unlock()
	a.Nudge()
	until("next file", func() bool { return slices.Contains(a.LogLines(), "after") })
	a.Show(PartLog, false, "")
	if got := strings.Join(a.LogLines(), " "); got != "one two three after" {
		t.Errorf("the log is %q", got)
	}
}

func TestAnotherSpanIsMeasuredAtOnce(t *testing.T) {
	a, d, until := newActivityBench(t, 0)
	until("first", func() bool { return len(a.Load().Bars) == 60 })
	a.SetSpan(24 * time.Hour)
	until("day", func() bool { return a.Load().Step == 24*time.Minute })
	a.Unwatch()
	d.mu.Lock()
	n := len(d.spans)
	d.mu.Unlock()
	if n > 4 {
		t.Errorf("%d questions", n)
	}
}

func TestLogLinesShowWhatCameOfAMessage(t *testing.T) {
	for line, want := range map[string]Tone{
		"Jan 14 11:00:01 mail sendmail[7]: q1: to=<c@d>, stat=Sent (ok)":            OK,
		"Jan 14 11:00:01 mail sendmail[7]: q1: to=<c@d>, stat=Deferred: refused":    Warn,
		"Jan 14 11:00:01 mail sendmail[7]: q1: to=<c@d>, stat=User unknown":         Bad,
		"Jan 14 11:00:01 mail sendmail[7]: q1: from=<a@b>, size=3":                  Accent,
		"Jan 14 11:00:01 mail sendmail[7]: ruleset=check_rcpt, reject=550 5.7.1 no": Plain,
		"no line of ours": Plain,
		"":                Plain,
	} {
		l := LogLine(line)
		if l.String() != line {
			t.Errorf("%q became %q", line, l.String())
		}
		tone := Plain
		if len(l) > 2 {
			tone = l[1].Tone
		}
		if tone != want {
			t.Errorf("%q is in tone %d, want %d", line, tone, want)
		}
	}
}

func TestASessionInWords(t *testing.T) {
	s := mta.Session{Started: noon, Ended: noon.Add(1234 * time.Millisecond), Outcome: mta.Denied, Messages: 2, Refusal: "RCPT: 550 no\r\n",
		Origin: mta.Origin{Protocol: "ESMTPS", Client: "192.0.2.1", Name: "app.example", TLS: "TLSv1.3 X"}}
	want := SessionRow{Began: "12:00:00", Lasted: "1.2 s", Client: "app.example 192.0.2.1", Protocol: "ESMTPS TLSv1.3", Messages: "2", Why: "RCPT: 550 no", Outcome: Chip{"refused", Bad}}
	if got := SessionRowOf(&s, noon); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for d, want := range map[time.Duration]string{0: "0 ms", 900 * time.Millisecond: "900 ms", 5 * time.Second: "5 s", 75 * time.Second: "1 min", 12 * time.Second: "12 s"} {
		if got := Took(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
