//go:build linux

package sendmail

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/app/config/account"
	"postroom.dev/mta/realsendmail"
	"postroom.dev/spool/qf"
)

// sendmailCF only queues; it takes the queue directory.
const sendmailCF = `V10/Berkeley
Cwlocalhost mail.example.com
Djmail.example.com
DnMAILER-DAEMON
O QueueDirectory=%s
O QueueFileMode=0600
O TempFileMode=0600
O DeliveryMode=q
O BlankSub=.
O ErrorMode=p
O PidFile=/dev/null
O ControlSocketName
Troot
H?P?Return-Path: <$g>
HReceived: by $j id $i
H?D?Resent-Date: $a
H?D?Date: $a
H?F?Resent-From: $g
H?F?From: $g
H?x?Full-Name: $x
H?M?Resent-Message-Id: <$t.$i@$j>
H?M?Message-Id: <$t.$i@$j>
Scanonify=3
Sparse=0
R$*	$#local $: $1
Mlocal,	P=/bin/false, F=lsDFMqPrmn9, S=0, R=0, T=DNS/RFC822/X-Unix, A=false
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
`

// real gives what runs real sendmail on a message, as root on a host called mail.example.com, and what it printed on both streams.
func real(t *testing.T) func(queue, stdin string, args ...string) (said string, exit int) {
	path := realsendmail.Path(t)
	dir := t.TempDir()
	cf := filepath.Join(dir, "sendmail.cf")
	return func(queue, stdin string, args ...string) (string, int) {
		if err := os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, queue), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := realsendmail.Command(t, path, append([]string{"-C", cf}, args...)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
}

// Complaints go to another stream here, so both streams are compared as one.
func TestCommandLinesBesideTheRealOne(t *testing.T) {
	theirs := real(t)
	for _, line := range []string{
		"", "--", "-bm", "-ba", "-bz", "-bX", "-b a", "-z x", "-x", "-E", "-j", "-ti@ x", "-a default -t", "-h", "-f", "-N", "-O", "-U x", "-I x",
		"-f a -f b x", "-f a -r b x", "-B FOO x", "-B", "-N never,success x", "-N success,foo x", "-R foo x", "-R hdrs -R full x", "-V a=b x", "-V a+zz x", "-V a+2 x", "-h x y", "-hx y",
		"-odx x", "-odi -odx x", "-O DeliveryMode=x y", "-oT1x x", "-O Timeout.queuereturn=5x y", "-O Timeout.queuewarn=x1 y",
		"-O Foo=bar x", "-O x", "-O = x", "-O Q=x y", "-O Max=1 x", "-o1 x", "-o- x", "-oD x", "-D f -z",
		"-q15x", "-q1.5h", "-q1H", "-q-5", "-q!G", "-q!Gfoo", "-qGa -qGb", "-q -bi", "-q -bv", "-Qx -bp", "-Qx -bi", "-Qx -bs",
		"-t", "x -odq", "-i x y z", "-i -v -odq -bP", "-oi -om -oo -os -n -m -c -s x", "-G -L tag -M X=1 -p SMTP:host x", "-Am x", "-F name x", "-r a@b x", "-f <> x",
	} {
		queue := t.TempDir()
		args := strings.Fields(line)
		want, wantExit := theirs(queue, "Subject: x\n\nbody\n", args...)
		want = itself.ReplaceAllString(strings.ReplaceAll(want, "\r\n", "\n"), "sendmail:") // -ba speaks SMTP
		d := newDesk(t)
		d.UID, d.Accounts = 0, nobody{}
		exit, stdout, stderr := d.ask("Subject: x\n\nbody\n", append([]string{"sendmail"}, args...)...)
		if got := stdout + stderr; got != want || exit != wantExit {
			t.Errorf("%q: exit status %d, sendmail's %d; (-sendmail +ours)\n%s", line, exit, wantExit, cmp.Diff(want, got))
		}
	}
}

// itself is what sendmail calls itself: its path.
var itself = regexp.MustCompile("(?m)^/[^ ]*/sendmail:")

// nobody is a system without users: letters that cannot be sent are not kept in root's home.
type nobody struct{}

func (nobody) ByUID(int) (account.Account, bool)     { return account.Account{Name: "root"}, true }
func (nobody) ByName(string) (account.Account, bool) { return account.Account{}, false }

// What a queue file holds of the message, beside what sendmail makes of the same octets. Two things differ, for a message is kept as it
// came: the blank in "Subject : x", and a field that is the end of the input without a line end, which sendmail loses.
func TestMessagesInTheQueueBesideTheRealOne(t *testing.T) {
	theirs := real(t)
	for name, c := range map[string]struct{ args, text string }{
		"plain":                         {"x", "Subject: a\nTo: x\n\nbody\n"},
		"CR LF":                         {"-t", "To: x\r\nSubject: a\r\n\r\nbody\r\n\r\nmore\r\n"},
		"an empty line first":           {"x", "\nSubject: a\n\nbody\n"},
		"CR LF first":                   {"x", "\r\nSubject: a\r\n\r\nbody\r\n"},
		"two empty lines first":         {"x", "\n\nSubject: a\n\nbody\n"},
		"blanks first":                  {"x", "  \nSubject: a\n\nbody\n"},
		"a byte order mark":             {"x", "\ufeffSubject: a\nTo: y\n\nbody\n"},
		"no empty line":                 {"x", "Subject: a\nthis is the body\nTo: y\n"},
		"no body":                       {"x", "Subject: a\n"},
		"nothing":                       {"x", ""},
		"no last line end":              {"x", "Subject: a\n\nbody"},
		"a Unix From line":              {"x", "From alice Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n"},
		"a dot ends it":                 {"x", "Subject: a\n\none\n.\ntwo\n"},
		"a dot does not with -i":        {"-i x", "Subject: a\n\none\n.\n..two\n.three\n"},
		"dots without -i":               {"x", "Subject: a\n\n..two\n.three\n"},
		"a dot at the end of the input": {"x", "Subject: a\n\none\n."},
		"blanks in fields":              {"x", "X-Empty:\nX-Space:   b  \n\nbody\n"},
		"folded":                        {"x", "Subject: a\n  b\n\tc\n\nbody\n"},
		"8 bit":                         {"x", "Subject: \xfc\n\n\xff\xfe\n"},
		"own fields":                    {"x", "Date: Mon, 1 Jan 2024 00:00:00 +0000\nFrom: a@b\nMessage-ID: <q@b>\n\nbody\n"},
		"resent":                        {"x", "Resent-To: x\nResent-From: y\nFrom: a@b\n\nbody\n"},
		"a colon alone":                 {"x", ": a\nSubject: b\n\nbody\n"},
		"a name with blanks":            {"x", "No field: a\nSubject: b\n\nbody\n"},
	} {
		queue := t.TempDir()
		if said, exit := theirs(queue, c.text, strings.Fields(c.args)...); said != "" || exit != 0 {
			t.Errorf("%s: sendmail says %q, exit status %d", name, said, exit)
			continue
		}
		d := newDesk(t)
		d.UID, d.Accounts = 0, nobody{}
		if exit, stdout, stderr := d.ask(c.text, append([]string{"sendmail", "-odq"}, strings.Fields(c.args)...)...); stdout+stderr != "" || exit != 0 {
			t.Errorf("%s: exit status %d, %q %q", name, exit, stdout, stderr)
			continue
		}
		if diff := cmp.Diff(held(t, queue), held(t, d.Home.ClientQueue)); diff != "" {
			t.Errorf("%s (-sendmail +ours):\n%s", name, diff)
		}
	}
}

// held is what the only message of a queue directory holds: its body, and its fields. Of those that were supplied only the name.
func held(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "qf*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", dir, files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, problems := qf.Parse(f)
	body, err := os.ReadFile(filepath.Join(dir, strings.Replace(filepath.Base(files[0]), "qf", "df", 1)))
	if len(problems) > 0 || err != nil {
		t.Fatal(problems, err)
	}
	all := []string{"body " + fmt.Sprintf("%q", body)}
	for _, h := range c.Header {
		name, _, _ := strings.Cut(h.Text, ":")
		switch {
		case name == "Return-Path", name == "Full-Name":
		case h.Flags != "", name == "Received":
			all = append(all, name)
		default:
			all = append(all, h.Text)
		}
	}
	slices.Sort(all[1:])
	return all
}
