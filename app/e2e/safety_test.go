//go:build unix

package e2e

import (
	"fmt"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgramsAndFilesInAliasesNeedASetting(t *testing.T) {
	home, dir := newHome(t), filepath.Join(t.TempDir(), "allowed")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	filter, got, archive := filepath.Join(dir, "filter"), filepath.Join(dir, "got"), filepath.Join(dir, "archive")
	write(t, filter, "#!/bin/sh\n[ \"$1\" = fail ] && { echo \"no list $2\"; exit 67; }\ncat > "+got+"\necho \"$AGENT $*\" >> "+got+"\n")
	if err := os.Chmod(filter, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, "etc", "mail", "aliases"), fmt.Sprintf(
		"piped: \"|%s one two\"\nfails: \"|%s fail news\"\nfiled: %s\nshell: \"|/bin/sh -c id\"\nnobody: /dev/null\n", filter, filter, archive))
	write(t, filepath.Join(home, "etc", "postroom.toml"), fmt.Sprintf("[safety]\nprograms = [%q]\nfiles = [%q]\n", filter, dir))
	p := serve(t, home)

	p.as("Subject: one\n\nFrom the start\n", "sendmail", "-i", "-f", "ada@example.com", "piped", "filed", "nobody")
	p.wait("program and file have it", func() bool {
		m := p.newest(1)
		return len(m.Recipients) == 3 && m.Recipients[0].State == "delivered" && m.Recipients[1].State == "delivered" && m.Recipients[2].State == "discarded"
	})
	text, err := os.ReadFile(got)
	if s := string(text); err != nil || !strings.HasPrefix(s, "From ada@example.com ") || !strings.HasSuffix(s, "\n\nFrom the start\nsendmail one two\n") || strings.Contains(s, "\r") {
		t.Errorf("%v:\n%s", err, s)
	}
	text, err = os.ReadFile(archive)
	if s := string(text); err != nil || !strings.HasPrefix(s, "From ada@example.com ") || !strings.Contains(s, "\nReturn-Path: <ada@example.com>\n") || !strings.HasSuffix(s, "\n\n>From the start\n\n") {
		t.Errorf("%v:\n%s", err, s)
	}
	if out := p.as("", "sendmail", "-bv", "piped"); !strings.Contains(out, "deliverable: mailer prog, user \"|"+filter+" one two\"") {
		t.Errorf("-bv: %s", out)
	}

	p.as("Subject: two\n\nx\n", "sendmail", "-i", "-f", "ada@localhost", "fails", "shell")
	p.wait("both are returned", func() bool {
		text, _ = os.ReadFile(filepath.Join(home, "mail", "ada"))
		return strings.Contains(string(text), "Status: 5.1.1\n") && strings.Contains(string(text), "Status: 5.7.0\n")
	})
	for _, want := range []string{"no list news\n", "... User unknown\n", "program not allowed; add /bin/sh to [safety] programs", "Status: 5.1.1\n", "Status: 5.7.0\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}

	c, err := smtp.Dial(p.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail("ada@example.com"); err != nil {
		t.Fatal(err)
	}
	for rcpt, want := range map[string]string{
		`"|` + filter + ` x"@localhost`: "Cannot mail directly to programs", `"|` + filter + `"`: "Cannot mail directly to programs", archive: "Cannot mail directly to files",
	} {
		if err := c.Rcpt(rcpt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("RCPT %s: %v, want %s", rcpt, err, want)
		}
	}
}

func TestNoProgramRunsWhereNoSettingSaysSo(t *testing.T) {
	home := newHome(t)
	out := filepath.Join(t.TempDir(), "out")
	write(t, filepath.Join(home, "etc", "mail", "aliases"), fmt.Sprintf("piped: \"|/usr/bin/tee %s\"\nfiled: %s\n", out, out))
	p := serve(t, home)
	p.as("Subject: one\n\nx\n", "sendmail", "-i", "-f", "ada@localhost", "piped", "filed")
	var text []byte
	p.wait("the sender is told", func() bool {
		text, _ = os.ReadFile(filepath.Join(home, "mail", "ada"))
		return strings.Contains(string(text), "Status: 5.7.0\n")
	})
	for _, want := range []string{"list it in [safety] programs", "list its directory in [safety] files"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}
