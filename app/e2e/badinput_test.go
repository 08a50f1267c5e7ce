package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAPortInUseIsOneClearLineAndTheProgramGoesOn(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.8:0") // an address whose ports nobody else takes
	if err != nil {
		t.Fatal(err)
	}
	home := newHome(t)
	p := start(t, home, nil, program(t, "postroom-server"), "--home", home, "serve", "--listen", other.Addr().String())
	want := "cannot listen on " + other.Addr().String() + ": another program has the port"
	p.wait("it says so", func() bool { return strings.Contains(p.err(), "\n") })
	if got := p.err(); !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("stderr %q, want one line with %q", got, want)
	}
	mustRun(t, "To: a@example.com\n\nx\n", p.env(), program(t, "sendmail"), "-t", "-i")
	p.newest(1)
	other.Close()
	p.wait("it has the port", func() bool { s, ok := p.status(); return ok && len(s.Listeners) > 0 && s.Listeners[0].Err == "" })
	p.smtp = other.Addr().String()
	p.talk("HELO x", "QUIT")
}

func TestWhatKeepsItFromStartingIsOneLineWithTheCure(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "not a directory")
	badKey := filepath.Join(dir, "badkey")
	write(t, filepath.Join(badKey, "etc", "postroom.toml"), "[smtp]\nport = 25\n")
	damaged := filepath.Join(dir, "damaged")
	write(t, filepath.Join(damaged, "store", "store.db"), strings.Repeat("this is no database ", 1000))
	loose := filepath.Join(dir, "loose")
	if err := os.Mkdir(loose, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, home string
		want       []string
	}{
		{"home cannot be made", filepath.Join(file, "home"), []string{"not a directory", "--home DIR"}},
		{"unknown key", badKey, []string{"etc/postroom.toml:2: unknown key \"smtp.port\""}},
		{"damaged store", damaged, []string{"store.db", "mv "}},
		{"home that others may write", loose, []string{"World writable directory", "chmod go-w " + loose}},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, errs, exit := run(t, "", nil, program(t, "postroom-server"), "--home", test.home, "serve", "--listen", "127.0.0.1:0")
			if exit == 0 || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "postroom: ") {
				t.Errorf("exit status %d, stdout %q, stderr %q: want one line and a failure", exit, out, errs)
			}
			for _, want := range test.want {
				if !strings.Contains(errs, want) {
					t.Errorf("stderr %q lacks %q", errs, want)
				}
			}
		})
	}
	if text, _ := os.ReadFile(filepath.Join(damaged, "store", "store.db")); !strings.HasPrefix(string(text), "this is no database") {
		t.Error("the damaged store was changed")
	}
}

// write writes a file as editors do, at one stroke: a program that looks meanwhile reads either what was there or text.
func write(t *testing.T, path, text string) {
	t.Helper()
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(dir, ".new") // with mode 0600
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close(), os.Rename(f.Name(), path)); err != nil {
		t.Fatal(err)
	}
}

func TestASecondStartDisturbsNothing(t *testing.T) {
	p := serve(t, newHome(t))
	_, errs, exit := run(t, "", nil, program(t, "postroom-server"), "--home", p.home, "serve")
	if exit != 75 || !strings.Contains(errs, fmt.Sprintf("already active on %s (pid %d)", p.home, p.cmd.Process.Pid)) {
		t.Errorf("exit status %d, stderr %q", exit, errs)
	}
	p.talk("HELO x", "QUIT")
}

func TestAFullDiskGets452AndLeavesNothing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("mount: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", disk).Run() })
	p := serve(t, filepath.Join(disk, "home"))
	begin := []string{"EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA"}
	replies := p.talk(append(begin, strings.Repeat(strings.Repeat("x", 70)+"\r\n", 300_000)+".", "NOOP", "QUIT")...)
	if got := replies[5]; !strings.HasPrefix(got, "452 4.4.5 Insufficient disk space") {
		t.Errorf("reply %q, want 452", got)
	}
	if !strings.HasPrefix(replies[6], "250") {
		t.Errorf("the session does not go on: %q", replies[6])
	}
	if n := len(p.list()); n != 0 {
		t.Errorf("%d messages are kept of what was refused", n)
	}
	if replies := p.talk(append(begin, "Subject: small\r\n\r\nfits\r\n.", "QUIT")...); !strings.HasPrefix(replies[5], "250") {
		t.Errorf("a message that fits: %q", replies[5])
	}
	p.newest(1)
}

func TestAClientThatVanishesLeavesNothing(t *testing.T) {
	p := serve(t, newHome(t))
	conn, err := net.Dial("tcp", p.smtp)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "EHLO x\r\n")
	time.Sleep(50 * time.Millisecond)
	_, _ = io.WriteString(conn, "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nSubject: half\r\n\r\n"+strings.Repeat("x\r\n", 1_000_000))
	conn.Close()
	p.talk("EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "Subject: whole\r\n\r\nx\r\n.", "QUIT")
	if m := p.newest(1); m.Subject != "whole" {
		t.Errorf("%+v", m)
	}
}

func TestOddOctetsAreKeptAndNoted(t *testing.T) {
	p := serve(t, newHome(t))
	text := "Subject: odd\r\n\r\na\nb\rc\x00d\r\n"
	p.talk("EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", text+".", "QUIT")
	m := p.newest(1)
	notes := ""
	for _, s := range m.Steps {
		notes += s.Note + "\n"
	}
	for _, want := range []string{"Bare linefeed (LF) not allowed", "Bare carriage return (CR) not allowed", "NUL byte not allowed"} {
		if !strings.Contains(notes, want) {
			t.Errorf("steps %q do not say what production would: %q", notes, want)
		}
	}
	if got := p.postroom("raw", fmt.Sprint(m.ID)); got != text {
		t.Errorf("raw %q, sent %q", got, text)
	}
}

func TestStrictRefusesOddOctetsAsSendmailDoes(t *testing.T) {
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "strict = true\n[features]\naccept_unresolvable_domains = true\n")
	p := serve(t, home)
	for text, want := range map[string]string{
		"a\nb\r\n":   "421 4.5.0 Bare linefeed (LF) not allowed",
		"a\rb\r\n":   "421 4.5.0 Bare carriage return (CR) not allowed",
		"a\x00b\r\n": "554 5.6.1 NUL byte not allowed",
	} {
		if got := p.talk("EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", text+".")[5]; !strings.HasPrefix(got, want) {
			t.Errorf("%q: reply %q, want %q", text, got, want)
		}
	}
	if n := len(p.list()); n != 0 {
		t.Errorf("%d messages are kept of what was refused", n)
	}
}

func TestAMessageOverTheSizeLimitIsRefusedWhole(t *testing.T) {
	p := serve(t, newHome(t))
	begin := []string{"EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA"}
	replies := p.talk(append(begin, strings.Repeat(strings.Repeat("x", 98)+"\r\n", 1<<20)+".", "NOOP", "QUIT")...)
	if !strings.HasPrefix(replies[5], "552 5.2.3 Message exceeds maximum fixed size (52428800)") || !strings.HasPrefix(replies[6], "250") {
		t.Errorf("replies %.100q", replies[5:])
	}
	if replies := p.talk("EHLO x", "MAIL FROM:<a@example.com> SIZE=104857600", "QUIT"); !strings.HasPrefix(replies[2], "552 5.2.3") {
		t.Errorf("SIZE=: %q", replies[2])
	}
	if n := len(p.list()); n != 0 {
		t.Errorf("%d messages are kept", n)
	}
	if large, _ := filepath.Glob(filepath.Join(p.home, "store", "large", "*")); len(large) > 0 {
		t.Errorf("left behind: %v", large)
	}
}

func TestAliasesThatOthersMayWriteAreNotUsed(t *testing.T) {
	home := newHome(t)
	path := filepath.Join(home, "etc", "mail", "aliases")
	write(t, path, "team: alice\n")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	p := serve(t, home)
	cure := path + ": World writable file; chmod go-w " + path
	p.wait("it is told with the cure", func() bool { return strings.Contains(p.err(), cure) })
	send := func() string {
		return p.talk("EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<team@localhost>", "DATA", "Subject: x\r\n\r\nx\r\n.", "QUIT")[5]
	}
	if got := send(); !strings.HasPrefix(got, "451 4.3.0 ") {
		t.Errorf("reply %q, want 451", got)
	}
	if n := len(p.list()); n != 0 {
		t.Errorf("%d messages are kept of what was refused", n)
	}
	if out := mustRun(t, "", p.env(), program(t, "sendmail"), "-v", "-bi"); !strings.Contains(out, "cannot open "+path+": World writable file") || !strings.Contains(out, "chmod go-w "+path) {
		t.Errorf("sendmail -v -bi: %q", out)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := send(); !strings.HasPrefix(got, "250 ") {
		t.Errorf("after the cure: %q", got)
	}
	p.wait("the alias is in force", func() bool { return len(p.list("--state", "delivered", "--rcpt", "alice")) == 1 })
	if out := mustRun(t, "", p.env(), program(t, "sendmail"), "-v", "-bi"); !strings.Contains(out, path+": 1 aliases,") {
		t.Errorf("sendmail -v -bi: %q", out)
	}
}

func TestSIGTERMFinishesWhatIsInFlight(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asked, answer := make(chan struct{}), make(chan struct{})
	go slowTaker(l, asked, answer)
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[delivery]\nexternal = \"relay\"\nsmart_host = \"["+"127.0.0.1]:"+fmt.Sprint(l.Addr().(*net.TCPAddr).Port)+"\"\n")
	p := serve(t, home)
	pidFile := filepath.Join(home, "run", "postroom.pid")
	if text, err := os.ReadFile(pidFile); err != nil || !strings.HasPrefix(string(text), fmt.Sprintf("%d\n", p.cmd.Process.Pid)) {
		t.Errorf("pid file %q, %v", text, err)
	}
	p.as("To: u@other.example\n\nhello\n", "sendmail", "-t", "-i", "-f", "me@localhost")
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("nobody was asked to take the message")
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.wait("it is about to end", func() bool { _, ok := p.status(); return !ok })
	close(answer)
	if err := p.ends(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	if _, err := os.Stat(pidFile); err == nil {
		t.Error("the pid file is left behind")
	}
	if out := mustRun(t, "", p.env(), program(t, "postroom-server"), "--home", home, "list", "--state", "relayed"); strings.Count(out, "\n") != 1 {
		t.Errorf("relayed: %q", out)
	}
	if files, _ := filepath.Glob(filepath.Join(home, "spool", "mqueue", "?f*")); len(files) > 0 {
		t.Errorf("left in the queue: %v", files)
	}
}

// slowTaker takes one message. It closes asked when that was all sent, and answers when answer is closed.
func slowTaker(l net.Listener, asked, answer chan struct{}) {
	conn, err := l.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	in := bufio.NewScanner(conn)
	fmt.Fprint(conn, "220 slow ESMTP\r\n")
	text := false
	for in.Scan() {
		switch line := in.Text(); {
		case text && line == ".":
			text = false
			close(asked)
			<-answer
			fmt.Fprint(conn, "250 2.0.0 taken\r\n")
		case text:
		case line == "DATA":
			text = true
			fmt.Fprint(conn, "354 go on\r\n")
		case line == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}
