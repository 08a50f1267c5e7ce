package deliver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

const hello = "Subject: hello\n\nbody\n"

// What a host says, and what becomes of two recipients. "@" stands for the host, "…" at the end of a wanted
// line for anything.
func TestAnswers(t *testing.T) {
	plain := offers("SIZE 0", "ENHANCEDSTATUSCODES") // no PIPELINING
	for _, c := range []struct {
		name    string
		answers map[string][]string
		want    []string
		say     string // the commands
		texts   int
	}{
		{"all accepted", nil,
			[]string{"250 2.0.0 accepted (@)", "250 2.0.0 accepted (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"all accepted, one by one", map[string][]string{"EHLO": {plain}},
			[]string{"250 2.0.0 accepted (@)", "250 2.0.0 accepted (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"one recipient is refused", map[string][]string{"RCPT To:<b": {"550 5.1.1 No such user here"}},
			[]string{"250 2.0.0 accepted (@)", "550 5.1.1 No such user here (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"one recipient is deferred", map[string][]string{"RCPT To:<a": {"451 4.7.1 Greylisted, try again later"}},
			[]string{"451 4.7.1 Greylisted, try again later (@)", "250 2.0.0 accepted (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"all are refused: the answer to DATA is ignored", map[string][]string{"RCPT": {"550 no"}, "DATA": {"503 5.5.1 no recipients"}},
			[]string{"550 no (@)", "550 no (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA", 0},
		{"all are refused, and DATA is accepted: an empty text ends it", map[string][]string{"RCPT": {"550 no"}, ".": {"554 no recipients"}},
			[]string{"550 no (@)", "550 no (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"all are refused one by one: no DATA", map[string][]string{"EHLO": {plain}, "RCPT": {"550 no"}},
			[]string{"550 no (@)", "550 no (@)"}, "(connect) EHLO MAIL RCPT RCPT", 0},
		{"MAIL is refused", map[string][]string{"MAIL": {"552 5.3.4 too big"}},
			[]string{"552 5.3.4 too big (@)", "552 5.3.4 too big (@)"}, "(connect) EHLO MAIL", 0},
		{"DATA is refused for those accepted", map[string][]string{"RCPT To:<b": {"550 no"}, "DATA": {"451 4.3.0 not now"}},
			[]string{"451 4.3.0 not now (@)", "550 no (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA", 0},
		{"the text is refused", map[string][]string{".": {"554 5.6.0 spam"}},
			[]string{"554 5.6.0 spam (@)", "554 5.6.0 spam (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"the text is deferred", map[string][]string{".": {"452 4.3.1 full"}},
			[]string{"452 4.3.1 full (@)", "452 4.3.1 full (@)"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"lost after the dot: temporary", map[string][]string{".": {"=close"}},
			[]string{"451 4.4.2 Connection reset by …", "451 4.4.2 Connection reset by …"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"silent after the dot: temporary", map[string][]string{".": {"=hang"}},
			[]string{"451 4.4.2 Connection timed out with …", "451 4.4.2 Connection timed out with …"}, "(connect) EHLO MAIL RCPT RCPT DATA .", 1},
		{"lost in RCPT: what is refused stays refused", map[string][]string{"EHLO": {plain}, "RCPT To:<a": {"550 no"}, "RCPT To:<b": {"=close"}},
			[]string{"550 no (@)", "451 4.4.2 Connection reset by …"}, "(connect) EHLO MAIL RCPT RCPT", 0},
		{"421 in RCPT is for all that are left", map[string][]string{"EHLO": {plain}, "RCPT To:<b": {"421 4.3.2 going down=close"}},
			[]string{"421 4.3.2 going down (@)", "421 4.3.2 going down (@)"}, "(connect) EHLO MAIL RCPT RCPT", 0},
		{"421 in pipelined RCPT", map[string][]string{"RCPT To:<a": {"421 4.3.2 going down=close"}},
			[]string{"421 4.3.2 going down (@)", "421 4.3.2 going down (@)"}, "(connect) EHLO MAIL RCPT", 0},
		{"421 as greeting: try later", map[string][]string{"(connect)": {"421 4.3.2 too busy=close"}},
			[]string{"421 4.3.2 too busy (@)", "421 4.3.2 too busy (@)"}, "(connect)", 0},
		{"554 as greeting: for good", map[string][]string{"(connect)": {"554 5.3.2 go away"}},
			[]string{"554 5.3.2 go away (@)", "554 5.3.2 go away (@)"}, "(connect) QUIT", 0},
		{"no greeting", map[string][]string{"(connect)": {"=close"}},
			[]string{"451 4.4.2 Connection reset by …", "451 4.4.2 Connection reset by …"}, "(connect)", 0},
		{"a greeting that comes too late", map[string][]string{"(connect)": {"=hang"}},
			[]string{"451 4.4.2 Connection timed out with …", "451 4.4.2 Connection timed out with …"}, "(connect)", 0},
		{"no SMTP at all", map[string][]string{"(connect)": {"SSH-2.0-OpenSSH"}},
			[]string{"451 4.5.0 …", "451 4.5.0 …"}, "(connect)", 0},
		{"HELO where EHLO is not known", map[string][]string{"EHLO": {"502 5.5.1 what?"}},
			[]string{"250 2.0.0 accepted (@)", "250 2.0.0 accepted (@)"}, "(connect) EHLO HELO MAIL RCPT RCPT DATA .", 1},
		{"yes to DATA is not yes to the text", map[string][]string{"DATA": {"250 2.0.0 ok"}},
			[]string{"451 4.5.0 …", "451 4.5.0 …"}, "(connect) EHLO MAIL RCPT RCPT DATA", 0},
		{"354 to RCPT", map[string][]string{"RCPT": {"354 go"}, "DATA": {"=hang"}},
			[]string{"451 4.5.0 …", "451 4.5.0 …"}, "(connect) EHLO MAIL RCPT…", 0},
		{"replies of several lines are kept whole", map[string][]string{"MAIL": {"550-5.7.1 We do not\r\n550-5.7.1 like\r\n550 5.7.1 you"}},
			[]string{"550 5.7.1 We do not\nlike\nyou (@)", "550 5.7.1 We do not\nlike\nyou (@)"}, "(connect) EHLO MAIL", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, c.answers)
			o := options(t)
			switch { // a short time for what does not come, and for nothing else
			case slices.Contains(c.answers["(connect)"], "=hang"):
				o.Timeout.Greeting = 50 * time.Millisecond
			case strings.Contains(fmt.Sprint(c.want), "timed out"):
				o.Timeout.Dot = 50 * time.Millisecond
			}
			o.Idle = time.Hour // no QUIT
			m := mailer(t, o)
			got := results(m.Deliver(t.Context(), job(t, p.host(), hello, "a@x.example", "b@x.example")))
			for i, want := range c.want {
				want = strings.ReplaceAll(want, "@", "[127.0.0.1]:"+p.port())
				if before, ok := strings.CutSuffix(want, "…"); got[i] != want && !(ok && strings.HasPrefix(got[i], before)) {
					t.Errorf("recipient %d: %q, want %q", i, got[i], want)
				}
			}
			var say []string
			for _, s := range p.commands() {
				say = append(say, strings.Fields(s)[0])
			}
			want, open := strings.CutSuffix(c.say, "…")
			if said := strings.Join(say, " "); said != want && !(open && strings.HasPrefix(said, want)) {
				t.Errorf("commands %q, want %q", said, c.say)
			}
			if n := len(p.kept()); n != c.texts {
				t.Errorf("%d texts, want %d", n, c.texts)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	p := newPeer(t, map[string][]string{
		"EHLO": {offers("pipelining", "Size 100000", "8bitmime", "DSN", "SMTPUTF8"), offers()},
	})
	j := job(t, p.host(), hello, "a@x.example", `"b c"@x.example`, "d@x.example")
	j.Envelope.Body, j.Envelope.Return, j.Envelope.EnvID = mta.Body8BitMIME, mta.ReturnHeaders, "QQ+3=1 4"
	j.Envelope.Recipients[0].Notify = mta.NotifySuccess | mta.NotifyDelay
	j.Envelope.Recipients[0].Original = "rfc822;A+b@orig.example"
	j.Envelope.Recipients[1].Notify = mta.NotifyNever
	j.Envelope.Recipients[2].Original = "utf-8;jürgen@orig.example"
	j.Rcpts = []int{0, 1, 2}
	for range 2 { // the second time nothing is offered
		m := NewSMTP(options(t))
		if got := m.Deliver(t.Context(), j); !got[0].OK() || !got[1].OK() {
			t.Fatal(got)
		}
		_ = m.Close()
	}
	want := []string{
		"(connect)", "EHLO mail.example.com",
		"MAIL From:<alice@example.com> SIZE=21 BODY=8BITMIME ENVID=QQ+2B3+3D1+204 RET=HDRS",
		"RCPT To:<a@x.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;A+2Bb@orig.example",
		`RCPT To:<"b c"@x.example> NOTIFY=NEVER`,
		`RCPT To:<d@x.example> ORCPT=utf-8;j\x{FC}rgen@orig.example`,
		"DATA", ".", "QUIT",
		"(connect)", "EHLO mail.example.com", "MAIL From:<alice@example.com>",
		"RCPT To:<a@x.example>", `RCPT To:<"b c"@x.example>`, "RCPT To:<d@x.example>", "DATA", ".", "QUIT",
	}
	if d := cmp.Diff(want, p.commands()); d != "" {
		t.Error(d)
	}
}

func TestUTF8Addresses(t *testing.T) {
	for _, c := range []struct {
		name, ehlo, sender, header string
		utf8                       bool
		want                       []string
		mail                       string
	}{
		{"offered: asked for when an address needs it", offers("SMTPUTF8"), "alice@example.com", hello, false,
			[]string{"250", "250"}, "MAIL From:<alice@example.com> SMTPUTF8"},
		{"not offered: only that recipient fails", offers("SIZE"), "alice@example.com", hello, true,
			[]string{"550 5.6.7", "250"}, "MAIL From:<alice@example.com> SIZE=21"},
		{"not offered: a sender fails all", offers(), "jürgen@example.com", hello, false, []string{"550 5.6.7", "550 5.6.7"}, ""},
		{"not offered: a header fails all", offers(), "alice@example.com", "Subject: ü\n\n", true, []string{"550 5.6.7", "550 5.6.7"}, ""},
		{"not offered: a body needs nothing", offers(), "alice@example.com", "Subject: u\n\nü\n", true, []string{"550 5.6.7", "250"}, "MAIL From:<alice@example.com>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, map[string][]string{"EHLO": {c.ehlo}})
			j := job(t, p.host(), c.header, "jürgen@x.example", "b@x.example")
			j.Envelope.Sender, j.Envelope.UTF8 = addr(t, c.sender), c.utf8
			got := results(mailer(t, options(t)).Deliver(t.Context(), j))
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("recipient %d: %q, want %q", i, got[i], want)
				}
			}
			said := strings.Join(p.commands(), "\n") + "\n"
			if c.mail == "" && strings.Contains(said, "MAIL") || !strings.Contains(said, c.mail+"\n") && c.mail != "" {
				t.Errorf("said %q, want %q", said, c.mail)
			}
		})
	}
}

func TestNothingIsSentThatIsNotOneLine(t *testing.T) {
	p := newPeer(t, nil)
	m := mailer(t, options(t))
	j := job(t, p.host(), hello, "a@x.example", "b@x.example")
	j.Envelope.Recipients[0].Address.Local = "a\r\nRCPT To:<evil"
	got := m.Deliver(t.Context(), j)
	if got[0].Code != 553 || !got[1].OK() {
		t.Error(got)
	}
	j.Envelope.Sender.Local = "x>\nRSET"
	if got := m.Deliver(t.Context(), j); got[1].Code != 553 {
		t.Error(got)
	}
	if said := strings.Join(p.commands(), "|"); strings.Contains(said, "evil") || strings.Contains(said, ">\n") {
		t.Error(said)
	}
}

// A message that cannot be read to its end must not arrive as if it had ended there.
type torn struct{ text }

type tornReader struct{ textReader }

func (r tornReader) Read(p []byte) (int, error) {
	n, err := r.textReader.Read(p)
	if err != nil {
		return n, errors.New("disk error")
	}
	return n, nil
}

func (c torn) Open() (mta.Reader, error) {
	return tornReader{textReader{strings.NewReader(string(c.text))}}, nil
}

func TestUnreadableMessageIsNotSentByHalf(t *testing.T) {
	p := newPeer(t, nil)
	m := mailer(t, options(t))
	j := job(t, p.host(), "", "a@x.example")
	j.Content = torn{hello}
	got := m.Deliver(t.Context(), j)
	if !got[0].Temporary() || got[0].RemoteMTA != "" || !strings.Contains(got[0].Err.Error(), "disk error") {
		t.Error(got)
	}
	if len(p.kept()) != 0 {
		t.Errorf("kept %q", p.kept())
	}
	j.Content = text(hello) // and the connection was not used again
	if got := m.Deliver(t.Context(), j); !got[0].OK() {
		t.Error(got)
	}
}

func TestARefusalNamesTheCommandThatItIsOf(t *testing.T) {
	for command, answers := range map[string]map[string][]string{
		"MAIL From:<ann@y.example>": {"MAIL": {"550 no"}, "EHLO": {offers()}},
		"RCPT To:<a@x.example>":     {"RCPT": {"550 no"}},
		"DATA":                      {".": {"554 5.6.0 spam"}},
		"":                          {"(connect)": {"554 5.3.2 go away"}},
	} {
		j := job(t, newPeer(t, answers).host(), hello, "a@x.example")
		j.Envelope.Sender = address.Address{Local: "ann", Domain: "y.example"}
		if got := mailer(t, options(t)).Deliver(t.Context(), j)[0]; got.Command != command || got.Code/100 != 5 {
			t.Errorf("%+v, not of %q", got, command)
		}
	}
	if got := mailer(t, options(t)).Deliver(t.Context(), job(t, newPeer(t, nil).host(), hello, "a@x.example"))[0]; got.Command != "" || !got.OK() {
		t.Errorf("%+v", got)
	}
}

func TestManyRecipientsGoInSeveralTransactions(t *testing.T) {
	p := newPeer(t, map[string][]string{"RCPT To:<u150@": {"550 5.1.1 no"}})
	var to []string
	for i := range 250 {
		to = append(to, fmt.Sprintf("u%d@x.example", i))
	}
	got := mailer(t, options(t)).Deliver(t.Context(), job(t, p.host(), hello, to...))
	for i, s := range got {
		if s.OK() == (i == 150) {
			t.Errorf("recipient %d: %v", i, s)
		}
	}
	var mails, conns int
	for _, s := range p.commands() {
		if strings.HasPrefix(s, "MAIL") {
			mails++
		}
		if s == "(connect)" {
			conns++
		}
	}
	if mails != 3 || conns != 1 || len(p.kept()) != 3 {
		t.Errorf("%d transactions, %d connections, %d texts", mails, conns, len(p.kept()))
	}
}

func TestContextEndsADelivery(t *testing.T) {
	p := newPeer(t, map[string][]string{"DATA": {"=hang"}})
	m := mailer(t, options(t))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !strings.Contains(strings.Join(p.commands(), " "), "DATA") {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	got := m.Deliver(ctx, job(t, p.host(), hello, "a@x.example"))
	if results(got)[0] != "451 4.3.2 delivery was interrupted" {
		t.Error(got)
	}
	if got := m.Deliver(ctx, job(t, p.host(), hello, "a@x.example")); !got[0].Temporary() {
		t.Error(got)
	}
}

// The answer that a host gives before it stops reading is worth more than "broken pipe".
func TestEarlyRefusalOfTheText(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "220 x\r\n")
		buf := make([]byte, 1<<10)
		for _, a := range []string{offers(), "250 ok", "250 ok", "354 go"} {
			_, _ = c.Read(buf)
			fmt.Fprint(c, a+"\r\n")
		}
		_, _ = c.Read(buf)
		fmt.Fprint(c, "552 5.3.4 enough\r\n")
		_ = c.(*net.TCPConn).CloseWrite()
		for { // reads on for a while, then not any more
			_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			if n, err := c.Read(buf); n == 0 || err != nil {
				return
			}
		}
	}()
	o := options(t)
	j := job(t, "[127.0.0.1]:"+l.Addr().String()[len("127.0.0.1:"):], strings.Repeat("x", 70)+"\n", "a@x.example")
	j.Content = text(strings.Repeat(string(j.Content.(text)), 1000))
	got := results(mailer(t, o).Deliver(t.Context(), j))
	<-done
	if !strings.HasPrefix(got[0], "552 5.3.4 enough") {
		t.Error(got)
	}
}
