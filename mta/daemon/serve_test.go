package daemon

import (
	"context"
	"fmt"
	"testing"
	"time"

	"postroom.dev/mta"
)

func TestServeTriesNewMailAtOnceAndRunsTheQueueWhenTheClockMoves(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Interval = time.Hour })
	f.remote.say("slow@example.net", greylisted)
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- f.Serve(ctx) }()
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.submit(to("6AMC00AB000001", "slow@example.net"))
	f.await("both are tried", func() bool {
		return len(f.files()) == 2 && f.control("6AMC00AB000001").Tries == 1 // the file is written last
	})
	f.remote.say("slow@example.net", mta.Status{Code: 250})
	f.Poke()
	f.move(time.Hour)
	f.Poke()
	f.await("a run", func() bool { return len(f.files()) == 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net", "6AMC00AB000001 slow@example.net"})
}

func (f *fixture) await(what string, is func() bool) {
	f.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if is() {
			return
		}
	}
	f.Fatalf("waited in vain: %s", what)
}

func TestTheFirstAttemptIsNoRetry(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "slow@example.net"))
	before := f.control("6AMC00AA000001").Priority
	r := newRun(t.Context(), f.Queue, false, nil)
	f.first(r)
	r.waiting.Wait()
	f.same("P", f.control("6AMC00AA000001").Priority, before)
	f.same("N", f.control("6AMC00AA000001").Tries, 1)
	f.same("calls", f.remote.count(), 1)
	f.first(r)
	r.waiting.Wait()
	f.same("calls without a kick", f.remote.count(), 1)
}

func TestAClockThatIsSetBackNeitherStallsNorRepeats(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "slow@example.net", "ada@example.net"))
	f.move(4 * time.Hour)
	f.run()
	f.move(-24 * 365 * time.Hour)
	f.run()
	f.same("reports", len(f.reports()), 1)
	f.same("N", f.control("6AMC00AA000001").Tries, 2)
	f.remote.say("slow@example.net", mta.Status{Code: 250})
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net", "6AMC00AA000001 slow@example.net"})
}

func TestNewMailIsNotTriedForAMinuteAtAHostThatCannotBeReached(t *testing.T) {
	f := newFixture(t)
	r := newRun(t.Context(), f.Queue, false, nil)
	for i, after := range []time.Duration{0, time.Second, time.Minute, -time.Hour} {
		f.move(after)
		to1 := fmt.Sprintf("ada%d@example.net", i)
		f.remote.say(to1, refused)
		f.submit(to(fmt.Sprintf("6AMC00A%d000001", i), to1))
		f.first(r)
		r.waiting.Wait()
	}
	f.same("calls", f.remote.count(), 3)
	f.run()
	f.same("calls with the run, two at a time", f.remote.count() <= 5, true)
}

func TestAMessageThatWasTriedWhileItStoodInLineIsNotTriedAgain(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "slow@example.net"))
	r := newRun(t.Context(), f.Queue, true, nil)
	late := f.look(r, "6AMC00AA000001")
	f.run()
	f.begin(r, []*turn{late})
	r.waiting.Wait()
	f.same("calls", f.remote.count(), 1)
}

func TestNewMailThatIsLockedForAMomentIsTriedSoonAfter(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Interval = 0 }) // no queue run comes to help
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	e, err := f.Queue.Lock("6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Serve(ctx) }()
	f.await("it is found locked", func() bool {
		f.runner.mu.Lock()
		defer f.runner.mu.Unlock()
		return f.runner.locked["6AMC00AA000001"] > 0
	})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	f.await("it is sent", func() bool { return len(f.files()) == 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
