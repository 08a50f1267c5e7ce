package route

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

func mustNew(t testing.TB, c Config) *Router {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecipient(t *testing.T) {
	caught := Config{Hostname: "mail.example.com", LocalDomains: []string{"Example.COM."}}
	relayed := caught
	relayed.External = ExternalRelay
	smart := relayed
	smart.SmartHost = "[127.0.0.1]:2525"
	for _, test := range []struct {
		rule   string
		config Config
		local  string
		domain string
		want   mta.Destination
	}{
		{"a bare name is a local user", caught, "student", "", mta.Destination{Mailer: Local, User: "student"}},
		{"our own name is local", caught, "student", "mail.example.com", mta.Destination{Mailer: Local, User: "student"}},
		{"localhost is local", relayed, "student", "localhost", mta.Destination{Mailer: Local, User: "student"}},
		{"a listed domain is local, whatever its case and dot", relayed, "student", "EXAMPLE.com", mta.Destination{Mailer: Local, User: "student"}},
		{"a domain below ours is not ours", relayed, "a", "x.example.com", mta.Destination{Mailer: ESMTP, Host: "x.example.com", User: "a@x.example.com"}},
		{"the loopback's literal is local", relayed, "a", "[127.0.0.1]", mta.Destination{Mailer: Local, User: "a"}},
		{"and that of IPv6", relayed, "a", "[IPv6:::1]", mta.Destination{Mailer: Local, User: "a"}},
		{"another literal is a host", relayed, "a", "[192.0.2.1]", mta.Destination{Mailer: ESMTP, Host: "[192.0.2.1]", User: "a@[192.0.2.1]"}},
		{"others are caught by default", caught, "ada", "example.net", mta.Destination{Mailer: Catch, User: "ada@example.net"}},
		{"or sent to their domain", relayed, "ada", "Example.NET.", mta.Destination{Mailer: ESMTP, Host: "example.net", User: "ada@Example.NET"}},
		{"or to the smart host", smart, "ada", "example.net", mta.Destination{Mailer: Relay, Host: "[127.0.0.1]:2525", User: "ada@example.net"}},
		{"a smart host alone lets nothing out", Config{SmartHost: "relay.example"}, "ada", "example.net", mta.Destination{Mailer: Catch, User: "ada@example.net"}},
	} {
		t.Run(test.rule, func(t *testing.T) {
			got, steps := mustNew(t, test.config).Recipient(address.Address{Local: test.local, Domain: test.domain})
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if len(steps) == 0 || !strings.HasPrefix(steps[len(steps)-1].Out, got.Mailer) {
				t.Errorf("steps %+v do not lead to %s", steps, got.Mailer)
			}
		})
	}
}

func TestAnUnknownExternalIsRefused(t *testing.T) {
	for _, s := range []string{"Relay", "relay ", "yes", "smtp"} {
		if _, err := New(Config{External: s}); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

// tricks are paths that make other mail servers forward what they should not.
var tricks = []string{
	"<@evil.example:user@localhost>", "<@localhost,@evil.example:user@localhost>",
	"<user%evil.example@localhost>", "<user%evil.example@mail.example.com>", "<user%evil.example%other.example@LOCALHOST>",
	"<evil.example!user@localhost>", "<evil.example!user>", "<user%evil.example>",
	`<"user@evil.example"@localhost>`, `<"user@evil.example">`, `<"@evil.example:user"@localhost>`, `<"user%evil.example"@localhost>`,
	`<user\@evil.example@localhost>`, `<"user\"@evil.example"@localhost>`,
	"<user@LocalHost.>", "<user@localhost..>", "<user@MAIL.example.COM.>", "<user@[127.0.0.1]>", "<user@[127.1.2.3]>",
	"<user@[IPv6:::ffff:127.0.0.1]>", "<user@[IPv6:::1]>", "<user@[0.0.0.0]>",
	"<|/bin/mail user@evil.example>", "<:include:/etc/passwd@localhost>",
}

// stays says that mail goes to one of some mailers here, or nowhere.
func stays(d mta.Destination, mailers ...string) bool {
	return d.Host == "" && slices.Contains(append(mailers, Error), d.Mailer)
}

func TestProgramsFilesAndListsAreReachedByAliasesAlone(t *testing.T) {
	r := mustNew(t, Config{Hostname: "mail.example.com", External: ExternalRelay,
		Program: func(_, _ string) error { return nil }, File: func(_, _ string) error { return nil }})
	for local, want := range map[string]string{
		"|/bin/cat": "550 5.7.1 Cannot mail directly to programs", "/tmp/x": "550 5.7.1 Cannot mail directly to files",
		":include:/tmp/x": "550 5.7.1 Cannot mail directly to :include:s",
	} {
		for _, domain := range []string{"", "localhost", "mail.example.com"} {
			leaves, err := r.Leaves(address.Address{Local: local, Domain: domain})
			if err != nil || len(leaves) != 1 || leaves[0].Mailer != Error || leaves[0].Status.Error() != want {
				t.Errorf("%s@%s: %v, %+v", local, domain, err, leaves)
			}
		}
		if d, _ := r.Recipient(address.Address{Local: local, Domain: "example.net"}); d.Mailer != ESMTP {
			t.Errorf("%s@example.net goes to %+v: what it is called elsewhere is not for us to say", local, d)
		}
	}
}

func TestNothingOnThisMachineIsTalkedIntoLeavingIt(t *testing.T) {
	r := mustNew(t, Config{Hostname: "mail.example.com", External: ExternalRelay})
	read := 0
	for _, path := range tricks {
		a, _, err := address.ParsePath(path)
		if err != nil {
			continue // refused before anybody asks where it goes
		}
		read++
		if d, _ := r.Recipient(a); !stays(d, Local) {
			t.Errorf("%s goes to %+v", path, d)
		}
	}
	if read < len(tricks)/2 {
		t.Errorf("only %d of %d paths can be read at all", read, len(tricks))
	}
}

func TestNothingLeavesUnlessTheSettingsSaySo(t *testing.T) {
	r := mustNew(t, Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, SmartHost: "relay.example"})
	rapid.Check(t, func(t *rapid.T) {
		a := address.Address{Local: rapid.String().Draw(t, "local"), Domain: rapid.OneOf(rapid.String(),
			rapid.SampledFrom([]string{"localhost", "relay.example", "evil.example", "LOCALHOST.evil.example", "evil.example.", "[1.2.3.4]", "x@y", ".", "smtp:evil"})).Draw(t, "domain")}
		if d, _ := r.Recipient(a); !stays(d, Local, Catch) {
			t.Fatalf("%+v goes to %+v", a, d)
		}
	})
}

func TestWhatLeavesGoesToItsOwnDomainOnly(t *testing.T) {
	r := mustNew(t, Config{Hostname: "mail.example.com", External: ExternalRelay})
	rapid.Check(t, func(t *rapid.T) {
		a := address.Address{Local: rapid.String().Draw(t, "local"), Domain: rapid.StringMatching(`[A-Za-z]{1,5}(\.[A-Za-z]{1,5}){0,3}\.?`).Draw(t, "domain")}
		d, _ := r.Recipient(a)
		if d.Mailer == ESMTP && d.Host != strings.ToLower(strings.TrimSuffix(a.Domain, ".")) {
			t.Fatalf("%+v goes to %+v", a, d)
		}
	})
}

func FuzzRecipient(f *testing.F) {
	for _, path := range tricks {
		f.Add(path)
	}
	f.Add("<user@evil.example>")
	r := mustNew(f, Config{Hostname: "mail.example.com"})
	f.Fuzz(func(t *testing.T, path string) {
		a, _, err := address.ParsePath(path)
		if err != nil {
			return
		}
		if d, _ := r.Recipient(a); !stays(d, Local, Catch) {
			t.Errorf("%q goes to %+v", path, d)
		}
	})
}

func TestASimulatedSmartHostTakesWhatWouldLeave(t *testing.T) {
	for _, tt := range []struct {
		rule, external, to, want string
		how                      func(*Router) func(address.Address) Leaf
	}{
		{"all of it", ExternalRelay, "a@far.example", "sim greylist:1h", func(r *Router) func(address.Address) Leaf { return r.Leaf }},
		{"nothing where mail is caught", "", "a@far.example", "catch ", func(r *Router) func(address.Address) Leaf { return r.Leaf }},
		{"what the user lets go", "", "a@far.example", "sim greylist:1h", func(r *Router) func(address.Address) Leaf { return r.LetOut }},
		{"nothing of ours", ExternalRelay, "a@localhost", "local ", func(r *Router) func(address.Address) Leaf { return r.Leaf }},
	} {
		r := mustNew(t, Config{Hostname: "mail.example.com", External: tt.external, SmartHost: "sim:Greylist:1h"})
		l := tt.how(r)(parsed(t, tt.to))
		if got := l.Mailer + " " + l.Host; got != tt.want {
			t.Errorf("%s: %s, %v", tt.rule, got, l.Steps)
		}
	}
	if _, err := New(Config{SmartHost: "sim:storm"}); err == nil || !strings.Contains(err.Error(), "smart host sim:storm: no simulated host of that name") {
		t.Errorf("%v", err)
	}
}
