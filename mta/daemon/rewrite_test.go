package daemon

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/table"
)

// generics is a genericstable that a test changes under the daemon's feet.
type generics struct {
	mu    sync.Mutex
	text  string
	err   error
	asked int
}

func (g *generics) Get(key string) (table.Entry, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	if g.err != nil {
		return table.Entry{}, false, g.err
	}
	m, _ := table.Parse("genericstable", strings.NewReader(g.text), table.Syntax{})
	return m.Get(key)
}

func (g *generics) set(text string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.text, g.err = text, err
}

// rewriting makes a fixture whose genericstable knows app@example.com.
func rewriting(t *testing.T, change func(*rewrite.Config)) (*fixture, *generics) {
	t.Helper()
	g := &generics{text: "app@example.com shop@example.org\n"}
	class, _ := table.ParseClass("generics-domains", strings.NewReader("example.com\n"))
	c := rewrite.Config{Hostname: "mail.example.com", Generics: g, AlwaysAddDomain: true,
		GenericsDomains: func() (*table.Class, error) { return class, nil }}
	if change != nil {
		change(&c)
	}
	r, err := rewrite.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return newFixture(t, func(c *Config) { c.Rewrite = r }), g
}

// senders notes under which sender each recipient's mail left.
func senders(f *fixture) *sync.Map {
	var seen sync.Map
	note := func(_ context.Context, j deliver.Job) {
		for _, i := range j.Rcpts {
			seen.Store(j.Envelope.Recipients[i].Address.String(), j.Envelope.Sender.String())
		}
	}
	f.remote.enter, f.local.enter = note, note
	return &seen
}

func TestWhatLeavesIsRewrittenAndWhatCameStays(t *testing.T) {
	f, _ := rewriting(t, func(c *rewrite.Config) { c.Masquerade.Envelope = true })
	seen := senders(f)
	env := to("6AMC00AA000001", "ada@example.net", "bob@example.com")
	env.Sender.Local, env.Sender.Domain = "app", "example.com"
	f.submit(env)
	f.run()
	for id, m := range map[string]*script{"ada@example.net": f.remote, "bob@example.com": f.local} {
		if got := m.text["6AMC00AA000001"]; !strings.Contains(got, "\nFrom: shop@example.org\n") || strings.Contains(got, "app@example.com\nTo") {
			t.Errorf("%s got\n%s", id, got)
		}
		from, _ := seen.Load(id)
		f.same("sender to "+id, from, "shop@example.org")
	}
	f.same("bytes", f.bytesOf("6AMC00AA000001"), text)
	e := f.recorded("6AMC00AA000001")
	f.same("sender", e.Sender, "app@example.com")
	f.same("leaves as", e.SentFrom, "shop@example.org")
	if len(e.Rewritten) != 1 || string(e.Rewritten[0].In) != "From: app@example.com" || string(e.Rewritten[0].Out) != "From: shop@example.org" || e.Rewritten[0].Added {
		t.Errorf("rewritten: %+v", e.Rewritten)
	}
	if n := len(e.Steps); n != 2 {
		t.Errorf("%d steps, want one for the envelope, one for From: %+v", n, e.Steps)
	}
	for _, r := range e.Recipients {
		for _, s := range r.Steps {
			if s.Rule == "rewrite" {
				t.Errorf("%s: what left is as the record says, and yet %+v", r.Address, s)
			}
		}
	}
}

func TestAFieldThatWeAddIsRewrittenAsTheBareName(t *testing.T) {
	f, g := rewriting(t, nil)
	g.set("app shop@example.org\n", nil)
	env := to("6AMC00AA000001", "ada@example.net")
	env.Sender.Local, env.Sender.Domain, env.Arrival = "app", "", f.now()
	if _, err := f.Submit(t.Context(), env, strings.NewReader("Subject: x\r\n\r\nbody\r\n")); err != nil {
		t.Fatal(err)
	}
	f.run()
	if got := f.remote.text["6AMC00AA000001"]; !strings.Contains(got, "\nFrom: shop@example.org\n") {
		t.Errorf("left:\n%s", got)
	}
	e := f.recorded("6AMC00AA000001")
	if len(e.Rewritten) != 1 || !e.Rewritten[0].Added || !strings.HasPrefix(string(e.Added[e.Rewritten[0].Offset:]), string(e.Rewritten[0].In)) {
		t.Errorf("rewritten: %+v of %q", e.Rewritten, e.Added)
	}
}

func TestATableThatChangesWhileMailWaitsIsInForceAndTold(t *testing.T) {
	f, g := rewriting(t, nil)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	g.set("app@example.com new@example.org\n", nil)
	f.remote.say("ada@example.net", greylisted)
	f.run()
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	f.run()
	if got := f.remote.text["6AMC00AA000001"]; !strings.Contains(got, "\nFrom: new@example.org\n") {
		t.Errorf("left:\n%s", got)
	}
	n := 0
	for _, s := range f.recorded("6AMC00AA000001").Recipients[0].Steps {
		if s.Rule == "rewrite" && s.In == "From: shop@example.org" && s.Out == "From: new@example.org" {
			n++
		}
	}
	f.same("steps that tell it", n, 1)
}

func TestMailWaitsForATableThatCannotBeRead(t *testing.T) {
	f, g := rewriting(t, nil)
	broken := errors.New("no such disk")
	g.set("", broken)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net deferred")
	f.same("mailer's calls", f.remote.count(), 0)
	if last := f.recorded("6AMC00AA000001").Recipients[0].Last; strings.Contains(last.Text, "disk") || last.Code != 451 {
		t.Errorf("%+v", last)
	}
	g.set("app@example.com shop@example.org\n", nil)
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed")
}

func TestQueueFilesOfOthersAreRewrittenAndTheirRecordSaysSo(t *testing.T) {
	f, _ := rewriting(t, nil)
	f.foreign("AA00269", "V8\nSapp@example.com\nRPFD:ada@example.net\nH??From: app@example.com,\n\tbob@example.com\n.\n")
	f.run()
	f.same("sent", f.remote.text["AA00269"], "From: shop@example.org,\n\tbob@example.com\n\ntheir body\n")
	if e := f.recorded("AA00269"); len(e.Rewritten) != 1 || len(e.Recipients[0].Steps) != 1 {
		t.Errorf("%+v, %+v", e.Rewritten, e.Recipients[0].Steps)
	}
}

func TestAFieldThatIsNotWholeYetIsNotRead(t *testing.T) {
	for head, want := range map[string]string{
		"From: a@x\r\nTo: b":             "From: a@x\r\n",
		"From: a@x\r\nTo: b\r\n c":       "From: a@x\r\n",
		"From: a@x\r\nTo: b\r\n":         "From: a@x\r\n",
		"From: a@x\r\nTo: b\r\n\r\nbody": "From: a@x\r\nTo: b\r\n\r\n",
		"From: a@x":                      "",
	} {
		if got := string(wholeFields([]byte(head), false)); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}
