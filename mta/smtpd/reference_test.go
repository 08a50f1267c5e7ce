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

// reference reads a whole client's side of a session as RFC 5321 and RFC 3030 have it, as plainly as can
// be: octet by octet, all at hand. It gives the texts that a server has to accept.
func reference(wire []byte, strict bool) (texts []string) {
	var open bool // after MAIL
	var rcpts, bad int
	var chunks *string // what BDAT has brought
	over := func() { open, rcpts, chunks = false, 0, nil }
	for n := 0; len(wire) > 0; n++ {
		lf := bytes.IndexByte(wire, '\n')
		if lf < 0 || lf+1 > 2048 {
			return texts
		}
		line := strings.TrimSuffix(string(wire[:lf]), "\r")
		wire = wire[lf+1:]
		name, arg := split([]byte(line)) // what a verb and its argument are is tested by the dialogues
		switch name {
		case "QUIT":
			return texts
		case "HELO", "EHLO":
			switch {
			case arg == "" || strict && !isHostName(arg):
				continue
			case strict && len(wire) > 0:
				return texts // nothing is taken from this client any more
			}
			over()
		case "RSET":
			over()
		case "MAIL":
			open = open || referencePath(arg, "FROM", strict, true)
		case "RCPT":
			if open && chunks == nil && referencePath(arg, "TO", strict, false) {
				rcpts++
			}
		case "DATA":
			if rcpts == 0 || chunks != nil {
				continue
			}
			text, rest, ok := referenceText(wire)
			if !ok || strict && bareLineEnd(text) {
				return texts
			}
			if !strict || !strings.Contains(text, "\x00") {
				texts = append(texts, text)
			}
			wire = rest
			over()
		case "BDAT":
			size, last, ok := chunk(arg)
			if !ok || size > int64(len(wire)) {
				return texts
			}
			octets := string(wire[:size])
			wire = wire[size:]
			if rcpts == 0 {
				continue
			}
			if chunks == nil {
				chunks = new(string)
			}
			*chunks += octets
			text := *chunks
			if !last {
				text = strings.TrimSuffix(text, "\r") // its LF may come
			}
			switch {
			case strict && bareLineEnd(text):
				return texts
			case strict && strings.Contains(text, "\x00"):
				over()
			case last:
				texts = append(texts, text)
				over()
			}
		case "NOOP", "VRFY", "HELP", "EXPN", "ETRN", "VERB", "STARTTLS", "AUTH", "TURN", "SEND", "SOML", "SAML":
		case "GET", "POST", "CONNECT", "USER":
			if n == 0 {
				return texts
			}
			bad++
		default:
			bad++
		}
		if bad > 25 {
			return texts
		}
	}
	return texts
}

// referencePath says that MAIL or RCPT is taken: parameters are switched off.
func referencePath(arg, word string, strict, null bool) bool {
	words, no := behind(arg, word)
	if no.Code != 0 {
		return false
	}
	a, _, params, no := path(words)
	return no.Code == 0 && strings.TrimSpace(params) == "" && (null || !a.IsNull()) && (!strict || isASCII(a.String()))
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
	c.Hide = []string{"8BITMIME", "BINARYMIME", "SIZE", "DSN", "SMTPUTF8", "DELIVERBY"} // and with them all parameters
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
	envelope    = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
	transaction = envelope + "DATA\r\n"
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
		"a\r\n.\r\n" + envelope + "BDAT 5\r\na\r\n.\rBDAT 3 LAST\r\n\n.\nBDAT 9 LAST\r\nBDAT 0 LA" + opening + "b\r\n.\r\n",
		"a\r\n.\r\n" + envelope + "BDAT 99999999999999999999\r\n" + opening + ".\r\n", "GET / HTTP/1.0\r\n" + opening + ".\r\n",
		strings.Repeat("x\r\n", 30) + ".\r\n" + strings.Repeat("x\r\n", 30) + opening + "z\r\n.\r\n",
	} {
		f.Add([]byte(s), uint64(0))
		f.Add([]byte(s), uint64(7))
	}
	for _, end := range smuggling {
		f.Add([]byte("a"+end+transaction+"b\r\n.\r\n"), uint64(3))
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
	words := []string{envelope, "BDAT 0 LAST\r\n", "BDAT 4\r\n", "BDAT 1 LAST\r\n", "\r", "\n", ".", "\r\n", "\r\n.", "\r\n.\r\n", "a", "\x00", transaction, "RSET\r\n",
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
