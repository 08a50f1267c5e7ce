package sendmail

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"postroom.dev/mta"
	"postroom.dev/spool/qf"
)

// The layout is that of reference/queue/client-queue-odq, written by sendmail 8.17.1.9.
func TestControlFile(t *testing.T) {
	d := newDesk(t)
	d.call("Subject: client odq\nTo: bob@example.com\n\nhello\n", 0, "", "-t", "-odq")
	want := "V8\nT1795340391\nK0\nN0\nP30047\nFbs\n$_alice@localhost\n${daemon_flags}c u\nSalice@mail.example.com\n" +
		"rRFC822; bob@example.com\nRPFD:bob@example.com\n" +
		"H?P?Return-Path: <\x81g>\n" +
		"H??Received: (from alice@localhost)\n\tby mail.example.com (Postroom/0.1.0/Submit) id 6AM9dp01013925;\n\tSun, 22 Nov 2026 09:39:51 GMT\n" +
		"H?D?Date: Sun, 22 Nov 2026 09:39:51 GMT\n" +
		"H?F?From: Alice Example <alice@mail.example.com>\n" +
		"H?x?Full-Name: Alice Example\n" +
		"H?M?Message-Id: <202611220939.6AM9dp01013925@mail.example.com>\n" +
		"H??Subject: client odq\nH??To: bob@example.com\n.\n"
	if diff := cmp.Diff(want, d.queueFile("qf")); diff != "" {
		t.Error(diff)
	}
	if got := d.queueFile("df"); got != "hello\n" {
		t.Errorf("df: %q", got)
	}
}

// header gives the H lines of the one control file, without Return-Path and Full-Name.
func (d *desk) header() string {
	var b strings.Builder
	_, rest, _ := strings.Cut(d.queueFile("qf"), "H?P?Return-Path: <\x81g>\n")
	for line := range strings.Lines(strings.TrimSuffix(rest, ".\n")) {
		if !strings.HasPrefix(line, "H?x?") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestSuppliedFields(t *testing.T) {
	const (
		received = "H??Received: (from alice@localhost)\n\tby mail.example.com (Postroom/0.1.0/Submit) id 6AM9dp01013925\n\tfor x@mail.example.com; Sun, 22 Nov 2026 09:39:51 GMT\n"
		written  = "H?D?Date: Sun, 22 Nov 2026 09:39:51 GMT\n"
		from     = "H?F?From: Alice Example <alice@mail.example.com>\n"
		id       = "H?M?Message-Id: <202611220939.6AM9dp01013925@mail.example.com>\n"
	)
	for _, c := range []struct{ name, args, text, want string }{
		{"all that are missing", "x", "\n", received + written + from + id},
		{"none that is there", "x", "Date: a\nFrom: b\nMessage-ID: c\n\n", received + "H??Date: a\nH??From: b\nH??Message-ID: c\n"},
		{"names in any case", "x", "DATE: a\nfrom: b\nmessage-id: c\n\n", received + "H??DATE: a\nH??from: b\nH??message-id: c\n"},
		{"own trace fields stay below", "x", "Received: by me\nFrom: b\n\n", received + written + id + "H??Received: by me\nH??From: b\n"},
		{"no recipient is named where there are two", "x y", "\n",
			"H??Received: (from alice@localhost)\n\tby mail.example.com (Postroom/0.1.0/Submit) id 6AM9dp01013925;\n\tSun, 22 Nov 2026 09:39:51 GMT\n" + written + from + id},
		{"protocol and host of -p", "-pUUCP:far x", "\n", "H??Received: from far (alice@localhost)\n\tby mail.example.com (Postroom/0.1.0/Submit) with UUCP id 6AM9dp01013925\n" +
			"\tfor x@mail.example.com; Sun, 22 Nov 2026 09:39:51 GMT\n" + written + from + id},
		{"a name that needs quotes", "-F Web,\x00Shop x", "\n", received + written + "H?F?From: \"Web, Shop\" <alice@mail.example.com>\n" + id},
		{"-F is not for a sender elsewhere", "-F Shop -f shop@adidas.cn x", "\n", received + written + "H?F?From: shop@adidas.cn\n" + id},
		{"the null sender's mail is from the daemon", "-f <> x", "\n", received + written + "H?F?From: MAILER-DAEMON@mail.example.com\n" + id},
		{"a Unix From line dates the message", "x", "From a Thu Dec 17 16:01:00 1987\nS: x\n\nb\n", received + "H?D?Date: Thu, 17 Dec 1987 16:01:00 GMT\n" + from + id + "H??S: x\n"},
		{"one with another date does not", "x", "From a yesterday\nS: x\n\nb\n", received + written + from + id + "H??S: x\n"},
		{"a resent message gets both", "x", "Resent-To: y\nDate: a\n\n", received + "H?D?Resent-Date: Sun, 22 Nov 2026 09:39:51 GMT\n" +
			"H?F?Resent-From: Alice Example <alice@mail.example.com>\n" + from + "H?M?Resent-Message-Id: <202611220939.6AM9dp01013925@mail.example.com>\n" + id + "H??Resent-To: y\nH??Date: a\n"},
	} {
		d := newDesk(t)
		var args []string
		for a := range strings.FieldsSeq("-odq " + c.args) {
			args = append(args, strings.ReplaceAll(a, "\x00", " "))
		}
		d.call(c.text, 0, "", args...)
		if diff := cmp.Diff(c.want, d.header()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestDatesHaveTheZone(t *testing.T) {
	for zone, want := range map[*time.Location]string{
		time.UTC:                             "Sun, 2 Nov 2026 09:39:51 GMT",
		time.FixedZone("CST", 8*3600):        "Sun, 2 Nov 2026 17:39:51 +0800",
		time.FixedZone("EST", -5*3600):       "Sun, 2 Nov 2026 04:39:51 -0500",
		time.FixedZone("London", 0):          "Sun, 2 Nov 2026 09:39:51 GMT",
		time.FixedZone("Nepal", 5*3600+2700): "Sun, 2 Nov 2026 15:24:51 +0545",
	} {
		at := time.Date(2026, 11, 2, 9, 39, 51, 0, time.UTC).In(zone)
		if got := date(at); got != strings.Replace(want, "Sun", at.Format("Mon"), 1) {
			t.Errorf("%s: %s", zone, got)
		}
	}
}

// How a message is cut into H lines and df: measured with sendmail 8.17.1.9.
func TestHeaderAndBody(t *testing.T) {
	for _, c := range []struct{ name, text, header, body string }{
		{"header, empty line, body", "S: x\n\nb\n", "S: x\n", "b\n"},
		{"CRLF becomes LF", "S: x\r\nT: y\r\n\tz\r\n\r\nb\r\n", "S: x\nT: y\n\tz\n", "b\n"},
		{"CRLF header, LF body", "S: x\r\n\r\nb\nc\n", "S: x\n", "b\nc\n"},
		{"bare CR stays", "S: x\n\na\rb\r\r\nc\r", "S: x\n", "a\rb\r\nc\r"},
		{"no last newline", "S: x\n\nb", "S: x\n", "b"},
		{"no body", "S: x\n", "S: x\n", ""},
		{"nothing", "", "", ""},
		{"no header", "hello\nS: x\n", "", "hello\nS: x\n"},
		{"an empty line first", "\nS: x\n\nb\n", "", "S: x\n\nb\n"},
		{"no empty line between", "S: x\nno header\n\nb\n", "S: x\n", "no header\n\nb\n"},
		{"a boundary is no field", "S: x\n--S: x\n\nb\n", "S: x\n", "--S: x\n\nb\n"},
		{"a continuation of nothing", " lead: x\nS: y\n\nb\n", "", " lead: x\nS: y\n\nb\n"},
		{"a line of blanks continues a field", "S: x\n\tcont\n \n foo\nT: y\n\nb\n", "S: x\n\tcont\n \n foo\nT: y\n", "b\n"},
		{"8-bit octets", "S: \xe9\n\n\xff\x00\n", "S: \xe9\n", "\xff\x00\n"},
		{"a second empty line is body", "S: x\n\n\nb\n", "S: x\n", "\nb\n"},
		{"larger than what stays in memory", "S: x\n\n" + strings.Repeat("line\n", keptInMemory/4), "S: x\n", strings.Repeat("line\n", keptInMemory/4)},
	} {
		d := newDesk(t)
		d.call(c.text, 0, "", "-i", "-odq", "x@x")
		control, problems := qf.Parse(strings.NewReader(d.queueFile("qf")))
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.name, problems)
		}
		if got := string(control.HeaderBytes()); got != c.header {
			t.Errorf("%s: header %q, want %q", c.name, got, c.header)
		}
		if got := d.queueFile("df"); got != c.body {
			t.Errorf("%s: body of %d octets %.60q, want %.60q", c.name, len(got), got, c.body)
		}
	}
}

func TestEnvelopeInTheQueue(t *testing.T) {
	d := newDesk(t)
	d.call("Precedence: bulk\nBcc: c@x\n\n\xff\n", 0, "", "-odq", "-t", "-N", "success,delay", "-R", "hdrs", "-V", "e+2Bid", "-B", "8BITMIME", "-pP:far", "-f", "s@y", "a@x")
	control, problems := qf.Parse(strings.NewReader(d.queueFile("qf")))
	env := control.Envelope("id")
	got := []any{len(problems), env.Sender.String(), env.Recipients[0].Address.String(), env.Recipients[1].Address.String(),
		env.Recipients[0].Notify, env.EnvID, env.Return, env.Body, env.Origin.User, control.Macro("r"), control.Macro("s"),
		control.Flags, control.Priority}
	want := []any{0, "s@y", "a@x", "c@x", mta.NotifySuccess | mta.NotifyDelay, "e+id", mta.ReturnHeaders, mta.Body8BitMIME,
		"alice", "P", "far", "8bdns", int64(len("Precedence: bulk\nBcc: c@x\n\n\xff\n") + 2*30000 + 60*1800)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAHeaderTooLargeForAControlFile(t *testing.T) {
	text := "X: " + strings.Repeat("x", keptInMemory) + "\nTo: x@x\n\nbody\n"
	d := newDesk(t)
	d.call(text, exDataErr, "Headers too large (1048576 max)\n", "-odq", "x@x")
	d.call(text, exDataErr, "Headers too large (1048576 max)\n", "-t")
	if q := d.queued(); len(q) > 0 {
		t.Errorf("in the queue: %v", q)
	}
	o := d.serve(true)
	d.call(text, 0, "", "x@x")
	if o.only(t).text != text {
		t.Error("the socket needs no header, and yet it was changed")
	}
}

func TestAnotherIdWhenOneIsTaken(t *testing.T) {
	d := newDesk(t)
	taken := filepath.Join(d.Home.ClientQueue, "qf6AM9dp01013925")
	if err := os.WriteFile(taken, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.call("S: x\n\nb\n", 0, "", "-odq", "x")
	want := []string{"df6AM9dp02013925", "qf6AM9dp01013925", "qf6AM9dp02013925"}
	if diff := cmp.Diff(want, d.queued()); diff != "" {
		t.Error(diff)
	}
}

func TestLFReader(t *testing.T) {
	edge := strings.Repeat("x", 16<<10-1)
	for _, in := range []string{"", "\r", "\r\n", "\n\r", "a\r\r\nb\r", edge + "\r\n", edge + "\r\r\n", edge + "\rx", edge + "\r", edge[1:] + "\r\r\n" + edge} {
		want := strings.ReplaceAll(in, "\r\n", "\n")
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(in), "octet by octet": iotest.OneByteReader(strings.NewReader(in))} {
			got, err := io.ReadAll(newLFReader(r))
			if err != nil || string(got) != want {
				t.Errorf("%d octets ending in %q, %s: %d octets, want %d (%v)", len(in), in[max(0, len(in)-4):], name, len(got), len(want), err)
			}
		}
	}
}

func FuzzLFReader(f *testing.F) {
	f.Add([]byte("a\r\nb\r\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := io.ReadAll(newLFReader(bytes.NewReader(in)))
		if want := bytes.ReplaceAll(in, []byte("\r\n"), []byte("\n")); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q becomes %q (%v)", in, got, err)
		}
	})
}
