package smtpd

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestTranscript(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.Hide = []string{"EXPN", "VERB", "CHUNKING", "BINARYMIME", "SMTPUTF8", "ETRN", "DELIVERBY", "DSN"}
	ticks := 0
	config.Now = func() time.Time { ticks++; return noon().Add(time.Duration(ticks) * time.Millisecond) }
	s := New(config, plain{d})
	conn := &scripted{wire: []byte("EHLO x\r\n")}
	gate := &gated{scripted: conn, next: []string{
		"NOOP\r\nMAIL FROM:<a@b>\r\nRSET\r\n", "MAIL FROM:<a\x00@b\r\n", "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", "Hello\r\n.\r\nQUIT\r\n",
	}}
	if err := s.ServeConn(context.Background(), gate); err != nil {
		t.Fatal(err)
	}
	prelude := `* 2026-11-22T09:04:32.001Z connect
+0.002 S: 220 mail.example.com ESMTP Postroom 0.1.0; Sun, 22 Nov 2026 09:04:32 GMT
+0.003 C: EHLO x
+0.004 S: 250-mail.example.com Hello localhost, pleased to meet you
+0.005 S: 250-ENHANCEDSTATUSCODES
+0.006 S: 250-PIPELINING
+0.007 S: 250-8BITMIME
+0.008 S: 250-SIZE
+0.009 S: 250 HELP
`
	between := `+0.010 C: NOOP
+0.011 S: 250 2.0.0 OK
+0.012 C: MAIL FROM:<a@b>
+0.014 S: 250 2.1.0 <a@b>... Sender ok
+0.015 C: RSET
+0.016 S: 250 2.0.0 Reset state
+0.017 C: MAIL FROM:<a\x00@b
+0.018 S: 553 5.0.0 <a?@b... Unbalanced '<'
`
	tx := `+0.019 C: MAIL FROM:<a@b>
+0.021 S: 250 2.1.0 <a@b>... Sender ok
+0.022 C: RCPT TO:<c@d>
+0.023 S: 250 2.1.5 <c@d>... Recipient ok
+0.024 C: DATA
+0.025 S: 354 End data with <CR><LF>.<CR><LF>
+0.026 * 7 octets of text
`
	yes := "S: 250 2.0.0 6AM94W00000003 Message accepted for delivery\n"
	if diff := cmp.Diff(prelude+tx+"+0.027 "+yes, string(d.messages()[0].env.Transcript)); diff != "" {
		t.Errorf("message's transcript:\n%s", diff)
	}
	x := d.session(t)
	rest := "+0.028 " + yes + "+0.029 C: QUIT\n+0.030 S: 221 2.0.0 mail.example.com closing connection\n+0.032 * closed\n"
	if diff := cmp.Diff(prelude+between+tx+rest, string(x.Transcript)); diff != "" {
		t.Errorf("session's transcript:\n%s", diff)
	}
	want := mta.Session{ID: "s1", Started: noon().Add(time.Millisecond), Ended: noon().Add(32 * time.Millisecond), Messages: 1,
		Asked:   true,
		Outcome: mta.Denied, Refused: 1, Refusal: `MAIL FROM:<a\x00@b: 553 5.0.0 <a\x00@b... Unbalanced '<'`,
		Origin: mta.Origin{Session: "s1", Protocol: "ESMTP", HELO: "x", UID: -1, Strict: new(bool)}}
	x.Transcript = nil
	if diff := cmp.Diff(want, x); diff != "" {
		t.Errorf("session:\n%s", diff)
	}
}

// reasoned says why it decides as it does.
type reasoned struct{ plain }

func (reasoned) Mail(_ context.Context, env *mta.Envelope) error {
	env.Steps = append(env.Steps, mta.Step{Rule: "check_mail", In: env.Sender.String(), Out: "OK"})
	return nil
}

func (reasoned) Rcpt(_ context.Context, _ *mta.Envelope, r *mta.Recipient) error {
	s := mta.Step{Rule: "check_rcpt", File: "/etc/mail/access", Line: 7, Key: "to:" + r.Address.Domain, In: r.Address.String(), Out: "OK"}
	if r.Address.Domain == "no" {
		s.Out, s.Note = "REJECT", "a\r\nb"
	}
	r.Steps = append(r.Steps, s)
	if s.Out == "REJECT" {
		return status(550, mta.Enhanced{5, 7, 1}, "Access denied")
	}
	return nil
}

func TestTheTranscriptSaysWhyBeforeEachAnswer(t *testing.T) {
	d := newDesk()
	wire := "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@no>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\nQUIT\r\n"
	_ = New(testConfig(), reasoned{plain{d}}).ServeConn(context.Background(), &scripted{wire: []byte(wire)})
	want := `C: MAIL FROM:<a@b>
* check_mail: a@b -> OK
S: 250 2.1.0 <a@b>... Sender ok
C: RCPT TO:<c@no>
* check_rcpt: c@no -> REJECT  (/etc/mail/access:7: to:no; a\x0d\x0ab)
S: 550 5.7.1 <c@no>... Access denied
C: RCPT TO:<c@d>
* check_rcpt: c@d -> OK  (/etc/mail/access:7: to:d)
S: 250 2.1.5 <c@d>... Recipient ok
C: DATA
`
	for name, got := range map[string][]byte{"message": d.messages()[0].env.Transcript, "session": d.session(t).Transcript} {
		if plain := strings.ReplaceAll(string(got), "+0.000 ", ""); !strings.Contains(plain, want) {
			t.Errorf("the %s's transcript is\n%s", name, plain)
		}
	}
}

// gated is scripted whose next words come only after an answer was written.
type gated struct {
	*scripted
	next []string
}

func (g *gated) Write(b []byte) (int, error) {
	if len(g.wire) == 0 && len(g.next) > 0 && !strings.HasPrefix(string(b), "220") {
		g.wire, g.next = []byte(g.next[0]), g.next[1:]
	}
	return len(b), nil
}

func TestTranscriptIsBoundedAndMessagesKeepTheirs(t *testing.T) {
	d := newDesk()
	c := testConfig()
	wire := "HELO x\r\n" + strings.Repeat("NOOP "+strings.Repeat("x", 1000)+"\r\n", 1000) + transaction + ".\r\n"
	_ = New(c, plain{d}).ServeConn(context.Background(), &scripted{wire: []byte(wire)})
	x := d.session(t)
	if n := len(x.Transcript); n > maxSession+1000 || !strings.Contains(string(x.Transcript), " lines left out\n+0.000 * lost input channel") {
		t.Errorf("%d octets, ends in %q", n, x.Transcript[max(0, n-200):])
	}
	got := string(d.messages()[0].env.Transcript)
	if !strings.Contains(got, "C: HELO x\n") || !strings.Contains(got, "C: RCPT TO:<c@d>\n") ||
		!strings.HasSuffix(got, "Message accepted for delivery\n") || strings.Contains(got, "NOOP") {
		t.Errorf("message's transcript:\n%s", got)
	}
}

func TestEscapeMakesControlCharactersVisible(t *testing.T) {
	got := escape(nil, []byte("a\x00b\r\x1b[2Jé\x7f\r\n"))
	if want := `a\x00b\x0d\x1b[2Jé\x7f`; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRecordIsBounded(t *testing.T) {
	r := record{max: 100}
	for range 30 {
		r.line([]byte("12345678\n"))
	}
	if got := r.appendTo(nil); len(r.b) > 100 || !bytes.HasSuffix(got, []byte("\n* 19 lines left out\n")) {
		t.Errorf("%d octets, ends in %q", len(r.b), got)
	}
}
