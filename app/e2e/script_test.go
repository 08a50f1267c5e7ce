package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheServerAnswersAsTheScriptSaysAsSoonAsItIsSaved(t *testing.T) {
	home := newHome(t)
	p := serve(t, home)
	script := filepath.Join(home, "etc", "mail", "simulate")
	if _, err := os.Stat(script); err != nil {
		t.Fatal(err)
	}
	try := func() string {
		return p.talk("HELO app", "MAIL FROM:<a@app.example>", "RCPT TO:<u@x.example>")[3]
	}
	if got := try(); !strings.HasPrefix(got, "250 ") {
		t.Errorf("the example simulates: %s", got)
	}
	write(t, script, "rcpt first=2 451 4.7.1 {to}: later\n")
	for _, want := range []string{"451 4.7.1 u@x.example: later\r\n", "451 4.7.1 u@x.example: later\r\n"} {
		if got := try(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := try(); !strings.HasPrefix(got, "250 ") {
		t.Errorf("the third time: %s", got)
	}

	write(t, script, "rcpt client=sendmail 550 5.1.1 no such user\ndot to=lost@x.example accept-disconnect\ndot to=gone@x.example disconnect\n")
	if _, errs, exit := run(t, "Subject: x\n\nx\n", p.env(), program(t, "sendmail"), "-i", "u@x.example"); exit != 69 && exit != 67 {
		t.Errorf("sendmail: exit status %d, %s", exit, errs)
	}
	send := func(to string) string {
		return p.talk("HELO app", "MAIL FROM:<a@app.example>", "RCPT TO:<"+to+">", "DATA", "Subject: "+to+"\r\n\r\nx\r\n.")[5]
	}
	for _, to := range []string{"lost@x.example", "gone@x.example"} {
		if got := send(to); !strings.Contains(got, "EOF") {
			t.Errorf("%s: %s", to, got)
		}
	}
	kept := p.list("--rcpt", "lost@x.example")
	if len(kept) != 1 || len(p.list("--rcpt", "gone@x.example")) != 0 {
		t.Fatalf("%+v", p.list())
	}
	show := p.postroom("show", "--json", fmt.Sprint(kept[0].ID))
	if !strings.Contains(show, "the message is kept; the client does not hear so") {
		t.Errorf("show: %s", show)
	}

	write(t, script, "rcpt 451 4.7.1 later\nrcpt maybe\n")
	out, errs, exit := run(t, "", p.env(), program(t, "postroom-server"), "check")
	if want := "simulate:2: \"maybe\" is neither a condition nor an answer; write CODE TEXT"; exit != 78 || !strings.Contains(out+errs, want) {
		t.Errorf("check: exit status %d, %s%s", exit, out, errs)
	}
	if got := try(); !strings.HasPrefix(got, "250 ") {
		t.Errorf("a script with a mistake is in force: %s", got)
	}
}
