package sendmail

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var unknown = []string{"RCPT To:<nosuch@mail.example.com>", "550 5.1.1 <nosuch@mail.example.com>... User unknown"}

// housed gives a desk whose caller has a home directory, and where the dead letters go.
func housed(t *testing.T) (*desk, string) {
	d := newDesk(t)
	home := t.TempDir()
	d.Accounts = accounts{{Name: "alice", GECOS: "Alice Example,,,", Home: home}}
	return d, filepath.Join(home, "dead.letter")
}

const saved = "From alice@mail.example.com Sun Nov 22 09:39:51 2026\nReturn-Path: <alice@mail.example.com>\n" +
	"Received: (from alice@localhost)\n\tby mail.example.com (Postroom/0.1.0/Submit) id 6AM9dp01013925\n\tfor nosuch@mail.example.com; Sun, 22 Nov 2026 09:39:51 GMT\n" +
	"Date: Sun, 22 Nov 2026 09:39:51 GMT\nFrom: Alice Example <alice@mail.example.com>\n" +
	"Message-Id: <202611220939.6AM9dp01013925@mail.example.com>\nSubject: x\n\nbody\n\n"

// Layout, mode and text were measured with sendmail 8.17.1.9.
func TestDeadLetter(t *testing.T) {
	d, path := housed(t)
	d.play(with(unknown...))
	says := "nosuch@mail.example.com... User unknown\n" + path + "... Saved message in " + path + "\n"
	d.call(small, 67, says, "nosuch")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved, string(b)); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("mode %o", info.Mode())
	}
	d.call(small, 67, says, "-oep", "nosuch")
	if again, _ := os.ReadFile(path); !bytes.HasPrefix(again, b) || bytes.Count(again, []byte("From alice@")) != 2 {
		t.Errorf("appended: %s", again)
	}
}

func TestWhatIsADeadLetter(t *testing.T) {
	for _, c := range []struct {
		name   string
		script script
		args   string
		exit   int
		kept   bool
	}{
		{"a message that was taken", friendly, "x", 0, false},
		{"one that has to wait", with("RCPT", "451 4.7.1 later"), "x", 0, false},
		{"one refused for some", with(unknown...), "x nosuch", 67, true},
		{"its sender", with("MAIL", "553 5.1.8 no such domain"), "x", 68, true},
		{"its text", with("BDAT", "552 5.2.3 Message exceeds maximum fixed size (1)"), "x", 69, true},
		{"what is no address", friendly, "foo@ x", 64, true},
		{"nothing but what is no address", friendly, "foo@", 64, true},
		{"one that went round too often", friendly, "-h 30 x", 69, true},
		{"-oeq", with(unknown...), "-oeq nosuch", 67, false},
		{"-t that finds nobody", friendly, "-t", 0, false},
	} {
		d, path := housed(t)
		d.play(c.script)
		exit, stdout, _ := d.ask(small, append([]string{"sendmail"}, strings.Fields(c.args)...)...)
		b, err := os.ReadFile(path)
		if exit != c.exit || stdout != "" || (err == nil) != c.kept || c.kept && !strings.HasSuffix(string(b), "Subject: x\n\nbody\n\n") {
			t.Errorf("%s: exit %d, %s; %v %s", c.name, exit, stdout, err, b)
		}
	}
}

func TestDeadLettersOfRootAndOfNobody(t *testing.T) {
	d, path := housed(t)
	d.play(with(unknown...))
	d.UID = 0
	d.Accounts = accounts{}
	d.env["LOGNAME"], d.env["HOME"] = "root", filepath.Dir(path)
	d.ask(small, "sendmail", "nosuch@mail.example.com")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	delete(d.env, "HOME")
	d.call(small, 67, "nosuch@mail.example.com... User unknown\n", "nosuch")
}

func TestADeadLetterGoesOnlyIntoAFile(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	for name, prepare := range map[string]func(path string) error{
		"a symbolic link": func(path string) error { return os.Symlink(other, path) },
		"a directory":     func(path string) error { return os.Mkdir(path, 0o700) },
		"a missing home":  func(path string) error { return os.Remove(filepath.Dir(path)) },
	} {
		d, path := housed(t)
		d.play(with(unknown...))
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		exit, _, stderr := d.ask(small, "sendmail", "nosuch")
		if exit != 67 || !strings.Contains(stderr, path+"... savemail: cannot save rejected email anywhere: ") {
			t.Errorf("%s: %d, %s", name, exit, stderr)
		}
		if _, err := os.Lstat(other); err == nil {
			t.Errorf("%s: followed", name)
		}
	}
}

func TestMailboxForm(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"S: x\n\nFrom here\nFrom\n From x\nFro", "S: x\n\n>From here\nFrom\n From x\nFro\n\n"},
		{"S: x\r\n\r\nFrom a\r\n\r\nFrom b\r\n", "S: x\n\n>From a\n\n>From b\n\n"},
		{"S: x", "S: x\n\n\n"},
		{"From a Thu Dec 17 16:01:00 1987\nS: x\n\nb\n", "S: x\n\nb\n\n"},
		{"no header\n", "\nno header\n\n"},
		{"S: x\n\nFrom ", "S: x\n\n>From \n\n"},
	} {
		d, path := housed(t)
		d.play(with("RCPT", "550 5.1.1 no"))
		d.ask(c.text, "sendmail", "x")
		b, _ := os.ReadFile(path)
		_, rest, _ := strings.Cut(string(b), "Message-Id: <202611220939.6AM9dp01013925@mail.example.com>\n")
		if rest != c.want {
			t.Errorf("%q: %q, want %q", c.text, rest, c.want)
		}
	}
}

func FuzzMboxBody(f *testing.F) {
	f.Add("From a\nFrom", 3)
	f.Fuzz(func(t *testing.T, in string, at int) {
		var whole, parts bytes.Buffer
		write := func(out *bytes.Buffer, pieces ...string) {
			w := bufio.NewWriter(out)
			m := &mboxBody{w: w, begin: true}
			for _, p := range pieces {
				m.Write([]byte(p))
			}
			m.end()
			w.Flush()
		}
		at = max(0, min(at, len(in)))
		write(&whole, in)
		write(&parts, in[:at], in[at:])
		if whole.String() != parts.String() {
			t.Fatalf("%q cut at %d: %q, %q", in, at, whole.String(), parts.String())
		}
		if strings.HasPrefix(whole.String(), "From ") || strings.Contains(whole.String(), "\nFrom ") {
			t.Fatalf("%q becomes %q", in, whole.String())
		}
		if !strings.HasSuffix(whole.String(), "\n") {
			t.Fatalf("%q becomes %q", in, whole.String())
		}
	})
}

// The letter about a refusal goes to the sender; statuses were measured with sendmail 8.17.1.9.
func TestErrorModes(t *testing.T) {
	for _, c := range []struct {
		mode   string
		exit   int
		mailed bool
	}{{"-oem", 67, true}, {"-oew", 67, true}, {"-em", 67, true}, {"-O ErrorMode=mail", 67, true}, {"-oee", 0, true}, {"-oeq", 67, false}} {
		d, path := housed(t)
		heard := d.play(with(unknown...))
		d.call(small, c.exit, "", append(strings.Fields(c.mode), "nosuch")...)
		heard()
		if c.mailed {
			lines := heard()
			if lines[1][:len("MAIL From:<>")] != "MAIL From:<>" || lines[2] != "RCPT To:<alice@mail.example.com>" {
				t.Errorf("%s: %q", c.mode, lines)
			}
		}
		if _, err := os.Stat(path); err == nil || len(d.queued()) > 0 {
			t.Errorf("%s: dead letter %v, queue %v", c.mode, err, d.queued())
		}
	}
}

func TestTheLetterAboutARefusal(t *testing.T) {
	d, _ := housed(t)
	o := d.serve(true)
	d.call(small, 64, "", "-oem", "foo@")
	l := o.only(t)
	if !l.env.Sender.IsNull() || l.recipients() != "alice@mail.example.com" {
		t.Errorf("from %s to %s", l.env.Sender, l.recipients())
	}
	for _, want := range []string{"Subject: Returned mail: see transcript for details\r\n", "Action: failed\r\n", "Status: 5.1.3\r\n",
		"Auto-Submitted: auto-generated (failure)\r\n", "Hostname required", "\r\nSubject: x\r\n\r\nbody\r\n", "Received: (from alice@localhost)\r\n"} {
		if !strings.Contains(l.text, want) {
			t.Errorf("%q is missing in\n%s", want, l.text)
		}
	}
	if len(o.kept) > 0 {
		t.Errorf("%d more letters", len(o.kept))
	}
	large := "Subject: x\n\n" + strings.Repeat("0123456789abcde\n", keptInMemory/10)
	d.call(large, 64, "", "-oem", "foo@")
	if l := o.only(t); l.size < int64(len(large)) {
		t.Errorf("%d octets of a message of %d came back", l.size, len(large))
	}
}

func TestALetterThatNobodyTakesIsADeadLetter(t *testing.T) {
	d, path := housed(t)
	d.play(with("RCPT", "550 5.1.1 User unknown"))
	d.call(small, 67, "nosuch@mail.example.com... User unknown\n"+path+"... Saved message in "+path+"\n", "-oee", "nosuch")
	d.call(small, 67, "nosuch@mail.example.com... User unknown\n"+path+"... Saved message in "+path+"\n", "-oem", "-f", "<>", "nosuch")
	b, _ := os.ReadFile(path)
	if !strings.Contains(string(b), "\nFrom MAILER-DAEMON@mail.example.com Sun Nov 22 09:39:51 2026\nReturn-Path: <MAILER-DAEMON@mail.example.com>\n") {
		t.Errorf("%s", b)
	}
}

func TestAuthenticationWarning(t *testing.T) {
	for _, c := range []struct {
		args, set string
		owner     bool
		trusts    string // in trusted-users
	}{
		{"-f shop@adidas.cn", "shop@adidas.cn", false, ""},
		{"-r bob", "bob@mail.example.com", false, ""},
		{"-f <>", "<>", false, ""},
		{"-f alice", "", false, ""},
		{"-f alice@MAIL.example.com", "", false, ""},
		{"-F Shop", "", false, ""},
		{"-f shop@adidas.cn", "", true, ""},
		{"-f shop@adidas.cn", "", false, "alice"},
		{"-f shop@adidas.cn", "shop@adidas.cn", false, "bob"},
	} {
		d := newDesk(t)
		d.owner, d.trusts = c.owner, c.trusts
		d.call("From: me@x\n"+small, 0, "", append(strings.Fields(c.args), "-odq", "x@x")...)
		qf := d.queueFile("qf")
		want := "H??X-Authentication-Warning: mail.example.com: alice set sender to " + c.set + " using -f\nH??From: me@x\n"
		if got := strings.Contains(qf, want); got != (c.set != "") || c.set == "" && strings.Contains(qf, "Warning") {
			t.Errorf("%s, owner %v:\n%s", c.args, c.owner, qf)
		}
	}
}
