//go:build unix

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stranger is a user who owns nothing here, and has no account either: a container's bare number.
type stranger struct {
	t    *testing.T
	home string // a directory of its own
	env  []string
}

const strangersID = 54321

func newStranger(t *testing.T, env ...string) *stranger {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("[skip] only root can be another user")
	}
	home, err := os.MkdirTemp("", "stranger") // nobody else may enter what t.TempDir makes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	if err := os.Chown(home, strangersID, strangersID); err != nil {
		t.Fatal(err)
	}
	return &stranger{t, home, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, env...)}
}

// run runs a program as the stranger.
func (s *stranger) run(stdin, name string, args ...string) (stdout, stderr string, exit int) {
	s.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = s.env, s.home, strings.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: strangersID, Gid: strangersID}}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		s.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// has says that there is a file in the stranger's directory.
func (s *stranger) has(name string) bool {
	_, err := os.Lstat(filepath.Join(s.home, name))
	return err == nil
}

func TestAStrangersMailArrivesAndDangerousOptionsDoNot(t *testing.T) {
	p := serve(t, newHome(t))
	s := newStranger(t, "POSTROOM_SMTP="+p.smtp)
	sendmail := program(t, "sendmail")
	const text = "To: ada@example.com\nSubject: <?php evil() ?>\n\nhello\n"

	if out, errs, exit := s.run(text, sendmail, "-f", "shop@adidas.cn", "-t", "-i"); out+errs != "" || exit != 0 {
		t.Fatalf("exit status %d, %q %q", exit, out, errs)
	}
	if m := p.newest(1); m.Sender != "shop@adidas.cn" {
		t.Errorf("%+v", m)
	}
	write(t, filepath.Join(s.home, "my.cf"), "V10\n")
	queue := filepath.Join(s.home, "queue")
	if err := errors.Join(os.Mkdir(queue, 0o777), os.Chmod(queue, 0o777)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		exit int
		says string
	}{
		{"-t -i -Xevil.php", 78, "sendmail: -X: Program mode requires special privileges"},
		{"-t -i -OQueueDirectory=" + queue + " -Xevil.php", 78, "sendmail: -X: "},
		{"-t -i -oQ" + queue, 78, "sendmail: -oQ: "},
		{"-t -i -O QueueDirectory=" + queue, 78, "sendmail: -oQ: "},
		{"-t -i -Devil.php -d0", 78, "sendmail: -D: "},
		{"-t -i -C" + filepath.Join(s.home, "my.cf"), 69, "settings are those of the home"},
		{"-t -i -C/nonexistent.cf", 72, "/nonexistent.cf: line 0: cannot open: No such file or directory"},
		{"-bd", 64, "550 Permission denied (real uid not trusted)"},
		{"-q15", 64, "Permission denied (real uid not trusted)"},
		{"-bi", 64, "Permission denied (real uid not trusted)"},
		{"-Qx -qR", 64, "Permission denied (real uid not trusted)"},
		{"-q", 78, "Permission denied"},
		{"-bp", 78, "Permission denied"},
		{"-Ac -q", 77, "You do not have permission to process the queue"},
	} {
		// Whether its own home or root's is named makes no difference.
		for _, env := range [][]string{s.env, append(s.env[:len(s.env):len(s.env)], "POSTROOM_HOME="+p.home)} {
			other := &stranger{t, s.home, env}
			out, errs, exit := other.run(text, sendmail, strings.Fields(c.args)...)
			if exit != c.exit || out != "" || !strings.Contains(errs, c.says) {
				t.Errorf("%s: exit status %d, %q %q; want %d, %q", c.args, exit, out, errs, c.exit, c.says)
			}
			if left, _ := os.ReadDir(queue); s.has("evil.php") || len(left) > 0 {
				t.Fatalf("%s: wrote evil.php: %v, queue %v", c.args, s.has("evil.php"), left)
			}
		}
	}
	p.newest(1)
	if php, err := exec.LookPath("php"); err == nil {
		_, errs, _ := s.run("", php, "-d", "sendmail_path="+sendmail+" -t -i", "-r",
			`mail("ada@example.com", "<?php evil() ?>", "x", "", "-OQueueDirectory=`+queue+` -Xevil.php");`)
		if !strings.Contains(errs, "special privileges") || s.has("evil.php") {
			t.Errorf("php's fifth argument: %q", errs)
		}
		p.newest(1)
	}
}

func TestARefusedMessageIsADeadLetterOfItsSender(t *testing.T) {
	p := serve(t, newHome(t))
	s := newStranger(t, "POSTROOM_SMTP="+p.smtp)
	path := filepath.Join(s.home, "dead.letter")
	out, errs, exit := s.run("To: ada@example.com, foo@\nSubject: half\n\nFrom here\n", program(t, "sendmail"), "-t", "-i")
	if want := "foo@... Hostname required\n" + path + "... Saved message in " + path + "\n"; exit != 64 || out != "" || errs != want {
		t.Errorf("exit status %d, %q %q, want %q", exit, out, errs, want)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "From nobody@") || !strings.Contains(string(text), "\nSubject: half\n\n>From here\n\n") {
		t.Errorf("%v\n%s", err, text)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != strangersID || info.Mode().Perm()&0o027 != 0 {
		t.Errorf("owner %d, mode %v", owner, info.Mode())
	}
	if m := p.newest(1); m.Recipients[0].Address != "ada@example.com" {
		t.Errorf("%+v", m)
	}
	// Silence when it is asked for, and nothing is kept then.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if out, errs, exit := s.run("To: foo@\n\nx\n", program(t, "sendmail"), "-oeq", "-t"); out+errs != "" || exit != 64 || s.has("dead.letter") {
		t.Errorf("-oeq: exit status %d, %q %q", exit, out, errs)
	}
}
