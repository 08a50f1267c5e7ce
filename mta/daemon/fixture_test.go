package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
	"postroom.dev/spool/spooltest"
)

// fixture is a daemon with a real queue, a store in memory, scripted mailers and a clock that moves by hand.
type fixture struct {
	*testing.T
	*Daemon
	dir    string
	store  spool.Store
	remote *script
	local  *script

	mu       sync.Mutex
	time     time.Time
	problems []string
}

// script is a mailer that says what it is told to say, and remembers what it sent.
type script struct {
	mu    sync.Mutex
	says  map[string]mta.Status // by recipient; 250 for all others
	sent  []string              // "id recipient", for each that was taken
	text  map[string]string     // what was sent, by id
	jobs  []sentJob             // what was sent, in order
	calls int
	enter func(ctx context.Context, j deliver.Job) // before the answer; may block
}

// sentJob is one recipient's copy: its text and its ORCPT.
type sentJob struct{ text, original string }

func (m *script) Deliver(ctx context.Context, j deliver.Job) []mta.Status {
	if m.enter != nil {
		m.enter(ctx, j)
	}
	r, err := j.Content.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	var all []mta.Status
	for _, i := range j.Rcpts {
		to := j.Envelope.Recipients[i].Address.String()
		s, ok := m.says[to]
		if !ok {
			s = mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted"}
		}
		if s.OK() {
			m.sent = append(m.sent, j.Envelope.ID+" "+to)
			m.text[j.Envelope.ID] = string(text)
			m.jobs = append(m.jobs, sentJob{string(text), j.Envelope.Recipients[i].Original})
		}
		all = append(all, s)
	}
	return all
}

// got gives what was sent, sorted.
func (m *script) got() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.sent)
	slices.Sort(all)
	return all
}

func (m *script) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

func (m *script) say(to string, s mta.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.says[to] = s
}

func newScript() *script { return &script{says: map[string]mta.Status{}, text: map[string]string{}} }

var (
	greylisted = mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 7, 1}, Text: "Greylisted, try again later", RemoteMTA: "mx.example.net"}
	unknown    = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "No such user here", RemoteMTA: "mx.example.net"}
	refused    = mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 0, 0}, Text: "Connection refused by mx.example.net."}
)

func newFixture(t *testing.T, change ...func(*Config)) *fixture {
	t.Helper()
	f := &fixture{T: t, dir: t.TempDir(), store: spooltest.NewMemory(), time: noon, remote: newScript(), local: newScript()}
	f.start(change...)
	return f
}

// start begins with a new daemon on the same directory and store.
func (f *fixture) start(change ...func(*Config)) {
	f.Helper()
	q, err := queue.Open(f.dir)
	if err != nil {
		f.Fatal(err)
	}
	router, err := route.New(route.Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, External: route.ExternalRelay})
	if err != nil {
		f.Fatal(err)
	}
	c := Config{
		Store: f.store, Hostname: "mail.example.com", Software: "Postroom 1", Now: f.now, Sink: f.hear,
		Log:   slog.New(slog.DiscardHandler),
		Queue: queue.NewGroup(func(int) int { return 0 }, q), Rules: Rules{Router: router},
		Mailers: map[string]deliver.Mailer{route.ESMTP: f.remote, route.Relay: f.remote, route.Local: f.local},
		QueueID: qf.NewIDs(f.now, 77, int(time.Now().UnixNano()&0xfff)).Next,
	}
	for _, ch := range change {
		ch(&c)
	}
	f.Daemon = New(c)
}

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.time
}

func (f *fixture) move(by time.Duration) {
	f.mu.Lock()
	f.time = f.time.Add(by)
	f.mu.Unlock()
}

func (f *fixture) hear(e mta.Event) {
	if e.Kind == mta.Problem {
		f.mu.Lock()
		f.problems = append(f.problems, e.Text)
		f.mu.Unlock()
	}
}

func (f *fixture) told() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.problems)
}

// to makes an envelope for recipients "user@host".
func to(id string, rcpt ...string) *mta.Envelope {
	env := envelope(id)
	for _, r := range rcpt {
		local, domain, _ := strings.Cut(r, "@")
		env.Recipients = append(env.Recipients, mta.Recipient{Address: address.Address{Local: local, Domain: domain}})
	}
	return env
}

const text = "From: app@example.com\r\nTo: a@example.net\r\nBcc: secret@example.net\r\nDate: x\r\nMessage-Id: <y>\r\nSubject: hi\r\n\r\nbody\r\n.dot\r\n"

func (f *fixture) submit(env *mta.Envelope) {
	f.Helper()
	env.Arrival = f.now()
	if _, err := f.Submit(f.Context(), env, strings.NewReader(text)); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) run() {
	f.Helper()
	if err := f.Run(f.Context(), queue.Selection{}, nil); err != nil {
		f.Fatal(err)
	}
}

// record gives the envelope in the store.
func (f *fixture) recorded(id string) mta.Envelope {
	f.Helper()
	n, err := f.store.Lookup(f.Context(), id)
	if err != nil {
		f.Fatal(err)
	}
	r, err := f.store.Get(f.Context(), n)
	if err != nil || len(r) != 1 {
		f.Fatal(r, err)
	}
	return r[0].Envelope
}

// states gives "user@host state" of a record's recipients.
func (f *fixture) states(id string) string {
	f.Helper()
	var all []string
	for _, r := range f.recorded(id).Recipients {
		all = append(all, fmt.Sprintf("%s %s", r.Address, r.State))
	}
	return strings.Join(all, ", ")
}

func (f *fixture) same(what string, got, want any) {
	f.Helper()
	if g, w := fmt.Sprintf("%v", got), fmt.Sprintf("%v", want); g != w {
		f.Errorf("%s: got %s, want %s", what, g, w)
	}
}

// files gives the names in the queue directory.
func (f *fixture) files() []string {
	f.Helper()
	all, err := os.ReadDir(f.dir)
	if err != nil {
		f.Fatal(err)
	}
	names := []string{}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// control reads a control file.
func (f *fixture) control(id string) *qf.Control {
	f.Helper()
	file, err := os.Open(filepath.Join(f.dir, "qf"+id))
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	c, problems := qf.Parse(file)
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	return c
}

// others gives the records that are none of ours: the reports, oldest first, each with its text.
func (f *fixture) reports() (all []report) {
	f.Helper()
	ids, err := f.store.IDs(f.Context(), spool.Query{})
	if err != nil {
		f.Fatal(err)
	}
	for _, id := range slices.Backward(ids) {
		r, err := f.store.Get(f.Context(), id)
		if err != nil || len(r) != 1 {
			f.Fatal(r, err)
		}
		if r[0].Origin.Protocol == protocolReport {
			all = append(all, report{r[0], bytesOf(f.T, f.store, id)})
		}
	}
	return all
}

type report struct {
	spool.Record
	text string
}

// Run is the daemon's, not the test's.
func (f *fixture) Run(ctx context.Context, sel queue.Selection, verbose func(string)) error {
	return f.Daemon.Run(ctx, sel, verbose)
}
