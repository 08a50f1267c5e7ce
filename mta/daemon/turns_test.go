package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
)

// turns prints what became of a recipient, with the minutes since the first time.
func (f *fixture) turns(id string, rcpt int) string {
	f.Helper()
	env := f.recorded(id)
	var lines []string
	for _, t := range env.Recipients[rcpt].Turns {
		line := fmt.Sprintf("+%d %s", int(t.Time.Sub(env.Arrival).Minutes()), t.State)
		if t.Count > 0 {
			line += fmt.Sprintf(" x%d until +%d", t.Count, int(t.Last.Sub(env.Arrival).Minutes()))
		}
		if t.Mailer != "" {
			line += " " + strings.TrimSpace(t.Mailer+" "+t.Host)
		}
		if t.Status.Code != 0 {
			line += fmt.Sprintf(" %d", t.Status.Code)
		}
		if t.Note != "" {
			line += ": " + t.Note
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestARecordTellsWhenWhatBecameOfARecipient(t *testing.T) {
	f := newFixture(t)
	env := to("6AMC00AA000001", "slow@example.net", "ada@example.net")
	env.Arrival = f.now()
	f.submit(env)
	f.remote.say("slow@example.net", greylisted)
	f.run()
	for range 2 {
		f.move(30 * time.Minute)
		f.run()
	}
	f.move(time.Minute)
	for _, order := range []func() error{
		func() error { return f.Hold(t.Context(), env.ID) },
		func() error { return f.Hold(t.Context(), env.ID) },
		func() error { return f.Release(t.Context(), env.ID) },
	} {
		if err := order(); err != nil {
			t.Fatal(err)
		}
	}
	f.move(5 * 24 * time.Hour)
	f.run()
	f.same("who was tried again and again", f.turns(env.ID, 0), strings.Join([]string{
		"+0 deferred x3 until +60 esmtp example.net 451",
		"+61 held: held by the user",
		"+61 queued: the user let it go",
		"+7261 deferred esmtp example.net 451",
		"+7261 bounced: Cannot send message for 5 days",
	}, "\n"))
	f.same("who had it at once", f.turns(env.ID, 1), "+0 relayed esmtp example.net 250")
}

func TestARecordTellsWhatAUserMadeOfARecipient(t *testing.T) {
	f := newFixture(t)
	env := to("6AMC00AA000001", "a@example.net", "b@example.net", "c@example.net")
	env.Arrival = f.now()
	f.submit(env)
	if err := f.Redirect(t.Context(), env.ID, Redirection{From: "a@example.net", To: "z@example.com"}, Redirection{From: "b@example.net"}); err != nil {
		t.Fatal(err)
	}
	if err := f.GiveUp(t.Context(), env.ID); err != nil {
		t.Fatal(err)
	}
	f.same("in its place", f.turns(env.ID, 0), "+0 queued: the user wrote another recipient in its place\n+0 bounced: returned to the sender by the user")
	f.same("taken out", f.turns(env.ID, 1), "+0 discarded: the user took this recipient out")
	f.same("given up", f.turns(env.ID, 2), "+0 bounced: returned to the sender by the user")
	f.same("its state", f.recorded(env.ID).Recipients[1].State, mta.Discarded)
}
