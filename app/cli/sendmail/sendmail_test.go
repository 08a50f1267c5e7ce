package sendmail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/app/config/account"
	"postroom.dev/mta"
	"postroom.dev/mta/smtpd"
)

// desk is a world around the command: a clock, accounts, a client queue, and servers where a test starts them.
type desk struct {
	Command
	t              testing.TB
	stdout, stderr bytes.Buffer
	env            map[string]string
	ids            int
	owner          bool    // the caller owns the home
	trusts         string  // the user in trusted-users
	asked          *asking // what the MTA was asked
}

type accounts []account.Account

func (a accounts) ByUID(uid int) (account.Account, bool) {
	if uid < 1000 || uid-1000 >= len(a) {
		return account.Account{}, false
	}
	return a[uid-1000], true
}

func (a accounts) ByName(name string) (account.Account, bool) {
	for _, u := range a {
		if u.Name == name {
			return u, true
		}
	}
	return account.Account{}, false
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "sm") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &desk{t: t, env: map[string]string{}, owner: true, asked: &asking{}}
	d.Command = Command{
		Argv:     []string{"sendmail"},
		Stdin:    strings.NewReader(""),
		Stdout:   &d.stdout,
		Stderr:   &d.stderr,
		Getenv:   func(k string) string { return d.env[k] },
		Now:      func() time.Time { return time.Date(2026, 11, 22, 9, 39, 51, 0, time.UTC) },
		UID:      1000,
		PID:      4711,
		Trusted:  func() bool { return d.owner },
		ClassT:   func(user string) bool { return d.trusts == user },
		MTA:      d.asked,
		Accounts: accounts{{Name: "alice", GECOS: "Alice Example,,,"}, {Name: "bob", GECOS: "& Example"}},
		Hostname: func() string { return "mail.example.com" },
		Home: Home{Submit: filepath.Join(dir, "submit.sock"), ClientQueue: filepath.Join(dir, "clientmqueue"), Temp: dir,
			Queue: "/var/spool/mqueue", Settings: "/home/alice/postroom.toml", PID: "/home/alice/postroom.pid"},
		Dial: net.Dial,
		QueueID: func() string {
			d.ids++
			return fmt.Sprintf("6AM9dp%02d013925", d.ids)
		},
		Software: "Postroom/0.1.0",
	}
	if err := os.Mkdir(d.Home.ClientQueue, 0o700); err != nil {
		t.Fatal(err)
	}
	return d
}

// call runs the command and checks what it says and that standard output stays empty.
func (d *desk) call(stdin string, exit int, stderr string, args ...string) {
	d.t.Helper()
	d.stdout.Reset()
	d.stderr.Reset()
	d.Argv = append([]string{"sendmail"}, args...)
	d.Stdin = strings.NewReader(stdin)
	if got := d.Run(context.Background()); got != exit {
		d.t.Errorf("sendmail %q: exit %d, want %d", args, got, exit)
	}
	if got := d.stderr.String(); got != stderr {
		d.t.Errorf("sendmail %q: stderr %q, want %q", args, got, stderr)
	}
	if d.stdout.Len() > 0 {
		d.t.Errorf("sendmail %q: stdout %q", args, d.stdout.String())
	}
}

// queued gives the names of the client queue's files.
func (d *desk) queued() []string {
	d.t.Helper()
	list, err := os.ReadDir(d.Home.ClientQueue)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func (d *desk) queueFile(kind string) string {
	d.t.Helper()
	for _, name := range d.queued() {
		if strings.HasPrefix(name, kind) {
			b, err := os.ReadFile(filepath.Join(d.Home.ClientQueue, name))
			if err != nil {
				d.t.Fatal(err)
			}
			return string(b)
		}
	}
	d.t.Fatalf("no %s in the client queue: %v", kind, d.queued())
	return ""
}

// office is an MTA that keeps all in memory, behind the real session loop.
type office struct {
	mu   sync.Mutex
	kept []letter
}

type letter struct {
	env  *mta.Envelope
	text string
	size int64
}

// serve starts the MTA on the submission socket, or on a TCP port when local is false.
func (d *desk) serve(local bool) *office {
	d.t.Helper()
	network, address := "unix", d.Home.Submit
	if !local {
		network, address = "tcp", "127.0.0.1:0"
	}
	l, err := net.Listen(network, address)
	if err != nil {
		d.t.Fatal(err)
	}
	if !local {
		d.SMTP = l.Addr().String()
	}
	o := &office{}
	s := smtpd.New(smtpd.Config{Hostname: "mail.example.com", Software: "Postroom", Local: local}, o)
	done := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- s.Serve(ctx, l) }()
	d.t.Cleanup(func() { cancel(); <-done })
	return o
}

func (o *office) Connect(context.Context, *mta.Origin) error                { return nil }
func (o *office) Mail(context.Context, *mta.Envelope) error                 { return nil }
func (o *office) Rcpt(context.Context, *mta.Envelope, *mta.Recipient) error { return nil }
func (o *office) Verify(context.Context, string) mta.Status                 { return mta.Status{Code: 252} }
func (o *office) Expand(context.Context, string) mta.Status                 { return mta.Status{Code: 252} }
func (o *office) RunQueue(context.Context, string) mta.Status               { return mta.Status{Code: 250} }
func (o *office) Closed(mta.Session)                                        {}
func (o *office) Data(context.Context, *mta.Envelope) (smtpd.Message, error) {
	return &delivery{o: o}, nil
}

const keptText = 2 << 20 // of a larger message only the size is kept

type delivery struct {
	o    *office
	text bytes.Buffer
	size int64
}

func (m *delivery) Write(b []byte) (int, error) {
	if m.size += int64(len(b)); m.size <= keptText {
		if m.size > 64<<10 && m.text.Cap() < keptText { // at once: how it would grow depends on the pieces that come
			m.text.Grow(keptText)
		}
		m.text.Write(b)
	}
	return len(b), nil
}

func (m *delivery) Commit(_ context.Context, env *mta.Envelope) error {
	m.o.mu.Lock()
	defer m.o.mu.Unlock()
	m.o.kept = append(m.o.kept, letter{env, m.text.String(), m.size})
	return nil
}

func (m *delivery) Abort() {}

// only gives the one letter that came since the last call.
func (o *office) only(t *testing.T) letter {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) != 1 {
		t.Fatalf("%d messages arrived, want 1", len(o.kept))
	}
	l := o.kept[0]
	o.kept = nil
	return l
}

func (l letter) recipients() string {
	var all []string
	for _, r := range l.env.Recipients {
		all = append(all, r.Address.String())
	}
	return strings.Join(all, " ")
}

// brokenReader gives some octets and then an error.
type brokenReader struct{ r io.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		err = errors.New("input/output error")
	}
	return n, err
}
