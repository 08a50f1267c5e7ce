package daemon

import (
	"errors"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool/queue"
)

func TestAHeldMessageIsNotRunUntilItIsReleased(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com"))
	if err := f.Hold(t.Context(), "6AMC00AA000001"); err != nil {
		t.Fatal(err)
	}
	f.start()
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("calls", f.remote.count(), 0)
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net held, bob@example.com held")
	if err := f.Release(t.Context(), "6AMC00AA000001"); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed, bob@example.com delivered")
	f.same("files", f.files(), []string{})
}

func TestARunThatAsksForQuarantinedMessagesSendsThem(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net", "slow@example.net"))
	f.remote.say("slow@example.net", greylisted)
	if err := f.Hold(t.Context(), "6AMC00AA000001"); err != nil {
		t.Fatal(err)
	}
	sel, err := queue.ParseSelection("Q")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(t.Context(), sel, nil); err != nil {
		t.Fatal(err)
	}
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed, slow@example.net deferred")
	f.same("files", f.files(), []string{"df6AMC00AA000001", "hf6AMC00AA000001"})
}

func TestAMessageThatIsGivenUpGoesBackAndADroppedOneDoesNot(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.submit(to("6AMC00AB000001", "ada@example.net"))
	if err := f.GiveUp(t.Context(), "6AMC00AA000001"); err != nil {
		t.Fatal(err)
	}
	f.same("reports", len(f.reports()), 1)
	if err := f.Drop(t.Context(), "6AMC00AB000001"); err != nil {
		t.Fatal(err)
	}
	f.same("reports", len(f.reports()), 1)
	f.same("given up", f.states("6AMC00AA000001"), "ada@example.net bounced")
	f.same("dropped", f.states("6AMC00AB000001"), "ada@example.net discarded")
	f.run()
	f.same("sent to the host", f.remote.count(), 0)
	if err := f.Drop(t.Context(), "6AMC00AB000001"); !errors.Is(err, queue.ErrGone) {
		t.Errorf("%v", err)
	}
}

func TestAHeldRecordWithoutFilesWasTaken(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	if err := f.Hold(t.Context(), "6AMC00AA000001"); err != nil {
		t.Fatal(err)
	}
	e, err := f.Queue.Queues()[0].LockKind("hf", "6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.same("record", f.recorded("6AMC00AA000001").Recipients[0].State, mta.Relayed)
}
