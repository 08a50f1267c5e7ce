package route

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
)

const aliases = `team: alice, bob, team-lead
team-lead: alice
away: ada@Example.NET
home: ada@example.com
student0: student0
student1: student1
loopa: loopb
loopb: loopa
prog: "|exit 75"
file: /tmp/file
list: :include:/lists/list
lost: :include:/lists/lost
owner-list: alice
mixed: alice, "|exit 75", ada@example.net
`

// withAliases is c with the aliases above.
func withAliases(t *testing.T, c Config) *Router {
	t.Helper()
	var r *Router
	db, problems := alias.Parse("aliases", strings.NewReader(aliases), func(d string) bool { return r != nil && r.IsLocal(d) })
	for _, p := range problems {
		if !p.Warning { // loops are among the aliases on purpose
			t.Fatal(p)
		}
	}
	c.Aliases = func() (*alias.DB, error) { return db, nil }
	c.Include = func(path string) (io.ReadCloser, error) {
		if path != "/lists/list" {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return io.NopCloser(strings.NewReader("carol\nada@example.net\n")), nil
	}
	r = mustNew(t, c)
	return r
}

// ends prints leaves as "mailer:user" or "mailer:host:user", or the status of those that cannot be.
func ends(leaves []Leaf) string {
	var all []string
	for _, l := range leaves {
		switch {
		case l.Mailer == Error:
			all = append(all, l.Status.Error())
		case l.Host != "":
			all = append(all, l.Mailer+":"+l.Host+":"+l.User)
		default:
			all = append(all, l.Mailer+":"+l.User)
		}
	}
	return strings.Join(all, ", ")
}

func TestLeaves(t *testing.T) {
	caught := Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}}
	relayed := caught
	relayed.External = ExternalRelay
	for _, test := range []struct {
		rule   string
		config Config
		asked  string
		want   string
	}{
		{"a name that is no alias is a user", caught, "bob", "local:bob"},
		{"an alias goes to all its targets, each once", caught, "team", "local:alice, local:bob"},
		{"case and local domain make no difference", caught, "TEAM@example.COM", "local:alice, local:bob"},
		{"an alias is no business of other domains", caught, "team@example.net", "catch:team@example.net"},
		{"an alias to an outside address obeys what may leave", caught, "away", "catch:ada@Example.NET"},
		{"and leaves when that is allowed", relayed, "away", "esmtp:example.net:ada@Example.NET"},
		{"a target in a local domain is a local name", relayed, "home", "local:ada"},
		{"a name that leads to itself is that user", caught, "student1@localhost", "local:student1"},
		{"a loop is broken", caught, "loopa", "554 5.4.6 aliasing/forwarding loop broken"},
		{"programs are switched off", relayed, "prog", `550 5.7.0 "|exit 75"... programs in aliases are switched off; list it in [safety] programs`},
		{"and so are files", relayed, "file", "550 5.7.0 /tmp/file... files in aliases are switched off; list its directory in [safety] files"},
		{"what can go there goes", caught, "mixed", `local:alice, 550 5.7.0 "|exit 75"... programs in aliases are switched off; list it in [safety] programs, catch:ada@example.net`},
		{"a list's file is read", relayed, "list", "local:carol, esmtp:example.net:ada@example.net"},
		{"one that is not there is an error", caught, "lost", "550 5.2.4 Cannot open /lists/lost: File does not exist"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			local, domain, _ := strings.Cut(test.asked, "@")
			asked := address.Address{Local: local, Domain: domain}
			leaves, err := withAliases(t, test.config).Leaves(asked)
			if err != nil {
				t.Fatal(err)
			}
			if got := ends(leaves); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			for _, l := range leaves {
				if len(l.Via) > 0 && l.Via[0] != asked {
					t.Errorf("%s came by %v", l.Address, l.Via)
				}
				if l.Mailer == Error && l.Address != asked {
					t.Errorf("what failed is called %s", l.Address)
				}
				if last := l.Steps[len(l.Steps)-1]; !strings.HasPrefix(last.Out, l.Mailer) {
					t.Errorf("steps %+v do not lead to %s", l.Steps, l.Mailer)
				}
			}
		})
	}
}

func TestALeafTellsItsWay(t *testing.T) {
	r := withAliases(t, Config{})
	leaves, err := r.Leaves(address.Address{Local: "team"})
	if err != nil {
		t.Fatal(err)
	}
	want := []mta.Step{
		{Rule: "aliases", File: "aliases", Line: 1, Key: "team", In: "team", Out: "alice, bob, team-lead"},
		{Rule: "local", In: "alice", Out: Local, Note: "no domain: a user of this machine"},
	}
	if got := leaves[0].Steps; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	leaves, _ = r.Leaves(address.Address{Local: "list"})
	if leaves[0].Owner != "alice" {
		t.Errorf("owner %q", leaves[0].Owner)
	}
	leaves, _ = r.Leaves(address.Address{Local: "studnet0"})
	if got := leaves[0].Steps; len(got) != 2 || got[0].Key != "student0" || got[0].Line != 5 || got[0].Note != "almost this name" {
		t.Errorf("near misses %+v", got)
	}
}

func TestLocalMailWaitsForAliasesThatCannotBeRead(t *testing.T) {
	broken := errors.New("no such disk")
	r := mustNew(t, Config{Aliases: func() (*alias.DB, error) { return nil, broken }})
	_, err := r.Leaves(address.Address{Local: "bob"})
	if s := mta.StatusOf(err); s.Code != 451 || s.Text != "alias database unavailable" || !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if leaves, err := r.Leaves(address.Address{Local: "bob", Domain: "example.net"}); err != nil || ends(leaves) != "catch:bob@example.net" {
		t.Errorf("%v, %v", leaves, err)
	}
}
