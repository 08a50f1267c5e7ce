package daemon

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

const aliases = `team: alice, bob, team-lead
team-lead: alice
out: ada@example.net
loop: pool
pool: loop
both: "|exit 75", both
list: :include:/lists/list
crew: alice, bob
owner-crew: alice
postmaster: bad@example.net
`

// aliased gives a daemon the aliases above. Files of lists are on a disk that does not answer.
func aliased(t *testing.T) func(*Config) {
	local := func(domain string) bool { return strings.EqualFold(domain, "example.com") }
	db, problems := alias.Parse("aliases", strings.NewReader(aliases), local)
	for _, p := range problems {
		if !p.Warning {
			t.Fatal(p)
		}
	}
	r, err := route.New(route.Config{
		Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: route.ExternalRelay,
		Aliases: func() (*alias.DB, error) { return db, nil },
		Include: func(string) (io.ReadCloser, error) { return nil, errors.New("input/output error") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Router = r }
}

func TestAnAliasGivesWayToThoseItLeadsTo(t *testing.T) {
	f := newFixture(t, aliased(t))
	env := to("6AMC00AA000001", "team@example.com", "out")
	env.Recipients[0].Original, env.Recipients[0].Notify = "rfc822;team@example.com", mta.NotifyFailure
	f.submit(env)
	f.same("states", f.states("6AMC00AA000001"), "alice queued, bob queued, ada@example.net queued")
	for _, r := range f.recorded("6AMC00AA000001").Recipients[:2] {
		f.same("way", r.Via, []address.Address{{Local: "team", Domain: "example.com"}})
		f.same("original", r.Original, "rfc822;team@example.com")
		f.same("notify", r.Notify, mta.NotifyFailure)
		if s := r.Steps[0]; s.Rule != "aliases" || s.File != "aliases" || s.Line != 1 || s.Key != "team" {
			t.Errorf("step %+v", s)
		}
	}
	f.run()
	f.same("states", f.states("6AMC00AA000001"), "alice delivered, bob delivered, ada@example.net relayed")
	f.same("local", f.local.got(), []string{"6AMC00AA000001 alice", "6AMC00AA000001 bob"})
	f.same("remote", f.remote.got(), []string{"6AMC00AA000001 ada@example.net"})
}

func TestWhoIsLedToTwiceGetsOneCopy(t *testing.T) {
	f := newFixture(t, aliased(t))
	f.submit(to("6AMC00AA000001", "team", "alice@example.com", "team-lead@example.com", "carol"))
	f.same("states", f.states("6AMC00AA000001"), "alice queued, bob queued, carol queued")
	steps := f.recorded("6AMC00AA000001").Recipients[0].Steps
	var told []string
	for _, s := range steps {
		if s.Note == "duplicate suppressed" {
			told = append(told, s.In+" "+s.Out)
		}
	}
	f.same("steps", told, []string{"alice@example.com alice", "team-lead@example.com alice"})
	f.run()
	f.same("local", f.local.got(), []string{"6AMC00AA000001 alice", "6AMC00AA000001 bob", "6AMC00AA000001 carol"})
}

func TestAnAliasThatLeadsNowhereIsReported(t *testing.T) {
	f := newFixture(t, aliased(t))
	f.submit(to("6AMC00AA000001", "bob", "loop@example.com"))
	f.run()
	f.same("states", f.states("6AMC00AA000001"), "bob delivered, loop@example.com bounced")
	f.same("status", f.recorded("6AMC00AA000001").Recipients[1].Last.Error(), "554 5.4.6 aliasing/forwarding loop broken")
	reports := f.reports()
	if len(reports) != 1 || !strings.Contains(reports[0].text, "loop@example.com") || !strings.Contains(reports[0].text, "aliasing/forwarding loop broken") {
		t.Errorf("%d reports: %+v", len(reports), reports)
	}
	f.run()
	f.same("files", f.files(), []string{})
}

func TestAnAliasThatNamesItselfAndAProgramKeepsBothApart(t *testing.T) {
	f := newFixture(t, aliased(t))
	f.local.say("both", mta.Status{Code: 450, Enhanced: mta.Enhanced{4, 2, 0}, Text: "mailbox of both is locked"})
	f.submit(to("6AMC00AA000001", "both"))
	f.run()
	f.same("states", f.states("6AMC00AA000001"), "both bounced, both deferred")
	f.local.say("both", mta.Status{Code: 250})
	f.run()
	f.same("states", f.states("6AMC00AA000001"), "both bounced, both delivered")
	f.same("reports", len(f.reports()), 1)
}

func TestAHeldFailureIsTheSameWhenItIsLetGo(t *testing.T) {
	f := newFixture(t, aliased(t))
	f.submit(to("6AMC00AA000001", "loop"))
	if err := errors.Join(f.Hold(t.Context(), "6AMC00AA000001"), f.Release(t.Context(), "6AMC00AA000001")); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("states", f.states("6AMC00AA000001"), "loop bounced")
	f.same("status", f.recorded("6AMC00AA000001").Recipients[0].Last.Enhanced, "5.4.6")
}

func TestMailIsNotTakenWhileAListCannotBeRead(t *testing.T) {
	f := newFixture(t, aliased(t))
	_, err := f.Submit(t.Context(), to("6AMC00AA000001", "bob", "list"), strings.NewReader(text))
	if s := mta.StatusOf(err); !s.Temporary() || !strings.Contains(s.Text, "/lists/list") {
		t.Errorf("%v", err)
	}
	if _, err := f.store.Lookup(t.Context(), "6AMC00AA000001"); !errors.Is(err, spool.ErrNotFound) {
		t.Errorf("a record is kept: %v", err)
	}
	f.same("files", f.files(), []string{})
}

func TestACrashLosesNeitherCopiesNorReports(t *testing.T) {
	change := aliased(t)
	for n := 1; ; n++ { // at step 0 nothing is kept
		f := newFixture(t, change)
		crashed := f.crashAt(n)
		alone(func() {
			f.submit(to("6AMC00AA000001", "team", "loop"))
			_ = f.Run(t.Context(), queue.Selection{}, nil)
		})
		stopped := crashed()
		f.start(change)
		if err := f.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.run()
		f.run()
		what := fmt.Sprintf("step %d: ", n)
		f.same(what+"record", f.states("6AMC00AA000001"), "alice delivered, bob delivered, loop bounced")
		if got := slices.Compact(f.local.got()); !slices.Contains(got, "6AMC00AA000001 alice") || !slices.Contains(got, "6AMC00AA000001 bob") {
			t.Errorf("%sdelivered %v", what, got)
		}
		if len(f.reports()) == 0 {
			t.Errorf("%sno report", what)
		}
		if !stopped {
			break
		}
	}
}

func TestAPostmasterWhoIsAnAliasEndsDoubleBounces(t *testing.T) {
	f := newFixture(t, aliased(t))
	f.remote.say("bad@example.net", unknown)
	f.local.say("app@example.com", unknown)
	f.submit(to("6AMC00AA000001", "loop"))
	for range 6 {
		f.run()
	}
	var got []string
	for _, r := range f.reports() {
		got = append(got, fmt.Sprintf("%s %s", r.Recipients[0].Address, r.Recipients[0].State))
	}
	f.same("reports", got, []string{"app@example.com bounced", "bad@example.net bounced"})
	f.same("files", f.files(), []string{})
}

// other gives the queue id of the one record that has another one.
func (f *fixture) other(queueID string) (found string) {
	f.Helper()
	ids, err := f.store.IDs(f.Context(), spool.Query{})
	if err != nil {
		f.Fatal(err)
	}
	records, err := f.store.Get(f.Context(), ids...)
	if err != nil || len(records) != 2 {
		f.Fatalf("%d records, want 2: %v", len(records), err)
	}
	for _, r := range records {
		if r.Envelope.ID != queueID {
			found = r.Envelope.ID
		}
	}
	return found
}

func TestAListsOwnerIsTheSenderOfItsCopies(t *testing.T) {
	const id = "6AMC00AA000001"
	f := newFixture(t, aliased(t))
	f.submit(to(id, "crew@example.com", "carl@example.com"))
	clone := f.other(id)
	f.same("the message's sender", f.control(id).Sender, "<app@example.com>")
	f.same("its copy's sender", f.control(clone).Sender, "<alice@mail.example.com>")
	f.local.say("bob", unknown)
	f.run()
	f.same("the text that both get", f.local.text[clone], f.local.text[id])
	if !strings.Contains(f.local.text[clone], " id "+id) { // as in sendmail's copies
		t.Errorf("Received of the copy does not name the message:\n%s", f.local.text[clone])
	}
	if reports := f.reports(); len(reports) != 1 || reports[0].Recipients[0].Address.String() != "alice@mail.example.com" {
		t.Errorf("reports %+v", reports)
	}

	f = newFixture(t, aliased(t))
	f.submit(to(id, "crew@example.com"))
	f.same("a list alone is one message", f.files(), []string{"df" + id, "qf" + id})
	f.same("with the owner as its sender", f.control(id).Sender, "<alice@mail.example.com>")
	f.same("that tells why", f.recorded(id).Steps[0].In, "app@example.com")

	f = newFixture(t, aliased(t))
	env := to(id, "crew@example.com")
	env.Sender = address.Address{}
	f.submit(env)
	f.same("a report keeps its null sender", f.recorded(id).Sender.IsNull(), true)
}

func TestWhereAListsCopyCannotBeKeptNothingIs(t *testing.T) {
	f := newFixture(t, aliased(t), func(c *Config) { c.QueueID = func() string { return "6AMC00AB000001" } })
	f.foreign("6AMC00AB000001", "V8\nSgeo@example.com\nRPFD:u@example.net\n.\n")
	_, err := f.Submit(t.Context(), to("6AMC00AA000001", "crew@example.com", "out"), strings.NewReader(text))
	if s := mta.StatusOf(err); s.Code != 451 {
		t.Errorf("%v", err)
	}
	f.same("records", f.store.Counts().All, 0)
	f.same("files", f.files(), []string{"df6AMC00AB000001", "qf6AMC00AB000001"})
}
