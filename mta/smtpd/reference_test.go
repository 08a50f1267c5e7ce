package smtpd

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
)

// reference reads a whole client's side of a session as RFC 5321 has it, as plainly as can
// be: octet by octet, all at hand. It gives the texts that a server has to accept.
func reference(wire []byte, strict bool) (texts []string) {
	var sender bool
	var rcpts, bad int
	muted := false
	for len(wire) > 0 {
		lf := bytes.IndexByte(wire, '\n')
		if lf < 0 || lf+1 > 2048 {
			return texts
		}
		line := strings.TrimSuffix(string(wire[:lf]), "\r")
		wire = wire[lf+1:]
		name, arg := split([]byte(line)) // what a verb and its argument are is tested by the dialogues
		switch {
		case muted && name != "QUIT":
			continue
		case name == "QUIT":
			return texts
		case name == "HELO" || name == "EHLO":
			if arg == "" {
				continue
			}
			muted = strict && len(wire) > 0
			sender, rcpts = false, 0
		case name == "RSET":
			sender, rcpts = false, 0
		case name == "MAIL":
			if words, no := behind(arg, "FROM"); !sender && no.Code == 0 {
				_, _, params, no := path(words)
				sender = no.Code == 0 && strings.TrimSpace(params) == ""
			}
		case name == "RCPT":
			if words, no := behind(arg, "TO"); sender && no.Code == 0 {
				a, _, params, no := path(words)
				if no.Code == 0 && !a.IsNull() && strings.TrimSpace(params) == "" {
					rcpts++
				}
			}
		case name == "DATA" && sender && rcpts > 0:
			text, rest, ok := referenceText(wire)
			if !ok {
				return texts
			}
			if strict && bareLineEnd(text) {
				return texts
			}
			if !strict || !strings.Contains(text, "\x00") {
				texts = append(texts, text)
			}
			wire = rest
			sender, rcpts = false, 0
		case name == "DATA", name == "NOOP", name == "VRFY", name == "HELP", name == "EXPN",
			name == "ETRN", name == "VERB", name == "STARTTLS", name == "AUTH":
		default:
			if bad++; bad > 25 {
				return texts
			}
		}
	}
	return texts
}

// referenceText is RFC 5321 §4.5.2, a line at a time. A line ends in CR LF and in nothing else.
func referenceText(wire []byte) (text string, rest []byte, ok bool) {
	for {
		n := bytes.Index(wire, []byte("\r\n"))
		if n < 0 {
			return "", nil, false
		}
		line := string(wire[:n])
		wire = wire[n+2:]
		if line == "." {
			return text, wire, true
		}
		text += strings.TrimPrefix(line, ".") + "\r\n"
	}
}

func bareLineEnd(text string) bool {
	s := strings.ReplaceAll(text, "\r\n", "")
	return strings.ContainsAny(s, "\r\n")
}

// scripted is a connection whose client says all of wire, in pieces, and reads nothing.
type scripted struct {
	wire   []byte
	pieces *rand.Rand // nil: as much as fits
}

func (s *scripted) Read(b []byte) (int, error) {
	if len(s.wire) == 0 {
		return 0, io.EOF
	}
	if s.pieces != nil {
		b = b[:1+s.pieces.IntN(min(len(b), 40))]
	}
	n := copy(b, s.wire)
	s.wire = s.wire[n:]
	return n, nil
}

func (s *scripted) Write(b []byte) (int, error)      { return len(b), nil }
func (s *scripted) Close() error                     { return nil }
func (s *scripted) LocalAddr() net.Addr              { return nil }
func (s *scripted) RemoteAddr() net.Addr             { return nil }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }

// agree fails the test when server and reference see different messages in wire.
func agree(t *testing.T, wire []byte, strict bool, seed uint64) {
	t.Helper()
	c, d := testConfig(), newDesk()
	c.Strict = strict
	s := New(c, plain{d})
	conn := &scripted{wire: wire}
	if seed != 0 {
		conn.pieces = rand.New(rand.NewPCG(seed, 1))
	}
	_ = s.ServeConn(context.Background(), conn)
	d.check(t)
	if x := d.session(t); strings.HasPrefix(x.Reason, "panic") {
		t.Fatalf("%s\n%s", x.Reason, x.Transcript)
	}
	var got []string
	for _, m := range d.messages() {
		got = append(got, string(m.text))
	}
	want := reference(wire, strict)
	if up := bytes.ToUpper(wire); strict && seed != 0 && (bytes.Contains(up, []byte("HELO")) || bytes.Contains(up, []byte("EHLO"))) {
		return // whether there was traffic before the response depends on the pieces
	}
	if strings.Join(got, "\x00|") != strings.Join(want, "\x00|") || len(got) != len(want) {
		t.Errorf("strict %v, seed %d: %q\n got %q\nwant %q", strict, seed, wire, got, want)
	}
}

// plain is a desk that refuses nobody.
type plain struct{ *desk }

func (plain) Mail(context.Context, *mta.Envelope) error                 { return nil }
func (plain) Rcpt(context.Context, *mta.Envelope, *mta.Recipient) error { return nil }
func (p plain) Data(context.Context, *mta.Envelope) (Message, error) {
	p.desk.mu.Lock()
	p.desk.open++
	p.desk.mu.Unlock()
	return &draft{desk: p.desk}, nil
}

const (
	transaction = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
	opening     = "HELO x\r\n" + transaction
)

func FuzzMessageBoundaries(f *testing.F) {
	for _, s := range []string{
		"a\r\n.\r\nQUIT\r\n",
		".\r\n", "..\r\n.\r\n", "a\n.\nMAIL FROM:<x@y>\r\nRCPT TO:<c@d>\r\nDATA\r\nb\r\n.\r\n",
		"a\n.\r\nRSET\r\n" + opening + "b\r\n.\r\n", "a\r.\r\nRSET\r\n" + opening + "b\r\n.\r\n",
		"a\r\n.\nRSET\r\n" + opening + "b\r\n.\r\n", "a\r\n.\r\r\nRSET\n.\r\n",
		"a\r\n.\r\n" + transaction + "b\x00\r\n.\r\n" + transaction + "c\r\n.\r\n",
		"a\r\n.\r\nfoo\r\n\r\n\n" + opening + "..b\r\n.\r\n", "\r\n..\r\n.\r\r\n.\r.\r\n.\r\n",
		"a\r\n.\r\nMAIL FROM:<a@b> X=1\r\nMAIL FROM:<a@b\r\nRCPT TO:<>\r\nDATA\r\n.\r\n",
		"a\r\n.\r\nEHLO y\nmail from:a@b\nrcpt to:c\ndata\nhi\n.\n\r\n.\r\n",
		strings.Repeat("x", 5000) + "\r\n.\r\n" + strings.Repeat("y", 2050) + "\r\n" + opening + ".\r\n",
		strings.Repeat("x\r\n", 30) + ".\r\n" + strings.Repeat("x\r\n", 30) + opening + "z\r\n.\r\n",
	} {
		f.Add([]byte(s), uint64(0))
		f.Add([]byte(s), uint64(7))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		agree(t, append([]byte(opening), text...), false, 0)
		for _, wire := range [][]byte{append([]byte(transaction), text...), text} {
			agree(t, wire, false, 0)
			agree(t, wire, false, seed|1)
			agree(t, wire, true, 0)
			agree(t, wire, true, seed|1)
		}
	})
}

// The same, on strings made of the few octets that matter, long enough to cross blocks.
func TestMessageBoundariesOfRandomStrings(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"\r", "\n", ".", "\r\n", "\r\n.", "\r\n.\r\n", "a", "\x00", transaction, "RSET\r\n",
		strings.Repeat("b", 100), strings.Repeat("c", blockSize-7)}
	rounds := 1500
	if testing.Short() {
		rounds = 150
	}
	for range rounds {
		wire := []byte(transaction)
		for range r.IntN(30) {
			n := len(words)
			if r.IntN(10) > 0 {
				n--
			}
			wire = append(wire, words[r.IntN(n)]...)
		}
		agree(t, wire, false, 0)
		if len(wire) < 2000 {
			agree(t, wire, false, r.Uint64())
			agree(t, wire, true, r.Uint64())
		}
		if t.Failed() {
			return
		}
	}
}
