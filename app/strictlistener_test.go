package app

import (
	"log/slog"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"postroom.dev/app/config"
	"postroom.dev/mta/route"
)

// said is what a listener answers to lines, one answer a line; a "." line ends a text.
func said(t *testing.T, addr string, lines ...string) (answers []string) {
	t.Helper()
	c, err := textproto.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, line := range append([]string{""}, lines...) {
		if line != "" {
			if err := c.PrintfLine("%s", line); err != nil {
				t.Fatal(err)
			}
		}
		if strings.HasPrefix(line, "Subject:") || line == "" && len(answers) > 0 {
			continue
		}
		code, text, err := c.ReadResponse(0)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		answers = append(answers, strconv.Itoa(code)+" "+text)
	}
	return answers
}

func TestAListenerIsAsStrictAsItSaysInAllThatStrictGoverns(t *testing.T) {
	for _, strict := range []bool{true, false} {
		t.Run("the other way round: "+strconv.FormatBool(strict), func(t *testing.T) {
			home := config.Home{Dir: filepath.Join(t.TempDir(), "home")}
			if err := home.Create(); err != nil {
				t.Fatal(err)
			}
			settings := "strict = " + strconv.FormatBool(!strict) + "\n[smtp]\nlisten = [\"127.0.0.1:0\"]\nhostname = \"mail.example.com\"\n[[listener]]\naddress = \"localhost:0\"\nstrict = " + strconv.FormatBool(strict) + "\n"
			for path, text := range map[string]string{home.Settings(): settings, home.Table(tableAliases): "gone0: nobody0x\ngone1: nobody1x\n"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			room, err := Open(home, Options{Listen: nil, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := room.Close(); err != nil {
					t.Error(err)
				}
			})
			status, err := room.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for n, strict := range []bool{!strict, strict} {
				addr, at := status.Listeners[n].Address, strconv.Itoa(n) // mail that is taken makes a mailbox, and with it a user
				want := map[bool][]string{
					true: {"220", "250", "553 5.1.8 <a@nx.invalid>... Domain of sender address a@nx.invalid does not exist", "250", "550 5.1.1 <nobody" + at + "x@mail.example.com>... User unknown",
						"250", "354", "421 4.5.0 Bare linefeed (LF) not allowed"},
					false: {"220", "250", "250", "503", "250", "250", "354", "250"},
				}[strict]
				got := said(t, addr, "EHLO x", "MAIL FROM:<a@nx.invalid>", "MAIL FROM:<a@mail.example.com>", "RCPT TO:<nobody"+at+"x@mail.example.com>", "RCPT TO:<root@mail.example.com>",
					"DATA", "Subject: x\n\nhi", ".")
				for i, w := range want {
					if i >= len(got) || !strings.HasPrefix(got[i], w) {
						t.Errorf("strict %t: %q, want %q", strict, got, want)
						break
					}
				}
				// Aliases are followed once the text has come, with the same strictness.
				got = said(t, addr, "EHLO x", "MAIL FROM:<>", "RCPT TO:<gone"+at+"@mail.example.com>", "DATA", "Subject: x", ".")
				_, id, _ := strings.Cut(got[len(got)-1], "250 2.0.0 ")
				id, _, _ = strings.Cut(id, " ")
				env, err := room.store.Envelope(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if r := env.Recipients[0]; (r.Mailer == route.Error) != strict {
					t.Errorf("strict %t: %+v", strict, r)
				}
			}
		})
	}
}
