package route

import (
	"strings"
	"testing"

	"postroom.dev/mta/address"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/table"
)

func parsed(t *testing.T, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const leaveMailers = `out.example	esmtp:[192.0.2.1]:25
keep.example	catch:
wait.example	hold:
wait2.example	hold:smtp:[192.0.2.2]
no.example	error:5.7.0:"550 no mail there"
mine.example	local:carol
me.example	relay:mail.me.example:587
`

func TestWhatMayLeave(t *testing.T) {
	mailers, problems := table.Parse("mailertable", strings.NewReader(leaveMailers), table.Syntax{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	const leaf, queue, release = "leaf", "queue", "release"
	for _, tt := range []struct {
		rule, external, allow, redirect, how, to string
		want                                     string // mailer host, then " -> who" when redirected
	}{
		{"nothing by itself", "", "", "", leaf, "a@far.example", "catch "},
		{"all, when the settings say so", "relay", "", "", leaf, "a@far.example", "esmtp far.example"},
		{"what the mailertable names a host for", "", "", "", leaf, "a@out.example", "esmtp [192.0.2.1]:25"},
		{"what it keeps stays", "relay", "", "", leaf, "a@keep.example", "catch "},
		{"what it holds waits", "relay", "", "", leaf, "a@wait.example", "hold "},
		{"what was held and let go leaves if it may", "", "", "", queue, "a@wait.example", "catch "},
		{"and if the settings let all out", "relay", "", "", queue, "a@wait.example", "esmtp wait.example"},
		{"and where the table names the host behind hold", "", "", "", queue, "a@wait2.example", "smtp [192.0.2.2]"},
		{"letting go what was held lets nothing else out", "", "", "", queue, "a@far.example", "catch "},
		{"a release lets out what is caught", "", "", "", release, "a@far.example", "esmtp far.example"},
		{"also what the table keeps", "", "", "", release, "a@keep.example", "esmtp keep.example"},
		{"also what it holds", "", "", "", release, "a@wait.example", "esmtp wait.example"},
		{"by the host that the table names", "", "", "", release, "a@out.example", "esmtp [192.0.2.1]:25"},
		{"not what it refuses", "", "", "", release, "a@no.example", "error "},
		{"and not what is for us", "", "", "", release, "a@localhost", "local "},
		{"nor for a user here", "", "", "", release, "a@mine.example", "local "},

		{"a list bounds the settings", "relay", "ok.example", "", leaf, "a@far.example", "catch "},
		{"and lets out what it names", "relay", "far.example", "", leaf, "a@far.example", "esmtp far.example"},
		{"a list alone lets nothing out", "", "far.example", "", leaf, "a@far.example", "catch "},
		{"it bounds the mailertable", "", "ok.example", "", leaf, "a@out.example", "catch "},
		{"whose host it may name", "", "[192.0.2.1]:25", "", leaf, "a@out.example", "esmtp [192.0.2.1]:25"},
		{"it bounds what was held", "relay", "ok.example", "", queue, "a@wait.example", "catch "},
		{"it bounds a release", "", "ok.example", "", release, "a@far.example", "catch "},
		{"which it may allow", "", "a@far.example", "", release, "a@far.example", "esmtp far.example"},

		{"a redirect gets what would leave", "relay", "", "me@me.example", leaf, "a@far.example", "relay mail.me.example:587 -> me@me.example"},
		{"and nothing that would not", "", "", "me@me.example", leaf, "a@far.example", "catch "},
		{"nor what is for us", "relay", "", "me@me.example", leaf, "a@localhost", "local "},
		{"nor what the table keeps", "relay", "", "me@me.example", leaf, "a@keep.example", "catch "},
		{"it gets what is released", "", "", "me@me.example", release, "a@far.example", "relay mail.me.example:587 -> me@me.example"},
		{"also where only the release lets it out", "", "", "me@other.example", release, "a@far.example", "esmtp other.example -> me@other.example"},
		{"it must be let out itself", "", "", "me@other.example", leaf, "a@out.example", "catch "},
		{"by the settings, say", "relay", "", "me@other.example", leaf, "a@out.example", "esmtp other.example -> me@other.example"},
		{"or by the list", "relay", "ok.example", "me@other.example", leaf, "a@ok.example", "catch "},
		{"the list is for the redirect alone then", "relay", "me@other.example", "me@other.example", leaf, "a@far.example", "esmtp other.example -> me@other.example"},
		{"mail for the redirect itself goes straight", "relay", "", "me@other.example", leaf, "me@Other.example", "esmtp other.example"},
		{"a redirect may be a mailbox here", "relay", "", "me@localhost", leaf, "a@far.example", "local  -> me@localhost"},
		{"that the mailertable may name", "relay", "", "me@mine.example", leaf, "a@far.example", "local  -> carol"},
		{"one that the table refuses fails", "relay", "", "me@no.example", leaf, "a@far.example", "error  -> me@no.example"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			allow, err := gate.Parse(strings.Fields(tt.allow))
			if err != nil {
				t.Fatal(err)
			}
			c := Config{Hostname: "mail.example.com", External: tt.external, Allow: allow, Tables: Tables{Mailers: func() (*table.Map, error) { return mailers, nil }}}
			if tt.redirect != "" {
				c.Redirect = parsed(t, tt.redirect)
			}
			r := mustNew(t, c)
			l := map[string]func(address.Address) Leaf{leaf: r.Leaf, queue: r.Released, release: r.LetOut}[tt.how](parsed(t, tt.to))
			got := l.Mailer + " " + l.Host
			if !l.Redirected.IsNull() {
				got += " -> " + l.Redirected.String()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q; %v", got, tt.want, l.Steps)
			}
			if l.Mailer != Error && l.Mailer != Hold && (len(l.Steps) == 0 || l.Steps[len(l.Steps)-1].Out == "") {
				t.Errorf("steps %+v do not say where to", l.Steps)
			}
		})
	}
}

func TestEachOfAnAliasIsRedirectedInItsOwnName(t *testing.T) {
	r := withAliases(t, Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: ExternalRelay, Redirect: address.Address{Local: "me", Domain: "me.example"}})
	leaves, err := r.Leaves(address.Address{Local: "mixed"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leaves {
		if l.Address.Domain == "example.net" && (l.Redirected.String() != "me@me.example" || l.Host != "me.example") {
			t.Errorf("%+v", l)
		}
	}
	if r := withAliases(t, Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: ExternalRelay, Redirect: address.Address{Local: "x"}}); true {
		// team is an alias here, and no name that mail for team@example.net may turn into
		leaves, err := r.Leaves(address.Address{Local: "team", Domain: "example.net"})
		if err != nil || len(leaves) != 1 || leaves[0].User != "x" || leaves[0].Address.String() != "team@example.net" {
			t.Errorf("%+v %v", leaves, err)
		}
	}
}
