package daemon

import (
	"testing"

	"postroom.dev/spool/queue"
)

func TestARunIsRememberedWithWhatCameOfIt(t *testing.T) {
	f := newFixture(t)
	f.remote.say("slow@example.net", greylisted)
	f.remote.say("gone@example.net", unknown)
	f.submit(to("6AMC00AA000001", "ada@example.net", "slow@example.net", "gone@example.net"))
	f.submit(to("6AMC00AB000001", "bob@example.com"))
	f.run()
	sel, err := queue.ParseSelection("Rslow@")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(t.Context(), sel, func(string) {}); err != nil {
		t.Fatal(err)
	}
	runs := f.History()
	if len(runs) != 2 {
		t.Fatalf("%d runs are remembered", len(runs))
	}
	for i := range runs {
		if runs[i].Began.IsZero() || runs[i].Ended.IsZero() {
			t.Errorf("run %d has no times: %+v", i, runs[i])
		}
		runs[i].Began, runs[i].Ended = f.now().AddDate(-1, 0, 0), f.now().AddDate(-1, 0, 0)
	}
	at := f.now().AddDate(-1, 0, 0)
	f.same("the one that was asked for", runs[0], Ran{Began: at, Ended: at, Select: "Rslow@", Messages: 1, Deferred: 1})
	f.same("the first", runs[1], Ran{Began: at, Ended: at, Messages: 2, Sent: 2, Deferred: 1, Failed: 1})
}

func TestOldRunsAreForgotten(t *testing.T) {
	f := newFixture(t)
	for range maxHistory + 5 {
		f.run()
	}
	if n := len(f.History()); n != maxHistory {
		t.Errorf("%d runs are remembered, want %d", n, maxHistory)
	}
}
