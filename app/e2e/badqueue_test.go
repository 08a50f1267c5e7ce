package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOddFilesInTheQueueAreShownAndTheRunGoesOn(t *testing.T) {
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[queue]\ninterval = \"0\"\n") // not even the first run
	p := serve(t, home)
	dir := filepath.Join(home, "spool", "mqueue")
	at := func(name string) string { return filepath.Join(dir, name) }
	const good = "V8\nT1795339455\nSgeo@localhost\nH??Subject: hi\nRPFD:bob@localhost\n.\n"
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	write(t, at("qf6AMC00AA000001"), "V8\nT17953")
	write(t, at("df6AMC00AA000001"), "truncated\n")
	write(t, at("qf6AMC00AB000001"), good) // without its df
	write(t, at("qf6AMC00AC000001"), good)
	write(t, at("df6AMC00AC000001"), "loose\n")
	must(os.Chmod(at("qf6AMC00AC000001"), 0o666))
	must(os.Symlink("/etc/passwd", at("qf6AMC00AD000001")), syscall.Mkfifo(at("qf6AMC00AE000001"), 0o600), os.Mkdir(at("qf6AMC00AF000001"), 0o700))
	write(t, at("qfodd \xff\n\x1b[31m"), good)
	write(t, at("qf6AMC00AG000001"), good)
	write(t, at("df6AMC00AG000001"), "huge\n")
	must(os.Truncate(at("qf6AMC00AG000001"), 1<<30)) // sparse
	write(t, at("qf6AMC00AH000001"), good)
	write(t, at("df6AMC00AH000001"), "another has it\n")
	held, err := os.OpenFile(at("qf6AMC00AH000001"), os.O_RDWR, 0)
	must(err)
	defer held.Close()
	must(syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	write(t, at("qf6AMC00AI000001"), good)
	write(t, at("df6AMC00AI000001"), "the good one\n")

	before, err := os.ReadDir(dir)
	must(err)
	run(t, "", p.env(), program(t, "postroom-server"), "--home", home, "queue", "run")
	p.wait("the good one is delivered", func() bool {
		text, _ := os.ReadFile(filepath.Join(home, "mail", "bob"))
		return strings.Contains(string(text), "the good one") && strings.Count(string(text), "\nSubject: hi\n") == 1
	})
	p.wait("its two files are gone", func() bool { _, err := os.Lstat(at("qf6AMC00AI000001")); return errors.Is(err, fs.ErrNotExist) })
	p.wait("both are", func() bool { _, err := os.Lstat(at("df6AMC00AI000001")); return errors.Is(err, fs.ErrNotExist) })
	after, err := os.ReadDir(dir)
	must(err)
	if len(after) != len(before)-2 {
		t.Errorf("%d files of %d are left, want all but two: %v", len(after), len(before), after)
	}
	list := p.postroom("queue", "list", "--json")
	for id, want := range map[string]string{
		"AA": "line", "AB": "the body is missing", "AC": "others may write it", "AD": "a symbolic link", "AE": "not a regular file", "AF": "not a regular file", "AG": "larger than a control file may be",
	} {
		found := false
		for line := range strings.Lines(list) {
			found = found || strings.Contains(line, "6AMC00"+id+"000001") && strings.Contains(line, `"problem":"`) && strings.Contains(line, want)
		}
		if !found {
			t.Errorf("%s: no problem with %q in\n%s", id, want, list)
		}
	}
	for _, want := range []string{"gatherq: " + at("qf6AMC00AE000001") + " is not a regular file\n", "gatherq: " + at("qf6AMC00AF000001") + " is not a regular file\n", `\012\033[31m`} {
		if out := p.as("", "mailq"); !strings.Contains(out, want) || strings.Contains(out, "\x1b") {
			t.Errorf("mailq: no %s in\n%q", want, out)
		}
	}
	if out := p.postroom("queue", "list"); strings.Contains(out, "\x1b") || strings.Contains(out, "0001-") || !strings.Contains(out, "6AMC00AE000001 queued   -      ") {
		t.Errorf("queue list:\n%q", out)
	}
	if out := p.as("", "mailq"); !strings.Contains(out, "6AMC00AH000001*") {
		t.Errorf("mailq:\n%q", out)
	}
}
