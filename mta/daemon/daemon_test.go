package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
	"postroom.dev/spool/spooltest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newDaemon(t *testing.T, s spool.Store) *Daemon {
	t.Helper()
	return New(Config{
		Store: s, Hostname: "mail.example.com", Software: "Postroom 1", Now: func() time.Time { return noon },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

func envelope(id string, to ...string) *mta.Envelope {
	env := &mta.Envelope{ID: id, Sender: address.Address{Local: "app", Domain: "example.com"}, Arrival: noon,
		Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:5000", Name: "localhost", HELO: "app.example"}}
	for _, local := range to {
		env.Recipients = append(env.Recipients, mta.Recipient{Address: address.Address{Local: local, Domain: "example.net"}})
	}
	return env
}

func TestAcceptedMailIsCaughtWithTheReason(t *testing.T) {
	s := spooltest.NewMemory()
	id, err := newDaemon(t, s).Submit(t.Context(), envelope("6AMC00AA000001", "ada", "bob"), strings.NewReader("Subject: x\r\n\r\ntext\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := s.Get(t.Context(), id)
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	for _, r := range records[0].Recipients {
		if r.State != mta.Caught || r.Mailer != "catch" || len(r.Steps) != 1 {
			t.Errorf("%+v", r)
		}
	}
}

func TestAddedFieldsAreThoseThatTheMessageLacks(t *testing.T) {
	d := newDaemon(t, spooltest.NewMemory())
	received := "Received: from app.example (localhost [127.0.0.1])\r\n\tby mail.example.com (Postroom 1) with ESMTP id 6AMC00AA000001"
	one := received + "\r\n\tfor <ada@example.net>; Sun, 22 Nov 2026 12:00:00 GMT\r\n"
	date := "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
	from := "From: app@example.com\r\n"
	id := "Message-Id: <202611221200.6AMC00AA000001@mail.example.com>\r\n"
	for _, test := range []struct {
		name, head, want string
		change           func(*mta.Envelope)
	}{
		{"an empty message lacks all", "", one + date + from + id, nil},
		{"whole header", "DATE: x\r\nfrom : a\r\nMessage-ID: <a>\r\n\r\n", one, nil},
		{"fields in the body do not count", "Subject: x\n\nDate: x\nFrom: x\n", one + date + from + id, nil},
		{"a line without colon ends the header", "Subject: x\nno field\nFrom: x\n", one + date + from + id, nil},
		{"a folded line is no field", "Subject: x\n From: y\nDate: z\n\n", one + from + id, nil},
		{"several recipients are not named", "From: x\nDate: y\nMessage-Id: z\n",
			received + ";\r\n\tSun, 22 Nov 2026 12:00:00 GMT\r\n",
			func(e *mta.Envelope) { e.Recipients = append(e.Recipients, mta.Recipient{}) }},
		{"full name", "Date: y\nMessage-Id: z\n", one + "From: \"Shop, Web\" <app@example.com>\r\n",
			func(e *mta.Envelope) { e.FullName = "Shop, Web" }},
		{"null reverse-path", "Date: y\nMessage-Id: z\n", one + "From: MAILER-DAEMON@mail.example.com\r\n",
			func(e *mta.Envelope) { e.Sender = address.Address{} }},
		{"sendmail command", "From: x\nDate: y\nMessage-Id: z\n",
			"Received: (from www@localhost)\r\n\tby mail.example.com (Postroom 1) id 6AMC00AA000001\r\n\tfor <ada@example.net>; Sun, 22 Nov 2026 12:00:00 GMT\r\n",
			func(e *mta.Envelope) { e.Origin = mta.Origin{Protocol: "sendmail", User: "www"} }},
		{"LMTP on a unix socket", "From: x\nDate: y\nMessage-Id: z\n",
			"Received: from app.example (www@localhost)\r\n\tby mail.example.com (Postroom 1) with LMTP id 6AMC00AA000001\r\n\tfor <ada@example.net>; Sun, 22 Nov 2026 12:00:00 GMT\r\n",
			func(e *mta.Envelope) { e.Origin = mta.Origin{Protocol: "LMTP", HELO: "app.example", User: "www"} }},
		{"TLS", "From: x\nDate: y\nMessage-Id: z\n",
			strings.Replace(one, "ESMTP id 6AMC00AA000001", "ESMTPS id 6AMC00AA000001\r\n\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO)", 1),
			func(e *mta.Envelope) {
				e.Origin.Protocol, e.Origin.TLS = "ESMTPS", "TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO"
			}},
		{"a name cannot break the field", "From: x\nDate: y\nMessage-Id: z\n", strings.Replace(one, "app.example", "a?b??", 1),
			func(e *mta.Envelope) { e.Origin.HELO = "a\nb()" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := envelope("6AMC00AA000001", "ada")
			if test.change != nil {
				test.change(env)
			}
			if got := string(d.addedFields(env, []byte(test.head))); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// full is a store on a full disk.
type full struct{ spool.Store }

func (full) Create() (spool.Draft, error) { return nil, spool.ErrFull }

func TestAFullDiskIs452AndOtherTroubleIs451(t *testing.T) {
	_, err := newDaemon(t, full{}).Data(t.Context(), envelope("6AMC00AA000001", "ada"))
	if s := mta.StatusOf(err); s.Code != 452 || s.Enhanced.String() != "4.4.5" {
		t.Errorf("%v", err)
	}
	broken := errors.New("private cause")
	_, err = newDaemon(t, spooltest.NewMemory()).Submit(t.Context(), envelope("6AMC00AA000001", "ada"), io.MultiReader(strings.NewReader("x"), failing{broken}))
	if s := mta.StatusOf(err); s.Code != 451 || strings.Contains(s.Text, "private") || !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// enqueue puts a message into the queue as the sendmail command does.
func enqueue(t *testing.T, q *queue.Queue, id, header, body string) {
	t.Helper()
	env := envelope(id, "ada")
	env.Origin = mta.Origin{Protocol: "sendmail", User: "www"}
	env.Added = []byte("Received: (from www@localhost)\r\n\tby mail.example.com id " + id + ";\r\n\tSun, 22 Nov 2026 12:00:00 GMT\r\n")
	c, err := qf.FromEnvelope(env, []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Create(t.Context(), c, id, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
}

func TestDrainTakesEachMessageOnce(t *testing.T) {
	dir := t.TempDir()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	enqueue(t, q, "6AMC00AA000001", "Subject: one\nX-Folded: a\n\tb\n", "text\n.\nmore")
	enqueue(t, q, "6AMC00AB000001", "Subject: two\n", "")
	s := spooltest.NewMemory()
	d := newDaemon(t, s)
	if n, err := d.Drain(t.Context(), q, queue.Selection{}); n != 2 || err != nil {
		t.Fatalf("took %d, %v", n, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	page, err := s.Find(t.Context(), spool.Query{})
	if err != nil || len(page.Records) != 2 {
		t.Fatal(page, err)
	}
	for _, r := range page.Records {
		if r.Subject == "one" && bytesOf(t, s, r.ID) != "Subject: one\nX-Folded: a\n\tb\n\ntext\n.\nmore" {
			t.Errorf("got %q", bytesOf(t, s, r.ID))
		}
		if r.Origin.User != "www" || !strings.HasPrefix(string(r.Added), "Received: (from www@localhost)") {
			t.Errorf("%+v", r.Envelope)
		}
	}

	// A crash after the record was made and before the queue files went: the same message is there again.
	enqueue(t, q, "6AMC00AB000001", "Subject: two\n", "")
	if n, err := d.Drain(t.Context(), q, queue.Selection{}); n != 1 || err != nil {
		t.Fatalf("took %d, %v", n, err)
	}
	if got := s.Counts().All; got != 2 {
		t.Errorf("%d records, want 2", got)
	}
}

func TestDrainTakesOnlyWhatIsMeant(t *testing.T) {
	dir := t.TempDir()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	enqueue(t, q, "6AMC00AA000001", "Subject: one\n", "")
	enqueue(t, q, "6AMC00AB000001", "Subject: two\n", "")
	d := newDaemon(t, spooltest.NewMemory())
	for _, test := range []struct {
		word string
		want int
	}{{"Rnobody", 0}, {"!Rada", 0}, {"QL", 0}, {"IAB0000", 1}, {"Rada", 1}} {
		sel, err := queue.ParseSelection(test.word)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := d.Drain(t.Context(), q, sel); n != test.want || err != nil {
			t.Errorf("%s: took %d, %v; want %d", test.word, n, err, test.want)
		}
	}
}

func bytesOf(t *testing.T, s spool.Store, id int64) string {
	t.Helper()
	c, err := s.Content(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDrainLeavesWhatItCannotTakeAndSaysWhy(t *testing.T) {
	dir := t.TempDir()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	enqueue(t, q, "6AMC00AA000001", "Subject: good\n", "x")
	for name, text := range map[string]string{
		"qfno-recipient": "V8\nSalice@example.com\n.\n", "dfno-recipient": "x",
		"qfno-body": "V8\nSalice@example.com\nRPFD:u@ok.example\n.\n",
		"dfalone":   "somebody may be writing this",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := newDaemon(t, spooltest.NewMemory()).Drain(t.Context(), q, queue.Selection{})
	if n != 1 || err == nil {
		t.Fatalf("took %d, %v", n, err)
	}
	for _, want := range []string{"qfno-recipient: ", "qfno-body: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	for _, name := range []string{"qfno-recipient", "dfno-recipient", "qfno-body", "dfalone"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
