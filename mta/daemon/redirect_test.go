package daemon

import (
	"errors"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool/queue"
)

const redirected = "6AMC00AA000001"

func TestRecipientsOfAWaitingMessageAreChanged(t *testing.T) {
	for _, c := range []struct {
		name     string
		changes  []Redirection
		record   string
		reaches  []string // the host sees
		priority int64    // more than before
	}{
		{"one gives way to another", []Redirection{{"ada@example.net", "grace@example.net"}},
			"grace@example.net queued, slow@example.net queued", []string{redirected + " grace@example.net", redirected + " slow@example.net"}, 0},
		{"one is taken out", []Redirection{{"ada@example.net", ""}},
			"ada@example.net discarded, slow@example.net queued", []string{redirected + " slow@example.net"}, 0},
		{"one is added", []Redirection{{"", "grace@example.net"}},
			"ada@example.net queued, slow@example.net queued, grace@example.net queued",
			[]string{redirected + " ada@example.net", redirected + " grace@example.net", redirected + " slow@example.net"}, 30_000},
		{"several at once", []Redirection{{"ada@EXAMPLE.NET", ""}, {"slow@example.net", "fast@example.net"}, {"", "ada@example.net"}},
			"ada@example.net discarded, fast@example.net queued, ada@example.net queued", []string{redirected + " ada@example.net", redirected + " fast@example.net"}, 30_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.submit(to(redirected, "ada@example.net", "slow@example.net"))
			before := f.control(redirected)
			if err := f.Redirect(t.Context(), redirected, c.changes...); err != nil {
				t.Fatal(err)
			}
			f.same("record", f.states(redirected), c.record)
			after := f.control(redirected)
			f.same("priority", after.Priority, before.Priority+c.priority)
			f.same("age", after.Time, before.Time)
			f.run()
			f.same("left", f.files(), []string{})
			f.same("reached", f.remote.got(), c.reaches)
		})
	}
}

func TestRecipientsThatMakeNoSenseChangeNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []Redirection
	}{
		{"nobody is left", []Redirection{{"ada@example.net", ""}, {"slow@example.net", ""}}},
		{"one that does not wait", []Redirection{{"", "grace@example.net"}, {"bob@example.net", "x@example.net"}}},
		{"one that waits already", []Redirection{{"ada@example.net", "slow@EXAMPLE.net"}}},
		{"what is no address", []Redirection{{"ada@example.net", "two words@"}}},
		{"a program", []Redirection{{"ada@example.net", "|/bin/sh"}}},
		{"a file", []Redirection{{"", "/etc/passwd"}}},
		{"the null path", []Redirection{{"", "<>"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.submit(to(redirected, "ada@example.net", "slow@example.net"))
			before := f.control(redirected)
			if err := f.Redirect(t.Context(), redirected, c.changes...); !errors.Is(err, ErrRedirection) {
				t.Errorf("the answer is %v", err)
			}
			f.same("control file", f.control(redirected), before)
			f.same("record", f.states(redirected), "ada@example.net queued, slow@example.net queued")
		})
	}
}

func TestAHeldMessageStaysHeldUnderItsNewRecipients(t *testing.T) {
	f := newFixture(t)
	f.submit(to(redirected, "ada@example.net"))
	if err := f.Hold(t.Context(), redirected); err != nil {
		t.Fatal(err)
	}
	if err := f.Redirect(t.Context(), redirected, Redirection{"ada@example.net", "grace@example.net"}); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("held", f.states(redirected), "grace@example.net held")
	if err := f.Release(t.Context(), redirected); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("released", f.states(redirected), "grace@example.net relayed")
	via := f.recorded(redirected).Recipients[0].Via
	if len(via) != 1 || via[0].String() != "ada@example.net" {
		t.Errorf("the record does not say whose place it is: %v", via)
	}
}

func TestAMessageInHandIsNotRedirected(t *testing.T) {
	f := newFixture(t)
	f.submit(to(redirected, "ada@example.net"))
	e, err := f.Queue.Queues()[0].Lock(redirected)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := f.Redirect(t.Context(), redirected, Redirection{"ada@example.net", "grace@example.net"}); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("the answer is %v", err)
	}
}

func TestSendmailRunsWhatWasRedirected(t *testing.T) {
	f := newFixture(t)
	env := to(redirected, "ada@example.net")
	env.Recipients[0].Original, env.Recipients[0].Notify = "rfc822;ada@example.net", mta.NotifyFailure
	f.submit(env)
	if err := f.Redirect(t.Context(), redirected, Redirection{"ada@example.net", "grace@example.net"}); err != nil {
		t.Fatal(err)
	}
	r := f.control(redirected).Recipients
	if len(r) != 1 || r[0].Address != "grace@example.net" && r[0].Address != "<grace@example.net>" || r[0].Original != "rfc822;ada@example.net" ||
		r[0].Final != "RFC822; grace@example.net" || r[0].Flags != "PNF" || r[0].Status != "" {
		t.Errorf("the control file has %+v", r)
	}
}

func TestTheNextTryIsTheFirstRunThatTakesTheMessage(t *testing.T) {
	at := time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)
	s := Standing{Next: at, Interval: 30 * time.Minute, MinAge: 40 * time.Minute}
	for _, c := range []struct {
		name    string
		lastTry time.Time
		want    time.Time
	}{
		{"never tried", time.Time{}, at},
		{"old enough", at.Add(-time.Hour), at},
		{"just old enough", at.Add(-40 * time.Minute), at},
		{"too young for the next run", at.Add(-30 * time.Minute), at.Add(30 * time.Minute)},
		{"too young for two", at, at.Add(time.Hour)},
	} {
		if got := s.NextTry(c.lastTry); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := (Standing{}).NextTry(at); !got.IsZero() {
		t.Errorf("without runs: %v", got)
	}
}
