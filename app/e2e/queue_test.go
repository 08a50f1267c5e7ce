package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// relaying makes a home whose mail for other domains goes to a port on which nobody listens.
func relaying(t *testing.T) string {
	t.Helper()
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:1\"\n")
	return home
}

// as runs the server program under one of sendmail's names.
func (p *post) as(stdin, name string, args ...string) string {
	p.t.Helper()
	return mustRun(p.t, stdin, p.env(), program(p.t, "postroom-server"), append([]string{name}, args...)...)
}

// send hands a message in by the sendmail command, and waits until it is kept: where the program did not greet it in time, it was put
// into the client queue.
func (p *post) send(text string, args ...string) {
	p.t.Helper()
	p.as(text, "sendmail", args...)
	p.handedIn()
}

// handedIn waits until nothing is in the client queue.
func (p *post) handedIn() {
	p.t.Helper()
	p.wait("the client queue is empty", func() bool {
		left, err := filepath.Glob(filepath.Join(p.home, "spool", "clientmqueue", "?f*"))
		return err == nil && len(left) == 0
	})
}

// queued is what a test looks at in the JSON of queue.
type queued struct {
	QueueID string `json:"queue_id"`
	State   string
	Tries   int
	Sender  string
}

func (p *post) queue() (list []queued) {
	p.t.Helper()
	for d := json.NewDecoder(strings.NewReader(p.postroom("queue", "--json"))); d.More(); {
		var q queued
		if err := d.Decode(&q); err != nil {
			p.t.Fatal(err)
		}
		list = append(list, q)
	}
	return list
}

// rests waits until n messages are in the queue, all of which were tried, and none of which is in hand. The records say a little
// earlier what became of them: a queue run that began then would pass them over.
func (p *post) rests(n int) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%d messages rest in the queue", n), func() bool {
		list := p.queue()
		out := p.as("", "mailq")
		return len(list) == n && !slices.ContainsFunc(list, func(q queued) bool { return q.State != "deferred" || strings.Contains(out, q.QueueID+"*") })
	})
}

func TestMailToALocalUserLandsInAMailboxThatOthersRead(t *testing.T) {
	mail := need(t, "mail")
	p := serve(t, newHome(t))
	rc := filepath.Join(t.TempDir(), "mailrc")
	write(t, rc, "set sendmail="+program(t, "sendmail")+"\n")
	mustRun(t, "this is a mail test\n", append(p.env(), "MAILRC="+rc), mail, "-s", "hello", "student")
	p.wait("it is delivered", func() bool { return len(p.list("--state", "delivered")) == 1 })
	box := filepath.Join(p.home, "mail", "student")
	text, err := os.ReadFile(box)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"From ", "\nSubject: hello\n", "\nthis is a mail test\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q:\n%s", box, want, text)
		}
	}
	if n := strings.Count(string(text), "\nReturn-Path:"); n != 1 {
		t.Errorf("%d Return-Path fields, want 1:\n%s", n, text)
	}
	if out := mustRun(t, "h\nx\n", append(p.env(), "MAILRC="+rc), mail, "-f", box); !strings.Contains(out, "hello") {
		t.Errorf("mail -f shows %q", out)
	}
}

func TestAMessageThatCannotLeaveWaitsIsReportedAndComesBack(t *testing.T) {
	p := serve(t, relaying(t))
	p.as("To: u@other.example\nSubject: stuck\n\nhello\n", "sendmail", "-t", "-i", "-f", "me@localhost")
	p.wait("it was tried", func() bool { return len(p.list("--state", "deferred")) == 1 })
	p.rests(1)
	for _, want := range []string{"(1 request)\n", "me@localhost\n", "(Deferred: Connection refused by [127.0.0.1]:1)\n", "u@other.example\n", "Total requests: 1\n"} {
		if out := p.as("", "mailq"); !strings.Contains(out, want) {
			t.Errorf("mailq lacks %q:\n%s", want, out)
		}
	}

	p.postroom("clock", "+4h")
	p.as("", "sendmail", "-q")
	p.wait("the sender is warned", func() bool { return len(p.list()) == 2 })
	if m := p.newest(2); m.Subject != "Warning: could not send message for past 4 hours" || m.Recipients[0].Address != "me@localhost" {
		t.Errorf("%+v", m)
	}
	p.rests(1)

	p.postroom("clock", "+5d")
	p.as("", "sendmail", "-qf")
	p.wait("it comes back", func() bool { return len(p.list("--state", "bounced")) == 1 })
	if m := p.newest(3); m.Subject != "Returned mail: see transcript for details" || m.Sender != "" {
		t.Errorf("%+v", m)
	}
	p.wait("mailq says so", func() bool { return strings.Contains(p.as("", "mailq"), "is empty\n") }) // the report is delivered, too
	log, err := os.ReadFile(filepath.Join(p.home, "log", "maillog"))
	if err != nil || !strings.Contains(string(log), "stat=Deferred: Connection refused by [127.0.0.1]:1") {
		t.Errorf("maillog: %v\n%s", err, log)
	}
}

func TestAQueueThatWasMovedAwayIsRunFromThere(t *testing.T) {
	home := relaying(t)
	p := serve(t, home)
	p.as("To: u@other.example\n\nhello\n", "sendmail", "-t", "-i", "-f", "me@localhost")
	p.wait("it was tried", func() bool { return len(p.list("--state", "deferred")) == 1 })
	if err := p.stop(15); err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(home, "spool", "omqueue")
	if err := os.Rename(filepath.Join(home, "spool", "mqueue"), moved); err != nil {
		t.Fatal(err)
	}
	if out := p.as("", "sendmail", "-oQ"+moved, "-bp"); !strings.Contains(out, moved+" (1 request)") {
		t.Errorf("mailq of the moved queue:\n%s", out)
	}
	out := p.as("", "sendmail", "-oQ"+moved, "-q", "-v")
	if !strings.Contains(out, "Running "+moved) || !strings.Contains(out, "Connection refused") {
		t.Errorf("run of the moved queue:\n%s", out)
	}
}

func TestAServerInTheBackgroundSaysWhatRunsAlready(t *testing.T) {
	p := serve(t, newHome(t))
	out, errs, exit := run(t, "", p.env(), program(t, "sendmail"), "-bd", "-q15")
	if exit != 75 || !strings.Contains(out+errs, "already active on "+p.home) {
		t.Errorf("exit status %d, %q %q", exit, out, errs)
	}
}

func TestSIGHUPReadsSettingsAndTablesAgain(t *testing.T) {
	home := newHome(t)
	p := serve(t, home)
	send := func() { p.as("To: u@other.example\n\nhello\n", "sendmail", "-t", "-i", "-f", "me@localhost") }
	hangUp := func() {
		t.Helper()
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	send()
	if m := p.newest(1); m.Recipients[0].State != "caught" {
		t.Errorf("%+v", m)
	}

	settings := filepath.Join(home, "etc", "postroom.toml")
	write(t, settings, "strict = true\n[smtp]\nmax_size = 5\n[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:1\"\nlocal_domains = [\"mine.example\"]\n")
	write(t, filepath.Join(home, "etc", "mail", "aliases"), "team@mine.example: alice, bob\n")
	hangUp()
	want := "postroom: settings and tables read again; in force after a new start: strict, smtp.max_size\n"
	p.wait("it says so", func() bool { return p.err() == want })
	send()
	p.wait("mail leaves", func() bool { return len(p.list("--state", "deferred")) == 1 })
	p.as("To: team@mine.example\n\nhello\n", "sendmail", "-t", "-i", "-f", "me@localhost")
	p.wait("the alias is in force", func() bool { return len(p.list("--state", "delivered", "--rcpt", "team@mine.example")) == 1 })

	write(t, settings, "strict = perhaps\n")
	hangUp()
	p.wait("a mistake is told", func() bool {
		return strings.Contains(p.err(), "settings not read again: ") && strings.Contains(p.err(), "postroom.toml:1")
	})
	send()
	p.wait("what was in force stays", func() bool { return len(p.list("--state", "deferred")) == 2 })

	write(t, settings, "[queue]\ninterval = \"1s\"\n")
	hangUp()
	p.wait("what waits is caught when it is tried next", func() bool { return len(p.list("--state", "deferred")) == 0 && len(p.list("--state", "caught")) == 3 })
	if err := p.stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
}
