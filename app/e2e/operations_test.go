//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// shell runs a line as it is typed into a shell, on a system where sendmail and its other names are ours.
func (p *post) shell(line string) (stdout, stderr string, exit int) {
	p.t.Helper()
	bin := filepath.Join(filepath.Dir(p.home), "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		p.t.Fatal(err)
	}
	for _, name := range []string{"sendmail", "mailq", "newaliases", "praliases", "makemap", "hoststat", "mailstats"} {
		if err := os.Symlink(program(p.t, "postroom-server"), filepath.Join(bin, name)); err != nil && !os.IsExist(err) {
			p.t.Fatal(err)
		}
	}
	rc := filepath.Join(bin, "mailrc")
	write(p.t, rc, "set sendmail="+filepath.Join(bin, "sendmail")+"\n")
	return run(p.t, "", append(p.env(), "MAILRC="+rc, "TERM=xterm"), "sh", "-c", "PATH="+bin+":$PATH; cd "+p.home+"; "+line)
}

// typed is shell for lines that have to succeed, and gives what they print.
func (p *post) typed(line string) string {
	p.t.Helper()
	out, errs, exit := p.shell(line)
	if exit != 0 {
		p.t.Fatalf("%s: exit status %d\n%s%s", line, exit, out, errs)
	}
	return out + errs
}

func TestMailForAStudentIsReadWithMutt(t *testing.T) {
	need(t, "mail")
	need(t, "mutt")
	p := serve(t, newHome(t))
	if out := p.typed(`echo "this is a mail test" | mail -s hello student`); out != "" {
		t.Errorf("mail says %q", out)
	}
	p.wait("it is delivered", func() bool { return len(p.list("--state", "delivered")) == 1 })
	// mutt wants a terminal, which script gives it.
	p.typed(`script -qec "mutt -n -R -f mail/student -e 'set folder=mail wait_key=no pipe_decode=yes' -e 'push |tee\ read\nq'" /dev/null </dev/null`)
	text, err := os.ReadFile(filepath.Join(p.home, "read"))
	if err != nil || !strings.Contains(string(text), "Subject: hello\n") || !strings.Contains(string(text), "\nthis is a mail test\n") {
		t.Errorf("mutt shows (%v) %q", err, text)
	}
}

func TestVerboseMailTellsOfTheConversation(t *testing.T) {
	need(t, "mail")
	p := serve(t, newHome(t))
	out := p.typed("echo hello | mail -v user@domain.tld")
	for _, want := range []string{"user@domain.tld... Connecting to local...\n220 ", ">>> RCPT To:<user@domain.tld>\n250 2.1.5 ", "user@domain.tld... Sent (", "Closing connection to local\n>>> QUIT\n221 "} {
		if !strings.Contains(out, want) {
			t.Errorf("mail -v lacks %q:\n%s", want, out)
		}
	}
	if m := p.newest(1); m.Recipients[0].Address != "user@domain.tld" || m.Recipients[0].State != "caught" {
		t.Errorf("%+v", m)
	}
}

func TestTheShopsSender(t *testing.T) {
	p := serve(t, newHome(t))
	p.typed(`printf 'To: ada@example.com\nSubject: order\n\nthanks\n' | sendmail -f shop@adidas.cn -t -i`)
	if m := p.newest(1); m.Sender != "shop@adidas.cn" || m.Subject != "order" {
		t.Errorf("%+v", m)
	}
}

func TestIdentityAndAliasesArePrinted(t *testing.T) {
	p := serve(t, newHome(t))
	for _, line := range []string{"sendmail -d0 </dev/null", "sendmail -d0.1 </dev/null"} {
		out, errs, exit := p.shell(line)
		if exit != 64 || errs != "Recipient names must be specified\n" || !strings.HasPrefix(out, "Version ") ||
			!strings.Contains(out, "\n Compiled with: ") || !strings.Contains(out, "SYSTEM IDENTITY") || !strings.Contains(out, " $j = ") {
			t.Errorf("%s: exit status %d\n%s%s", line, exit, out, errs)
		}
	}
	host, _, err := run(t, "", nil, "hostname")
	if err != 0 {
		t.Fatal("hostname does not run")
	}
	if name := strings.TrimSpace(host); !strings.Contains(name, ".") {
		if out, _, _ := p.shell("sendmail -d0.1 -bp"); !strings.Contains(out, "WARNING: local host name ("+name+") is not qualified; see cf/README: WHO AM I?\n") {
			t.Errorf("no warning of the host name %s:\n%s", name, out)
		}
	}
	if out, want := p.typed("sendmail -v -bi"), p.home+"/etc/mail/aliases: 0 aliases, longest 0 bytes, 0 bytes total\n"; out != want {
		t.Errorf("sendmail -v -bi: %q, want %q", out, want)
	}
}

func TestEmptyQueuesAreListedAndRun(t *testing.T) {
	p := serve(t, newHome(t))
	for line, want := range map[string]string{
		"mailq":            p.home + "/spool/mqueue is empty\n\t\tTotal requests: 0\n",
		"mailq -Ac":        p.home + "/spool/clientmqueue is empty\n\t\tTotal requests: 0\n",
		"sendmail -q":      "",
		"sendmail -qf":     "",
		"sendmail -q -v":   "",
		"sendmail -Ac -q":  "",
		"sendmail -qGfoo":  "Queue group foo unknown\n",
		"sendmail -qRs -v": "",
	} {
		if out := p.typed(line); out != want {
			t.Errorf("%s: %q, want %q", line, out, want)
		}
	}
}

// classic is a control file of old, and what -qR, -qS and -qI look for.
func classic(sender, rcpt string) string {
	return "P0\nT566755310\nMDeferred: Connection timed out\nS" + sender + "\nR" + rcpt + "\nHSubject: old\n.\n"
}

func TestARunTakesWhatIsAskedFor(t *testing.T) {
	home := newHome(t)
	// No other run, not even the first: it would return messages as old as these.
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:1\"\n[queue]\ninterval = \"0\"\n")
	p := serve(t, home)
	for id, text := range map[string]string{
		"AA00269": classic("eric@x.example", "amy@zeus.example"),
		"AA00270": classic("eric@x.example", "sally@zeus.example"),
		"AA00271": classic("sally@x.example", "amy@zeus.example"),
	} {
		write(t, filepath.Join(home, "spool", "mqueue", "df"+id), "body\n")
		write(t, filepath.Join(home, "spool", "mqueue", "qf"+id), text)
	}
	running := regexp.MustCompile(`(?m)^Running .*/mqueue/(\S+) \(sequence (\d of \d)\)$`)
	for _, c := range []struct{ line, want string }{
		{"sendmail -qIAA00269 -v", "AA00269 1 of 1"},
		{"sendmail -qRsally -v", "AA00270 1 of 1"},
		{"sendmail -qSsally -v", "AA00271 1 of 1"},
	} {
		out := p.typed(c.line)
		var got []string
		for _, m := range running.FindAllStringSubmatch(out, -1) {
			got = append(got, m[1]+" "+m[2])
		}
		if strings.Join(got, ", ") != c.want || !strings.Contains(out, "Connection refused") {
			t.Errorf("%s ran %q, want %q:\n%s", c.line, got, c.want, out)
		}
	}
}

func TestTheClientQueueIsHandedIn(t *testing.T) {
	p := serve(t, newHome(t))
	p.typed("echo hello | sendmail -odq ada@example.com")
	out := p.typed("sendmail -Ac -q -v")
	p.newest(1)
	if out != "" && !strings.Contains(out, "clientmqueue/") { // the program may have taken it first
		t.Errorf("sendmail -Ac -q -v: %s", out)
	}
	p.wait("mailq -Ac says that it is empty", func() bool { return strings.Contains(p.typed("mailq -Ac"), "is empty\n") })
}

func TestAQueueThatWasMovedIsRunAsTyped(t *testing.T) {
	p := serve(t, relaying(t))
	p.typed("echo hello | sendmail -f me@localhost u@other.example")
	p.wait("it was tried", func() bool { return len(p.list("--state", "deferred")) == 1 })
	if err := p.stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	spool := filepath.Join(p.home, "spool")
	out := p.typed("cd spool; mv mqueue omqueue; sendmail -oQ" + spool + "/omqueue -q -v")
	if !strings.Contains(out, "Running "+spool+"/omqueue/") || !strings.Contains(out, "<u@other.example>... Deferred: Connection refused") {
		t.Errorf("run of the moved queue:\n%s", out)
	}
	if out := p.typed("mailq"); !strings.Contains(out, spool+"/mqueue is empty\n") {
		t.Errorf("mailq: %s", out)
	}
}

func TestAServerInTheBackgroundRunsTheQueue(t *testing.T) {
	for _, line := range []string{"sendmail -bd -q15", "sendmail -q15", "sendmail -q15h", "sendmail -q15d"} {
		home := newHome(t)
		write(t, filepath.Join(home, "etc", "postroom.toml"), "[smtp]\nlisten = [\"127.0.0.1:0\"]\n")
		p := &post{t: t, home: home}
		if out := p.typed(line); out != "" {
			t.Errorf("%s says %q", line, out)
		}
		text, err := os.ReadFile(filepath.Join(home, "run", "postroom.pid"))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		pid, err := strconv.Atoi(first)
		if err != nil {
			t.Fatalf("%s: pid file %q", line, text)
		}
		t.Cleanup(func() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			p.wait("it is gone", func() bool { return !alive(pid) }) // before its home is removed
		})
		status, ok := p.status()
		smtp := 0
		for _, l := range status.Listeners {
			if l.Protocol == "SMTP" {
				smtp++
			}
		}
		if listens := strings.Contains(line, "-bd"); !ok || listens != (smtp == 1) {
			t.Errorf("%s: answers %v, listens on %+v", line, ok, status.Listeners)
		}
		_, errs, exit := p.shell(line)
		if exit == 0 || !strings.Contains(errs, "already active on "+home) {
			t.Errorf("%s again: exit status %d, %q", line, exit, errs)
		}
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		p.wait("it ends", func() bool { return !alive(pid) })
	}
}

// alive says that a process runs that is not ours to wait for.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(rest, "Z") // nobody has asked yet how it ended
	}
	return syscall.Kill(pid, 0) == nil
}

func TestMailForAStoppedProgramWaits(t *testing.T) {
	p := serve(t, newHome(t))
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	out, errs, exit := p.shell("echo hello | sendmail ada@example.com")
	waiting, err := filepath.Glob(filepath.Join(p.home, "spool", "clientmqueue", "qf*"))
	if cont := p.cmd.Process.Signal(syscall.SIGCONT); cont != nil {
		t.Fatal(cont)
	}
	if out+errs != "" || exit != 0 || err != nil || len(waiting) != 1 {
		t.Errorf("exit status %d, %q %q, waiting %v", exit, out, errs, waiting)
	}
	p.newest(1)
}

func TestReportsThatACommandLineAskedFor(t *testing.T) {
	p := serve(t, newHome(t))
	p.typed("echo hello | sendmail -f me@localhost -N success -R hdrs -V QQ+2B314159 student@localhost")
	m := p.newest(2)
	if m.Subject != "Return receipt" || m.Sender != "" || m.Recipients[0].Address != "me@localhost" {
		t.Errorf("%+v", m)
	}
	if raw := p.postroom("raw", fmt.Sprint(m.ID)); !strings.Contains(raw, "Original-Envelope-Id: QQ+2B314159") && !strings.Contains(raw, "Original-Envelope-Id: QQ+314159") ||
		!strings.Contains(raw, "text/rfc822-headers") {
		t.Errorf("report:\n%s", raw)
	}
}
