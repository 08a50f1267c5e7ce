package sendmail

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"postroom.dev/mta"
)

// messages are texts that have to come through as they are.
var messages = []struct{ name, text string }{
	{"LF line ends", "Subject: x\n\nbody\n"},
	{"CRLF line ends", "Subject: x\r\n\r\nbody\r\n"},
	{"CRLF header and LF body, as PHP makes them", "To: x\r\nSubject: x\r\n\r\nbody\nmore\n"},
	{"last newline missing", "Subject: x\n\nbody"},
	{"header alone, last newline missing", "Subject: x"},
	{"header alone", "Subject: x\n"},
	{"nothing", ""},
	{"no header", "body\nmore\n"},
	{"an empty line first", "\nSubject: x\n\nbody\n"},
	{"NUL and 8-bit octets", "Subject: x\n\na\x00b\xff\xfe\n"},
	{"bare CR", "Subject: x\n\na\rb\r\n\rc\r"},
	{"a long line", "Subject: x\n\n" + strings.Repeat("x", 100_000) + "\n"},
	{"lines beginning with one dot", "Subject: x\n\n.x\n.\rx\n. \n"},
	{"Unix From line", "From a Thu Dec 17 16:01:00 1987\nSubject: x\n\nbody\n"},
	{"as large as what stays in memory", "Subject: x\n\n" + strings.Repeat("0123456789abcde\n", keptInMemory/16-1) + "abcd"},
	{"one octet larger", "Subject: x\n\n" + strings.Repeat("0123456789abcde\n", keptInMemory/16-1) + "abcde"},
	{"just sent with its envelope", "Subject: x\n\n" + strings.Repeat("x", together-12)},
	{"just too large for that", "Subject: x\n\n" + strings.Repeat("x", together-11)},
}

func TestTheSocketGetsTheOctetsThatCame(t *testing.T) {
	d := newDesk(t)
	o := d.serve(true)
	for _, m := range messages {
		for _, args := range [][]string{{"x"}, {"-i", "x"}} {
			d.call(m.text, 0, "", args...)
			l := o.only(t)
			if l.text != m.text {
				t.Errorf("%s, %q: %d octets arrived of %d: %.60q", m.name, args, len(l.text), len(m.text), l.text)
			}
			if len(l.env.Steps) > 0 {
				t.Errorf("%s: the MTA notes %+v", m.name, l.env.Steps)
			}
		}
	}
}

func TestAListenerGetsTheSameLines(t *testing.T) {
	d := newDesk(t)
	o := d.serve(false)
	for _, m := range messages {
		want := strings.ReplaceAll(strings.ReplaceAll(m.text, "\r\n", "\n"), "\n", "\r\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\r\n"
		}
		d.call(m.text, 0, "", "-i", "x")
		if l := o.only(t); l.text != want {
			t.Errorf("%s: %d octets arrived of %d: %.60q", m.name, len(l.text), len(want), l.text)
		}
	}
}

// Measured with sendmail 8.17.1.9.
func TestDotRule(t *testing.T) {
	for _, c := range []struct{ name, text, without, with string }{
		{"a dot alone ends the message", "S: x\n\na\n.\nb\n", "S: x\n\na\n", "S: x\n\na\n.\nb\n"},
		{"so it does before CRLF", "S: x\n\na\n.\r\nb\n", "S: x\n\na\n", "S: x\n\na\n.\r\nb\n"},
		{"and at the end without a newline", "S: x\n\na\n.", "S: x\n\na\n", "S: x\n\na\n."},
		{"and in the header", "S: x\n.\nT: y\n", "S: x\n", "S: x\n.\nT: y\n"},
		{"and as the first line", ".\nS: y\n", "", ".\nS: y\n"},
		{"of two dots the first goes", "S: x\n\n..\n..x\n", "S: x\n\n.\n.x\n", "S: x\n\n..\n..x\n"},
		{"one dot before other text stays", "S: x\n\n.x\n.\rc\n", "S: x\n\n.x\n.\rc\n", "S: x\n\n.x\n.\rc\n"},
		{"dots inside a line stay", "S: x\n\na..\nb.\n", "S: x\n\na..\nb.\n", "S: x\n\na..\nb.\n"},
		{"a dot behind a full buffer is inside a line", "S: " + strings.Repeat("x", 16<<10-3) + ".\n..\n", "S: " + strings.Repeat("x", 16<<10-3) + ".\n.\n", "S: " + strings.Repeat("x", 16<<10-3) + ".\n..\n"},
	} {
		d := newDesk(t)
		o := d.serve(true)
		d.call(c.text, 0, "", "x")
		if got := o.only(t).text; got != c.without {
			t.Errorf("%s: %.80q, want %.80q", c.name, got, c.without)
		}
		d.call(c.text, 0, "", "-i", "x")
		if got := o.only(t).text; got != c.with {
			t.Errorf("%s, with -i: %.80q, want %.80q", c.name, got, c.with)
		}
		// The way in which the octets come changes nothing.
		slow, err := io.ReadAll(newDotReader(iotest.OneByteReader(strings.NewReader(c.text))))
		if err != nil || string(slow) != c.without {
			t.Errorf("%s, octet by octet: %.80q, %v", c.name, slow, err)
		}
	}
}

func TestALargeMessageTakesNoMoreMemoryThanASmallOne(t *testing.T) {
	const size = 30 << 20
	for _, local := range []bool{true, false} {
		d := newDesk(t)
		o := d.serve(local)
		line := bytes.Repeat([]byte("0123456789abcde\n"), 4096)
		d.Argv = []string{"sendmail", "-i", "x"}
		d.Stdin = io.LimitReader(io.MultiReader(strings.NewReader("Subject: large\n\n"), &endless{block: line}), size)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if exit := d.Run(context.Background()); exit != 0 {
			t.Fatalf("exit %d: %s", exit, d.stderr.String())
		}
		runtime.ReadMemStats(&after)
		// Server and test included.
		if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(keptInMemory*3+keptText*5); got > limit {
			t.Errorf("%d octets of memory for a message of %d, more than %d", got, size, limit)
		}
		if l := o.only(t); local && l.size != size {
			t.Errorf("%d octets arrived of %d", l.size, size)
		}
		if names, _ := os.ReadDir(d.Home.Temp); len(names) > 2 { // the queue and the socket
			t.Errorf("temporary files are left: %v", names)
		}
	}
}

type endless struct {
	block []byte
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.block[e.at:])
	e.at = (e.at + n) % len(e.block)
	return n, nil
}

func TestHalfAMessageIsNobodys(t *testing.T) {
	for _, size := range []int{0, 10, 100_000, keptInMemory, keptInMemory + 100_000} {
		d := newDesk(t)
		o := d.serve(true)
		d.Argv = []string{"sendmail", "-i", "x"}
		d.Stdin = brokenReader{strings.NewReader(strings.Repeat("x", size))}
		if exit := d.Run(context.Background()); exit != exIOErr {
			t.Errorf("%d octets: exit %d", size, exit)
		}
		if got, want := d.stderr.String(), "sendmail: reading standard input: input/output error\n"; got != want {
			t.Errorf("%d octets: %q, want %q", size, got, want)
		}
		if len(o.kept) > 0 || len(d.queued()) > 0 {
			t.Errorf("%d octets: submitted all the same", size)
		}
	}
}

func TestALargeMessageNeedsSomewhereToWait(t *testing.T) {
	d := newDesk(t)
	d.Home.Temp, d.Home.ClientQueue = d.Home.Temp+"/none", d.Home.ClientQueue+"/none"
	d.Argv = []string{"sendmail", "-i", "x"}
	d.Stdin = strings.NewReader(strings.Repeat("x", keptInMemory+1))
	if exit := d.Run(context.Background()); exit != exTempFail || !strings.HasPrefix(d.stderr.String(), "sendmail: temporary file for a large message: ") {
		t.Errorf("exit %d: %s", exit, d.stderr.String())
	}
}

func TestRecipients(t *testing.T) {
	d := newDesk(t)
	o := d.serve(true)
	for _, c := range []struct{ name, args, header, want string }{
		{"several addresses", "a b@x", "S: x\n", "a@mail.example.com b@x"},
		{"an argument may be a list", "a,\x00b@x;\x00c", "S: x\n", "a@mail.example.com b@x c@mail.example.com"},
		{"or old style, parted by blanks", "a\x00b@x", "S: x\n", "a@mail.example.com b@x"},
		{"with -t the header names them", "-t", "To: a@x, \"Q, N\" <b@x> (c)\ncc: c@x\nBcc: d@x\n", "a@x b@x c@x d@x"},
		{"without -t it does not", "e@x", "To: a@x\n", "e@x"},
		{"with -t and arguments both do", "-t e@x", "To: a@x\n", "e@x a@x"},
		{"nobody gets it twice", "-t a@x a@X", "To: a@x, A@x, <a@x>\n", "a@x A@x"},
		{"groups name their members", "-t", "To: friends: a@x,\n\tb@x;, c@x\n", "a@x b@x c@x"},
		{"folded fields are one", "-t", "To: a@x,\n b@x\n", "a@x b@x"},
		{"so they are with CRLF", "-t", "To: a@x,\r\n b@x\r\nCc: c@x\r\n", "a@x b@x c@x"},
		{"blanks before the colon", "-t", "To : a@x\n", "a@x"},
		{"Apparently-To counts", "-t", "Apparently-To: a@x\n", "a@x"},
		{"a resent message goes to whom it was resent", "-t", "Resent-To: a@x\nTo: b@x\nResent-Bcc: c@x\n", "a@x c@x"},
		{"fields in the body do not count", "-t", "To: a@x\n\nCc: b@x\n", "a@x"},
		{"a line that is no field ends the header", "-t", "To: a@x\nnone\nCc: b@x\n", "a@x"},
		{"a Unix From line is passed over", "-t", "From x Thu Dec 17 16:01:00 1987\nTo: a@x\n", "a@x"},
		{"as PHP calls it", "-t -i -fwww@x", "To: a@x\r\nSubject: t\r\nX-PHP-Originating-Script: 0:a.php\r\n", "a@x"},
		{"as cron calls it", "-FCronDaemon -i -odi -oem -oi -t -f root", "From: root (Cron Daemon)\nTo: bob\n", "bob@mail.example.com"},
		{"UTF-8 addresses", "zoë@exämple.org", "S: x\n", "zoë@exämple.org"},
	} {
		var args []string
		for a := range strings.FieldsSeq(c.args) {
			args = append(args, strings.ReplaceAll(a, "\x00", " "))
		}
		d.call(c.header+"\nbody\n", 0, "", args...)
		if got := o.only(t).recipients(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestRecipientsThatAreNone(t *testing.T) {
	for _, c := range []struct {
		name, args, header string
		exit               int
		stderr, want       string
	}{
		{"nobody in the header", "-t", "Subject: x\n", 0, "No recipient addresses found in header\n", ""},
		{"an empty To", "-t", "To:\n", 0, "No recipient addresses found in header\n", ""},
		{"an empty message", "-t", "", 0, "No recipient addresses found in header\n", ""},
		{"an empty line first", "-t", "\nTo: a@x\n", 0, "No recipient addresses found in header\n", ""},
		{"an empty line that ends in CR LF first", "-t", "\r\nTo: a@x\r\n", 0, "No recipient addresses found in header\n", ""},
		{"blanks first", "-t", "  \nTo: a@x\n", 0, "No recipient addresses found in header\n", ""},
		{"a byte order mark makes the first line no field", "-t", "\ufeffTo: a@x\n\nx\n", 0, "No recipient addresses found in header\n", ""},
		{"nor those behind it", "-t", "\ufeffSubject: y\nTo: a@x\n\nx\n", 0, "No recipient addresses found in header\n", ""},
		{"CR LF is a line end", "-t", "To: a@x\r\nSubject: x\r\n\r\nx\r\n", 0, "", "a@x"},
		{"one bad address costs only itself", "a@x foo@", "S: x\n", 64, "foo@... Hostname required\n", "a@x"},
		{"so it does in the header", "-t", "To: foo@, a@x\n", 64, "foo@... Hostname required\n", "a@x"},
		{"a list without members is told", "-t", "To: undisclosed-recipients:;\nBcc: u@x\n", 64,
			"undisclosed-recipients:;... List:; syntax illegal for recipient addresses\n", "u@x"},
		{"the null path is nobody", "<> a@x", "S: x\n", 64, "<>... User address required\n", "a@x"},
		{"silence with -oeq", "-oeq a@x foo@", "S: x\n", 64, "", "a@x"},
	} {
		d := newDesk(t)
		o := d.serve(true)
		d.call(c.header, c.exit, c.stderr, strings.Fields(c.args)...)
		if c.want == "" {
			if len(o.kept) > 0 {
				t.Errorf("%s: sent to %s", c.name, o.kept[0].recipients())
			}
		} else if got := o.only(t).recipients(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEnvelope(t *testing.T) {
	d := newDesk(t)
	o := d.serve(true)
	for _, c := range []struct{ name, args, header, name_, sender, full string }{
		{"the caller is the sender", "x", "", "", "alice@mail.example.com", "Alice Example"},
		{"$NAME comes before the account's", "x", "", "Ally", "alice@mail.example.com", "Ally"},
		{"-F before both", "-F Web x", "", "Ally", "alice@mail.example.com", "Web"},
		{"no name is needed when there is an author", "-F Web x", "From: a@b\n", "", "alice@mail.example.com", ""},
		{"-f is the sender", "-fshop@adidas.cn x", "", "", "shop@adidas.cn", ""},
		{"-F is not for a sender elsewhere", "-F Web -f shop@adidas.cn x", "", "", "shop@adidas.cn", ""},
		{"a local -f keeps -F", "-F Web -f shop x", "", "", "shop@mail.example.com", "Web"},
		{"a local -f has its account's name", "-f bob x", "", "Ally", "bob@mail.example.com", "Bob Example"},
		{"-f may be oneself", "-f alice@mail.example.com x", "", "Ally", "alice@mail.example.com", "Ally"},
		{"the name beside -f's address is dropped", "-f Shop\x00<shop@x> x", "", "", "shop@x", ""},
		{"blanks in a name become dots", "-f web\x00shop x", "", "Ally", "web.shop@mail.example.com", ""},
		{"the null sender", "-f <> x", "", "Ally", "", ""},
		{"the null sender, empty", "-f \x00 -FWeb x", "", "", "", ""},
		{"names in UTF-8", "-F Zoë\x00+=x x", "", "", "alice@mail.example.com", "Zoë +=x"},
	} {
		d.env["NAME"] = c.name_
		var args []string
		for a := range strings.FieldsSeq(c.args) {
			args = append(args, strings.TrimPrefix(strings.ReplaceAll(a, "\x00", " "), " "))
		}
		d.call(c.header+"\nbody\n", 0, "", args...)
		env := o.only(t).env
		if env.Sender.String() != c.sender || env.FullName != c.full {
			t.Errorf("%s: from %q <%s>, want %q <%s>", c.name, env.FullName, env.Sender, c.full, c.sender)
		}
	}
	d.UID = 4711
	d.env["LOGNAME"] = "www"
	d.call("\n", 0, "", "x")
	if got := o.only(t).env.Sender.String(); got != "www@mail.example.com" {
		t.Errorf("a user without an account sends as %s", got)
	}
	d.env["LOGNAME"] = "<bad>, x"
	d.call("\n", 0, "", "x")
	if got := o.only(t).env.Sender.String(); got != "nobody@mail.example.com" {
		t.Errorf("a user without any name sends as %s", got)
	}
}

func TestTheLocalFormIsSaidToBeBinary(t *testing.T) {
	d := newDesk(t)
	o := d.serve(true)
	d.call("Subject: x\n\nbody\n", 0, "", "x")
	if got := o.only(t).env.Body; got != mta.BodyBinaryMIME {
		t.Errorf("BODY=%s", got)
	}
}

func FuzzReadHeader(f *testing.F) {
	for _, m := range messages {
		f.Add([]byte(m.text[:min(len(m.text), 200)]), true)
	}
	f.Add([]byte("To: a\n b\n\nx"), false)
	f.Add([]byte("--x: y\n"), true)
	f.Fuzz(func(t *testing.T, head []byte, all bool) {
		h, ok := readHeader(head, all)
		if all && !ok {
			t.Fatal("a whole message has no header too large")
		}
		if h.end > len(head) {
			t.Fatalf("the header ends at %d of %d", h.end, len(head))
		}
		if !ok {
			return
		}
		at := 0
		if len(h.fields) > 0 {
			at = h.fields[0].start
		}
		for _, f := range h.fields {
			if f.start != at || f.end <= f.start || f.name == "" || strings.ContainsAny(f.name, ": \n") {
				t.Fatalf("field %+v at %d", f, at)
			}
			at = f.end
		}
		if len(h.fields) > 0 && at != h.end {
			t.Fatalf("fields end at %d, the header at %d", at, h.end)
		}
	})
}

func FuzzDotReader(f *testing.F) {
	f.Add([]byte("a\n..\n.\nb"), uint64(1))
	f.Add([]byte(strings.Repeat("x", 16<<10)+"\n.\r\n"), uint64(2))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		quick, err := io.ReadAll(newDotReader(bytes.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		slow, err := io.ReadAll(newDotReader(&ragged{in, rand.New(rand.NewPCG(seed, 0))}))
		if err != nil || !bytes.Equal(quick, slow) {
			t.Fatalf("%q read in pieces is %q, at once %q (%v)", in, slow, quick, err)
		}
		var want []byte // the rule, line by line
		for line := range bytes.Lines(in) {
			if s := string(line); s == "." || s == ".\n" || s == ".\r\n" {
				break
			}
			want = append(want, bytes.TrimPrefix(line, []byte("."))...)
			if bytes.HasPrefix(line, []byte(".")) && !bytes.HasPrefix(line, []byte("..")) {
				want = append(want[:len(want)-len(line)+1], line...)
			}
		}
		if !bytes.Equal(quick, want) {
			t.Fatalf("%q becomes %q, want %q", in, quick, want)
		}
	})
}

// ragged gives pieces of all lengths.
type ragged struct {
	b []byte
	r *rand.Rand
}

func (r *ragged) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+r.r.IntN(20))], r.b)
	r.b = r.b[n:]
	return n, nil
}
