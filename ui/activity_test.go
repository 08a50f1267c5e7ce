//go:build !nogui

package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/mta"
	"postroom.dev/ui/model"
)

// testActivity is what a program did; sessions are the store's.
type testActivity struct {
	guard sync.Mutex
	log   []string
	runs  []model.QueueRan
}

func (a *testActivity) MailLog(_ context.Context, since model.LogPlace) (model.LogPart, error) {
	a.guard.Lock()
	defer a.guard.Unlock()
	return model.LogPart{Path: "/home/log/maillog", Lines: a.log[min(int(since.Offset), len(a.log)):], Next: model.LogPlace{File: 1, Offset: int64(len(a.log))}}, nil
}

func (a *testActivity) QueueRuns(context.Context) ([]model.QueueRan, error) { return a.runs, nil }

func (a *testActivity) Load(_ context.Context, span time.Duration) (model.Load, error) {
	load := model.Load{Step: span / 60, Bars: make([]model.LoadBar, 60)}
	load.Bars[59] = model.LoadBar{Came: 1234, Waiting: 7}
	return load, nil
}

// openActivity opens a window on what a program did.
func openActivity(t *testing.T) (*bench, *activityView) {
	t.Helper()
	b := newTestBackend(t)
	at := time.Date(2026, 1, 14, 11, 0, 0, 0, time.UTC)
	for i, o := range []mta.Outcome{mta.Accepted, mta.Denied, mta.Idle} {
		s := mta.Session{ID: fmt.Sprintf("s%d", i), Started: at.Add(time.Duration(i) * time.Minute), Ended: at.Add(time.Duration(i)*time.Minute + 800*time.Millisecond), Outcome: o, Messages: i,
			Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1", Name: "localhost"}, Transcript: fmt.Appendf(nil, "+0.001 S: 220 mail ESMTP %d\n", i)}
		if o == mta.Denied {
			s.Refusal = "RCPT TO:<x@example.com>: 550 5.1.1 <x@example.com>... User unknown"
		}
		if err := b.AddSession(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	b.log = []string{"Jan 14 11:00:00 mail sendmail[7]: q1: from=<a@b>, size=1", "Jan 14 11:00:01 mail sendmail[7]: q1: to=<c@d>, stat=Sent"}
	b.runs = []model.QueueRan{{Began: at, Ended: at.Add(2 * time.Second), Planned: true, Messages: 12, Sent: 9, Deferred: 2, Failed: 1}, {Began: at.Add(-time.Hour), Select: "R@x.example", Messages: 1}}
	f := openOn(t, b)
	f.ctrl(fyne.Key4)
	v := f.view.(*activityView)
	f.untilSeen(v.content, "accepted", "refused", "idle")
	return f, v
}

func TestSessionsAreListedWithWhyTheyFailed(t *testing.T) {
	f, v := openActivity(t)
	f.wantSeen(v.content, "RCPT TO:<x@example.com>: 550 5.1.1 <x@example…", "localhost 127.0.0.1", "800 ms", "Messages that came", "Length of the queue")
	f.typedRune('f')
	f.until("only failed", func() bool {
		all := seen(v.content)
		return slices.Contains(all, "refused") && !slices.Contains(all, "accepted")
	})
	f.typedRune('f')
	f.untilSeen(v.content, "accepted")
}

func TestASessionsTranscriptIsShown(t *testing.T) {
	f, v := openActivity(t)
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
	e.Position = fyne.NewPos(50, 10)
	v.sessions.Rows.MouseDown(e)
	f.until("transcript", func() bool {
		v.transcript.SelectAll()
		return v.transcript.Selected() != ""
	})
	v.acts(f, "activity.shut")
	if v.transcript.Visible() {
		t.Error("the transcript is still there")
	}
}

func TestATranscriptBeginsWhereTheClientWasRefused(t *testing.T) {
	f, v := openActivity(t)
	s := mta.Session{ID: "s8", Started: time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC), Outcome: mta.Denied, Refusal: "553 no",
		Transcript: []byte(strings.Repeat("+0.001 S: 250-EXTENSION\n", 60) + "+0.002 C: MAIL FROM:<a b>\n+0.002 S: 553 no\n" + strings.Repeat("+0.003 C: NOOP\n", 60))}
	if err := f.backend.AddSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	f.backend.emit(mta.Event{Kind: mta.Closed})
	f.untilSeen(v.content, "553 no")
	v.sessions.Rows.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(50, 10)}, Button: desktop.MouseButtonPrimary})
	f.until("what was refused", func() bool { return v.transcript.TopLine() == 61-transcriptBefore })
}

func (v *activityView) acts(f *bench, name string) { f.window.acts.byName[name].do() }

func TestANewSessionComesOnTop(t *testing.T) {
	f, v := openActivity(t)
	now := time.Date(2026, 1, 14, 11, 30, 0, 0, time.UTC)
	if err := f.backend.AddSession(t.Context(), mta.Session{ID: "s9", Started: now, Ended: now, Outcome: mta.Aborted, Reason: "lost input channel after rcpt"}); err != nil {
		t.Fatal(err)
	}
	f.backend.emit(mta.Event{Kind: mta.Closed})
	f.untilSeen(v.content, "aborted", "lost input channel after rcpt")
}

func TestTheMailLogIsFollowedAndFiltered(t *testing.T) {
	f, v := openActivity(t)
	f.typedRune('2')
	f.untilSeen(v.content, "stat=Sent")
	f.backend.guard.Lock()
	f.backend.log = append(f.backend.log, "Jan 14 11:00:09 mail sendmail[7]: q2: to=<c@d>, stat=Deferred: later")
	f.backend.guard.Unlock()
	v.activity.Nudge()
	f.untilSeen(v.content, "stat=Deferred: later")
	v.search.SetText("DEFERRED")
	v.search.OnSubmitted("")
	f.until("filtered", func() bool { return len(v.activity.LogLines()) == 1 })
}

func TestQueueRunsAreListedWithWhatCameOfThem(t *testing.T) {
	f, v := openActivity(t)
	f.typedRune('3')
	f.untilSeen(v.content, "it was time", "12", "9", "asked for: -qR@x.example", "going on")
}

func TestChartsGoBackAsFarAsIsAskedFor(t *testing.T) {
	f, v := openActivity(t)
	f.untilSeen(v.content, "1,234 messages", "7 waiting", "1 h ago")
	v.acts(f, "activity.span24h0m0s")
	f.untilSeen(v.content, "1 d ago")
	again := newActivityView(f.window)
	defer again.close()
	if again.activity.Span() != 24*time.Hour {
		t.Errorf("the span %v is chosen the next time", again.activity.Span())
	}
}
