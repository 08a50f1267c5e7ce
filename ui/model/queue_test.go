package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// waitingSource is a queue of numbered messages that a test changes.
type waitingSource struct {
	mu      sync.Mutex
	version uint64
	keys    []int64
	asked   []string
	fail    error
	lines   int // that a verbose run says
	looks   int
	hang    chan struct{} // a verbose run waits for it or its context
}

func (s *waitingSource) set(keys ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.version = keys, s.version+1
}

func (s *waitingSource) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, fmt.Sprintf(format, args...))
}

func (s *waitingSource) looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looks
}

func (s *waitingSource) notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *waitingSource) Queue(_ context.Context, q spool.WaitingQuery) (spool.WaitingList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	if s.fail != nil {
		return spool.WaitingList{}, s.fail
	}
	list := spool.WaitingList{Version: s.version, All: len(s.keys), Same: q.Since == s.version, Run: spool.QueueRun{Clock: noon.Add(time.Hour)}}
	if !list.Same {
		list.Keys = slices.Clone(s.keys)
		if q.Down {
			slices.Reverse(list.Keys)
		}
	}
	return list, nil
}

func (s *waitingSource) QueueRows(_ context.Context, keys ...int64) ([]spool.Waiting, error) {
	s.note("rows %d", len(keys))
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []spool.Waiting
	for _, k := range keys {
		if slices.Contains(s.keys, k) {
			rows = append(rows, spool.Waiting{Key: k, ID: fmt.Sprintf("id%d", k), Tries: int(s.version)})
		}
	}
	return rows, nil
}

func (s *waitingSource) QueueGroups(_ context.Context, by spool.WaitingBy, _ spool.WaitingQuery) ([]spool.WaitingGroup, error) {
	return []spool.WaitingGroup{{Name: string(by) + " a", Count: 2}, {Name: string(by) + " b", Count: 1}}, nil
}

func (s *waitingSource) RunQueue(ctx context.Context, sel QueueSelection, verbose func(string)) error {
	s.note("run %v %v %t", sel.Keys, sel.Words, verbose != nil)
	for i := range s.lines {
		verbose(fmt.Sprintf("line %d", i))
	}
	if s.hang != nil {
		select {
		case <-s.hang:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (s *waitingSource) QueueDo(_ context.Context, do QueueAction, keys ...int64) (int, error) {
	s.note("%s %d", do, len(keys))
	return len(keys), s.fail
}

func (s *waitingSource) Redirect(_ context.Context, key int64, c ...Redirection) error {
	s.note("redirect %d %v", key, c)
	return nil
}

func (s *waitingSource) ControlFile(context.Context, int64) (string, []byte, error) {
	return "/q/qf1", []byte("V8\n"), nil
}

func (s *waitingSource) MoveClock(_ context.Context, by time.Duration, reset bool) (time.Duration, error) {
	s.note("clock %v %t", by, reset)
	return by, nil
}

var noon = time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)

// queueBench is a Queue whose painting goroutine is the test's.
type queueBench struct {
	*Queue
	t       *testing.T
	source  *waitingSource
	posted  chan func()
	resets  int
	changes int
	said    []string
}

func newQueueBench(t *testing.T, keys ...int64) *queueBench {
	b := &queueBench{t: t, source: &waitingSource{}, posted: make(chan func(), 10_000)}
	b.source.set(keys...)
	b.Queue = NewQueue(b.source, func(fn func()) { b.posted <- fn }, time.Hour, func() time.Time { return noon })
	b.OnChange = func(reset bool) {
		b.changes++
		if reset {
			b.resets++
		}
	}
	b.OnProblem = func(err error) { b.said = append(b.said, err.Error()) }
	b.OnDone = func(text string) { b.said = append(b.said, text) }
	t.Cleanup(b.Close)
	return b
}

func (b *queueBench) until(what string, ok func() bool) {
	b.t.Helper()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case fn := <-b.posted:
			fn()
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			b.t.Fatalf("%s: waited in vain", what)
		}
	}
}

func upToKey(n int) []int64 {
	keys := make([]int64, n)
	for i := range keys {
		keys[i] = int64(i + 1)
	}
	return keys
}

func TestAQueueLoadsTheRowsThatAreLookedAt(t *testing.T) {
	b := newQueueBench(t, upToKey(100_000)...)
	b.Watch()
	b.until("list", func() bool { return b.Len() == 100_000 })
	if b.Row(50_000) != nil {
		t.Fatal("a row is there before it was asked for")
	}
	b.until("row", func() bool { return b.Row(50_000) != nil })
	if got := b.Row(50_000).ID; got != "id50001" {
		t.Errorf("row 50,000 is %s", got)
	}
	// A machine that is slow gets to the next look at the queue, which reads again what stands in view.
	if notes := slices.Compact(b.source.notes()); !slices.Equal(notes, []string{"rows 64"}) {
		t.Errorf("asked for %q", notes)
	}
	if b.Index(77_778) != 77_777 || b.Index(-5) != -1 {
		t.Error("rows are not found by their keys")
	}
	if !b.Now().Equal(noon.Add(time.Hour)) {
		t.Errorf("the server's time is %v", b.Now())
	}
}

func TestAQueueFollowsWhatHappens(t *testing.T) {
	b := newQueueBench(t, 1, 2, 3)
	b.Watch()
	b.until("list", func() bool { return b.Len() == 3 })
	b.until("rows", func() bool { return b.Row(0) != nil && b.Row(0).Tries == 1 })
	b.Range(0, 2)
	b.source.set(3, 4)
	b.Apply([]mta.Event{{Kind: mta.Changed}})
	b.until("other rows", func() bool { return b.Len() == 2 })
	if row := b.Row(0); row == nil || row.ID != "id3" {
		t.Error("a row that is known is not shown while it is read again")
	}
	b.until("fresh row", func() bool { return b.Row(0) != nil && b.Row(0).Tries == 2 })
	if got := b.Selection(); !slices.Equal(got, []int64{3}) {
		t.Errorf("selected are %v", got)
	}
	if b.resets != 1 {
		t.Errorf("%d lists began anew, want the first one", b.resets)
	}
}

func TestAListThatIsTheSameLoadsNothing(t *testing.T) {
	b := newQueueBench(t, 1, 2, 3)
	b.Watch()
	b.until("list", func() bool { return b.Row(0) != nil })
	before := b.source.looked()
	b.Nudge()
	b.until("look", func() bool { return b.source.looked() > before })
	changes := b.changes
	b.Nudge()
	b.until("another look", func() bool { return b.source.looked() > before+1 && len(b.posted) == 0 })
	if b.changes > changes+1 {
		t.Error("it is painted at every look")
	}
	if b.Len() != 3 || b.Row(2) == nil {
		t.Error("rows are lost")
	}
	if notes := b.source.notes(); len(notes) != 1 {
		t.Errorf("asked for %q", notes)
	}
}

func TestAQueueThatIsNotWatchedAsksNothing(t *testing.T) {
	b := newQueueBench(t, 1)
	b.Watch()
	b.until("list", func() bool { return b.Len() == 1 })
	b.Unwatch()
	b.source.set(1, 2)
	b.Nudge()
	b.Watch()
	b.until("list", func() bool { return b.Len() == 2 })
}

func TestAnotherOrderBeginsAtTheTop(t *testing.T) {
	b := newQueueBench(t, 1, 2, 3)
	b.Watch()
	b.until("list", func() bool { return b.Len() == 3 })
	b.Show("", spool.WaitingQuery{Down: true})
	b.until("other order", func() bool { return b.Key(0) == 3 })
	if b.resets != 2 {
		t.Errorf("%d lists began anew", b.resets)
	}
	b.Show(spool.GroupHost, spool.WaitingQuery{})
	g := QueueGroups{b.Queue}
	b.until("groups", func() bool { return g.Len() == 2 })
	if g.Index(g.Key(1)) != 1 || g.Group(1).Name != "host b" {
		t.Errorf("the second group is %+v", g.Group(1))
	}
}

func TestOrdersAreGivenInPartsAndTellHowFarTheyAre(t *testing.T) {
	b := newQueueBench(t, upToKey(250)...)
	b.Watch()
	b.until("list", func() bool { return b.Len() == 250 })
	b.All()
	b.Do(QueueHold, b.Selection()...)
	b.until("progress", func() bool { return slices.Contains(b.said, "250 of 250 held") })
	if notes := b.source.notes(); !slices.Equal(notes, []string{"hold 100", "hold 100", "hold 50"}) {
		t.Errorf("asked for %q", notes)
	}
	b.source.mu.Lock()
	b.source.fail = errors.New("locked")
	b.source.mu.Unlock()
	b.Do(QueueDelete, 1)
	b.until("problem", func() bool { return slices.Contains(b.said, "locked") })
}

func TestAVerboseRunIsToldLineByLineAndCanBeStopped(t *testing.T) {
	b := newQueueBench(t, 1)
	b.source.lines, b.source.hang = 1000, make(chan struct{})
	told := 0
	b.Log().OnLines = func() { told++ }
	b.RunQueue(QueueSelection{Words: []string{"R@a.example"}}, true)
	b.until("lines", func() bool { return len(b.Log().Lines()) == 1000 })
	if told > 900 {
		t.Errorf("1,000 lines posted %d functions", told)
	}
	if !b.Log().Busy() {
		t.Error("the run is not called busy")
	}
	b.RunQueue(QueueSelection{}, true) // while one goes on
	b.StopRun()
	b.until("end", func() bool { return !b.Log().Busy() })
	if b.Log().Ended() != "Stopped" {
		t.Errorf("it ended %q", b.Log().Ended())
	}
	if notes := b.source.notes(); !slices.Equal(notes, []string{"run [] [R@a.example] true"}) {
		t.Errorf("asked for %q", notes)
	}
}

func TestALongRunKeepsItsLastLines(t *testing.T) {
	r := RunLog{post: func(func()) {}}
	for i := range maxRunLines + 10 {
		r.add(fmt.Sprint(i))
	}
	lines := r.Lines()
	if len(lines) > maxRunLines || lines[len(lines)-1] != fmt.Sprint(maxRunLines+9) {
		t.Errorf("%d lines to %s", len(lines), lines[len(lines)-1])
	}
}

func TestAWaitingMessageInWords(t *testing.T) {
	base := spool.Waiting{ID: "q1", State: spool.WaitsDeferred, Arrived: noon.Add(-200 * time.Minute), NextTry: noon.Add(4 * time.Minute), Expires: noon.Add(50 * time.Hour),
		Size: 48_200, Priority: 1_230_000, Tries: 3, Sender: "<app@shop.example>", Open: []string{"<ada@partner.example>", "<bob@x.example>"}, Left: 2, Done: 1,
		Host: "mx.partner.example", Hosts: 2, Reply: "Deferred: 451 4.7.1 Greylisted", Record: 5, Origin: mta.Origin{Protocol: "ESMTP", HELO: "app"}}
	for _, c := range []struct {
		name   string
		change func(*spool.Waiting)
		want   QueueRow
	}{
		{"deferred", func(*spool.Waiting) {}, QueueRow{ID: "q1", Age: "3 h 20 min", Size: "48.2 KB", Priority: "1,230,000", Tries: "3", Next: "in 4 min", Expiry: "in 2 d 2 h",
			From: "app@shop.example", To: "ada@partner.example +1", Left: "1 done, 2 left", Host: "mx.partner.example +1", Reply: "451 4.7.1 Greylisted", Origin: "ESMTP app", State: Chip{"deferred", Warn}}},
		{"held, without a record, a body or an arrival", func(w *spool.Waiting) {
			w.State, w.Why, w.Record, w.Done, w.Size, w.Arrived, w.Expires, w.Hosts, w.Left = spool.WaitsHeld, "held by the user", 0, -1, -1, time.Time{}, time.Time{}, 1, 1
		}, QueueRow{ID: "q1", Size: "–", Priority: "1,230,000", Tries: "3", Next: "held by you", From: "app@shop.example", To: "ada@partner.example",
			Left: "1 left", Host: "mx.partner.example", Reply: "held by the user", State: Chip{"held", Dim}}},
		{"overdue", func(w *spool.Waiting) {
			w.Expires, w.NextTry, w.Sender, w.State = noon, noon.Add(-time.Second), "<>", spool.WaitsNew
		}, QueueRow{ID: "q1", Age: "3 h 20 min", Size: "48.2 KB", Priority: "1,230,000", Tries: "3", Next: "due", Expiry: "overdue", Late: true,
			From: "<>", To: "ada@partner.example +1", Left: "1 done, 2 left", Host: "mx.partner.example +1", Reply: "451 4.7.1 Greylisted", Origin: "ESMTP app", State: Chip{"queued", Dim}}},
	} {
		w := base
		c.change(&w)
		if got := QueueRowOf(&w, noon); got != c.want {
			t.Errorf("%s:\n%+v\nwant\n%+v", c.name, got, c.want)
		}
	}
}

func TestCommandsDoWhatTheWindowDoes(t *testing.T) {
	rows := []spool.Waiting{{ID: "q1"}, {ID: "q2"}}
	for got, want := range map[string]string{
		RunCommand(nil, nil, false):                                         "sendmail -q",
		RunCommand(rows, nil, true):                                         "sendmail -qIq1 -qIq2 -v",
		RunCommand(nil, DomainWords([]string{"a.example"}), true):           "sendmail -qR@a.example -v",
		RunCommand(nil, []string{"Sit's"}, false):                           `sendmail '-qSit'\''s'`,
		DoCommand(QueueReturn, rows[:1]):                                    "postroom queue return q1",
		ClockCommand(4 * time.Hour):                                         "postroom clock +4h",
		ClockCommand(5 * 24 * time.Hour):                                    "postroom clock +5d",
		ClockCommand(90 * time.Minute):                                      "postroom clock +1h30m0s",
		ClockCommand(0):                                                     "postroom clock reset",
		RedirectCommand("q1", []Redirection{{"a@b", "c@d"}, {"", "x y@z"}}): "postroom queue redirect q1 a@b=c@d '=x y@z'",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestEveryLineOfAControlFileIsExplained(t *testing.T) {
	text := "V8\nT1768392000\nK0\nN0\nP30240\nI8/1/77\nMDeferred: no\nFwr8bdnsex\n$_ada@localhost\n$rESMTP\n${daemon_flags}c u\n${odd}x\nS<app@shop.example>\nZid\nA<>\n!r;5\n" +
		"Cada:1:2\nMDeferred: later\nQrfc822;a@b\nrRFC822; a@b\nRPNSFDA:<a@b>\nBB\nd/q\nqbad\nH?P?Return-Path: <g>\nH??Subject: a\n\tb\nH?M?Message-Id: <x>\n.\n"
	lines := ControlLines(text, noon)
	joined := ""
	for _, l := range lines {
		joined += l.String() + "\n"
	}
	for _, want := range []string{
		"T1768392000", "handed in 2026-01-14 12:00:00, 0 s ago", "not tried yet", "w: the sender was warned of the delay; r: it is a return", "x: unknown",
		"macro {odd}", "sender (MAIL FROM)", "recipient that still waits; the sender said which reports it wants; reports of success; reports of failure; reports of delay; an alias led there",
		"goes on from the line above", "only final delivery writes it", "sent by mailers with flag M", "the end;",
	} {
		if !strings.Contains(joined, want) {
			t.Errorf("nothing says %q in\n%s", want, joined)
		}
	}
	for _, want := range []string{"no meaning that sendmail knows"} {
		if strings.Contains(joined, want) {
			t.Errorf("a line is not explained in\n%s", joined)
		}
	}
}

func TestWhatIsWrongInAControlFileIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"V9\nT1\n":                    "newer",
		"Jodd\n":                      "J",
		"V8\nTx\nS<a>\nRPFD:<b>\n.\n": "x",
		"":                            "",
	} {
		var bad []string
		for _, l := range ControlLines(text, noon) {
			for _, s := range l {
				if s.Tone == Bad {
					bad = append(bad, s.Text)
				}
			}
		}
		if len(bad) == 0 || !strings.Contains(strings.Join(bad, " "), want) {
			t.Errorf("%q: %q", text, bad)
		}
	}
}

func FuzzControlLines(f *testing.F) {
	f.Add("V8\nT1\nS<a>\nRPFD:<b>\nH??Subject: x\n y\n.\n")
	f.Add("\xff\x00\n\n$\n${\nH?\nR\nT99999999999999999999\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := ControlLines(text, noon)
		if n := strings.Count(text, "\n"); len(lines) < n {
			t.Errorf("%d lines became %d", n, len(lines))
		}
	})
}
