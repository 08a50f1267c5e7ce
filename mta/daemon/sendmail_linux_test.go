package daemon

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"postroom.dev/mta"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/realsendmail"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
)

// sendmailCF takes the queue directory and the port on 127.0.0.1 that gets all mail.
const sendmailCF = `V10/Berkeley
Cwlocalhost mail.example.com
Djmail.example.com
DnMAILER-DAEMON
O QueueDirectory=%s
O QueueFileMode=0600
O QueueSortOrder=filename
O Timeout.ident=0
O ResolverOptions=-DNSRCH
O HostsFile=/etc/hosts
O PidFile=/dev/null
O ControlSocketName
Troot
Scanonify=3
Sparse=0
R$* < $+ > $*	$2
R$*	$#esmtp $@ [127.0.0.1] $: $1
Mlocal,	P=/bin/false, F=lsDFMAw5:/|@qPrmn9, S=0, R=0, T=DNS/RFC822/X-Unix, A=false
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
Mesmtp,	P=[IPC], F=mDFMuXa, S=0, R=0, E=\r\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h %d
`

// taker is an SMTP server that counts each message by its text.
type taker struct {
	mu    sync.Mutex
	count map[string]int
}

type takerSession struct{ *taker }

func (t *taker) NewSession(*smtp.Conn) (smtp.Session, error) { return takerSession{t}, nil }

func (takerSession) Mail(string, *smtp.MailOptions) error { return nil }
func (takerSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (takerSession) Reset()                               {}
func (takerSession) Logout() error                        { return nil }
func (s takerSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	_, body, _ := strings.Cut(string(b), "\r\n\r\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count[body]++
	return err
}

func (t *taker) arrived() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.count)
}

// realSendmail gives the command that runs the real one with its own host name.
func realSendmail(t *testing.T, arg ...string) *exec.Cmd {
	return realsendmail.Command(t, realsendmail.Path(t), arg...)
}

func TestRealSendmailAndTheRunnerShareOneQueue(t *testing.T) {
	const messages = 1000
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	peer := &taker{count: map[string]int{}}
	server := smtp.NewServer(peer)
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(l) })
	defer wg.Wait()
	defer server.Close()

	f := newFixture(t)
	if err := os.Chmod(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cf := filepath.Join(t.TempDir(), "sendmail.cf")
	if err := os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, f.dir, l.Addr().(*net.TCPAddr).Port), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs := realSendmail(t, "-C", cf, "-qf")
	client := deliver.NewSMTP(deliver.Options{Hostname: "mail.example.com", Dial: (&net.Dialer{}).DialContext, Resolver: net.DefaultResolver})
	defer client.Close()
	f.time = time.Now()
	f.start(func(c *Config) {
		c.Mailers[route.Relay] = client
		c.Router, err = route.New(route.Config{External: route.ExternalRelay, SmartHost: "[127.0.0.1]:" + fmt.Sprint(l.Addr().(*net.TCPAddr).Port)})
	})
	if err != nil {
		t.Fatal(err)
	}
	ids := qf.NewIDs(f.now, 1, 1)
	var all []string
	for i := range messages {
		env := to(ids.Next(), "ada@example.net")
		env.Recipients[0].Notify, env.Arrival = mta.NotifyNever, f.now()
		// The runner takes the small ones first, sendmail is told to take the first ones first: they meet in the middle.
		body := fmt.Sprintf("Subject: x\r\n\r\nnumber %d\r\n%s", i, strings.Repeat("x\r\n", messages-i))
		if _, err := f.Submit(t.Context(), env, strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
		all = append(all, env.ID)
	}
	var theirRun sync.WaitGroup
	theirRun.Go(func() {
		if out, err := theirs.CombinedOutput(); err != nil {
			t.Errorf("sendmail -qf: %v\n%s", err, out)
		}
	})
	for deadline := time.Now().Add(time.Minute); peer.arrived() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // sendmail takes its time to start
	}
	f.run()
	ours := 0
	for _, id := range all {
		if f.recorded(id).Recipients[0].Last.Text != takenText && f.recorded(id).Recipients[0].State == mta.Relayed {
			ours++
		}
	}
	theirRun.Wait()
	f.run() // looks what has become of the others
	f.same("files", f.files(), []string{})
	f.same("messages", peer.arrived(), messages)
	for body, n := range peer.count {
		if n != 1 {
			t.Errorf("%.20q arrived %d times", body, n)
		}
	}
	for _, id := range all {
		f.same("record of "+id, f.states(id), "ada@example.net relayed")
	}
	if ours == 0 || ours == messages {
		t.Errorf("we sent %d of %d: not both had some", ours, messages)
	}
	t.Logf("we sent %d, sendmail %d", ours, messages-ours)
}
