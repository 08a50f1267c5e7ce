package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// authHome is a strict home where two users may log in, and access has the entries. All mail that leaves does so through the outside.
func authHome(t *testing.T, access string) (string, outside) {
	t.Helper()
	home, out := rewriting(t, "")
	settings := filepath.Join(home, "etc", "postroom.toml")
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	// The DNS of the machine that runs the tests is not theirs.
	write(t, settings, "strict = true\n"+string(text)+"[features]\naccept_unresolvable_domains = true\n")
	write(t, filepath.Join(home, "etc", "mail", "access"), access)
	env := []string{"POSTROOM_HOME=" + home}
	mustRun(t, "open sesame\n", env, program(t, "postroom-server"), "setup", "auth-user", "alice")
	mustRun(t, "tanstaaf\n", env, program(t, "postroom-server"), "setup", "auth-user", "--plain", "tim")
	return home, out
}

// swaksFrom sends with swaks from a client that may not relay: one of the loopback's addresses that has no name.
func (p *post) swaksFrom(args ...string) (out string, exit int) {
	p.t.Helper()
	args = append([]string{"--server", p.smtp, "--local-interface", "127.0.0.50", "--from", "app@example.com", "--to", "u@far.example", "--helo", "client.example"}, args...)
	out, errs, exit := run(p.t, "", p.env(), need(p.t, "swaks"), args...)
	return out + errs, exit
}

func TestAClientThatHasLoggedInMayRelay(t *testing.T) {
	home, outside := authHome(t, "")
	p := serve(t, home)
	const denied = "550 5.7.1 <u@far.example>... Relaying denied. IP name lookup failed [127.0.0.50]"
	if out, exit := p.swaksFrom(); exit == 0 || !strings.Contains(out, denied) {
		t.Fatalf("before AUTH: exit status %d\n%s", exit, out)
	}
	n := 0
	for _, c := range []struct{ mechanism, user, password string }{
		{"PLAIN", "alice", "open sesame"}, {"LOGIN", "alice", "open sesame"}, {"PLAIN", "tim", "tanstaaf"}, {"CRAM-MD5", "tim", "tanstaaf"},
	} {
		login := []string{"--auth", c.mechanism, "--auth-user", c.user, "--auth-password"}
		if out, exit := p.swaksFrom(append(login, "wrong")...); exit == 0 || !strings.Contains(out, "535 5.7.0 authentication failed") {
			t.Errorf("%v, wrong password: exit status %d\n%s", c, exit, out)
		}
		out, exit := p.swaksFrom(append(login, c.password)...)
		if exit != 0 || !strings.Contains(out, "235 2.0.0 OK Authenticated") || !strings.Contains(out, "250 2.1.5 <u@far.example>... Recipient ok") {
			t.Fatalf("%v: exit status %d\n%s", c, exit, out)
		}
		n++
		sent := outside.next(t)
		if want := "Received: from client.example ([127.0.0.50])\r\n\t(authenticated bits=0)\r\n\tby "; !strings.HasPrefix(sent[1], want) || !strings.Contains(sent[1], " with ESMTPA id ") {
			t.Errorf("%v: sent as\n%s", c, sent[1])
		}
		if m := p.newest(n); m.Origin.User != c.user || m.Origin.Protocol != "ESMTPA" {
			t.Errorf("%v: %+v", c, m.Origin)
		}
		said := p.postroom("show", fmt.Sprint(n))
		if !strings.Contains(said, " by ESMTPA from 127.0.0.50:") || !strings.Contains(said, "logged in as "+c.user) || !strings.Contains(said, "authenticated as "+c.user) {
			t.Errorf("%v: show says\n%s", c, said)
		}
	}
	// The store has no password of a session, in no form.
	if err := filepath.WalkDir(filepath.Join(home, "store"), func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the program has cleared it away meanwhile
		}
		for _, secret := range []string{"open sesame", "b3BlbiBzZXNhbWU=", "AGFsaWNlAG9wZW4gc2VzYW1l"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s has %q", path, secret)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAccessForbidsWhatALoginWouldAllow(t *testing.T) {
	home, _ := authHome(t, "To:far.example\tREJECT\n")
	p := serve(t, home)
	login := []string{"--auth", "PLAIN", "--auth-user", "alice", "--auth-password", "open sesame"}
	refused := func(reply string) {
		t.Helper()
		out, exit := p.swaksFrom(login...)
		if exit == 0 || !strings.Contains(out, "235 2.0.0 OK Authenticated") || !strings.Contains(out, reply) {
			t.Errorf("exit status %d, want %s\n%s", exit, reply, out)
		}
	}
	refused("550 5.2.1 <u@far.example>... Mailbox disabled for this recipient")
	write(t, filepath.Join(home, "etc", "mail", "access"), "From:example.com\tREJECT\n")
	refused("550 5.7.1 <app@example.com>... Access denied")
	write(t, filepath.Join(home, "etc", "mail", "access"), "Connect:127.0.0.50\tREJECT\n")
	if out, exit := p.swaksFrom(login...); exit == 0 || !strings.Contains(out, "Host did not advertise authentication") {
		t.Errorf("a client that access rejects: exit status %d\n%s", exit, out)
	}
	if list := p.list(); len(list) != 0 {
		t.Errorf("%d messages were kept", len(list))
	}
}

func TestAUserWhoIsAddedMayLogInAtOnce(t *testing.T) {
	p := serve(t, newHome(t))
	offers := func() string { return p.talk("EHLO x")[1] }
	if got := offers(); strings.Contains(got, "AUTH") {
		t.Errorf("nobody may log in, and the server offers it: %q", got)
	}
	mustRun(t, "open sesame\n", p.env(), program(t, "postroom-server"), "setup", "auth-user", "alice")
	if got := offers(); !strings.Contains(got, "250-AUTH SCRAM-SHA-256 LOGIN PLAIN\r\n") {
		t.Errorf("%q", got)
	}
	// Go's own client, as applications use it.
	host, _, err := net.SplitHostPort(p.smtp)
	if err != nil {
		t.Fatal(err)
	}
	auth := smtp.PlainAuth("", "alice", "open sesame", host)
	if err := smtp.SendMail(p.smtp, auth, "app@example.com", []string{"u@far.example"}, []byte("Subject: hello\r\n\r\ntext\r\n")); err != nil {
		t.Fatal(err)
	}
	if m := p.newest(1); m.Origin.User != "alice" {
		t.Errorf("%+v", m.Origin)
	}
	p.postroom("setup", "auth-user", "--remove", "alice")
	if got := offers(); strings.Contains(got, "AUTH") {
		t.Errorf("%q", got)
	}
}

func TestEveryLoginIsTakenForCatching(t *testing.T) {
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[smtp]\nauth = \"any\"\n")
	p := serve(t, home)
	replies := p.talk("EHLO x", "AUTH PLAIN AGFueW9uZQB3aGF0ZXZlcg==", "MAIL FROM:<a@b>")
	if !strings.Contains(replies[1], "250-AUTH CRAM-MD5 LOGIN PLAIN\r\n") || replies[2] != "235 2.0.0 OK Authenticated\r\n" || !strings.HasPrefix(replies[3], "250 ") {
		t.Errorf("%q", replies)
	}
}
