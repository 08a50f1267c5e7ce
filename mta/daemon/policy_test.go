package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/mta/smtpd"
	"postroom.dev/mta/table"
)

// withTables gives a daemon tables; it is lenient, and lets all mail leave.
func withTables(t *testing.T, access, mailers string) func(*Config) {
	m := func(text string) func() (*table.Map, error) {
		parsed, _ := table.Parse("t", strings.NewReader(text), table.Syntax{})
		return func() (*table.Map, error) { return parsed, nil }
	}
	r, err := route.New(route.Config{
		Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: route.ExternalRelay,
		Tables: route.Tables{Access: m(access), Mailers: m(mailers)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Router = r }
}

// offer sends a message as a client does: each command is asked about. The error is the first refusal.
func (f *fixture) offer(client, id, sender string, rcpt ...string) error {
	f.Helper()
	env := envelope(id)
	env.Origin.Client, env.Origin.Name, env.Origin.UID, env.Recipients, env.Arrival = client, "", -1, nil, f.now()
	if err := f.Connect(f.Context(), &env.Origin); err != nil {
		return err
	}
	env.Sender = mustAddress(f.T, sender)
	if err := f.Mail(f.Context(), env); err != nil {
		return err
	}
	for _, text := range rcpt {
		r := mta.Recipient{Address: mustAddress(f.T, text)}
		if err := f.Rcpt(f.Context(), env, &r); err != nil {
			return err
		}
		env.Recipients = append(env.Recipients, r)
	}
	m, err := f.Data(f.Context(), env)
	if err != nil {
		return err
	}
	if _, err := m.Write([]byte(text)); err != nil {
		return err
	}
	return m.Commit(f.Context(), env)
}

func mustAddress(t *testing.T, text string) address.Address {
	t.Helper()
	a, err := address.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	localClient  = "127.0.0.1:4711"
	remoteClient = "192.0.2.50:4711"
)

func TestARelayThatProductionWouldRefuseIsCaughtWhateverMayLeave(t *testing.T) {
	f := newFixture(t, withTables(t, "To:known.example RELAY\n", "far.example esmtp:[192.0.2.1]\n"))
	if err := f.offer(remoteClient, "6AMC00AA000001", "a@ok.example", "u@far.example", "u@else.example", "u@known.example", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("strangers", f.states("6AMC00AA000001"), "u@far.example caught, u@else.example caught, u@known.example relayed, ann@example.com delivered")
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 u@known.example"})
	if s := f.recorded("6AMC00AA000001").Recipients[0].Steps; !slices.ContainsFunc(s, func(s mta.Step) bool { return strings.Contains(s.Note, "Relaying denied") }) {
		t.Errorf("%+v", s)
	}
	if err := f.offer(localClient, "6AMC00AB000001", "a@ok.example", "u@far.example", "u@else.example"); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("ourselves", f.states("6AMC00AB000001"), "u@far.example relayed, u@else.example relayed")
}

func TestOneRecipientThatIsDiscardedDiscardsTheMessage(t *testing.T) {
	f := newFixture(t, withTables(t, "To:trap@example.com DISCARD\nFrom:spam.example DISCARD\n", ""))
	if err := f.offer(localClient, "6AMC00AA000001", "a@ok.example", "ann@example.com", "trap@example.com", "u@far.example"); err != nil {
		t.Fatal(err)
	}
	if err := f.offer(localClient, "6AMC00AB000001", "a@spam.example", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	f.same("first", f.states("6AMC00AA000001"), "ann@example.com discarded, trap@example.com discarded, u@far.example discarded")
	f.same("second", f.states("6AMC00AB000001"), "ann@example.com discarded")
	f.same("queue", f.files(), []string{})
}

func TestAQuarantinedMessageWaitsUntilItIsReleased(t *testing.T) {
	f := newFixture(t, withTables(t, "From:odd.example QUARANTINE:odd sender\n", ""))
	const id = "6AMC00AA000001"
	if err := f.offer(localClient, id, "a@odd.example", "ann@example.com", "u@far.example"); err != nil {
		t.Fatal(err)
	}
	f.same("files", f.files(), []string{"df" + id, "hf" + id})
	f.same("states", f.states(id), "ann@example.com held, u@far.example held")
	f.run()
	f.same("after a run", f.states(id), "ann@example.com held, u@far.example held")
	f.start(withTables(t, "", ""))
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.same("after a start", f.states(id), "ann@example.com held, u@far.example held")
	if err := f.Release(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("released", f.states(id), "ann@example.com delivered, u@far.example relayed")
}

func TestTheMailertableHoldsUntilTheUserLetsGo(t *testing.T) {
	const id, later = "6AMC00AA000001", "6AMC00AB000001"
	f := newFixture(t, withTables(t, "", ""))
	f.remote.say("u@soon.example", greylisted)
	if err := f.offer(localClient, later, "a@ok.example", "u@soon.example"); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.start(withTables(t, "", "held.example hold:\nvia.example hold:relay:[192.0.2.1]\nsoon.example hold:\n"))
	if err := f.offer(localClient, id, "a@ok.example", "u@held.example", "u@via.example", "u@else.example"); err != nil {
		t.Fatal(err)
	}
	f.same("states", f.states(id), "u@held.example held, u@via.example held, u@else.example held")
	f.remote.say("u@soon.example", mta.Status{Code: 250})
	f.run()
	f.same("a message that waited is held, too", f.states(later), "u@soon.example held")
	f.same("sent", f.remote.got(), []string(nil))
	for _, id := range []string{id, later} {
		if err := f.Release(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	f.run()
	f.same("released", f.states(id)+", "+f.states(later), "u@held.example relayed, u@via.example relayed, u@else.example relayed, u@soon.example relayed")
	f.same("via", f.recorded(id).Recipients[1].Host, "[192.0.2.1]")
}

func TestACrashBetweenRecordAndHoldLosesNothing(t *testing.T) {
	const id = "6AMC00AA000001"
	for _, step := range []string{"commit", "enqueue", "accepted"} {
		t.Run(step, func(t *testing.T) {
			f := newFixture(t, withTables(t, "From:odd.example QUARANTINE:odd\n", ""))
			f.step = func(at string) {
				if at == step {
					panic("crash")
				}
			}
			func() {
				defer func() { _ = recover() }()
				_ = f.offer(localClient, id, "a@odd.example", "ann@example.com")
			}()
			f.start(withTables(t, "", ""))
			if err := f.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.run()
			if got := f.local.got(); len(got) != 0 {
				t.Errorf("delivered: %v", got)
			}
			if step == "commit" {
				return // the client did not hear 250, and nothing was kept
			}
			f.run()
			f.same("states", f.states(id), "ann@example.com held")
		})
	}
}

func TestConnectionsOfOneClientAreCounted(t *testing.T) {
	f := newFixture(t, withTables(t, "ClientConn:192.0.2.50 2\nClientRate:192.0.2.50 4\n", ""))
	origin := &mta.Origin{Client: remoteClient, UID: -1}
	connect := func() string {
		if err := f.Connect(t.Context(), origin); err != nil {
			return mta.StatusOf(err).Text
		}
		return "ok"
	}
	leave := func() { f.Closed(mta.Session{ID: fmt.Sprint(time.Now().UnixNano()), Origin: *origin, Asked: true}) }
	f.same("first", connect(), "ok")
	f.same("second", connect(), "ok")
	f.Closed(mta.Session{ID: "early", Origin: *origin}) // one that ended before it was asked about
	f.same("third", connect(), "Too many open connections.")
	leave()
	leave()
	f.same("fourth", connect(), "ok")
	leave()
	f.same("fifth in a minute", connect(), "Connection rate limit exceeded.")
	leave()
	f.move(2 * time.Minute)
	f.same("later", connect(), "ok")
}

var _ smtpd.Policy = (*Daemon)(nil)

func TestASessionThatCameByNoNetworkIsKept(t *testing.T) {
	f := newFixture(t)
	f.Closed(mta.Session{ID: "local", Origin: mta.Origin{Protocol: "sendmail", UID: -1}})
	if _, err := f.Store.Session(t.Context(), "local"); err != nil {
		t.Error(err)
	}
}
