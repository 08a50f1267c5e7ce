package app

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"postroom.dev/app/config"
	"postroom.dev/mta/smtpd"
)

// TestPostroomAnswersAsSendmailDoes plays every session to Postroom, in strict mode.
func TestPostroomAnswersAsSendmailDoes(t *testing.T) {
	for _, c := range smtpCases(t) {
		t.Run(c.name(), func(t *testing.T) {
			address := startPostroom(t, c)
			c.sessions(func(name string, f *txtar.File) {
				t.Run(name, func(t *testing.T) {
					conn, err := net.Dial("tcp", address)
					if err != nil {
						t.Fatal(err)
					}
					list := exchanges(t, string(f.Data))
					got, err := playAll(conn, list)
					if err != nil {
						t.Fatal(err)
					}
					for i, x := range list {
						want := x.theirs
						if x.ours != nil {
							want = x.ours
						}
						if nameless(got[i]) != nameless(want) {
							if *updateSMTP {
								x.ours = got[i]
								continue
							}
							t.Errorf("%s\nPostroom says\n%s\nwant\n%s", x.does, nameless(got[i]), nameless(want))
						} else if x.ours != nil && nameless(x.ours) == nameless(x.theirs) {
							t.Errorf("%s: the lines with ! say the same as sendmail", x.does)
							x.ours = nil
						}
					}
					f.Data = []byte(printExchanges(list))
				})
			})
			if *updateSMTP { // read them: each difference needs a reason
				c.save(t)
			}
		})
	}
}

// announced are the extensions that Postroom has and sendmail 8.17 has not, or has by how it is set up.
var announced = []string{"CHUNKING", "BINARYMIME", "SMTPUTF8", "AUTH DIGEST-MD5 CRAM-MD5"}

// nameless are the lines without those, and without the full names of users, whom Postroom does not find in these tests.
func nameless(lines []string) string {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
		return len(l) > 4 && strings.HasPrefix(l, "250-") && (slices.Contains(announced, l[4:]) || strings.HasPrefix(l, "250-LIMITS "))
	})
	text := trimmed(lines)
	for _, name := range []string{"Alice Example <", "Bob Example <", "root <"} {
		text = strings.ReplaceAll(text, name, "<")
	}
	return text
}

// startPostroom opens a home of the same settings and tables, and gives its address.
func startPostroom(t *testing.T, c *smtpCase) string {
	t.Helper()
	home := config.Home{Dir: filepath.Join(t.TempDir(), "home")}
	if err := home.Create(); err != nil {
		t.Fatal(err)
	}
	put := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := "strict = true\n[smtp]\nhostname = \"mail.example.com\"\n" + c.files["postroom.toml"]
	if !strings.Contains(settings, "max_size") {
		settings += "max_size = 0\n"
	}
	if strings.Contains(c.files["mc"], "accept_unresolvable_domains") {
		settings += "[features]\naccept_unresolvable_domains = true\n"
	}
	if strings.Contains(c.files["mc"], "FEATURE(`delay_checks',`friend')") {
		settings += "delay_checks = \"friend\"\n"
	}
	put(home.Settings(), settings)
	put(home.Table(classLocalHosts), "mail.example.com\nexample.com\nlocalhost\n")
	for _, name := range []string{tableAccess, tableAliases, classRelayDomains} {
		put(home.Table(name), c.files[name])
	}
	for _, user := range []string{"alice", "bob"} {
		put(filepath.Join(home.Dir, "mail", user), "")
	}
	room, err := Open(home, Options{Listen: []string{"127.0.0.1:0"}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := room.Close(); err != nil {
			t.Error(err)
		}
	})
	status, err := room.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return status.Listeners[0].Address
}

func TestSettingsTakeTheWordsThatTheServerHas(t *testing.T) {
	if _, err := config.Parse("t", []byte("[smtp]\nprivacy = [\""+strings.Join(smtpd.PrivacyWords(), "\", \"")+"\"]\n")); err != nil {
		t.Error(err)
	}
	for _, key := range []string{"privacy", "hide"} {
		_, err := config.Parse("t", []byte("[smtp]\n\n"+key+" = [\"nothing\"]\n"))
		if err == nil || !bytes.HasPrefix([]byte(err.Error()), []byte("t:3: "+key+": \"nothing\" is unknown; write some of [")) {
			t.Errorf("%s: %v", key, err)
		}
	}
}
