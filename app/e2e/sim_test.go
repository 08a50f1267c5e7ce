package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestAFailureIsRehearsedWithoutANetwork(t *testing.T) {
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "mail", "mailertable"), "gray.example sim:greylist\ndead.example sim:defer\nnone.example sim:unknown\n")
	p := serve(t, home)
	send := func(to ...string) {
		t.Helper()
		p.send("Subject: hello\n\nx\n", append([]string{"-i", "-f", "me@localhost"}, to...)...)
	}
	about := func(subject string) (found []listed) { // the inbox has them beside the mail itself
		for _, m := range p.list() {
			if strings.HasPrefix(m.Subject, subject) {
				found = append(found, m)
			}
		}
		return found
	}

	send("u@gray.example")
	send("u@dead.example")
	p.wait("both wait", func() bool { return len(p.list("--state", "deferred")) == 2 })
	p.rests(2)
	for _, want := range []string{"(Deferred: 450 4.2.0 <u@gray.example>: Recipient address reje)", "(Deferred: 451 4.3.0 <u@dead.example>: Temporary lookup failu)"} {
		if out := p.as("", "mailq"); !strings.Contains(out, want) {
			t.Errorf("mailq lacks %q:\n%s", want, out)
		}
	}

	p.postroom("clock", "+10m")
	p.as("", "sendmail", "-q")
	p.wait("the greylist lets it pass", func() bool { return len(p.list("--state", "relayed", "--rcpt", "u@gray.example")) == 1 })
	p.rests(1) // the run that the clock brings would pass over what is in hand

	p.postroom("clock", "+4h")
	p.wait("the warning is in the inbox", func() bool { return len(about("Warning: could not send message for past 4 hours")) == 1 })
	p.rests(1)

	p.postroom("clock", "+5d")
	p.wait("the return is in the inbox", func() bool { return len(about("Returned mail")) == 1 })
	report := p.postroom("raw", fmt.Sprint(about("Returned mail")[0].ID))
	for _, want := range []string{"Remote-MTA: DNS; defer.sim.invalid\r\n", "Action: failed\r\n", "Status: 4.4.7\r\n",
		"Diagnostic-Code: SMTP; 451 4.3.0 <u@dead.example>: Temporary lookup failure, try again later\r\n", "<<< 451 4.3.0 <u@dead.example>: Temporary lookup failure, try again later\r\n"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}

	send("u@none.example", "postmaster@none.example")
	p.wait("one of two is refused", func() bool {
		return len(p.list("--state", "bounced", "--rcpt", "u@none.example")) == 1 && len(p.list("--state", "relayed", "--rcpt", "postmaster@none.example")) == 1
	})
	if out := p.postroom("trace", "u@gray.example"); !strings.Contains(out, "sim:greylist") || !strings.Contains(out, "a simulated host: nothing leaves the machine") {
		t.Errorf("trace: %s", out)
	}
	write(t, filepath.Join(home, "etc", "mail", "mailertable"), "gray.example sim:gray\n")
	if out, errs, exit := run(t, "", p.env(), program(t, "postroom-server"), "check"); exit != 78 || !strings.Contains(out+errs, "mailertable:1: sim: leads nowhere: no simulated host of that name") {
		t.Errorf("check: exit status %d, %s%s", exit, out, errs)
	}
}

func TestARehearsalGoesOnAfterANewStart(t *testing.T) {
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[delivery]\nexternal = \"relay\"\nsmart_host = \"sim:greylist:1h\"\n[queue]\nmin_age = \"0s\"\n")
	p := serve(t, home)
	p.send("Subject: hello\n\nx\n", "-i", "-f", "me@localhost", "u@far.example")
	p.wait("it waits", func() bool { return len(p.list("--state", "deferred")) == 1 })
	memory := filepath.Join(home, "run", "simulated.json")
	p.wait("what the host remembers is written down", func() bool {
		text, err := os.ReadFile(memory)
		return err == nil && strings.Contains(string(text), "u@far.example")
	})
	if err := p.stop(syscall.SIGKILL); err == nil {
		t.Error("killed without a sign")
	}
	// An hour ago, as the host remembers it.
	text, err := os.ReadFile(memory)
	if err != nil {
		t.Fatal(err)
	}
	since := regexp.MustCompile(`"Since":"[^"]*"`)
	if n := len(since.FindAll(text, -1)); n != 1 {
		t.Fatalf("%d: %s", n, text)
	}
	write(t, memory, since.ReplaceAllString(string(text), `"Since":"2026-01-01T00:00:00Z"`))
	p = serve(t, home)
	p.as("", "sendmail", "-q")
	p.wait("it passes", func() bool { return len(p.list("--state", "relayed")) == 1 })
	p.as("Subject: hello\n\nx\n", "sendmail", "-i", "-f", "me@localhost", "other@far.example")
	p.wait("another one waits", func() bool { return len(p.list("--state", "deferred", "--rcpt", "other@far.example")) == 1 })
}
