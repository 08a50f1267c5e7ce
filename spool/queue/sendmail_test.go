//go:build unix

package queue

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/realsendmail"
	"postroom.dev/spool/qf"
)

// sendmailCF is a configuration that takes the queue directory and the port of the server on
// 127.0.0.1 that gets all mail.
const sendmailCF = `V10/Berkeley
Cwlocalhost mail.example.com
Djmail.example.com
DnMAILER-DAEMON
DZpostroom
O QueueDirectory=%s
O QueueFileMode=0600
O DeliveryMode=background
O Timeout.ident=0
O ResolverOptions=-DNSRCH
O HostsFile=/etc/hosts
O PidFile=/dev/null
O ControlSocketName
Troot
H?P?Return-Path: <$g>
HReceived: by $j id $i
H?D?Date: $a
H?F?From: $g
H?x?Full-Name: $x
H?M?Message-Id: <$t.$i@$j>
Scanonify=3
Sparse=0
R$*	$#esmtp $@ [127.0.0.1] $: $1
Mlocal,	P=/bin/false, F=lsDFMAw5:/|@qPrmn9, S=0, R=0, T=DNS/RFC822/X-Unix, A=false
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
Mesmtp,	P=[IPC], F=mDFMuXa, S=0, R=0, E=\r\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h %d
`

// sendmail gives the path of the real one: POSTROOM_SENDMAIL, or where Debian's sendmail-bin has it.
func sendmail(t *testing.T) string {
	return realsendmail.Path(t)
}

// peer is an SMTP server that takes everything.
type peer struct {
	mu       sync.Mutex
	received map[string]string // message by "from > to"
}

func (p *peer) NewSession(*smtp.Conn) (smtp.Session, error) { return &peerSession{peer: p}, nil }

type peerSession struct {
	peer *peer
	path string
}

func (s *peerSession) Mail(from string, _ *smtp.MailOptions) error { s.path = from; return nil }
func (s *peerSession) Rcpt(to string, _ *smtp.RcptOptions) error   { s.path += " > " + to; return nil }
func (s *peerSession) Reset()                                      {}
func (s *peerSession) Logout() error                               { return nil }
func (s *peerSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	s.peer.received[s.path] += string(text)
	return err
}

func TestRealSendmailListsAndRunsWhatCreateWrote(t *testing.T) {
	path := sendmail(t)
	p := &peer{received: make(map[string]string)}
	server := smtp.NewServer(p)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustDo(t, err)
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(l) })
	defer wg.Wait()
	defer server.Close()

	q := open(t, t.TempDir())
	mustDo(t, os.Chmod(q.Dir(), 0o700))
	ids := qf.NewIDs(time.Now, os.Getpid(), 0)
	const messages = 20
	want := make(map[string]string)
	for i := range messages {
		id, now := ids.Next(), time.Now()
		env := &mta.Envelope{
			ID: id, Arrival: now,
			Sender:     address.Address{Local: fmt.Sprint("bob", i), Domain: "example.com"},
			Recipients: []mta.Recipient{{Address: address.Address{Local: "u", Domain: "ok.example"}, Notify: mta.NotifyNever}},
			Origin:     mta.Origin{Protocol: "sendmail", User: "bob"},
			Added:      []byte("Received: (from bob@localhost)\r\n\tby mail.example.com id " + id + "\r\nDate: " + now.Format(time.RFC1123Z) + "\r\n"),
		}
		header := fmt.Sprintf("Subject: number %d\nTo: u@ok.example\nX-Folded: a\n\tb\nX-Raw: gr\xfc\xdfe\n", i)
		c, err := qf.FromEnvelope(env, []byte(header))
		mustDo(t, err)
		text := strings.Repeat(fmt.Sprintf(".line %d\n", i), i)
		mustDo(t, q.Create(t.Context(), c, id, c.Measure(strings.NewReader(text))))
		lf := strings.ReplaceAll(string(env.Added), "\r\n", "\n") + header + "\n" + text
		want[fmt.Sprintf("bob%d@example.com > u@ok.example", i)] = strings.ReplaceAll(lf, "\n", "\r\n")
	}

	cf := filepath.Join(t.TempDir(), "sendmail.cf")
	mustDo(t, os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, q.Dir(), l.Addr().(*net.TCPAddr).Port), 0o600))
	list, err := run(t, "", path, "-C", cf, "-bp")
	if err != nil || !strings.Contains(list, fmt.Sprintf("Total requests: %d\n", messages)) || strings.Contains(list, "no control file") {
		t.Errorf("sendmail -bp: %v\n%s", err, list)
	}
	verbose, err := run(t, "", path, "-C", cf, "-q", "-v")
	if err != nil {
		t.Errorf("sendmail -q -v: %v\n%s", err, verbose)
	}
	if d := cmp.Diff(want, p.received); d != "" {
		t.Errorf("arrived otherwise:\n%s\n%s", d, verbose)
	}
	if left := listing(t, q); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWhatRealSendmailQueuesComesBackWhole(t *testing.T) {
	path := sendmail(t)
	q := open(t, t.TempDir())
	mustDo(t, os.Chmod(q.Dir(), 0o700))
	cf := filepath.Join(t.TempDir(), "sendmail.cf")
	mustDo(t, os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, q.Dir(), 9), 0o600))
	const header, text = "Subject: from sendmail\nTo: u@ok.example\nX-Folded: a\n\tb\n", ".dots\n..\nno newline at the end"
	if out, err := run(t, header+"\n"+text, path, "-C", cf, "-odq", "-i", "-N", "never", "-f", "bob@example.com", "u@ok.example"); err != nil {
		t.Fatalf("sendmail -odq: %v\n%s", err, out)
	}
	found := 0
	for f, err := range q.Entries() {
		mustDo(t, err)
		found++
		e, err := q.Lock(f.ID)
		mustDo(t, err)
		defer e.Close()
		env := e.Control.Envelope(f.ID)
		want := []mta.Recipient{{Address: address.Address{Local: "u", Domain: "ok.example"}, Notify: mta.NotifyNever, State: mta.Queued}}
		if d := cmp.Diff(want, env.Recipients); d != "" || len(e.Problems) > 0 || env.Sender.Local != "bob" {
			t.Errorf("%+v, problems %v\n%s", env, e.Problems, d)
		}
		if d := cmp.Diff(header, string(e.Control.HeaderBytes())); d != "" {
			t.Errorf("header:\n%s", d)
		}
		df, err := os.ReadFile(q.path("df", f.ID))
		if made, ok := qf.IDTime(f.ID); err != nil || string(df) != text || !ok || time.Since(made).Abs() > time.Hour {
			t.Errorf("id %s, body %q, %v", f.ID, df, err)
		}
	}
	if found != 1 {
		t.Errorf("%d entries: %v", found, listing(t, q))
	}
}

// run runs real sendmail on a host with a name of its own: with one that has no dot it waits a minute. Nothing
// outside the namespaces changes.
func run(t *testing.T, input string, arg ...string) (string, error) {
	t.Helper()
	cmd := realsendmail.Command(t, arg[0], arg[1:]...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
