package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool/queue"
)

// crashAt makes the daemon stop for good at the n-th step that it comes to: whoever comes to one later stops as well. It gives
// whether it came to that.
func (f *fixture) crashAt(n int) (crashed func() bool) {
	var mu sync.Mutex
	f.step = func(string) {
		mu.Lock()
		n--
		dead := n < 0
		mu.Unlock()
		if dead {
			runtime.Goexit() // deferred calls run: as the system's do at the end of a process, they let go of locks
		}
	}
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return n < 0
	}
}

// alone runs do in a goroutine that may be ended.
func alone(do func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do()
	}()
	<-ended
}

func TestACrashBetweenAnyTwoStepsLosesNothing(t *testing.T) {
	for _, again := range []bool{false, true} { // does the client send the message once more?
		for n := 0; ; n++ {
			f := newFixture(t)
			f.remote.say("slow@example.net", greylisted)
			f.remote.say("bad@example.net", unknown)
			crashed := f.crashAt(n)
			accepted := false
			alone(func() {
				f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com", "slow@example.net", "bad@example.net"))
				accepted = true
				_ = f.Run(t.Context(), queue.Selection{}, nil)
			})
			stopped := crashed()
			f.start()
			if err := f.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			if again && !accepted {
				f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com", "slow@example.net", "bad@example.net"))
				accepted = true
			}
			f.run()
			f.remote.say("slow@example.net", mta.Status{Code: 250})
			f.run()
			f.run()
			what := fmt.Sprintf("step %d, sent again %v: ", n, again)
			_, err := f.store.Lookup(t.Context(), "6AMC00AA000001")
			if !accepted && err != nil {
				f.same(what+"files of what was never kept", f.files(), []string{})
				continue
			}
			f.same(what+"record", f.states("6AMC00AA000001"),
				"ada@example.net relayed, bob@example.com delivered, slow@example.net relayed, bad@example.net bounced")
			f.same(what+"remote", slices.Compact(f.remote.got()), []string{"6AMC00AA000001 ada@example.net", "6AMC00AA000001 slow@example.net"})
			if !slices.Contains(f.local.got(), "6AMC00AA000001 bob@example.com") {
				t.Errorf("%sbob has no mail", what)
			}
			f.same(what+"reports", len(f.reports()), 1)
			f.same(what+"files", f.files(), []string{})
			if !stopped {
				if n < 10 {
					t.Errorf("there are only %d steps", n)
				}
				break
			}
		}
	}
}

func TestAStartGivesAWaitingRecordItsQueueFiles(t *testing.T) {
	f := newFixture(t)
	f.crashAt(1) // after the record
	alone(func() { f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com")) })
	f.same("files", f.files(), []string{})
	f.start()
	for range 2 {
		if err := f.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	f.same("files", f.files(), []string{"df6AMC00AA000001", "qf6AMC00AA000001"})
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net"})
}

func TestAStartMarksWhatAnotherProgramTook(t *testing.T) {
	f := newFixture(t)
	f.remote.say("ada@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com"))
	f.run()
	for _, name := range []string{"df", "qf"} {
		if err := os.Remove(filepath.Join(f.dir, name+"6AMC00AA000001")); err != nil {
			t.Fatal(err)
		}
	}
	f.start()
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed, bob@example.com delivered")
	if r := f.recorded("6AMC00AA000001").Recipients[0]; !strings.Contains(r.Last.Text, "another program") {
		t.Errorf("%+v", r)
	}
	f.run()
	f.same("files", f.files(), []string{})
}

func TestARunMarksARecipientThatAnotherProgramTook(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com"))
	e, err := f.Queue.Lock("6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	c := *e.Control
	c.Recipients = c.Recipients[:1]
	if err := e.Update(&c); err != nil {
		t.Fatal(err)
	}
	e.Close()
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed, bob@example.com relayed")
	f.same("local", len(f.local.got()), 0)
}

func TestARunMarksAMessageThatAnotherProgramTookSinceTheLast(t *testing.T) {
	f := newFixture(t)
	f.remote.say("ada@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.run()
	f.submit(to("6AMC00AB000001", "ada@example.net"))
	moved := filepath.Join(t.TempDir(), "omqueue")
	if err := os.Rename(f.dir, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f.run()
	for _, id := range []string{"6AMC00AA000001", "6AMC00AB000001"} {
		f.same("record", f.states(id), "ada@example.net relayed")
	}
	// It was the user, who moved the queue away and now runs it.
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	old, err := queue.OpenAll(moved, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RunIn(t.Context(), old, queue.Selection{}, nil); err != nil {
		t.Fatal(err)
	}
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net", "6AMC00AB000001 ada@example.net"})
	if text := f.recorded("6AMC00AB000001").Recipients[0].Last.Text; text == takenText {
		t.Errorf("the record says %q", text)
	}
}

// foreign puts a message into the queue directory as another program does.
func (f *fixture) foreign(id, control string) {
	f.Helper()
	for name, text := range map[string]string{"df" + id: "their body\n", "qf" + id: control} {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
			f.Fatal(err)
		}
	}
}

func TestQueueFilesOfOthersGetARecordAndAreSent(t *testing.T) {
	for name, start := range map[string]bool{"by a start": true, "by a run": false} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.foreign("AA00269", "P5\nSgeo@example.com\nHSubject: hello\nRada@example.net\nRbob\n.\n")
			f.foreign("x.y", "V8\nT1\nN3\nSgeo@example.com\nRPFD:late@example.net\nH??Subject: old\n.\n")
			f.remote.say("late@example.net", greylisted)
			if start {
				if err := errors.Join(f.Reconcile(t.Context()), f.Adopt(t.Context())); err != nil {
					t.Fatal(err)
				}
				f.same("record", f.states("AA00269"), "ada@example.net queued, bob queued")
				f.same("bytes", f.bytesOf("AA00269"), "Subject: hello\n\ntheir body\n")
			}
			f.run()
			f.same("record", f.states("AA00269"), "ada@example.net relayed, bob delivered")
			f.same("sent", f.remote.text["AA00269"], "Subject: hello\n\ntheir body\n")
			f.same("record of one from 1970", f.states("x.y"), "late@example.net bounced")
		})
	}
}

func (f *fixture) bytesOf(id string) string {
	f.Helper()
	n, err := f.store.Lookup(f.Context(), id)
	if err != nil {
		f.Fatal(err)
	}
	return bytesOf(f.T, f.store, n)
}

func TestTheOldFormWithoutAFinalDotIsRun(t *testing.T) {
	f := newFixture(t)
	f.foreign("AA00269", "P5\nSgeo@example.com\nRada@example.net\nHSubject: hello\n")
	f.run()
	f.same("sent", f.remote.got(), []string{"AA00269 ada@example.net"})
}

func TestAStartDoesNotDisturbMailThatIsJustAccepted(t *testing.T) {
	f := newFixture(t)
	f.step = func(step string) {
		if step == "enqueue" {
			if err := f.Reconcile(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.same("files", f.files(), []string{"df6AMC00AA000001", "qf6AMC00AA000001"})
}

func TestMailThatComesAgainAfterItWasSentIsNotSentAgain(t *testing.T) {
	f := newFixture(t)
	for range 2 {
		f.submit(to("6AMC00AA000001", "ada@example.net"))
		f.run()
	}
	f.same("sent", len(f.remote.got()), 1)
	f.same("records", f.store.Counts().All, 1)
	f.same("files", f.files(), []string{})
}

func TestAQueueIDThatIsInUseIsRefusedAndNotKept(t *testing.T) {
	f := newFixture(t)
	f.foreign("6AMC00AA000001", "V8\nSgeo@example.com\nRPFD:u@example.net\n.\n")
	_, err := f.Submit(t.Context(), to("6AMC00AA000001", "ada@example.net"), strings.NewReader(text))
	if s := mta.StatusOf(err); s.Code != 451 {
		t.Errorf("%v", err)
	}
	f.same("records", f.store.Counts().All, 0)
}
