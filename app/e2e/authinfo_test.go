//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// guarded is a server that takes mail from those who have logged in.
type guarded struct {
	mu     sync.Mutex
	logins []string
	mails  int
}

func (g *guarded) NewSession(*smtp.Conn) (smtp.Session, error) { return &guardedSession{g: g}, nil }

type guardedSession struct {
	g  *guarded
	in bool
}

func (*guardedSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *guardedSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.g.mu.Lock()
		defer s.g.mu.Unlock()
		s.g.logins = append(s.g.logins, user)
		if user != "ada" || password != "s3cret" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "who are you?"}
		}
		s.in = true
		return nil
	}), nil
}

func (s *guardedSession) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return errors.New("log in first")
	}
	return nil
}
func (*guardedSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *guardedSession) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	s.g.mu.Lock()
	s.g.mails++
	s.g.mu.Unlock()
	return err
}
func (*guardedSession) Reset()        {}
func (*guardedSession) Logout() error { return nil }

func TestTheSmartHostIsLoggedInAtAsAuthinfoSaysNow(t *testing.T) {
	g := &guarded{}
	server := smtp.NewServer(g)
	server.AllowInsecureAuth, server.Domain = true, "relay.example"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	defer func() { server.Close(); <-served }()
	count := func() (logins, mails int) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.logins), g.mails
	}

	home := newHome(t)
	authinfo := filepath.Join(home, "etc", "mail", "authinfo")
	set := func(password string, mode os.FileMode) {
		t.Helper()
		write(t, authinfo, fmt.Sprintf("AuthInfo:[127.0.0.1] \"U:ada\" \"P:%s\"\n", password))
		if err := os.Chmod(authinfo, mode); err != nil {
			t.Fatal(err)
		}
	}
	set("s3cret", 0o644)
	write(t, filepath.Join(home, "etc", "postroom.toml"), fmt.Sprintf("[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:%d\"\n", l.Addr().(*net.TCPAddr).Port))
	p := serve(t, home)
	status := func() string { return p.postroom("list", "--json") }

	p.send("Subject: one\n\nx\n", "-i", "u@far.example")
	p.wait("a file that others may read is not read", func() bool {
		return strings.Contains(status(), "deferred") && strings.Contains(status(), "World readable file")
	})
	if logins, mails := count(); logins != 0 || mails != 0 {
		t.Errorf("%d logins, %d mails", logins, mails)
	}
	p.rests(1)
	set("wr0ng", 0o600)
	p.as("", "sendmail", "-q")
	p.wait("a refusal is temporary", func() bool { return strings.Contains(status(), "535 5.7.8 who are you?") })
	p.rests(1)
	access := filepath.Join(home, "etc", "mail", "access")
	set("s3cret", 0o600)
	write(t, access, "Clt_Features:127.0.0.1\tA\n")
	before, _ := count()
	p.as("", "sendmail", "-q")
	p.wait("without AUTH nothing is taken", func() bool { return strings.Contains(status(), "log in first") })
	if logins, _ := count(); logins != before {
		t.Error("logged in all the same")
	}
	p.rests(1)
	write(t, access, "")
	verbose := p.as("", "sendmail", "-q", "-v")
	p.wait("the mail leaves", func() bool { return strings.Contains(status(), "relayed") })
	if _, mails := count(); mails != 1 {
		t.Errorf("%d mails", mails)
	}
	if !strings.Contains(verbose, ">>> AUTH PLAIN *") {
		t.Errorf("-v:\n%s", verbose)
	}
	log, err := os.ReadFile(filepath.Join(home, "log", "maillog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"s3cret", "wr0ng", "AGFkYQBzM2NyZXQ="} {
		if strings.Contains(verbose+string(log)+p.postroom("show", "--json", fmt.Sprint(p.newest(1).ID)), secret) {
			t.Errorf("%s is shown", secret)
		}
	}
}
