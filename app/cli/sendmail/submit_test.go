package sendmail

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"postroom.dev/mta"
)

// script is a server that answers as it is told: by command, or by its first word. An answer "close" hangs up.
type script map[string]string

var friendly = script{
	"greeting": "220 mx ESMTP",
	"EHLO":     "250-mx\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n250-DSN\r\n250-CHUNKING\r\n250 XNAME",
	"HELO":     "250 mx",
	"MAIL":     "250 2.1.0 ok",
	"RCPT":     "250 2.1.5 ok",
	"BDAT":     "250 2.0.0 accepted",
	"DATA":     "354 go",
	".":        "250 2.0.0 accepted",
	"QUIT":     "221 2.0.0 bye",
	"NOOP":     "250 2.0.0 ok",
}

// with gives the friendly server with some answers changed.
func with(changes ...string) script {
	s := script{}
	for k, v := range friendly {
		s[k] = v
	}
	for i := 0; i < len(changes); i += 2 {
		s[changes[i]] = changes[i+1]
	}
	return s
}

const noChunks = "250-mx\r\n250-pipelining\r\n250 8BITMIME"

// play starts the server on the submission socket and gives what to ask for the lines that it heard.
func (d *desk) play(s script) (heard func() []string) {
	d.t.Helper()
	l, err := net.Listen("unix", d.Home.Submit)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { l.Close() })
	lines := make(chan []string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			lines <- s.converse(conn)
			conn.Close()
		}
	}()
	return func() []string {
		d.t.Helper()
		select {
		case all := <-lines:
			return all
		case <-time.After(20 * time.Second):
			d.t.Fatal("nobody called the server")
			return nil
		}
	}
}

func (s script) converse(conn net.Conn) (heard []string) {
	r := bufio.NewReader(conn)
	say := func(answer string) bool {
		if answer == "close" {
			return false
		}
		if text, ok := strings.CutSuffix(answer, " then close"); ok {
			fmt.Fprintf(conn, "%s\r\n", text)
			return false
		}
		fmt.Fprintf(conn, "%s\r\n", answer)
		return answer[:3] != "221"
	}
	if !say(s["greeting"]) {
		return nil
	}
	text := false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return heard
		}
		line = strings.TrimRight(line, "\r\n")
		heard = append(heard, line)
		if text && line != "." {
			continue
		}
		verb, _, _ := strings.Cut(line, " ")
		if verb == "BDAT" {
			var n int64
			fmt.Sscanf(line, "BDAT %d", &n)
			if _, err := io.CopyN(io.Discard, r, n); err != nil {
				return heard
			}
		}
		answer, ok := s[line]
		if !ok {
			answer = s[verb]
		}
		text = verb == "DATA" && strings.HasPrefix(answer, "354")
		if !say(answer) {
			return heard
		}
	}
}

const small = "Subject: x\n\nbody\n"

func TestWhatIsSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		script script
		args   string
		header string
		want   []string
	}{
		{"all in one go", friendly, "a b@x", "From: a@b\n", []string{"EHLO mail.example.com",
			"MAIL From:<alice@mail.example.com> SIZE=27", "RCPT To:<a@mail.example.com>", "RCPT To:<b@x>", "BDAT 27 LAST", "QUIT"}},
		{"options become parameters", friendly, "-N success,failure -R hdrs -V a+2Bb -FWeb a@x", "", []string{"EHLO mail.example.com",
			"MAIL From:<alice@mail.example.com> SIZE=17 RET=HDRS ENVID=a+2Bb XNAME=Web", "RCPT To:<a@x> NOTIFY=SUCCESS,FAILURE", "BDAT 17 LAST", "QUIT"}},
		{"-N never", friendly, "-N never -F Zoë -f <> a@x", "", []string{"EHLO mail.example.com",
			"MAIL From:<> SIZE=17", "RCPT To:<a@x> NOTIFY=NEVER", "BDAT 17 LAST", "QUIT"}},
		{"no parameter that was not offered", with("EHLO", noChunks), "-N success -R hdrs -V a -FWeb -B 8bitmime a@x", "", []string{"EHLO mail.example.com",
			"MAIL From:<alice@mail.example.com> BODY=8BITMIME", "RCPT To:<a@x>", "DATA", "Subject: x", "", "body", ".", "QUIT"}},
		{"chunks are only for our own server", with("EHLO", "250-mx\r\n250 CHUNKING"), "a@x", "From: a@b\n", []string{"EHLO mail.example.com",
			"MAIL From:<alice@mail.example.com>", "RCPT To:<a@x>", "DATA", "From: a@b", "Subject: x", "", "body", ".", "QUIT"}},
		{"HELO to an old server", with("EHLO", "500 what"), "a@x b@x", "", []string{"EHLO mail.example.com", "HELO mail.example.com",
			"MAIL From:<alice@mail.example.com>", "RCPT To:<a@x>", "RCPT To:<b@x>", "DATA", "Subject: x", "", "body", ".", "QUIT"}},
	} {
		d := newDesk(t)
		heard := d.play(c.script)
		d.call(c.header+small, 0, "", strings.Fields(c.args)...)
		if diff := cmp.Diff(c.want, heard()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if q := d.queued(); len(q) > 0 {
			t.Errorf("%s: accepted, and queued as well: %v", c.name, q)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		script script
		args   string
		exit   int
		stderr string
	}{
		{"user unknown", with("RCPT", "550 5.1.1 <a@x>... User unknown"), "a@x", 67, "a@x... User unknown\n"},
		{"one of two", with("RCPT To:<b@x>", "550 5.1.1 No such person"), "a@x b@x", 67, "b@x... No such person\n"},
		{"the first one's exit status counts", with("RCPT To:<b@x>", "550 5.7.1 Denied", "RCPT To:<c@x>", "550 5.1.2 Host unknown"), "a@x b@x c@x", 69,
			"b@x... Denied\nc@x... Host unknown\n"},
		{"host unknown", with("RCPT", "550 5.1.2 Host unknown (Name server: x: host not found)"), "a@x", 68,
			"a@x... Host unknown (Name server: x: host not found)\n"},
		{"relaying denied", with("RCPT", "550 5.7.1 <a@x>... Relaying denied"), "a@x", 69, "a@x... Relaying denied\n"},
		{"address syntax", with("RCPT", "553 5.1.3 <a@x>... Bad"), "a@x", 64, "a@x... Bad\n"},
		{"no enhanced code and no text", with("RCPT", "550"), "a@x", 67, "a@x... User unknown\n"},
		{"the sender", with("MAIL", "553 5.1.8 <s@y>... Domain of sender address s@y does not exist"), "-f s@y a@x b@x", 68,
			"s@y... Domain of sender address s@y does not exist\n"},
		{"the null sender", with("MAIL", "550 5.7.0 no bounces"), "-f <> a@x", 69, "<>... no bounces\n"},
		{"the message, for all", with("BDAT", "552 5.2.3 Message exceeds maximum fixed size (1)"), "a@x b@x", 69,
			"a@x,b@x... Message exceeds maximum fixed size (1)\n"},
		{"its content", with("BDAT", "554 5.6.1 NUL byte not allowed"), "a@x", 65, "a@x... NUL byte not allowed\n"},
		{"at DATA", with("EHLO", noChunks, "DATA", "554 5.5.1 No valid recipients"), "a@x", 69, "a@x... No valid recipients\n"},
		{"at the dot", with("EHLO", noChunks, ".", "554 5.6.0 spam"), "a@x", 65, "a@x... spam\n"},
		{"nothing a terminal would act on is shown", with("RCPT", "550-5.7.1 \x1b[2Jone\r\n550 5.7.1 two\a"), "a@x", 69, "a@x... ?[2Jone two?\n"},
		{"silently with -oeq", with("RCPT", "550 5.1.1 <a@x>... User unknown"), "-oeq a@x", 67, ""},
	} {
		d := newDesk(t)
		d.play(c.script)
		d.call(small, c.exit, c.stderr, strings.Fields(c.args)...)
		if q := d.queued(); len(q) > 0 {
			t.Errorf("%s: refused and queued: %v", c.name, q)
		}
	}
}

// What no server has accepted or refused is in the client queue afterwards, and nothing else is.
func TestTroubleLeadsIntoTheClientQueue(t *testing.T) {
	for _, c := range []struct {
		name   string
		script script
		rcpts  string // in the queue file
	}{
		{"a busy greeting", with("greeting", "421 4.3.2 too many"), "a@x b@x"},
		{"no greeting", with("greeting", "close"), "a@x b@x"},
		{"a greeting that is none", with("greeting", "SSH-2.0-x"), "a@x b@x"},
		{"hung up at EHLO", with("EHLO", "close"), "a@x b@x"},
		{"hung up at MAIL", with("MAIL", "close"), "a@x b@x"},
		{"hung up at RCPT", with("RCPT", "close"), "a@x b@x"},
		{"hung up at the second RCPT", with("RCPT To:<b@x>", "close"), "a@x b@x"},
		{"hung up at the text", with("BDAT", "close"), "a@x b@x"},
		{"hung up at DATA", with("EHLO", noChunks, "DATA", "close"), "a@x b@x"},
		{"hung up after the dot", with("EHLO", noChunks, ".", "close"), "a@x b@x"},
		{"MAIL later", with("MAIL", "451 4.3.0 later"), "a@x b@x"},
		{"RCPT later", with("RCPT", "451 4.7.1 greylisted"), "a@x b@x"},
		{"one RCPT later", with("RCPT To:<b@x>", "451 4.7.1 greylisted"), "b@x"},
		{"the text later", with("BDAT", "452 4.4.5 Insufficient disk space; try again later"), "a@x b@x"},
		{"DATA later", with("EHLO", noChunks, "DATA", "451 4.3.0 later"), "a@x b@x"},
		{"the dot later", with("EHLO", noChunks, ".", "451 4.3.0 later"), "a@x b@x"},
		{"a text that goes nowhere", with("EHLO", noChunks, ".", "354 more"), "a@x b@x"},
		{"an answer to DATA that says nothing", with("EHLO", noChunks, "DATA", "250 ok"), "a@x b@x"},
		{"hung up after 250: it is theirs", with("BDAT", "250 2.0.0 ok then close"), ""},
		{"hung up after 250 to the dot", with("EHLO", noChunks, ".", "250 ok then close"), ""},
		{"hung up instead of 221", with("QUIT", "close"), ""},
	} {
		for _, text := range []string{small, "Subject: x\n\n" + strings.Repeat("large\n", together)} {
			d := newDesk(t)
			d.play(c.script)
			d.call(text, 0, "", "a@x", "b@x")
			if got := d.queuedFor(); got != c.rcpts {
				t.Errorf("%s, %d octets: in the queue for %q, want %q", c.name, len(text), got, c.rcpts)
			} else if got != "" && d.queueFile("df") != text[len("Subject: x\n\n"):] {
				t.Errorf("%s, %d octets: the queue has another text", c.name, len(text))
			}
		}
	}
}

// queuedFor gives the recipients in the queue's one control file; "" when there is none.
func (d *desk) queuedFor() string {
	d.t.Helper()
	if len(d.queued()) == 0 {
		return ""
	}
	var all []string
	for line := range strings.Lines(d.queueFile("qf")) {
		if flags, a, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(flags, "RP") {
			all = append(all, strings.TrimSpace(a))
		}
	}
	return strings.Join(all, " ")
}

func TestRefusedAndDeferredGoTheirOwnWays(t *testing.T) {
	d := newDesk(t)
	d.play(with("RCPT To:<a@x>", "550 5.1.1 User unknown", "RCPT To:<b@x>", "451 4.7.1 later"))
	d.call(small, 67, "a@x... User unknown\n", "a@x", "b@x", "c@x")
	if got := d.queuedFor(); got != "b@x" {
		t.Errorf("in the queue for %q", got)
	}
}

func TestThousandsOfRecipients(t *testing.T) {
	d := newDesk(t)
	o := d.serve(true)
	var to strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&to, "To: somebody-with-a-long-name-%d@a-long-domain-name.example.com\n", i)
	}
	d.call(to.String()+"\nbody\n", 0, "", "-t")
	if n := len(o.only(t).env.Recipients); n != 5000 {
		t.Errorf("%d recipients arrived", n)
	}
}

func TestReply(t *testing.T) {
	for _, c := range []struct {
		in   string
		want mta.Status
		bad  bool
	}{
		{in: "250 ok\r\n", want: mta.Status{Code: 250, Text: "ok"}},
		{in: "250\r\n", want: mta.Status{Code: 250}},
		{in: "250-a\r\n250-b c\r\n250 d\n", want: mta.Status{Code: 250, Text: "a\nb c\nd"}},
		{in: "550 5.1.1 gone\r\n", want: mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "gone"}},
		{in: "550 4.1.1 gone\r\n", want: mta.Status{Code: 550, Text: "4.1.1 gone"}},
		{in: "550 5.1 gone\r\n", want: mta.Status{Code: 550, Text: "5.1 gone"}},
		{in: "250-a\r\n550 b\r\n", bad: true},
		{in: "250-a\r\n", bad: true},
		{in: "hello\r\n", bad: true},
		{in: "\r\n", bad: true},
		{in: "2500 x\r\n", bad: true},
		{in: "999 x\r\n", bad: true},
		{in: "250 " + strings.Repeat("x", maxReplyLine) + "\r\n", bad: true},
		{in: strings.Repeat("250-x\r\n", maxReplyLines+1) + "250 x\r\n", bad: true},
	} {
		s := &session{r: bufio.NewReaderSize(strings.NewReader(c.in), maxReplyLine)}
		got, err := s.reply()
		if (err != nil) != c.bad || !c.bad && !cmp.Equal(got, c.want) {
			t.Errorf("%.40q: %+v, %v", c.in, got, err)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add("250-a\r\n250 2.0.0 b\r\n")
	f.Add("250\n")
	f.Fuzz(func(t *testing.T, in string) {
		s := &session{r: bufio.NewReaderSize(strings.NewReader(in), maxReplyLine)}
		for {
			st, err := s.reply()
			if err != nil {
				if errors.Is(err, io.EOF) {
					t.Fatal("the end of a conversation needs a name")
				}
				return
			}
			if st.Code < 200 || st.Code > 599 {
				t.Fatalf("code %d", st.Code)
			}
		}
	})
}
