//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/spool/spooltest"
)

// testBackend is the program behind a window, over a store in memory.
type testBackend struct {
	fetched []string // addresses of pictures that were asked for
	page    []byte   // that the browser was to show
	*spooltest.Memory
	testQueue
	testActivity
	testSettings
	testLogins
	t *testing.T

	mu        sync.Mutex
	watch     func([]mta.Event)
	listeners []Listener
	problems  []string
	released  releases
	texts     map[string]string // of the tables
	ahead     time.Duration
	adopted   int
	adopting  int
	sent      int
	rcpts     []mta.Recipient // of messages kept from now on; nil for one
	rewritten []mta.Rewritten
	state     mta.State // what became of all recipients; "" for what is stored
}

// Get gives records as the store does, but for the state.
func (b *testBackend) Get(ctx context.Context, ids ...int64) ([]spool.Record, error) {
	records, err := b.Memory.Get(ctx, ids...)
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range records {
		if r := &records[i]; b.state != "" {
			r.Recipients = slices.Clone(r.Recipients)
			for k := range r.Recipients {
				r.Recipients[k].State = b.state
			}
		}
	}
	return records, err
}

// become sets the state of all recipients and tells the window, as the queue would.
func (b *testBackend) become(state mta.State, id int64) {
	b.mu.Lock()
	b.state = state
	b.mu.Unlock()
	b.emit(mta.Event{Kind: mta.Changed, Message: id})
}

func newTestBackend(t *testing.T) *testBackend {
	return &testBackend{Memory: spooltest.NewMemory(), t: t, listeners: []Listener{
		{Protocol: "SMTP", Address: "127.0.0.1:1025"}, {Protocol: "sendmail", Address: "/home/run/submit.sock"},
	}}
}

// send keeps a message and tells the window, as a session would.
func (b *testBackend) send(message string) int64 {
	b.t.Helper()
	id := b.keep(message)
	b.emit(mta.Event{Kind: mta.Stored, Message: id}, mta.Event{Kind: mta.Indexed, Message: id})
	return id
}

func (b *testBackend) keep(message string) int64 {
	b.t.Helper()
	b.sent++
	d, err := b.Create()
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.WriteString(d, strings.ReplaceAll(message, "\n", "\r\n")); err != nil {
		b.t.Fatal(err)
	}
	rcpts := b.rcpts
	if rcpts == nil {
		you := address.Address{Local: "you", Domain: "example.com"}
		rcpts = []mta.Recipient{{Address: you, State: mta.Caught, Steps: []mta.Step{{Rule: "default", In: you.String(), Out: "catch", Note: "kept here"}}}}
	}
	id, err := d.Commit(b.t.Context(), &mta.Envelope{
		ID: fmt.Sprintf("q%013d", b.sent), Sender: address.Address{Local: "app", Domain: "example.com"},
		Recipients: rcpts, Rewritten: b.rewritten,
		Arrival:    time.Date(2026, 1, 14, 9, 12, 44, 0, time.UTC),
		Origin:     mta.Origin{Protocol: "sendmail", PID: 4242, UID: 33, Argv: []string{"/usr/bin/php", "send.php"}},
		Added:      []byte("Received: from localhost by postroom\r\n"),
		Transcript: []byte("+0.001 S: 220 mail ESMTP\n+0.002 C: EHLO app\n"),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// Import keeps a file as one message.
func (b *testBackend) Import(_ context.Context, name string, file io.Reader) (spool.Imported, error) {
	text, err := io.ReadAll(file)
	if err != nil || !bytes.Contains(text, []byte(": ")) {
		return spool.Imported{}, fmt.Errorf("%s: no mail: %v", name, err)
	}
	return spool.Imported{Messages: 1, Newest: b.send(string(text))}, nil
}

func (b *testBackend) emit(events ...mta.Event) {
	b.mu.Lock()
	fn := b.watch
	b.mu.Unlock()
	if fn != nil {
		fn(events)
	}
}

func (b *testBackend) Message(ctx context.Context, id int64) (Message, error) {
	records, err := b.Get(ctx, id)
	if err != nil || len(records) == 0 {
		return Message{}, spool.ErrNotFound
	}
	content, err := b.Content(ctx, id)
	if err != nil {
		return Message{}, err
	}
	r, err := content.Open()
	if err != nil {
		return Message{}, err
	}
	m := Message{Record: records[0]}
	m.Tree, m.Problems = mimetree.Parse(r, content.Size())
	m.Fields = m.Tree.Fields
	m.Added, _, _ = mimetree.ParseHeader(records[0].Added)
	plain, html := mimetree.Texts(m.Tree)
	if plain != nil {
		m.Text, _ = plain.Text(r, 1<<20)
	}
	if html != nil {
		m.HTML, _ = html.Text(r, 1<<20)
	}
	return m, nil
}

func (b *testBackend) Raw(ctx context.Context, id int64) (mta.Content, error) {
	return b.Content(ctx, id)
}

func (b *testBackend) Part(ctx context.Context, id int64, number string, w io.Writer) error {
	content, err := b.Content(ctx, id)
	if err != nil {
		return err
	}
	r, err := content.Open()
	if err != nil {
		return err
	}
	root, _ := mimetree.Parse(r, content.Size())
	_, err = io.Copy(w, mimetree.Find(root, number).Open(r))
	return err
}

func (b *testBackend) SetRead(ctx context.Context, read bool, ids ...int64) error {
	changed, err := b.Memory.SetRead(ctx, read, ids...)
	for _, id := range changed {
		b.emit(mta.Event{Kind: mta.Changed, Message: id})
	}
	return err
}

func (b *testBackend) Delete(ctx context.Context, ids ...int64) error {
	gone, err := b.Memory.Delete(ctx, ids...)
	for _, id := range gone {
		b.emit(mta.Event{Kind: mta.Removed, Message: id})
	}
	return err
}

func (b *testBackend) SendSample(context.Context) error {
	b.send("Subject: Your first mail\n\nHello.\n")
	return nil
}

func (b *testBackend) Status(context.Context) (Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Status{Listeners: b.listeners, Problems: b.problems, Ahead: b.ahead, Adopted: b.adopted, Adopting: b.adopting, Waiting: len(b.rows), Counts: b.Counts(), Rate: 12}, nil
}

func (b *testBackend) Watch(fn func([]mta.Event)) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watch = fn
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.watch = nil
	}
}

var _ Backend = (*testBackend)(nil)

// Picture gives a picture of one pixel for any address.
func (b *testBackend) Picture(_ context.Context, address string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fetched = append(b.fetched, address)
	var out bytes.Buffer
	err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 1, 1)))
	return out.Bytes(), err
}

func (b *testBackend) Browsable(_ context.Context, page []byte) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.page = page
	return "/home/page.html", nil
}
