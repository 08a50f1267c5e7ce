package sendmail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

// asking is an MTA that writes down what it is asked.
type asking struct {
	question string
	sel      queue.Selection
	settings map[string]string
	replies  string // of a session
	err      error
}

func (a *asking) heard(verb string, p Place, format string, args ...any) error {
	a.question = strings.TrimSpace(fmt.Sprintf("%s%s %s", verb, map[bool]string{true: " client"}[p.Client], fmt.Sprintf(format, args...)))
	if p.Dir != "" {
		a.question += " in " + p.Dir
	}
	a.settings = p.Settings
	return a.err
}

// named gives the names of what is true.
func named(pairs ...any) string {
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			all = append(all, pairs[i].(string))
		}
	}
	return strings.Join(all, " ")
}

func (a *asking) RunQueue(_ context.Context, r QueueRun) error {
	a.sel = r.Select
	return a.heard("run", r.Place, "%s", named("wait", r.Wait, "verbose", r.Verbose))
}

func (a *asking) List(_ context.Context, l Listing) error {
	a.sel = l.Select
	fmt.Fprintln(l.Out, "listed")
	return a.heard("list", l.Place, "%s", named("verbose", l.Verbose))
}

func (a *asking) Quarantine(_ context.Context, q Quarantine) error {
	a.sel = q.Select
	return a.heard("quarantine", q.Place, "%q %s", q.Reason, named("release", q.Release, "verbose", q.Verbose))
}

func (a *asking) Serve(_ context.Context, s Serve) error {
	a.sel = s.Select
	return a.heard("serve", s.Place, "%s %s %q", named("listen", s.Listen, "foreground", s.Foreground), s.Interval, s.Argv[1:])
}

func (a *asking) Session(_ context.Context, s Session) error {
	fmt.Fprintf(s.Out, "220 mx\r\n%s", a.replies)
	in, _ := io.ReadAll(s.In)
	return a.heard("session", Place{}, "%q", in)
}

func (a *asking) Verify(_ context.Context, v Verify) error {
	return a.heard("verify", Place{}, "%q %s", v.Addresses, named("verbose", v.Verbose))
}

func (a *asking) Test(_ context.Context, s Session) error {
	in, _ := io.ReadAll(s.In)
	return a.heard("test", Place{}, "%q", in)
}

func (a *asking) Check(context.Context) error { return a.heard("check", Place{}, "") }

func (a *asking) Aliases(_ context.Context, al Aliases) error {
	return a.heard("aliases", Place{}, "%s %s", al.File, named("verbose", al.Verbose))
}

func (a *asking) HostStatus(_ context.Context, h HostStatus) error {
	return a.heard("hosts", Place{}, "%s", named("verbose", h.Verbose))
}

func (a *asking) PurgeStatus(context.Context, HostStatus) error { return a.heard("purge", Place{}, "") }

// ask runs the command and gives its exit status and both outputs.
func (d *desk) ask(stdin string, argv ...string) (exit int, stdout, stderr string) {
	d.stdout.Reset()
	d.stderr.Reset()
	*d.asked = asking{err: d.asked.err, replies: d.asked.replies}
	d.Argv, d.Stdin = argv, strings.NewReader(stdin)
	exit = d.Run(context.Background())
	return exit, d.stdout.String(), d.stderr.String()
}

func TestModesAskTheMTA(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"sendmail -q", `run`},
		{"sendmail -q0", `run`},
		{"sendmail -q0s", `run`},
		{"sendmail -qf", `run wait`},
		{"sendmail -qfoo", `run wait`},
		{"sendmail -q!f", `run wait`},
		{"sendmail -q!", `run`},
		{"sendmail -q -v", `run wait verbose`},
		{"sendmail -v -q", `run wait verbose`},
		{"sendmail -Ac -q", `run client`},
		{"sendmail -q -Ac -v", `run client wait verbose`},
		{"sendmail -qGmqueue -qf", `run wait`},
		{"sendmail -oQ/tmp -q -v", `run wait verbose in /tmp`},
		{"sendmail -O QueueDirectory=/tmp -qf", `run wait in /tmp`},
		{"sendmail -qf bob", `run wait`},
		{"sendmail -t -qf", `run wait`},
		{"sendmail -bm -qf bob", `run wait`},
		{"sendmail -q30m", `serve  30m0s ["-q30m"]`},
		{"sendmail -q 15", `serve  15m0s ["-q" "15"]`},
		{"sendmail -q15d", `serve  360h0m0s ["-q15d"]`},
		{"sendmail -q15h", `serve  15h0m0s ["-q15h"]`},
		{"sendmail -q1h30", `serve  1h30m0s ["-q1h30"]`},
		{"sendmail -q1d2h3m4s", `serve  26h3m4s ["-q1d2h3m4s"]`},
		{"sendmail -q1w", `serve  168h0m0s ["-q1w"]`},
		{"sendmail -q99999999999999999999w", `serve  2562047h47m16.854775807s ["-q99999999999999999999w"]`},
		{"sendmail -qp", `serve  1s ["-qp"]`},
		{"sendmail -qp5m", `serve  5m0s ["-qp5m"]`},
		{"sendmail -Ac -q30m", `serve client  30m0s ["-Ac" "-q30m"]`},
		{"sendmail -bd", `serve listen 0s ["-bd"]`},
		{"sendmail -bd -q15", `serve listen 15m0s ["-bd" "-q15"]`},
		{"sendmail -bD -q1h", `serve listen foreground 1h0m0s ["-bD" "-q1h"]`},
		{"/usr/libexec/sendmail/smtpd", `serve listen 0s []`},
		{"sendmail -bp", `list`},
		{"sendmail -bp -v -Ac", `list client verbose`},
		{"sendmail -bp -q15", `list`},
		{"sendmail -bp -oQ/tmp", `list in /tmp`},
		{"mailq", `list`},
		{"/usr/bin/mailq -Ac", `list client`},
		{`C:\bin\mailq -v`, `list verbose`},
		{"sendmail -Qspam -qRbob", `quarantine "spam"`},
		{"sendmail -v -Q -qQ", `quarantine "" release verbose`},
		{"sendmail -bi", `aliases`},
		{"sendmail -v -bi", `aliases  verbose`},
		{"sendmail -bi -oA/etc/my", `aliases /etc/my`},
		{"newaliases", `aliases`},
		{"sendmail -bh", `hosts`},
		{"hoststat -v", `hosts verbose`},
		{"sendmail -bH", `purge`},
		{"sendmail -bC", `check`},
		{"purgestat", `purge`},
		{"sendmail -bv alice team a@b", `verify ["alice" "team" "a@b"]`},
		{"sendmail -v -bv root", `verify ["root"] verbose`},
		{"sendmail -bs", `session "in\n"`},
		{"sendmail -bt", `test "in\n"`},
	} {
		d := newDesk(t)
		exit, _, stderr := d.ask("in\n", strings.Fields(c.line)...)
		if exit != 0 || stderr != "" || d.asked.question != c.want {
			t.Errorf("%s: exit %d, %q; asked %q, want %q", c.line, exit, stderr, d.asked.question, c.want)
		}
	}
}

func TestSelectionsReachTheQueue(t *testing.T) {
	control := func(sender, rcpt string) *qf.Control {
		return &qf.Control{Sender: sender, Recipients: []qf.Recipient{{Address: rcpt}}}
	}
	for _, c := range []struct {
		line string
		want bool
	}{
		{"-q -qRsally", true}, {"-qRharry", false}, {"-q!Rharry", true}, {"-qSALICE", true}, {"-q!Salice", false}, {"-qIAA00269", true},
		{"-qIAA00270", false}, {"-qRsally -qSalice -qIAA", true}, {"-qRsally -qSbob", false}, {"-qI", true}, {"-q", true}, {"-bp -qRharry", false},
		{"-bd -q15 -qRharry", false}, {"-Qx -qRharry", false},
	} {
		d := newDesk(t)
		if exit, _, stderr := d.ask("", append([]string{"sendmail"}, strings.Fields(c.line)...)...); exit != 0 {
			t.Fatalf("%s: %d %s", c.line, exit, stderr)
		}
		if got := d.asked.sel.Match(control("alice@x", "<sally@y>"), "AA00269"); got != c.want {
			t.Errorf("%s: meant %v, want %v", c.line, got, c.want)
		}
	}
	d := newDesk(t)
	d.ask("", "sendmail", "-bp", "-OQueueSort=time", "-O", "MinQueueAge=5m")
	if diff := cmp.Diff(map[string]string{"QueueSortOrder": "time", "MinQueueAge": "5m"}, d.asked.settings); diff != "" {
		t.Error(diff)
	}
	d.ask("", "sendmail", "-bp", "-qQspam")
	if d.asked.sel.Kind() != "hf" {
		t.Errorf("-qQ means %s files", d.asked.sel.Kind())
	}
}

func TestExitOfAMode(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		err    error
		exit   int
		stderr string
	}{
		{nil, 0, ""},
		{&Exit{71, "can not open"}, 71, "can not open\n"},
		{&Exit{Code: 68}, 68, ""},
		{Code(78), 78, ""},
		{Code(0), 0, ""},
		{errors.New("nobody home"), 75, "sendmail: nobody home\n"},
		{fmt.Errorf("server: %w", &Exit{75, "already active"}), 75, "already active\n"},
	} {
		d.asked.err = c.err
		if exit, _, stderr := d.ask("", "sendmail", "-q"); exit != c.exit || stderr != c.stderr {
			t.Errorf("%v: %d, %q", c.err, exit, stderr)
		}
	}
	d.MTA = nil
	if exit, _, _ := d.ask("", "sendmail", "-q"); exit != exUnavailable {
		t.Errorf("nobody to ask: exit %d", exit)
	}
	if exit, stdout, _ := newDesk(t).ask("", "sendmail", "-bP"); exit != 0 || stdout != "Data unavailable: shared memory not updated\n" {
		t.Errorf("-bP: %d, %q", exit, stdout)
	}
}

func TestExitOfASession(t *testing.T) {
	for replies, want := range map[string]int{
		"": 0, "250 ok\r\n": 0, "500 5.5.1 Command unrecognized: \"FOO\"\r\n": 0, "550 5.1.1 <x>... User unknown\r\n": 0, "503 5.0.0 Need MAIL before RCPT\r\n": 0,
		"553 5.1.3 <foo@>... Hostname required\r\n250 ok\r\n221 bye\r\n":     64,
		"553 5.1.8 <a@b>... Domain of sender address a@b does not exist\r\n": 68,
		"553 5.1.8 x\r\n553 5.1.3 y\r\n":                                     64,
		"553 5.1.3":                                                          64, "553-5.1.3 x\r\n": 0, "451 4.1.8 x\r\n": 0, "5\r\n": 0,
	} {
		d := newDesk(t)
		d.asked.replies = replies
		if exit, stdout, stderr := d.ask("", "sendmail", "-bs"); exit != want || stdout != "220 mx\r\n"+replies || stderr != "" {
			t.Errorf("%q: exit %d, want %d; %q %q", replies, exit, want, stdout, stderr)
		}
	}
}

func TestVerifyReadsTheHeaderWithT(t *testing.T) {
	d := newDesk(t)
	exit, _, stderr := d.ask("To: bob, c@d\nBcc: e@f\n\nbody\n", "sendmail", "-bv", "-t", "team")
	if want := `verify ["team" "bob@mail.example.com" "c@d" "e@f"]`; exit != 0 || stderr != "" || d.asked.question != want {
		t.Errorf("%d, %q: %s, want %s", exit, stderr, d.asked.question, want)
	}
}

const permission = "Program mode requires special privileges, e.g., root or TrustedUser.\n"

// What others may not do, measured with sendmail 8.17.1.9; options that name files are refused before they
// are looked at.
func TestWhatOthersMayNot(t *testing.T) {
	const chdir = "can not chdir(/var/spool/mqueue/): Permission denied\n" + permission
	const trust = "Permission denied (real uid not trusted)\n"
	evil := filepath.Join(t.TempDir(), "evil.php")
	for _, c := range []struct {
		line   string
		exit   int
		stderr string
	}{
		{"-q", 78, chdir}, {"-qf", 78, chdir}, {"-qRx -v", 78, chdir}, {"-bp", 78, chdir}, {"-bh", 78, chdir}, {"-bP", 78, chdir},
		{"-bv bob", 78, "Notice: -bv may give misleading output for non-privileged user\n" + chdir},
		{"-q -Ac", 77, "You do not have permission to process the queue\n"},
		{"-bd", 64, "550 " + trust}, {"-bD", 64, trust}, {"-q30m", 64, trust}, {"-bi", 64, trust}, {"-bH", 64, trust}, {"-Qfoo -qR", 64, trust},
		{"-t -i -X" + evil, 78, "sendmail: -X: " + permission},
		{"-t -i -fa@b -X" + evil + " -oQ/tmp", 78, "sendmail: -X: " + permission},
		{"-OQueueDirectory=/tmp -X" + evil, 78, "sendmail: -X: " + permission},
		{"-oQ/tmp x", 78, "sendmail: -oQ: " + permission},
		{"-o Q/tmp x", 78, "sendmail: -oQ: " + permission},
		{"-O QueueDirectory=/tmp x", 78, "sendmail: -oQ: " + permission},
		{"-O queuedirectory=/tmp -odq x", 78, "sendmail: -oQ: " + permission},
		{"-oQ/nonexist x", 78, "sendmail: -oQ: " + permission},
		{"-C/etc/mail/sendmail.cf -X" + evil + " x", 72, "/etc/mail/sendmail.cf: line 0: cannot open: No such file or directory\n"},
		{"-C/etc/passwd x", 69, "sendmail: -C /etc/passwd: settings are those of the home; name another with POSTROOM_HOME=DIR\n"},
		{"-D" + evil + " -d0 x", 78, "sendmail: -D: " + permission},
		{"-bp -Ac -X" + evil, 78, "sendmail: -X: " + permission},
		{"-bs -X" + evil, 78, "sendmail: -X: " + permission},
		{"-bt -D" + evil + " -d0", 78, "sendmail: -D: " + permission},
	} {
		if strings.Contains(c.line, "/etc/mail") {
			if _, err := os.Stat("/etc/mail/sendmail.cf"); err == nil {
				continue // sendmail is installed here
			}
		}
		d := newDesk(t)
		d.owner = false
		exit, stdout, stderr := d.ask("To: x\n\n<?php evil() ?>\n", append([]string{"sendmail"}, strings.Fields(c.line)...)...)
		if exit != c.exit || stderr != c.stderr || stdout != "" {
			t.Errorf("%s: %d %q %q, want %d %q", c.line, exit, stdout, stderr, c.exit, c.stderr)
		}
		if _, err := os.Lstat(evil); err == nil || d.asked.question != "" || len(d.queued()) > 0 {
			t.Errorf("%s: refused, and yet file %v, asked %q, queue %v", c.line, err, d.asked.question, d.queued())
			os.Remove(evil)
		}
		d.UID = 0
		if exit, _, stderr := d.ask("To: x\n\nbody\n", append([]string{"sendmail"}, strings.Fields(c.line)...)...); exit == c.exit && c.exit != 69 && c.exit != 72 && !strings.Contains(c.line, "nonexist") {
			t.Errorf("%s by root: %d %s", c.line, exit, stderr)
		}
		os.Remove(evil)
	}
}

func TestWhatOthersMay(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"-bs", `session "in\n"`}, {"-bt", `test "in\n"`}, {"-bp -Ac", "list client"}, {"-d0 -bp -Ac", "list client"},
	} {
		d := newDesk(t)
		d.owner = false
		if exit, _, stderr := d.ask("in\n", append([]string{"sendmail"}, strings.Fields(c.line)...)...); exit != 0 || d.asked.question != c.want {
			t.Errorf("%s: %d %s %q", c.line, exit, stderr, d.asked.question)
		}
	}
}

func TestQueueDirectoryOfTheCallersChoice(t *testing.T) {
	d := newDesk(t)
	other := t.TempDir()
	d.call(small, 0, "", "-odq", "-oQ"+other, "x@x")
	list, err := os.ReadDir(other)
	if err != nil || len(list) != 2 || len(d.queued()) != 0 {
		t.Errorf("%v, %v; in the home's queue: %v", list, err, d.queued())
	}
}

func FuzzInterval(f *testing.F) {
	f.Add("1h30m")
	f.Add("15")
	f.Fuzz(func(t *testing.T, v string) {
		if badUnit(v) == "" && interval(v) < 0 {
			t.Errorf("%q is %s", v, interval(v))
		}
	})
}

func TestInterval(t *testing.T) {
	for v, want := range map[string]time.Duration{"": 0, "0": 0, "m": 0, "90": 90 * time.Minute, "1w2d": 9 * 24 * time.Hour, "5s": 5 * time.Second} {
		if got := interval(v); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}
