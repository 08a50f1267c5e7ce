package spooltest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"unicode/utf8"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

func draftTakesBytes(f *fixture) {
	d := f.draft("")
	for _, p := range []string{"Subject: x\r\n", "", "\r\n", "body"} {
		if n, err := d.Write([]byte(p)); n != len(p) || err != nil {
			f.Fatalf("write gave %d, %v", n, err)
		}
	}
	f.same("size", int64(18), d.Size())
	f.same("head", "Subject: x\r\n\r\nbody", string(d.Head()))
	id, err := d.Commit(f.ctx(), Envelope("5BM3rA0001", "a@b"))
	if err != nil {
		f.Fatal(err)
	}
	f.same("bytes", "Subject: x\r\n\r\nbody", f.bytes(id))
}

func draftHead(f *fixture) {
	whole := strings.Repeat("0123456789abcdef", 300<<10/16)
	for _, sizes := range [][]int{{32 << 10}, {2 << 20}, {100, 2 << 20}, {100 << 10, 1 << 20, 1 << 20}} {
		d := f.draft("")
		written := 0
		for i := 0; i < len(sizes) || written < 200<<10; i++ {
			n := sizes[min(i, len(sizes)-1)]
			p := strings.Repeat(whole, n/len(whole)+2)[written%len(whole):][:n]
			if _, err := io.WriteString(d, p); err != nil {
				f.Fatal(err)
			}
			written += n
		}
		if string(d.Head()) != whole[:64<<10] {
			f.Errorf("after %v: head has %d octets, or other ones", sizes, len(d.Head()))
		}
		f.same("size", int64(written), d.Size())
		d.Discard()
	}
}

func commitKeeps(f *fixture) {
	env := Envelope("5BM3rA0001", "Ann@Example.com", "bob@example.com")
	env.Sender = address.Address{}
	env.Body, env.UTF8, env.Return, env.EnvID, env.FullName = mta.Body8BitMIME, true, mta.ReturnHeaders, "e+1", "Ann B"
	env.Recipients[1] = mta.Recipient{
		Address: env.Recipients[1].Address, Original: "rfc822;b@x", Notify: mta.NotifyFailure | mta.NotifyDelay,
		Via: []address.Address{{Local: "list", Domain: "x"}}, State: mta.Deferred, Mailer: "esmtp", Host: "mx.example.com",
		Last:  mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 7, 1}, Text: "later\nplease", RemoteMTA: "mx"},
		Steps: []mta.Step{{Rule: "aliases", File: "/etc/aliases", Line: 3, Key: "list", In: "list@x", Out: "bob", Note: "near"}},
	}
	env.Steps = []mta.Step{{Rule: "default", Out: "catch"}}
	env.Origin = mta.Origin{Session: "s1", Protocol: "sendmail", Listener: "/run/submit.sock", User: "www-data", PID: 7, UID: 33, Argv: []string{"sendmail", "-t"}}
	want := *env
	id := f.addEnvelope("Subject: x\r\n\r\n", env)

	got := f.record(id)
	f.same("id", id, got.ID)
	f.same("size", int64(14), got.Size)
	f.same("read", false, got.Read)
	if !got.Arrival.Equal(want.Arrival) {
		f.Errorf("arrival %v, want %v", got.Arrival, want.Arrival)
	}
	transcript, err := f.Transcript(f.ctx(), id)
	if err != nil {
		f.Fatal(err)
	}
	f.same("transcript", string(want.Transcript), string(transcript))
	want.Transcript = nil // Transcript gives it
	got.Arrival, want.Arrival = arrival, arrival
	f.same("envelope", want, got.Envelope)
}

func commitIsIdempotent(f *fixture) {
	for _, message := range []string{"Subject: x\r\n\r\nbody\r\n", "", strings.Repeat("x", 1<<20+1)} {
		queueID := f.queueID()
		first := f.addEnvelope(message, Envelope(queueID, "a@b"))
		again, err := f.draft(message).Commit(f.ctx(), Envelope(queueID, "a@b"))
		if err != nil || again != first {
			f.Errorf("%d octets again: id %d, %v; want %d", len(message), again, err, first)
		}
		f.same("bytes", message, f.bytes(first))
	}
	f.same("records", 3, f.Counts().All)
	f.same("ids", 3, len(f.ids(spool.Query{})))
}

func commitDuplicate(f *fixture) {
	large := strings.Repeat("x", 1<<20+1)
	for _, pair := range [][2]string{{"one", "two"}, {"one", "one more"}, {large, large + "y"}, {large, large[1:] + "y"}, {large, "small"}, {"small", large}} {
		env := Envelope(f.queueID(), "a@b")
		queueID := env.ID
		id := f.addEnvelope(pair[0], env)
		if _, err := f.draft(pair[1]).Commit(f.ctx(), Envelope(queueID, "a@b")); !errors.Is(err, spool.ErrDuplicate) {
			f.Errorf("%v, want ErrDuplicate", err)
		}
		f.same("bytes", pair[0], f.bytes(id))
	}
	f.same("records", 6, f.Counts().All)
}

func commitWithoutID(f *fixture) {
	if id, err := f.draft("x").Commit(f.ctx(), Envelope("", "a@b")); err == nil {
		f.Errorf("kept as %d", id)
	}
	f.same("records", 0, f.Counts().All)
}

func commitRace(f *fixture) {
	const n = 10
	ids, errs := make([]int64, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		d := f.draft("same bytes")
		wg.Go(func() { ids[i], errs[i] = d.Commit(f.ctx(), Envelope("5BM3rA0001", "a@b")) })
	}
	wg.Wait()
	for i := range n {
		if errs[i] != nil || ids[i] != ids[0] {
			f.Errorf("id %d, %v; want %d", ids[i], errs[i], ids[0])
		}
	}
	f.same("records", 1, f.Counts().All)
}

func commitCanceled(f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx())
	cancel()
	if _, err := f.draft("x").Commit(ctx, Envelope("5BM3rA0001", "a@b")); !errors.Is(err, context.Canceled) {
		f.Errorf("%v, want canceled", err)
	}
	f.same("records", 0, len(f.ids(spool.Query{})))
	f.addEnvelope("other bytes", Envelope("5BM3rA0001", "a@b")) // the queue id is free
}

func discardKeepsNothing(f *fixture) {
	for _, message := range []string{"x", strings.Repeat("x", 3<<20)} {
		d := f.draft(message)
		d.Discard()
		d.Discard()
	}
	f.same("counts", spool.Counts{}, f.Counts())
	f.same("ids", 0, len(f.ids(spool.Query{})))
}

func discardAfterCommit(f *fixture) {
	for _, message := range []string{"x", strings.Repeat("x", 3<<20)} {
		d := f.draft(message)
		id, err := d.Commit(f.ctx(), Envelope(f.queueID(), "a@b"))
		if err != nil {
			f.Fatal(err)
		}
		d.Discard()
		f.same("bytes", message, f.bytes(id))
	}
}

func endedDraft(f *fixture) {
	discarded, committed := f.draft("x"), f.draft("x")
	discarded.Discard()
	if _, err := committed.Commit(f.ctx(), Envelope(f.queueID(), "a@b")); err != nil {
		f.Fatal(err)
	}
	for _, d := range []spool.Draft{discarded, committed} {
		if _, err := d.Write([]byte("y")); err == nil {
			f.Error("took bytes")
		}
		if _, err := d.Commit(f.ctx(), Envelope(f.queueID(), "a@b")); err == nil {
			f.Error("committed")
		}
	}
	f.same("records", 1, f.Counts().All)
}

// awkward are messages whose bytes must come back as they are.
func awkward() []string {
	random := make([]byte, 70_000)
	chacha := rand.NewChaCha8([32]byte{1})
	chacha.Read(random)
	return []string{
		"", "\n", "\r", "\x00", "no header at all", "Subject: x", "Subject: x\r\n\r\n.\r\n..\r\n",
		"bare\rreturn\nand\nline\n\r\nfeed", "\xff\xfe\x00\x01", "Subject: \x00\xff\r\n\r\n\x00",
		string(random), strings.Repeat("a", 1<<20), strings.Repeat("a", 1<<20+1), strings.Repeat("line\r\n", 500_000),
	}
}

func contentIsExact(f *fixture) {
	for _, message := range awkward() {
		id := f.add(message, "a@b")
		if f.bytes(id) != message {
			f.Errorf("a message of %d octets (%.40q) came back changed", len(message), message)
		}
		f.same("size", int64(len(message)), f.record(id).Size)
	}
}

func contentReaders(f *fixture) {
	for _, message := range []string{"0123456789", strings.Repeat("0123456789", 200_000)} {
		c, err := f.Content(f.ctx(), f.add(message, "a@b"))
		if err != nil {
			f.Fatal(err)
		}
		a, errA := c.Open()
		b, errB := c.Open()
		if err := errors.Join(errA, errB); err != nil {
			f.Fatal(err)
		}
		if _, err := a.Seek(5, io.SeekStart); err != nil {
			f.Fatal(err)
		}
		two := make([]byte, 2)
		for _, step := range []struct {
			read func([]byte) (int, error)
			want string
		}{{a.Read, "56"}, {b.Read, "01"}, {func(p []byte) (int, error) { return b.ReadAt(p, 8) }, "89"}, {b.Read, "23"}} {
			if _, err := step.read(two); err != nil || !bytes.Equal(two, []byte(step.want)) {
				f.Errorf("read %q, %v; want %q", two, err, step.want)
			}
		}
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			f.Error(err)
		}
	}
}

func contentNotFound(f *fixture) {
	if _, err := f.Content(f.ctx(), 99); !errors.Is(err, spool.ErrNotFound) {
		f.Errorf("content: %v", err)
	}
	if _, err := f.Transcript(f.ctx(), 99); !errors.Is(err, spool.ErrNotFound) {
		f.Errorf("transcript: %v", err)
	}
}

func summaryDecoded(f *fixture) {
	r := f.record(f.add("From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>\r\nTo: a@example.com,\r\n b@example.com\r\nCc: c@example.com\r\n"+
		"Subject: =?utf-8?b?6YKu5Lu2?=\r\nDate: Tue, 03 Feb 2026 10:00:00 +0100\r\nMessage-ID: <1.2@example.com>\r\n"+
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		"R3LDvMOfZQpmcm9tIGhlcmUu\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\nxx\r\n--b--\r\n", "x@y"))
	f.same("from", "Jürgen <j@example.com>", r.From)
	f.same("to", "a@example.com, b@example.com", r.To)
	f.same("cc", "c@example.com", r.Cc)
	f.same("subject", "邮件", r.Subject)
	f.same("message id", "1.2@example.com", r.MessageID)
	f.same("date", "2026-02-03T10:00:00+01:00", r.Date.Format("2006-01-02T15:04:05Z07:00"))
	f.same("attachments", 1, r.Attachments)
	f.same("snippet", "Grüße from here.", r.Snippet)

	if err := f.Settle(f.ctx()); err != nil {
		f.Fatal(err)
	}
	f.same("the record before and after search knows it", r, f.record(r.ID))

	long := f.record(f.add("\r\n"+strings.Repeat("ä", 1000)+"\r\n", "x@y"))
	f.same("letters of a long snippet", 200, utf8.RuneCountInString(long.Snippet))
}

func summaryAddedFrom(f *fixture) {
	env := Envelope("5BM3rA0001", "a@b")
	env.Added = []byte("Received: from there\r\nFrom: Us <us@example.com>\r\n")
	f.same("from", "Us <us@example.com>", f.record(f.addEnvelope("Subject: x\r\n\r\n", env)).From)
	env = Envelope("5BM3rA0002", "a@b")
	env.Added = []byte("From: Us <us@example.com>\r\n")
	f.same("from", "own@example.com", f.record(f.addEnvelope("From: own@example.com\r\n\r\n", env)).From)
}

func summaryBroken(f *fixture) {
	for _, message := range awkward() {
		r := f.record(f.add(message, "a@b"))
		for _, s := range []string{r.Subject, r.From, r.Snippet} {
			if !utf8.ValidString(s) {
				f.Errorf("%.40q: summary %q is not UTF-8", message, s)
			}
		}
		if !r.Date.IsZero() || r.MessageID != "" {
			f.Errorf("%.40q: date %v, message id %q", message, r.Date, r.MessageID)
		}
	}
	f.same("records", len(awkward()), len(f.ids(spool.Query{})))
	if err := f.Settle(f.ctx()); err != nil {
		f.Errorf("search does not get over broken messages: %v", err)
	}
}
