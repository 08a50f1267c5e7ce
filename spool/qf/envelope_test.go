package qf

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

func parsed(t *testing.T, name string) *Control {
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := Parse(bytes.NewReader(text))
	return c
}

func TestHeaderBytesAreTheReceivedFields(t *testing.T) {
	tests := []struct{ name, want string }{
		{"sendmail/queued-never-tried", "From: Alice <alice@example.com>\nTo: u@closed.example\nSubject: queued only\n"},
		{"sendmail/client-queue", "Subject: client held\nTo: bob@example.com\nBcc: carol\n"},
		{"sendmail/quarantined", "Subject: quarantined\n"},
		{"handwritten/usual-v8", "From: alice@example.com\nTo: u@ok.example\nSubject: hand-written\n"},
		{"handwritten/headers-without-flags", "From: alice@example.com\nTo: u@ok.example\nSubject: bare H lines\nX-Folded: a\n b\n\tc\n"},
		{"handwritten/crlf", "Subject: x\n"},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, string(parsed(t, tt.name).HeaderBytes())); d != "" {
			t.Errorf("%s:\n%s", tt.name, d)
		}
	}
	// a Received field of the message's own stays with it
	if h := string(parsed(t, "sendmail/received-from-submission").HeaderBytes()); !strings.HasPrefix(h, "Received: (from ") {
		t.Errorf("received-from-submission begins %q", h)
	}
	if h := string(parsed(t, "sendmail/many-headers").HeaderBytes()); !strings.Contains(h, "Return-Path: ") || !strings.Contains(h, "Full-Name: ") {
		t.Errorf("many-headers has lost fields of its own: %q", h)
	}
}

func TestEnvelopeOfSendmailsFile(t *testing.T) {
	got := parsed(t, "sendmail/smtp-auth-dsn-orcpt").Envelope("6AM9dMs5012543")
	to := func(local string, n mta.Notify, original string) mta.Recipient {
		return mta.Recipient{
			Address: address.Address{Local: local, Domain: "defer.example"}, Notify: n, Original: original,
			State: mta.Deferred, Last: mta.Status{Text: "Deferred: 451 4.7.1 Greylisted, try again later"},
		}
	}
	want := &mta.Envelope{
		ID:     "6AM9dMs5012543",
		Sender: address.Address{Local: "alice", Domain: "example.com"},
		Recipients: []mta.Recipient{
			to("u1", mta.NotifySuccess|mta.NotifyFailure, "rfc822;orig+user@orig.example"),
			to("u2", mta.NotifyNever, ""),
			to("u3", mta.NotifyDelay, ""),
			to("u4", 0, ""),
		},
		Body: mta.Body8BitMIME, Return: mta.ReturnHeaders, EnvID: "QQ+314159",
		FullName: "Alice Example",
		Arrival:  time.Date(2026, 11, 22, 9, 39, 22, 0, time.UTC),
		Origin:   mta.Origin{Protocol: "queue", UID: -1, HELO: "client.example", Name: "localhost", Client: "127.0.0.1"},
		Added: []byte("Received: from client.example (localhost [127.0.0.1])\r\n\t(authenticated bits=0)\r\n" +
			"\tby mail.example.com (8.17.1.9/8.17.1.9/Debian-2+deb12u2) with ESMTPA id 6AM9dMs5012543;\r\n\tSun, 22 Nov 2026 09:39:22 GMT\r\n" +
			"Date: Sun, 22 Nov 2026 09:39:22 GMT\r\nMessage-Id: <202611220939.6AM9dMs5012543@mail.example.com>\r\n"),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestMailboxReadsEveryFormOfAnAddress(t *testing.T) {
	tests := []struct{ in, local, domain string }{
		{"alice", "alice", ""},
		{"a@b", "a", "b"},
		{"<a@b>", "a", "b"},
		{"<>", "", ""},
		{"", "", ""},
		{"Full Name <temp2@defer.example>", "temp2", "defer.example"},
		{`"Quoted, Name" <a2@closed.example>`, "a2", "closed.example"},
		{`"<x@y>" <a@b>`, "a", "b"},
		{"a3@defer.example (comment)", "a3", "defer.example"},
		{"(a (nested) @ comment)a@b", "a", "b"},
		{`"a b"@c`, "a b", "c"},
		{`<"a@b\"c"@d>`, `a@b"c`, "d"},
		{`"|exit 75"`, "|exit 75", ""},
		{`"|mail a@b"`, "|mail a@b", ""},
		{"/var/mail/x", "/var/mail/x", ""},
		{"<@relay.example:a@b>", "a", "b"},
		{"MAILER-DAEMON", "MAILER-DAEMON", ""},
		{"u@[127.0.0.20]", "u", "[127.0.0.20]"},
		{"grüße@bücher.example", "grüße", "bücher.example"},
	}
	for _, tt := range tests {
		if got := mailbox(tt.in); got != (address.Address{Local: tt.local, Domain: tt.domain}) {
			t.Errorf("mailbox(%q) = %+v", tt.in, got)
		}
	}
}

// received is what a test's MTA adds.
const received = "Received: (from bob@localhost)\r\n\tby mail.example.com id 6AM9dEmd012314;\r\n\tSun, 22 Nov 2026 09:39:14 GMT\r\n"

func submission() *mta.Envelope {
	return &mta.Envelope{
		Sender:     address.Address{Local: "bob", Domain: "example.com"},
		Recipients: []mta.Recipient{{Address: address.Address{Local: "u", Domain: "ok.example"}}, {Address: address.Address{Local: "alice"}}},
		Arrival:    time.Date(2026, 11, 22, 9, 39, 14, 5, time.UTC),
		FullName:   "Bob Example",
		Origin:     mta.Origin{Protocol: "sendmail", User: "bob", UID: 1000},
		Added:      []byte("Message-Id: <1@mail.example.com>\r\n" + received + "Date: Sun, 22 Nov 2026 09:39:14 GMT\r\n"),
	}
}

func TestSubmissionLooksAsSendmailWouldQueueIt(t *testing.T) {
	c, err := FromEnvelope(submission(), []byte("To: u@ok.example\nSubject: x\n y\nPrecedence: bulk\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c.Measure(strings.NewReader("grüße\n"))); err != nil {
		t.Fatal(err)
	}
	got, err := c.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "V8\nT1795340354\nK0\nN0\nP168056\nF8bns\n$_bob@localhost\n${daemon_flags}c u\nSbob@example.com\n" +
		"rRFC822; u@ok.example\nRPFD:u@ok.example\nRPFD:alice\n" +
		"H?P?Return-Path: <\x81g>\nH??" + strings.ReplaceAll(strings.TrimSuffix(received, "\r\n"), "\r\n", "\n") + "\n" +
		"H?D?Date: Sun, 22 Nov 2026 09:39:14 GMT\nH?x?Full-Name: Bob Example\nH?M?Message-Id: <1@mail.example.com>\n" +
		"H??To: u@ok.example\nH??Subject: x\n y\nH??Precedence: bulk\n.\n"
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
}

func TestFromEnvelopeRefuses(t *testing.T) {
	tests := []struct {
		rule   string
		change func(*mta.Envelope)
		header string
		want   error
	}{
		{"no recipients", func(e *mta.Envelope) { e.Recipients = nil }, "", ErrIncomplete},
		{"a body that a df cannot hold", func(e *mta.Envelope) { e.Body = "EBCDIC" }, "", ErrBody},
		{"no Received field of ours", func(e *mta.Envelope) { e.Added = nil }, "", ErrHeader},
		{"two of them", func(e *mta.Envelope) { e.Added = []byte(received + received) }, "", ErrHeader},
		{"a supplied field that sendmail does not supply", func(e *mta.Envelope) { e.Added = []byte(received + "Subject: x\r\n") }, "", ErrHeader},
		{"a line that is no field", func(*mta.Envelope) {}, "Subject: x\nbody already\n", ErrHeader},
		{"the empty line", func(*mta.Envelope) {}, "Subject: x\n\n", ErrHeader},
		{"a continuation at the start", func(*mta.Envelope) {}, " x\nSubject: x\n", ErrHeader},
		{"more header than is read back", func(*mta.Envelope) {}, "A: " + strings.Repeat("x", MaxHeader) + "\n", ErrTooLarge},
		{"a line break in an address", func(e *mta.Envelope) { e.Sender.Local = "a\nRPFD:victim" }, "", ErrLineBreak},
	}
	for _, tt := range tests {
		env := submission()
		tt.change(env)
		if _, err := FromEnvelope(env, []byte(tt.header)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.rule, err)
		}
	}
}

func TestMessageComesBackAsItWentIn(t *testing.T) {
	field := rapid.Custom(func(t *rapid.T) string {
		name := rapid.StringMatching(`[!-,.-9;-~][!-9;-~]{0,20}[ \t]{0,2}`).Draw(t, "name")
		if rapid.IntRange(0, 3).Draw(t, "usual") == 0 {
			name = rapid.SampledFrom([]string{"Received", "Return-Path", "Date", "From", "Message-ID", "Bcc", "Full-Name"}).Draw(t, "name")
		}
		lines := rapid.SliceOfN(rapid.StringMatching(`[ \t]([^\n]{0,40}[^\n\r])?`), 1, 4).Draw(t, "lines")
		return name + ":" + strings.Join(lines, "\n") + "\n"
	})
	addr := rapid.Custom(func(t *rapid.T) address.Address {
		return address.Address{
			Local:  rapid.StringMatching(`[ -~äö€]{1,20}`).Draw(t, "local"),
			Domain: rapid.SampledFrom([]string{"", "example.com", "[127.0.0.1]", "[IPv6:::1]", "bücher.example"}).Draw(t, "domain"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		header := strings.Join(rapid.SliceOfN(field, 0, 10).Draw(t, "header"), "")
		env := &mta.Envelope{
			ID:     "6AM9dEmd012314",
			Sender: rapid.OneOf(rapid.Just(address.Address{}), addr).Draw(t, "sender"),
			Body:   rapid.SampledFrom([]mta.BodyType{"", mta.Body7Bit, mta.Body8BitMIME, mta.BodyBinaryMIME}).Draw(t, "body"),
			Return: rapid.SampledFrom([]mta.Return{"", mta.ReturnFull}).Draw(t, "return"),
			EnvID:  rapid.String().Draw(t, "envid"),
			By: rapid.SampledFrom([]mta.DeliverBy{{}, {Seconds: 120, Mode: mta.ByReturn}, {Seconds: -5, Mode: mta.ByNotify, Trace: true},
				{Seconds: 999_999_999, Mode: mta.ByNotify}}).Draw(t, "by"),
			UTF8:    rapid.Bool().Draw(t, "utf8"),
			Arrival: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "arrival"), 0).UTC(),
			Origin: rapid.SampledFrom([]mta.Origin{
				{Protocol: "sendmail", User: "bob", UID: 1000},
				{Protocol: "ESMTP", Client: "127.0.0.1:4711", Name: "localhost", HELO: "client.example"},
				{Protocol: "SMTP", Client: "[::1]:4711"},
			}).Draw(t, "origin"),
			Added: []byte(received + rapid.SampledFrom([]string{"", "Date: now\r\n", "From: x\r\nMessage-Id: <x@y>\r\n"}).Draw(t, "added")),
		}
		if env.Arrival.Unix() == 0 {
			env.Arrival = time.Time{}
		}
		for range rapid.IntRange(1, 5).Draw(t, "recipients") {
			r := mta.Recipient{Address: addr.Draw(t, "recipient"), State: mta.Queued}
			r.Notify = rapid.SampledFrom([]mta.Notify{0, mta.NotifyNever, mta.NotifySuccess | mta.NotifyDelay, mta.NotifyFailure}).Draw(t, "notify")
			r.Original = rapid.SampledFrom([]string{"", "rfc822;a+b=c@d", "utf-8;grüße@x"}).Draw(t, "original")
			env.Recipients = append(env.Recipients, r)
		}
		c, err := FromEnvelope(env, []byte(header))
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, problems := Parse(bytes.NewReader(text))
		for _, p := range problems {
			if !strings.Contains(p.Text, "octet 0") {
				t.Errorf("our own file has a problem: %v", p)
			}
		}
		if d := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Control{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("not what was printed:\n%s", d)
		}
		if d := cmp.Diff(header, string(again.HeaderBytes())); d != "" {
			t.Errorf("other header:\n%s", d)
		}
		got := again.Envelope(env.ID)
		if d := cmp.Diff(env, got, cmpopts.IgnoreFields(mta.Envelope{}, "Origin")); d != "" {
			t.Errorf("other envelope:\n%s", d)
		}
	})
}

func TestFlagsAreWrittenInSendmailsOrder(t *testing.T) {
	c := &Control{Flags: "sX"}
	for _, l := range []byte("ndb8rw") {
		c.SetFlag(l, true)
	}
	if c.Flags != "wr8bdnsX" {
		t.Errorf("flags %q", c.Flags)
	}
	c.SetFlag('d', false)
	c.SetFlag('w', false)
	if c.Flags != "r8bnsX" || c.HasFlag('d') || !c.HasFlag('X') {
		t.Errorf("flags %q", c.Flags)
	}
}

func TestPriorityIsSendmails(t *testing.T) {
	tests := []struct {
		size       int64
		recipients int
		precedence string
		want       int64
	}{
		{121, 1, "", 30121},
		{37, 1, "bulk", 138037},
		{69, 1, " Special-Delivery ", -149931},
		{0, 2, "junk", 240000},
		{0, 1, "list", 84000},
		{0, 1, "first-class", 30000},
	}
	for _, tt := range tests {
		if got := Priority(tt.size, tt.recipients, Class(tt.precedence)); got != tt.want {
			t.Errorf("priority of %+v is %d", tt, got)
		}
	}
}

func TestPrintingRefusesInjectedLines(t *testing.T) {
	whole := func() *Control {
		return &Control{Sender: "a@b", Recipients: []Recipient{{Flags: "PFD", Address: "u@x"}}}
	}
	tests := []struct {
		rule   string
		change func(*Control)
	}{
		{"in the sender", func(c *Control) { c.Sender = "a\nRPFD:v@x" }},
		{"in a recipient", func(c *Control) { c.Recipients[0].Address = "u\n." }},
		{"in a header field", func(c *Control) { c.Header = []Header{{"", "A: b\nRPFD:v@x"}} }},
		{"at the end of one", func(c *Control) { c.Header = []Header{{"", "A: b\n"}} }},
		{"in a macro", func(c *Control) { c.Macros = []Macro{{"_", "x\n."}} }},
		{"in an unknown line", func(c *Control) { c.Unknown = []Line{{Before: 'S', Text: "X\n."}} }},
		{"as an unknown dot", func(c *Control) { c.Unknown = []Line{{Before: 'S', Text: "."}} }},
		{"as an unknown continuation", func(c *Control) { c.Unknown = []Line{{Before: 'S', Text: " x"}} }},
	}
	for _, tt := range tests {
		c := whole()
		tt.change(c)
		if b, err := c.Append(nil); !errors.Is(err, ErrLineBreak) {
			t.Errorf("%s: %v, %q", tt.rule, err, b)
		}
	}
	c := whole()
	c.Status = "450 4.2.1 busy\r\n.\r\n" // a peer's words may have lines
	if b, err := c.Append(nil); err != nil || !bytes.Contains(b, []byte("\nM450 4.2.1 busy .\n")) {
		t.Errorf("status: %v, %q", err, b)
	}
}

func TestIsFieldDecidesWhereTheHeaderEnds(t *testing.T) {
	for line, want := range map[string]bool{
		"Subject: x": true, "X:": true, "subject : u": true, "A\t:b": true,
		"": false, ":": false, "no colon": false, "two words: x": false, " folded: x": false, "--boundary: x": false,
		"From bob Sun Nov 22 09:39:14 2026": false, "f\xfcr: x": false, "a\x00b: x": false,
	} {
		if got := IsField([]byte(line)); got != want {
			t.Errorf("IsField(%q) = %t", line, got)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	f := fixtures(b, "sendmail")
	for b.Loop() {
		for _, x := range f {
			Parse(bytes.NewReader(x.text))
		}
	}
}
