package route

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/table"
)

// What tables mean to sendmail is compared in mta/daemon (testdata/sendmail); here is what only we have: lenient answers, steps, near misses.

func source(text string) func() (*table.Map, error) {
	m, _ := table.Parse("t", strings.NewReader(text), table.Syntax{})
	return func() (*table.Map, error) { return m, nil }
}

func classOf(words string) func() (*table.Class, error) {
	c, _ := table.ParseClass("w", strings.NewReader(words))
	return func() (*table.Class, error) { return c, nil }
}

var (
	stranger = Client{IP: netip.MustParseAddr("192.0.2.50")}
	here     = Client{Name: "localhost", IP: netip.MustParseAddr("127.0.0.1")}
	command  = Client{}
	sender   = address.Address{Local: "a", Domain: "ok.example"}
	far      = address.Address{Local: "u", Domain: "far.example"}
	ours     = address.Address{Local: "alice", Domain: "example.com"}
)

func TestOffStrictModeRefusalsOfProductionAreNoted(t *testing.T) {
	config := Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: ExternalRelay,
		Known: func(name string) bool { return name == "alice" }}
	config.Access = source("From:spam.example REJECT\nTo:known.example RELAY\n")
	config.Mailers = source("far.example esmtp:[192.0.2.1]\n")
	r := mustNew(t, config)
	strict := config
	strict.Strict = true
	s := mustNew(t, strict)

	v := r.CheckRcpt(stranger, sender, far)
	if v.Refusal.Code != 0 || !v.Keep || len(v.Steps) != 1 || v.Steps[0].Note != "strict production would say 550 5.7.1 Relaying denied. IP name lookup failed [192.0.2.50]" {
		t.Errorf("relaying: %+v", v)
	}
	if v := s.CheckRcpt(stranger, sender, far); v.Refusal.Code != 550 || v.Keep {
		t.Errorf("relaying, strict: %+v", v)
	}
	for _, c := range []Client{here, command} {
		if v := s.CheckRcpt(c, sender, far); v.Refusal.Code != 0 || v.Keep {
			t.Errorf("relaying for ourselves: %+v", v)
		}
	}
	known := stranger
	known.User = "alice"
	if v := s.CheckRcpt(known, sender, far); v.Refusal.Code != 0 || v.Keep || v.Steps[0].Note != "authenticated as alice" {
		t.Errorf("relaying for a client that has logged in: %+v", v)
	}
	loopback := Client{IP: netip.MustParseAddr("127.0.0.50")}
	if v := s.CheckRcpt(loopback, sender, far); v.Refusal.Code != 550 {
		t.Errorf("relaying for another address of the loopback: %+v", v)
	}
	config.Strict, config.LocalHosts = true, classOf("[127.0.0.50]")
	if v := mustNew(t, config).CheckRcpt(loopback, sender, far); v.Refusal.Code != 0 {
		t.Errorf("relaying for an address in local-host-names: %+v", v)
	}
	if v := r.CheckRcpt(stranger, sender, address.Address{Local: "u", Domain: "known.example"}); v.Keep || v.Steps[0].Key != "to:known.example" {
		t.Errorf("a domain that may be relayed to: %+v", v)
	}
	if v := r.CheckMail(stranger, address.Address{Local: "a"}); v.Refusal.Code != 0 || !strings.Contains(v.Steps[0].Note, "Domain name required") {
		t.Errorf("no domain: %+v", v)
	}
	if v := r.CheckMail(command, address.Address{Local: "a"}); len(v.Steps) != 0 {
		t.Errorf("no domain, from the command: %+v", v)
	}
	for _, router := range []*Router{r, s} {
		if v := router.CheckMail(command, address.Address{Local: "x", Domain: "spam.example"}); v.Refusal.Code != 550 {
			t.Errorf("an explicit REJECT: %+v", v)
		}
	}
	nobody := address.Address{Local: "nobody", Domain: "example.com"}
	leaves, err := r.Leaves(nobody)
	if err != nil || leaves[0].Mailer != Local || leaves[0].Steps[1].Note != "strict production would say 550 5.1.1 User unknown" {
		t.Errorf("unknown user: %+v %v", leaves, err)
	}
	if leaves, err := s.Leaves(nobody); err != nil || leaves[0].Mailer != Error || leaves[0].Status.Code != 550 || s.Unknown(r.Answer(nobody)).Code != 550 {
		t.Errorf("unknown user, strict: %+v %v", leaves, err)
	}
}

func TestAStepNamesWhatDecidedAndWhatNearlyDid(t *testing.T) {
	config := Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}}
	config.Access = source("#\nFrom:.dots.example REJECT\nConnect:192.0.2.0/24 REJECT\nFrom:twice.example OK\nFrom:twice.example REJECT\nFrom:skip.example SKIP\n")
	config.Virtusers = source("info@other.example alice\ninfo@example.com a@x.y.example\n")
	config.Mailers = source("y.example smtp:[192.0.2.1]\n.z.example smtp:[192.0.2.1]\nnomailer.example 192.0.2.1\n")
	config.LocalHosts = classOf("# ours\ntwo.example\n")
	r := mustNew(t, config)
	leaves := func(s string) []mta.Step {
		a, err := address.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		l, err := r.Leaves(a)
		if err != nil {
			t.Fatal(err)
		}
		return l[0].Steps
	}
	mail := func(s string) []mta.Step { return r.CheckMail(stranger, address.Address{Local: "x", Domain: s}).Steps }
	for _, test := range []struct {
		name  string
		steps []mta.Step
		want  mta.Step // of the first step; Note is a part of it
	}{
		{"lookupdotdomain is off", mail("dots.example"), mta.Step{Line: 2, Key: "from:.dots.example", Note: "lookupdotdomain"}},
		{"networks in other words", r.CheckRelay(stranger).Steps, mta.Step{Line: 3, Key: "connect:192.0.2.0/24", Note: "prefixes that end at a dot: 192.0.2"}},
		{"a line that is not in force", mail("twice.example"), mta.Step{Line: 4, Key: "from:twice.example", Note: "line 5, which is not in force"}},
		{"a word that needs an option", mail("skip.example"), mta.Step{Line: 6, Key: "from:skip.example", Note: "skip"}},
		{"a domain that is not ours", leaves("info@other.example"), mta.Step{Line: 1, Key: "info@other.example", Note: "not in local-host-names"}},
		{"virtusertable", leaves("info@example.com"), mta.Step{Line: 2, Key: "info@example.com"}},
		{"a key for one host", leaves("u@below.y.example"), mta.Step{Line: 1, Key: "y.example", Note: "hosts below it need .y.example"}},
		{"a key for hosts below", leaves("u@z.example"), mta.Step{Line: 2, Key: ".z.example", Note: "not for z.example itself"}},
		{"a value without a mailer", leaves("u@nomailer.example"), mta.Step{Line: 3, Key: "nomailer.example", Note: "names no mailer"}},
		{"a domain in local-host-names", leaves("alice@Two.example"), mta.Step{Line: 2, Key: "two.example"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if len(test.steps) == 0 {
				t.Fatal("no steps")
			}
			got := test.steps[0]
			if got.Line != test.want.Line || got.Key != test.want.Key || !strings.Contains(got.Note, test.want.Note) || got.File == "" {
				t.Errorf("%+v", test.steps)
			}
		})
	}
}

func TestWhatLeavesIsWhatTheMailertableNames(t *testing.T) {
	config := Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}}
	config.Mailers = source("out.example smtp:[192.0.2.1]\nheld.example hold:relay:[192.0.2.1]\nhold.example hold:\nsim.example sim:slow\nsims.example SIM:Greylist:1h\nnosim.example sim:storm\nx.example prog:cat\nexample.com smtp:[192.0.2.1]\nbad.example smtp:\nnamed.example smtp:u@host\n")
	r := mustNew(t, config)
	for domain, want := range map[string]string{
		"out.example": "smtp [192.0.2.1]", "held.example": "hold ", "hold.example": "hold ", "else.example": "catch ", "example.com": "local ",
		"sim.example": "sim slow", "sims.example": "sim greylist:1h", "nosim.example": "error 554 5.3.5 mailertable: sim:storm: no simulated host of that name: \"storm\"; there are accept, defer, greylist, slow, busy, full, unknown, drop, tls-fail, flaky", "x.example": "error 554 5.3.5 buildaddr: unknown mailer prog", "bad.example": "error 554 5.3.5 mailertable: smtp: no host",
		"[192.0.2.9]": "catch ", "named.example": "smtp host for u@host",
	} {
		l := r.Leaf(address.Address{Local: "u", Domain: domain})
		got := l.Mailer + " " + l.Host
		switch {
		case l.Mailer == Error:
			got = "error " + l.Status.Error()
		case l.User != "u@"+domain && l.Mailer != Local:
			got += " for " + l.User
		}
		if got != want {
			t.Errorf("%s: %s, want %s", domain, got, want)
		}
	}
	for domain, want := range map[string]string{"held.example": "relay [192.0.2.1]", "hold.example": "catch ", "out.example": "smtp [192.0.2.1]"} {
		if l := r.Released(address.Address{Local: "u", Domain: domain}); l.Mailer+" "+l.Host != want {
			t.Errorf("%s released: %s %s, want %s", domain, l.Mailer, l.Host, want)
		}
	}
}

func TestATableThatCannotBeReadMakesMailWait(t *testing.T) {
	broken := errors.New("input/output error")
	for name, change := range map[string]func(*Config){
		"access":           func(c *Config) { c.Access = func() (*table.Map, error) { return nil, broken } },
		"virtusertable":    func(c *Config) { c.Virtusers = func() (*table.Map, error) { return nil, broken } },
		"mailertable":      func(c *Config) { c.Mailers = func() (*table.Map, error) { return nil, broken } },
		"local-host-names": func(c *Config) { c.LocalHosts = func() (*table.Class, error) { return nil, broken } },
		"relay-domains":    func(c *Config) { c.RelayDomains = func() (*table.Class, error) { return nil, broken } },
		"aliases":          func(c *Config) { c.Aliases = func() (*alias.DB, error) { return nil, broken } },
	} {
		c := Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: ExternalRelay}
		change(&c)
		r := mustNew(t, c)
		_, err1 := r.Leaves(far)
		_, err2 := r.Leaves(ours)
		v := r.CheckRcpt(stranger, sender, far)
		if !mta.StatusOf(errors.Join(err1, err2)).Temporary() && !v.Refusal.Temporary() {
			t.Errorf("%s: nothing waits: %v %v %+v", name, err1, err2, v)
		}
		if l := r.Leaf(far); l.Mailer == ESMTP && (name == "mailertable" || name == "local-host-names") {
			t.Errorf("%s: mail leaves without it", name)
		}
	}
}

func TestLimitsForClients(t *testing.T) {
	var c Config
	c.Access = source("ClientRate:192.0.2 3\nClientRate: 10\nClientConn:192.0.2.50 2\nGreetPause:192.0.2 1500\nGreetPause:192.0.2.9 x\nClientConn:10.0.0.1 none\n")
	r := mustNew(t, c)
	other := Client{IP: netip.MustParseAddr("198.51.100.1")}
	for _, test := range []struct {
		client     Client
		open, rate int
		want       string
	}{
		{stranger, 2, 3, ""}, {stranger, 2, 4, "Connection rate limit exceeded."}, {stranger, 3, 3, "Too many open connections."},
		{other, 100, 10, ""}, {other, 1, 11, "Connection rate limit exceeded."}, {command, 1000, 1000, ""},
		{Client{IP: netip.MustParseAddr("10.0.0.1")}, 99, 1, ""},
	} {
		if v := r.CheckLimits(test.client, test.open, test.rate); v.Refusal.Text != test.want || test.want != "" && v.Refusal.Code != 421 {
			t.Errorf("%v: %+v", test, v)
		}
	}
	if p := r.Pause(stranger); p.Milliseconds() != 1500 {
		t.Errorf("pause %v", p)
	}
	if p := r.Pause(other); p != 0 {
		t.Errorf("pause %v", p)
	}
}

func FuzzTables(f *testing.F) {
	f.Add("From:x.example ERROR:5.7.1:\"550 a: (b) c\"", "info@x.example %1%2@y.example", "x.example smtp:[192.0.2.1]", "u+d", "x.example")
	f.Add("x.example 550 <", "@x.example error:", ".example error:5.0.0:", "a%b@c", "a.x.example")
	f.Add("To:u@ QUARANTINE:", "u@x.example u@x.example", ". hold:hold:", "", "[192.0.2.1]")
	f.Fuzz(func(t *testing.T, access, virtual, mailers, local, domain string) {
		c := Config{Hostname: "mail.example.com", LocalDomains: []string{"x.example"}, Strict: true}
		c.Access, c.Virtusers, c.Mailers = source(access), source(virtual), source(mailers)
		r := mustNew(t, c)
		a := address.Address{Local: local, Domain: domain}
		if a.IsNull() || strings.ContainsAny(local+domain, "\r\n") { // which no command line has
			return
		}
		for _, v := range []Verdict{r.CheckMail(stranger, a), r.CheckRcpt(stranger, sender, a), r.CheckRelay(Client{Name: domain, IP: stranger.IP})} {
			if strings.ContainsAny(v.Refusal.Text, "\r\n") {
				t.Fatalf("%q", v.Refusal.Text)
			}
		}
		leaves, err := r.Leaves(a)
		if err == nil && len(leaves) == 0 {
			t.Fatal("nowhere, and no error")
		}
		for _, l := range leaves {
			if IsSMTP(l.Mailer) && r.IsLocal(a.Domain) && virtual == "" {
				t.Fatalf("our own mail leaves: %+v", l)
			}
		}
	})
}

func TestLimitsOfTheSettingsHoldWhereAccessHasNone(t *testing.T) {
	var c Config
	c.Access = source("ClientRate:192.0.2.50 0\nClientConn:192.0.2.50 3\nGreetPause:192.0.2.50 0\n")
	c.Limits = Limits{Connections: 1, Rate: 2, Pause: 5 * time.Second}
	r := mustNew(t, c)
	other := Client{IP: netip.MustParseAddr("198.51.100.1")}
	for _, test := range []struct {
		client     Client
		open, rate int
		want       string
	}{
		{other, 1, 2, ""}, {other, 2, 1, "Too many open connections."}, {other, 1, 3, "Connection rate limit exceeded."},
		{stranger, 3, 99, ""}, {stranger, 4, 1, "Too many open connections."}, {command, 9, 9, ""},
	} {
		if v := r.CheckLimits(test.client, test.open, test.rate); v.Refusal.Text != test.want {
			t.Errorf("%v: %+v", test, v)
		}
	}
	if r.Pause(other) != 5*time.Second || r.Pause(stranger) != 0 || r.Pause(command) != 0 {
		t.Errorf("pauses %v, %v, %v", r.Pause(other), r.Pause(stranger), r.Pause(command))
	}
}

func TestASendersDomainExists(t *testing.T) {
	asked := map[string]Existence{"ok.net": Exists, "nx.net": Missing, "down.net": Unresolved}
	c := Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, Resolve: func(domain string, _ bool) Existence { return asked[domain] }}
	c.Access = source("From:nx.net OK\nFrom:bad@down.net REJECT\n")
	for _, test := range []struct {
		from          string
		client        Client
		strict, other string // refusal when strict, note when not
	}{
		{"a@ok.net", stranger, "", ""},
		{"a@OK.net", stranger, "", ""},
		{"a@nx.invalid", stranger, "553 5.1.8 Domain of sender address a@nx.invalid does not exist", "strict production would say 553 5.1.8 Domain of sender address a@nx.invalid does not exist"},
		{"a@app.test", stranger, "553 5.1.8 Domain of sender address a@app.test does not exist", "strict production would say 553 5.1.8 Domain of sender address a@app.test does not exist"},
		{"a@down.net", stranger, "451 4.1.8 Domain of sender address a@down.net does not resolve", ""},
		{"bad@down.net", stranger, "550 5.7.1 Access denied", ""},
		{"a@nx.net", stranger, "", ""}, // the table has its word
		{"a@[192.0.2.1]", stranger, "", ""},
		{"a@mail.example.com", stranger, "", ""},
		{"a@nx.invalid", command, "", ""},
	} {
		a, err := address.Parse(test.from)
		if err != nil {
			t.Fatal(err)
		}
		for _, strict := range []bool{true, false} {
			c.Strict = strict
			v := mustNew(t, c).CheckMail(test.client, a)
			refusal, note := "", ""
			if v.Refusal.Code != 0 {
				refusal = v.Refusal.Error()
			}
			for _, s := range v.Steps {
				if strings.HasPrefix(s.Note, "strict") {
					note = s.Note
				}
			}
			if strict && refusal != test.strict {
				t.Errorf("%s, strict: %q", test.from, refusal)
			}
			if !strict && (note != test.other || refusal != "" && refusal != "550 5.7.1 Access denied") {
				t.Errorf("%s: %q, %q", test.from, refusal, note)
			}
		}
	}
	c.Strict, c.Features.AcceptUnresolvableDomains = true, true
	if v := mustNew(t, c).CheckMail(stranger, address.Address{Local: "a", Domain: "x.test"}); v.Refusal.Code != 0 {
		t.Errorf("accept_unresolvable_domains: %v", v.Refusal)
	}
}
