package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
)

// bounded gives a daemon rules under which mail for other domains is caught.
func bounded(t *testing.T, c route.Config, most int) func(*Config) {
	t.Helper()
	c.Hostname, c.LocalDomains = "mail.example.com", []string{"example.com"}
	r, err := route.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return func(d *Config) {
		d.Router, d.DailyCap = r, most
		d.Count = gate.NewCounter(filepath.Join(t.TempDir(), "daily-count"), d.Now)
	}
}

func allow(t *testing.T, entries ...string) *gate.List {
	t.Helper()
	l, err := gate.Parse(entries)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (f *fixture) idOf(queueID string) int64 {
	f.Helper()
	id, err := f.store.Lookup(f.Context(), queueID)
	if err != nil {
		f.Fatal(err)
	}
	return id
}

func TestACaughtMessageIsReleased(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com", "eve@example.org"))
	f.run()
	f.same("before", f.states("6AMC00AA000001"), "ada@example.net caught, bob@example.com delivered, eve@example.org caught")
	f.same("nothing left", f.remote.count(), 0)
	order := mta.ReleaseOrder{Message: f.idOf("6AMC00AA000001"), By: mta.Origin{User: "ann", Argv: []string{"postroom", "release", "1"}}}
	plan, err := f.PlanRelease(t.Context(), order)
	if err != nil || plan.Refusal != "" || len(plan.Recipients) != 2 || plan.Recipients[1].Address != "eve@example.org" || plan.Recipients[1].Host != "example.org" || plan.Outside() != 2 {
		t.Fatalf("%+v %v", plan, err)
	}
	f.same("a plan sends nothing", len(f.files()), 0)
	order.Seal = plan.Seal
	f.remote.say("eve@example.org", unknown)
	done, err := f.LetOut(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("sent", f.remote.got(), []string{done.QueueID + " ada@example.net"})
	f.same("what left", f.states(done.QueueID), "ada@example.net relayed, eve@example.org bounced")
	f.same("the original stays", f.states("6AMC00AA000001"), "ada@example.net caught, bob@example.com delivered, eve@example.org caught")
	sent := f.recorded(done.QueueID)
	f.same("origin", sent.Origin.Protocol+" "+sent.Origin.Of+" "+sent.Origin.User, "release 6AMC00AA000001 ann")
	if text := f.remote.text[done.QueueID]; !strings.Contains(text, "id 6AMC00AA000001") || !strings.HasSuffix(text, "\n\nbody\n.dot\n") || strings.Contains(text, "Bcc") {
		t.Errorf("it leaves as it would have left: %s", text)
	}
	var told []string
	for _, s := range f.recorded("6AMC00AA000001").Steps {
		told = append(told, s.Rule+" "+s.Key+" "+s.In+" "+s.Out+" "+s.Note)
	}
	f.same("the original says", strings.Join(told, "\n"), "release "+done.QueueID+" ann by postroom release ada@example.net 2026-11-22T12:00:00Z as "+done.QueueID+": relayed: Sent (accepted)\n"+
		"release "+done.QueueID+" ann by postroom release eve@example.org 2026-11-22T12:00:00Z as "+done.QueueID+": bounced: User unknown")
	if plan, err := f.PlanRelease(t.Context(), order); err != nil || len(plan.Earlier) != 2 {
		t.Errorf("%+v %v", plan, err)
	}
}

func TestAReleaseOutlivesARestart(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.remote.say("ada@example.net", greylisted)
	done, err := f.LetOut(t.Context(), mta.ReleaseOrder{Message: f.idOf("6AMC00AA000001")})
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("state", f.states(done.QueueID), "ada@example.net deferred")
	f.start(bounded(t, route.Config{}, 0))
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	f.move(time.Hour)
	f.run()
	f.same("state", f.states(done.QueueID), "ada@example.net relayed")
}

func TestAQueueFileThatSaysItIsAReleaseIsNone(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.remote.say("ada@example.net", greylisted)
	done, err := f.LetOut(t.Context(), mta.ReleaseOrder{Message: f.idOf("6AMC00AA000001"), To: []string{"ada@example.net"}})
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	if _, err := f.store.Delete(t.Context(), f.idOf(done.QueueID)); err != nil { // the files stay
		t.Fatal(err)
	}
	f.start(bounded(t, route.Config{}, 0))
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	f.run()
	f.same("sent", f.remote.got(), []string{})
	f.same("state", f.states(done.QueueID), "ada@example.net caught")
}

func TestWhoIsWrittenIntoAReleasesQueueFileIsNotLetOut(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.remote.say("ada@example.net", greylisted)
	done, err := f.LetOut(t.Context(), mta.ReleaseOrder{Message: f.idOf("6AMC00AA000001")})
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	path := filepath.Join(f.dir, "qf"+done.QueueID)
	control, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(control), "\nRP", "\nRPFD:<eve@evil.example>\nRP", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	f.start(bounded(t, route.Config{}, 0))
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	f.run()
	f.same("sent", f.remote.got(), []string{done.QueueID + " ada@example.net"})
	f.same("states", f.states(done.QueueID), "ada@example.net relayed, eve@evil.example caught")
}

func TestAnotherRecipientInAReleasesPlaceIsNotLetOut(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.remote.say("ada@example.net", greylisted)
	done, err := f.LetOut(t.Context(), mta.ReleaseOrder{Message: f.idOf("6AMC00AA000001")})
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	if err := f.Redirect(t.Context(), done.QueueID, Redirection{From: "ada@example.net", To: "eve@evil.example"}); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("sent", f.remote.got(), []string{})
	if states := f.states(done.QueueID); !strings.Contains(states, "eve@evil.example caught") {
		t.Error(states)
	}
}

func TestWhatAReleaseMayNotDo(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		allow []string
		cap   int
		order mta.ReleaseOrder
		want  error
		text  string
	}{
		{"go where the list does not allow", []string{"example.org"}, 0, mta.ReleaseOrder{}, mta.ErrMayNotLeave, "ada@example.net: not in [delivery] allow"},
		{"also when the user names them", []string{"example.net"}, 0, mta.ReleaseOrder{To: []string{"x@evil.example"}}, mta.ErrMayNotLeave, "x@evil.example: not in [delivery] allow"},
		{"half of it neither", []string{"example.net"}, 0, mta.ReleaseOrder{To: []string{"ada@example.net", "x@evil.example"}}, mta.ErrMayNotLeave, "x@evil.example"},
		{"pass the cap", nil, 1, mta.ReleaseOrder{To: []string{"a@example.net", "b@example.net"}}, mta.ErrMayNotLeave, "daily_cap = 1 has no room for 2 more today (0 left already)"},
		{"do what the user did not see", nil, 0, mta.ReleaseOrder{Seal: "x"}, mta.ErrOtherPlan, "changed since"},
		{"run programs", nil, 0, mta.ReleaseOrder{To: []string{"|/bin/sh"}}, mta.ErrOrder, "no address of a mailbox"},
		{"write files", nil, 0, mta.ReleaseOrder{To: []string{"/etc/passwd"}}, mta.ErrOrder, "no address of a mailbox"},
		{"do so by our own domain", nil, 0, mta.ReleaseOrder{To: []string{`"|/bin/sh"@example.com`}}, mta.ErrMayNotLeave, "Cannot mail directly to programs"},
		{"go to nobody", nil, 0, mta.ReleaseOrder{To: []string{"<>"}}, mta.ErrOrder, "no address of a mailbox"},
		{"go to what is no address", nil, 0, mta.ReleaseOrder{To: []string{"a@b.example\r\nRCPT TO:<x>"}}, mta.ErrOrder, "recipient"},
		{"come from what is no address", nil, 0, mta.ReleaseOrder{From: "a@\r\n"}, mta.ErrOrder, "sender"},
		{"be of no message", nil, 0, mta.ReleaseOrder{Message: 99}, spool.ErrNotFound, "message 99"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			f := newFixture(t, bounded(t, route.Config{Allow: allow(t, tt.allow...)}, tt.cap))
			f.submit(to("6AMC00AA000001", "ada@example.net"))
			if tt.order.Message == 0 {
				tt.order.Message = f.idOf("6AMC00AA000001")
			}
			_, err := f.LetOut(t.Context(), tt.order)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v", err)
			}
			f.run()
			f.same("sent", f.remote.got(), []string{})
			f.same("records", len(f.all()), 1)
		})
	}
}

func (f *fixture) all() []int64 {
	f.Helper()
	ids, err := f.store.IDs(f.Context(), spool.Query{})
	if err != nil {
		f.Fatal(err)
	}
	return ids
}

func TestWhatTheCapHasNoRoomForIsHeld(t *testing.T) {
	cap := bounded(t, route.Config{External: route.ExternalRelay}, 2)
	f := newFixture(t, cap)
	f.remote.say("c@example.net", unknown) // what is refused did not leave
	for _, env := range []*mta.Envelope{
		to("6AMC00AA000001", "ada@example.net", "bob@example.com"), to("6AMC00AB000001", "a@example.net", "b@example.net", "bob@example.com"),
		to("6AMC00AC000001", "c@example.net"), to("6AMC00AD000001", "d@example.net"),
	} {
		f.submit(env)
		f.run()
	}
	f.same("first", f.states("6AMC00AA000001"), "ada@example.net relayed, bob@example.com delivered")
	f.same("second", f.states("6AMC00AB000001"), "a@example.net held, b@example.net held, bob@example.com delivered")
	f.same("third", f.states("6AMC00AC000001"), "c@example.net bounced")
	f.same("fourth", f.states("6AMC00AD000001"), "d@example.net relayed")
	f.submit(to("6AMC00AE000001", "e@example.net"))
	f.run()
	f.same("fifth", f.states("6AMC00AE000001"), "e@example.net held")
	if told := strings.Join(f.told(), "\n"); !strings.Contains(told, "daily_cap = 2 has no room for 1 more today (22 November)") {
		t.Errorf("told %q", told)
	}
	f.start(cap, func(c *Config) { c.Count = f.Count }) // a new start
	if err := f.Release(t.Context(), "6AMC00AE000001"); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("letting it go makes no room", f.states("6AMC00AE000001"), "e@example.net held")
	f.move(24 * time.Hour)
	f.run()
	f.same("it stays until the user lets it go", f.states("6AMC00AE000001"), "e@example.net held")
	for _, id := range []string{"6AMC00AE000001", "6AMC00AB000001"} {
		if err := f.Release(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		f.run()
	}
	f.same("another day", f.states("6AMC00AE000001")+f.states("6AMC00AB000001"), "e@example.net relayeda@example.net held, b@example.net held, bob@example.com delivered")
	f.same("no report for what is held", len(f.reports()), 1)
}

func TestMailThatWouldLeaveIsRedirected(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{External: route.ExternalRelay, Redirect: address.Address{Local: "me", Domain: "corp.example"}}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net", "eve@münchen.example", "bob@example.com"))
	f.run()
	env := to("6AMC00AB000001", "team@example.org")
	env.Recipients[0].Original = "rfc822;old@example.org"
	f.submit(env)
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 me@corp.example", "6AMC00AA000001 me@corp.example", "6AMC00AB000001 me@corp.example"})
	f.same("the record has whom it was for", f.states("6AMC00AA000001"), "ada@example.net relayed, eve@münchen.example relayed, bob@example.com delivered")
	for i, want := range []string{"X-Original-To: ada@example.net rfc822;ada@example.net", "X-Original-To: eve@münchen.example utf-8;eve@münchen.example", "X-Original-To: team@example.org rfc822;old@example.org"} {
		call := f.remote.jobs[i]
		first, _, _ := strings.Cut(call.text, "\n")
		f.same("field and ORCPT", first+" "+call.original, want)
	}
	r := f.recorded("6AMC00AA000001").Recipients[0]
	if s := r.Steps; r.Host != "corp.example" || len(s) < 2 || s[1].Rule != "redirect" || s[1].Out != "me@corp.example" {
		t.Errorf("%+v", r)
	}
	var sent strings.Builder
	content, err := f.store.Content(t.Context(), f.idOf("6AMC00AB000001"))
	if err != nil {
		t.Fatal(err)
	}
	if whole := f.recorded("6AMC00AB000001"); Sent(&sent, &whole, content) != nil || !strings.HasPrefix(sent.String(), "X-Original-To: team@example.org\r\nReceived:") {
		t.Errorf("as it left: %q", sent.String())
	}
	local := f.local.text["6AMC00AA000001"]
	if strings.Contains(local, "X-Original-To") {
		t.Error("mail for a user here is marked:", local)
	}
}

func TestAForwardedMessageSaysWhoHandedItOn(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	done, err := f.LetOut(t.Context(), mta.ReleaseOrder{Message: f.idOf("6AMC00AA000001"), To: []string{"carl@example.org", "dora@example.org"}, Resent: true, By: mta.Origin{User: "ann"}})
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("sent", f.remote.got(), []string{done.QueueID + " carl@example.org", done.QueueID + " dora@example.org"})
	f.same("sender", f.recorded(done.QueueID).Sender, "ann@mail.example.com")
	text := f.remote.text[done.QueueID]
	if !strings.Contains(text, "\nResent-Date: Sun, 22 Nov 2026 12:00:00 GMT\nResent-From: ann@mail.example.com\nResent-To: carl@example.org,\n\tdora@example.org\nResent-Message-Id: <202611221200.") {
		t.Error(text)
	}
	if strings.Index(text, "Resent-Date") > strings.Index(text, "Subject: hi") {
		t.Error("they stand behind what was received:", text)
	}
}

func TestAMessageGoesThroughTheTablesAgain(t *testing.T) {
	f := newFixture(t, bounded(t, route.Config{}, 0))
	f.submit(to("6AMC00AA000001", "ada@example.net", "bob@example.com"))
	f.run()
	f.same("first", f.states("6AMC00AA000001"), "ada@example.net caught, bob@example.com delivered")
	f.start(bounded(t, route.Config{External: route.ExternalRelay}, 0))
	id, err := f.Redeliver(t.Context(), f.idOf("6AMC00AA000001"))
	if err != nil {
		t.Fatal(err)
	}
	f.run()
	r, err := f.store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	f.same("then", f.states(r[0].Envelope.ID), "ada@example.net relayed, bob@example.com delivered")
	f.same("of", r[0].Origin.Protocol+" "+r[0].Origin.Of, "redeliver 6AMC00AA000001")
	f.same("bytes", bytesOf(t, f.store, id), text)
	f.start(bounded(t, route.Config{}, 0))
	if id, err = f.Redeliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	r, err = f.store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	f.same("it has no right of its own to leave", f.states(r[0].Envelope.ID), "ada@example.net caught, bob@example.com queued")
}
