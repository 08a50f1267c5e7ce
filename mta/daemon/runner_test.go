package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

func TestMailThatWaitsIsInTheQueueBeforeItIsAccepted(t *testing.T) {
	f := newFixture(t)
	var seen []string
	f.step = func(step string) {
		if step == "accepted" {
			seen = f.files()
		}
	}
	f.submit(to("6AMC00AA000001", "bob@example.com", "ada@example.net"))
	f.same("files", seen, []string{"df6AMC00AA000001", "qf6AMC00AA000001"})
	f.same("record", f.states("6AMC00AA000001"), "bob@example.com queued, ada@example.net queued")
	r := f.recorded("6AMC00AA000001").Recipients
	if r[0].Mailer != route.Local || r[1].Mailer != route.ESMTP || r[1].Host != "example.net" || len(r[1].Steps) == 0 {
		t.Errorf("%+v", r)
	}
}

func TestCaughtMailNeedsNoQueue(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Router, _ = route.New(route.Config{Hostname: "mail.example.com"}) })
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.same("files", f.files(), []string{})
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net caught")
	f.submit(to("6AMC00AB000001", "ada@example.net", "bob"))
	f.same("recipients that wait", len(f.control("6AMC00AB000001").Recipients), 1)
}

func TestARunDeliversAndEmptiesTheQueue(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "bob@example.com", "ada@example.net"))
	f.run()
	f.same("remote", f.remote.got(), []string{"6AMC00AA000001 ada@example.net"})
	f.same("local", f.local.got(), []string{"6AMC00AA000001 bob@example.com"})
	f.same("files", f.files(), []string{})
	f.same("record", f.states("6AMC00AA000001"), "bob@example.com delivered, ada@example.net relayed")
	f.same("answer", f.recorded("6AMC00AA000001").Recipients[1].Last.Text, "accepted")
}

func TestWhatIsSentIsTheMessageWithItsAddedFields(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "bob@example.com", "ada@example.net"))
	f.run()
	received := "Received: from app.example (localhost [127.0.0.1])\n\tby mail.example.com (Postroom 1) with ESMTP id 6AMC00AA000001;\n\tSun, 22 Nov 2026 12:00:00 GMT\n"
	rest := "From: app@example.com\nTo: a@example.net\nDate: x\nMessage-Id: <y>\nSubject: hi\n\nbody\n.dot\n"
	f.same("to a host", f.remote.text["6AMC00AA000001"], received+rest)
	f.same("to a mailbox", f.local.text["6AMC00AA000001"], received+rest)
}

func TestADeferredRecipientStaysAndTheOthersAreDone(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "ada@example.net", "slow@example.net"))
	before := f.control("6AMC00AA000001").Priority
	f.move(time.Minute)
	f.run()
	c := f.control("6AMC00AA000001")
	f.same("recipients", len(c.Recipients), 1)
	f.same("N", c.Tries, 1)
	f.same("K", c.LastTry.Unix(), noon.Add(time.Minute).Unix())
	f.same("P", c.Priority-before, qf.RetryFactor)
	f.same("M", c.Recipients[0].Status+"|"+c.Status, "Deferred: 451 4.7.1 Greylisted, try again later|Deferred: 451 4.7.1 Greylisted, try again later")
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed, slow@example.net deferred")
	f.run()
	f.same("N", f.control("6AMC00AA000001").Tries, 2)
	f.remote.say("slow@example.net", mta.Status{Code: 250})
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net", "6AMC00AA000001 slow@example.net"})
	f.same("files", f.files(), []string{})
	f.same("reports", len(f.reports()), 0)
}

func TestAMinimumAgeKeepsYoungMessagesOutOfARun(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MinAge = time.Hour })
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "slow@example.net"))
	f.run()
	f.move(59 * time.Minute)
	f.run()
	f.same("attempts", f.remote.count(), 1)
	sel, err := queue.ParseSelection("Islow", "I000001")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(t.Context(), sel, nil); err != nil {
		t.Fatal(err)
	}
	f.same("attempts when asked for by name", f.remote.count(), 2)
	f.move(-30 * time.Hour) // the clock is set back: the last attempt lies in the future
	f.run()
	f.same("attempts after the clock went back", f.remote.count(), 3)
}

func TestTheSenderIsWarnedOnceAfterFourHoursAndHasTheMessageBackAfterFiveDays(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "slow@example.net"))
	f.move(4*time.Hour - time.Second)
	f.run()
	f.same("reports before four hours", len(f.reports()), 0)
	f.move(time.Second)
	f.run()
	f.move(time.Hour)
	f.run()
	all := f.reports()
	if len(all) != 1 {
		t.Fatalf("%d reports", len(all))
	}
	warning := all[0]
	f.same("subject", warning.Subject, "Warning: could not send message for past 4 hours")
	f.same("sender", warning.Sender.IsNull(), true)
	f.same("recipient", warning.Recipients[0].Address, "app@example.com")
	f.same("flag w", f.control("6AMC00AA000001").HasFlag('w'), true)
	f.same("M", f.control("6AMC00AA000001").Status, "Warning: could not send message for past 4 hours")
	if !strings.Contains(warning.text, "Action: delayed") || !strings.Contains(string(warning.Added), "Received: from localhost (localhost)") {
		t.Errorf("%s%s", warning.Added, warning.text)
	}

	f.move(5 * 24 * time.Hour)
	calls := f.remote.count()
	f.run()
	f.same("attempts before it is returned", f.remote.count()-calls, 1)
	f.same("record", f.states("6AMC00AA000001"), "slow@example.net bounced")
	all = f.reports()
	if len(all) != 2 {
		t.Fatalf("%d reports", len(all))
	}
	f.same("subject", all[1].Subject, "Returned mail: see transcript for details")
	for _, want := range []string{"Message could not be delivered for 5 days", "Status: 4.4.7", "Action: failed", "Subject: hi"} {
		if !strings.Contains(all[1].text, want) {
			t.Errorf("no %q in\n%s", want, all[1].text)
		}
	}
	f.run() // the reports are for a local user
	f.same("local", len(f.local.got()), 2)
	f.same("files", f.files(), []string{})
}

func TestAnOldMessageIsTriedOnceAndDeliveredIfThatWorks(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.move(40 * 365 * 24 * time.Hour)
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed")
	f.same("reports", len(f.reports()), 0)
}

func TestAMessageIsDeliveredByItsTimeOrGoesBack(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	env := to("6AMC00AA000001", "slow@example.net")
	env.By = mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn}
	f.submit(env)
	f.same("!", f.control("6AMC00AA000001").DeliverBy, "\x02 600")
	f.move(10 * time.Minute)
	f.run()
	f.same("in time", f.states("6AMC00AA000001"), "slow@example.net deferred")
	calls := f.remote.count()
	f.move(time.Second)
	f.run()
	f.same("attempts after its time", f.remote.count()-calls, 0)
	f.same("record", f.states("6AMC00AA000001"), "slow@example.net bounced")
	all := f.reports()
	if len(all) != 1 || !strings.Contains(all[0].text, "Status: 5.4.7") || !strings.Contains(all[0].text, "\r\nDelivery time (600s) expired\r\nMessage will be deleted from queue\r\n") {
		t.Errorf("reports: %v", all)
	}
}

func TestTheSenderIsToldOnceThatAMessageIsLate(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	env := to("6AMC00AA000001", "slow@example.net")
	env.By = mta.DeliverBy{Seconds: 600, Mode: mta.ByNotify}
	f.submit(env)
	f.move(10 * time.Minute)
	f.run()
	f.same("reports in time", len(f.reports()), 0)
	for range 2 {
		f.move(time.Minute)
		f.run()
	}
	f.same("record", f.states("6AMC00AA000001"), "slow@example.net deferred")
	all := f.reports()
	f.same("M", f.control("6AMC00AA000001").Status, "Warning: Delivery time (600s) exceeded")
	if len(all) != 1 || all[0].Subject != "Warning: Delivery time (600s) exceeded" {
		t.Fatalf("reports: %v", all)
	}
	for _, want := range []string{"had transient non-fatal errors -----\r\n<slow@example.net>\r\n", "\r\nWarning: Delivery time (600s) exceeded\r\n", "\r\nAction: delayed\r\n", "\r\nDeliver-By-Date: "} {
		if !strings.Contains(all[0].text, want) {
			t.Errorf("the report lacks %q:\n%s", want, all[0].text)
		}
	}
}

func TestWhoIsTold(t *testing.T) {
	for _, test := range []struct {
		rule   string
		change func(*mta.Envelope)
		text   string
		status mta.Status
		after  time.Duration
		want   string // "recipient: subject" of each report
	}{
		{"failure", nil, text, unknown, 0, "[app@example.com: Returned mail: see transcript for details]"},
		{"NOTIFY=NEVER", func(e *mta.Envelope) { e.Recipients[0].Notify = mta.NotifyNever }, text, unknown, 0, "[]"},
		{"NOTIFY=DELAY and failure", func(e *mta.Envelope) { e.Recipients[0].Notify = mta.NotifyDelay }, text, unknown, 0, "[]"},
		{"NOTIFY=FAILURE and delay", func(e *mta.Envelope) { e.Recipients[0].Notify = mta.NotifyFailure }, text, greylisted, 5 * time.Hour, "[]"},
		{"NOTIFY=DELAY and delay", func(e *mta.Envelope) { e.Recipients[0].Notify = mta.NotifyDelay }, text, greylisted, 5 * time.Hour, "[app@example.com: Warning: could not send message for past 4 hours]"},
		{"bulk mail is late in silence", nil, "Precedence: bulk\r\n" + text, greylisted, 5 * time.Hour, "[]"},
		{"a null reverse-path fails to the postmaster", func(e *mta.Envelope) { e.Sender.Local, e.Sender.Domain = "", "" }, text, unknown, 0, "[postmaster: Postmaster notify: see transcript for details]"},
		{"and is late in silence", func(e *mta.Envelope) { e.Sender.Local, e.Sender.Domain = "", "" }, text, greylisted, 5 * time.Hour, "[]"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			f := newFixture(t)
			f.remote.say("ada@example.net", test.status)
			env := to("6AMC00AA000001", "ada@example.net")
			if test.change != nil {
				test.change(env)
			}
			if _, err := f.Submit(t.Context(), env, strings.NewReader(test.text)); err != nil {
				t.Fatal(err)
			}
			f.move(test.after)
			f.run()
			got := []string{}
			for _, r := range f.reports() {
				got = append(got, r.Recipients[0].Address.String()+": "+r.Subject)
			}
			f.same("reports", got, test.want)
		})
	}
}

func TestAReceiptIsSentWhereOneWasAskedFor(t *testing.T) {
	f := newFixture(t)
	env := to("6AMC00AA000001", "bob@example.com", "carl@example.com")
	env.Recipients[0].Notify = mta.NotifySuccess
	f.submit(env)
	f.run()
	all := f.reports()
	if len(all) != 1 || all[0].Subject != "Return receipt" || strings.Contains(all[0].text, "carl@") || strings.Contains(all[0].text, "body") {
		t.Errorf("%+v", all)
	}
}

func TestADoubleBounceGoesToThePostmasterAndNoFurther(t *testing.T) {
	f := newFixture(t)
	f.remote.say("ada@example.net", unknown)
	f.local.says = map[string]mta.Status{"app@example.com": unknown, "postmaster": unknown}
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	for range 6 {
		f.run()
	}
	var got []string
	for _, r := range f.reports() {
		got = append(got, fmt.Sprintf("%s %s", r.Recipients[0].Address, r.Recipients[0].State))
	}
	f.same("reports", got, []string{"app@example.com bounced", "postmaster bounced"})
	f.same("files", f.files(), []string{})
	if told := f.told(); len(told) != 1 || !strings.Contains(told[0], "postmaster") {
		t.Errorf("told %q", told)
	}
}

func TestAReportThatCannotBeKeptLeavesItsRecipientWaiting(t *testing.T) {
	f := newFixture(t)
	f.remote.say("ada@example.net", unknown)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.Daemon.Store = full{f.store}
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net deferred")
	f.same("recipients in the queue", len(f.control("6AMC00AA000001").Recipients), 1)
	f.Daemon.Store = f.store
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net bounced")
	f.same("reports", len(f.reports()), 1)
}

func TestASlowHostHoldsUpNobodyElse(t *testing.T) {
	f := newFixture(t)
	release := make(chan struct{})
	f.remote.enter = func(_ context.Context, j deliver.Job) {
		if j.Host == "slow.example" {
			<-release
		}
	}
	for i := range 10 {
		f.submit(to(fmt.Sprintf("6AMC00A%d000001", i), "a@slow.example", "b@fast.example", "c@example.com"))
	}
	ended := make(chan error)
	go func() { ended <- f.Run(context.Background(), queue.Selection{}, nil) }()
	deadline := time.After(30 * time.Second)
	for len(f.remote.got()) < 10 || len(f.local.got()) < 10 {
		select {
		case <-deadline:
			t.Fatalf("remote %v, local %v", f.remote.got(), f.local.got())
		case <-time.After(time.Millisecond):
		}
	}
	close(release)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	f.same("sent", len(f.remote.got()), 20)
	f.same("files", f.files(), []string{})
}

func TestAHostThatCannotBeReachedIsLeftAloneForTheRestOfTheRun(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.PerHost = 1 })
	for _, u := range []string{"a", "b", "c"} {
		f.remote.say(u+"@example.net", refused)
		f.submit(to("6AMC00A"+u+"000001", u+"@example.net"))
	}
	f.submit(to("6AMC00Ad000001", "d@example.org"))
	f.run()
	f.same("calls", f.remote.count(), 2)
	for _, u := range []string{"a", "b", "c"} {
		f.same("record", f.recorded("6AMC00A" + u + "000001").Recipients[0].Last.Text, refused.Text)
		f.same("M", f.control("6AMC00A"+u+"000001").Status, "Deferred: "+refused.Text)
	}
	f.run()
	f.same("calls of the next run", f.remote.count(), 3)
}

func TestTwoRunnersOnOneDirectorySendEveryMessageOnce(t *testing.T) {
	f := newFixture(t)
	const messages = 60
	for i := range messages {
		f.submit(to(fmt.Sprintf("6AMC00%02d000001", i), "ada@example.net", "bob@example.com"))
	}
	one := f.Daemon
	f.start()
	var wg sync.WaitGroup
	for _, d := range []*Daemon{one, f.Daemon, one} {
		wg.Go(func() {
			if err := d.Run(t.Context(), queue.Selection{}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f.run()
	for _, m := range []*script{f.remote, f.local} {
		got := m.got()
		f.same("sent", len(got), messages)
		f.same("sent twice", len(got)-len(slices.Compact(got)), 0)
	}
	f.same("files", f.files(), []string{})
}

func TestOddEntriesAreToldOnceAndStopNobody(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("qfno-recipient", "V8\nSalice@example.com\n.\n")
	write("dfno-recipient", "x")
	write("qfno-body", "V8\nSalice@example.com\nRPFD:u@ok.example\n.\n")
	write("qftruncated", "V8\nSalice@example.com\nRPFD:u@ok.example\n")
	write("dftruncated", "x")
	write("qfloose", "V8\nSalice@example.com\nRPFD:u@ok.example\n.\n")
	write("dfloose", "x")
	if err := os.Chmod(filepath.Join(f.dir, "qfloose"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(f.dir, "qfdirectory"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("qflarge", "")
	if err := os.Truncate(filepath.Join(f.dir, "qflarge"), 1<<30); err != nil {
		t.Fatal(err)
	}
	write("dflarge", "x")
	for range 3 {
		f.run()
	}
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net"})
	all := strings.Join(f.told(), "\n")
	for _, name := range []string{"no-recipient", "no-body", "truncated", "loose", "directory", "large"} {
		if n := strings.Count(all, "queue entry "+name+": "); n != 1 {
			t.Errorf("%s is told %d times in\n%s", name, n, all)
		}
		if _, err := os.Lstat(filepath.Join(f.dir, "qf"+name)); err != nil {
			t.Error(err)
		}
	}
}

func TestAMessageThatAnotherProcessHoldsIsPassedOver(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.submit(to("6AMC00AB000001", "ada@example.net"))
	e, err := f.Queue.Lock("6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var lines []string
	if err := f.Run(t.Context(), queue.Selection{}, func(l string) { lines = append(lines, l) }); err != nil {
		t.Fatal(err)
	}
	f.same("verbose", strings.Join(lines, "\n"), "\nRunning "+f.dir+"/6AMC00AA000001 (sequence 1 of 2)\n6AMC00AA000001: locked\n\nRunning "+f.dir+"/6AMC00AB000001 (sequence 2 of 2)")
	f.same("sent", f.remote.got(), []string{"6AMC00AB000001 ada@example.net"})
	f.same("told", len(f.told()), 0)
}

func TestABrokenOffAttemptIsNoAttempt(t *testing.T) {
	f := newFixture(t)
	f.remote.say("ada@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.move(30 * 24 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	f.remote.enter = func(context.Context, deliver.Job) { cancel() }
	if err := f.Run(ctx, queue.Selection{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net queued")
	f.same("N", f.control("6AMC00AA000001").Tries, 0)
	f.same("reports", len(f.reports()), 0)
}

// stubborn is a store that cannot be written for a while.
type stubborn struct {
	spool.Store
	fail func() bool
}

func (s stubborn) Update(ctx context.Context, id string, r []mta.Recipient) error {
	if s.fail() {
		return spool.ErrFull
	}
	return s.Store.Update(ctx, id, r)
}

func TestAFateThatTheStoreCannotTakeIsWrittenLater(t *testing.T) {
	f := newFixture(t)
	broken := true
	f.Daemon.Store = stubborn{f.store, func() bool { return broken }}
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.run()
	f.same("files", f.files(), []string{})
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net queued")
	broken = false
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed")
	f.same("sent", len(f.remote.got()), 1)
}

func TestAMessageThatCannotWaitIsRefusedAndNotKept(t *testing.T) {
	f := newFixture(t)
	_, err := f.Submit(t.Context(), to("6AMC00AA000001", "ada@example.net"), io.MultiReader(strings.NewReader("X: "), strings.NewReader(strings.Repeat(strings.Repeat("x", 70)+"\r\n\t", 20_000)), strings.NewReader("\r\n\r\nbody")))
	if s := mta.StatusOf(err); s.Code != 552 {
		t.Errorf("%v", err)
	}
	f.same("records", f.store.Counts().All, 0)
	f.same("files", f.files(), []string{})
}
