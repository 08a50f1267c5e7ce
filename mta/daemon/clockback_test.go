package daemon

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postroom.dev/mta"
)

// A clock that is set back makes messages, their files and their last attempts lie in the future.
func TestAClockThatIsSetBackLosesNothingAndTriesNothingInALoop(t *testing.T) {
	f := newFixture(t, func(c *Config) {
		c.MinAge, c.Warn, c.Return = 30*time.Minute, 4*time.Hour, 5*24*time.Hour
	})
	f.remote.say("slow@example.net", greylisted)
	f.submit(to("6AMC00AA000001", "slow@example.net", "ada@example.net"))
	f.run()
	f.same("calls", f.remote.count(), 1)
	future := time.Now().Add(24 * time.Hour) // what the system's clock says is the past now
	for _, name := range f.files() {
		if err := os.Chtimes(filepath.Join(f.dir, name), future, future); err != nil {
			t.Fatal(err)
		}
	}
	f.move(-24 * time.Hour)

	f.run()
	f.same("calls: a run tries it, once", f.remote.count(), 2)
	f.same("states", f.states("6AMC00AA000001"), "slow@example.net deferred, ada@example.net relayed")
	f.same("last try", f.control("6AMC00AA000001").LastTry.Equal(noon.Add(-24*time.Hour)), true)
	f.run()
	f.same("calls: it is too young now", f.remote.count(), 2)
	f.submit(to("6AMC00AB000001", "bob@example.net")) // what comes now goes its way
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net", "6AMC00AB000001 bob@example.net"})

	// It came in the future, so it is neither late nor too old before that time has come again.
	f.move(24*time.Hour + time.Hour)
	f.run()
	f.same("reports", len(f.reports()), 0)
	f.same("calls", f.remote.count(), 4)
	f.move(4 * time.Hour)
	f.run()
	f.same("warnings", len(f.reports()), 1)

	// A new start on the directory finds it, and a run ends with it.
	f.move(-48 * time.Hour)
	f.start()
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.remote.say("slow@example.net", mta.Status{Code: 250})
	f.run()
	f.same("state", f.states("6AMC00AA000001"), "slow@example.net relayed, ada@example.net relayed")
	f.run() // the warning itself, to its sender
	f.same("files", f.files(), []string{})
	f.same("problems", f.told(), []string{})
}

func TestServeGoesOnWhenTheClockIsSetBack(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Interval = time.Hour })
	f.remote.say("slow@example.net", greylisted)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Serve(ctx) }()
	f.submit(to("6AMC00AA000001", "slow@example.net"))
	f.await("it is tried", func() bool { return f.control("6AMC00AA000001").Tries == 1 })
	f.move(-24 * time.Hour)
	for range 20 {
		f.Poke()
	}
	f.submit(to("6AMC00AB000001", "ada@example.net"))
	f.await("new mail goes out", func() bool { return len(f.remote.got()) == 1 })
	f.same("calls", f.remote.count(), 2)
	f.move(25 * time.Hour)
	f.remote.say("slow@example.net", mta.Status{Code: 250})
	f.Poke()
	f.await("the next run", func() bool { return len(f.files()) == 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	f.same("calls", f.remote.count(), 3)
}
