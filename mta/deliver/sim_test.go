package deliver

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

// simClock is a clock that only tests move. Waiting moves it, too.
type simClock struct {
	mu     sync.Mutex
	at     time.Time
	waited []time.Duration
}

func (c *simClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *simClock) wait(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	c.waited = append(c.waited, d)
	return nil
}

func newTestSim(t testing.TB) (*Sim, *simClock) {
	c := &simClock{at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	s := NewSim(SimOptions{Now: c.now, Wait: c.wait, Options: Options{Name: "sim", Hostname: "mail.example.com", TLS: &tls.Config{InsecureSkipVerify: true}}})
	t.Cleanup(func() { _ = s.Close() })
	return s, c
}

func TestWhatSimulatedHostsSay(t *testing.T) {
	for _, c := range []struct{ host, u, postmaster string }{
		{"accept", "250 2.0.0 Ok: queued as SIM000001, and thrown away (accept.sim.invalid)", ""},
		{"defer", "451 4.3.0 <u@x.example>: Temporary lookup failure, try again later (defer.sim.invalid)", "451 4.3.0 <postmaster@x.example>: Temporary lookup failure, try again later (defer.sim.invalid)"},
		{"slow", "250 2.0.0 Ok: queued as SIM000001, and thrown away (slow.sim.invalid)", ""},
		{"busy", "421 4.3.2 busy.sim.invalid Service not available: too many connections, try again later (busy.sim.invalid)", ""},
		{"full", "452 4.2.2 <u@x.example>: The mailbox of this recipient is over its quota.\nPlease try again later, or tell the recipient another way. (full.sim.invalid)",
			"452 4.2.2 <postmaster@x.example>: The mailbox of this recipient is over its quota.\nPlease try again later, or tell the recipient another way. (full.sim.invalid)"},
		{"unknown", "550 5.1.1 <u@x.example>: Recipient address rejected: User unknown in virtual mailbox table (unknown.sim.invalid)", "250 2.0.0 Ok: queued as SIM000001, and thrown away (unknown.sim.invalid)"},
		{"drop", "451 4.4.2 Connection reset by drop.sim.invalid.", ""},
		{"tls-fail", "530 5.7.0 Must issue a STARTTLS command first (tls-fail.sim.invalid)", ""},
		{"storm", `554 5.3.5 sim:storm: no simulated host of that name: "storm"; there are accept, defer, greylist, slow, busy, full, unknown, drop, tls-fail, flaky`, ""},
	} {
		t.Run(c.host, func(t *testing.T) {
			s, _ := newTestSim(t)
			if c.postmaster == "" {
				c.postmaster = c.u
			}
			got := s.Deliver(t.Context(), job(t, c.host, hello, "u@x.example", "postmaster@x.example"))
			if d := cmp.Diff([]string{c.u, c.postmaster}, results(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestASimulatedGreylistLetsMailPassWhenTheTimeHasCome(t *testing.T) {
	s, clock := newTestSim(t)
	try := func(host, to string) int { return s.Deliver(t.Context(), job(t, host, hello, to))[0].Code }
	for _, c := range []struct {
		after time.Duration
		host  string
		to    string
		want  int
	}{
		{0, "greylist", "u@x.example", 450}, {4 * time.Minute, "greylist", "u@x.example", 450}, {time.Minute, "greylist", "u@x.example", 250},
		{0, "greylist", "v@x.example", 450}, {0, "greylist:1h", "u@x.example", 450}, {10 * time.Minute, "greylist:1h", "u@x.example", 450},
		{0, "greylist", "v@x.example", 250}, {time.Hour, "greylist:1h", "u@x.example", 250},
	} {
		if clock.at = clock.at.Add(c.after); try(c.host, c.to) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

func TestASlowHostTakesItsTimeWithEachAnswer(t *testing.T) {
	s, clock := newTestSim(t)
	if st := s.Deliver(t.Context(), job(t, "slow:10s", hello, "u@x.example")); !st[0].OK() {
		t.Error(st)
	}
	if got := fmt.Sprint(clock.waited); got != "[10s 10s 10s 10s 10s 10s]" {
		t.Error(got)
	}
}

func TestOneConnectionToASimulatedHostServesManyMessages(t *testing.T) {
	s, _ := newTestSim(t)
	var said strings.Builder
	for range 3 {
		j := job(t, "accept", hello, "u@x.example")
		j.Verbose = func(line string) { said.WriteString(line + "\n") }
		if st := s.Deliver(t.Context(), j); !st[0].OK() {
			t.Error(st)
		}
	}
	s.CloseIdle(func(line string) { said.WriteString(line + "\n") })
	for want, n := range map[string]int{"Connecting to accept.sim.invalid. via sim...\n": 1, "Using cached ESMTP connection to accept.sim.invalid.": 2,
		">>> EHLO": 1, ">>> MAIL": 3, "Closing connection to accept.sim.invalid.\n": 1} {
		if got := strings.Count(said.String(), want); got != n {
			t.Errorf("%d times %q:\n%s", got, want, said.String())
		}
	}
}

func TestAFlakyHostDoesTheSameEachTime(t *testing.T) {
	play := func(host string) (all []string, partial bool) {
		s, _ := newTestSim(t)
		to := []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"}
		for range 12 {
			codes := map[int]bool{}
			for _, st := range s.Deliver(t.Context(), job(t, host, hello, to...)) {
				all = append(all, st.Error())
				codes[st.Code] = true
			}
			partial = partial || len(codes) > 1
		}
		return all, partial
	}
	one, partial := play("flaky")
	again, _ := play("flaky")
	other, _ := play("flaky:2")
	if d := cmp.Diff(one, again); d != "" {
		t.Error(d)
	}
	if cmp.Equal(one, other) {
		t.Error("another seed does the same")
	}
	if !partial || !strings.Contains(strings.Join(one, "\n"), "250 2.0.0") {
		t.Errorf("no partial success, or none at all:\n%s", strings.Join(one, "\n"))
	}
}

func TestManyRecipientsAndLongTextsPassThroughASimulatedHost(t *testing.T) {
	s, _ := newTestSim(t)
	var to []string
	for i := range 250 {
		to = append(to, fmt.Sprintf("u%d@%s.example", i, strings.Repeat("x", 60)))
	}
	text := hello + strings.Repeat(".a line\n", 100_000)
	for i, st := range s.Deliver(t.Context(), job(t, "unknown", text, to...)) {
		if st.Enhanced != (mta.Enhanced{5, 1, 1}) || !strings.Contains(st.Text, to[i]) {
			t.Fatalf("%s: %v", to[i], st)
		}
	}
	for _, st := range s.Deliver(t.Context(), job(t, "accept", text, to...)) {
		if !st.OK() {
			t.Fatal(st)
		}
	}
}

func TestSimulatedHostsServeManyAtATimeAndEndWithTheirMailer(t *testing.T) {
	s := NewSim(SimOptions{Now: time.Now, Options: Options{Hostname: "mail.example.com"}}) // waits in earnest
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			for _, st := range s.Deliver(context.Background(), job(t, []string{"accept", "drop", "flaky", "busy"}[i%4], hello, "u@x.example")) {
				if st.Code == 0 {
					t.Error("no status")
				}
			}
		})
	}
	running.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	running.Go(func() {
		if st := s.Deliver(ctx, job(t, "slow:10m", hello, "u@x.example"))[0]; !st.Temporary() {
			t.Error(st)
		}
	})
	cancel()
	running.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAGreylistGoesOnWhereAnotherEnded(t *testing.T) {
	first, clock := newTestSim(t)
	j := job(t, "greylist", hello, "u@x.example")
	if got := first.Deliver(t.Context(), j); got[0].Code != 450 {
		t.Fatalf("%v", got)
	}
	memory, asked := first.Memory()
	if asked == 0 || asked != first.Asked() || len(memory["greylist"].Counts) != 1 {
		t.Errorf("%d, %+v", asked, memory)
	}
	clock.at = clock.at.Add(6 * time.Minute)
	next := NewSim(SimOptions{Now: clock.now, Wait: clock.wait, Options: Options{Name: "sim", Hostname: "mail.example.com"}})
	t.Cleanup(func() { _ = next.Close() })
	next.Remember(memory)
	if again, _ := next.Memory(); len(again) != 1 {
		t.Errorf("what was not asked for is forgotten: %+v", again)
	}
	if got := next.Deliver(t.Context(), j); got[0].Code != 250 {
		t.Errorf("%v", got)
	}
	if got := next.Deliver(t.Context(), job(t, "greylist", hello, "v@x.example")); got[0].Code != 450 {
		t.Errorf("another recipient: %v", got)
	}
	// A clock that was set back begins anew, and does not wait for the time that it had.
	clock.at = clock.at.Add(-24 * time.Hour)
	if got := next.Deliver(t.Context(), job(t, "greylist", hello, "v@x.example")); got[0].Code != 450 {
		t.Errorf("set back: %v", got)
	}
	clock.at = clock.at.Add(6 * time.Minute)
	if got := next.Deliver(t.Context(), job(t, "greylist", hello, "v@x.example")); got[0].Code != 250 {
		t.Errorf("set back, and waited: %v", got)
	}
}
