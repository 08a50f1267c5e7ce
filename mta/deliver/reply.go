package deliver

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"postroom.dev/mta"
)

// Limits of a reply. RFC 5321 §4.5.3.1.5 asks for lines of 512 octets.
const (
	maxReplyLine  = 12 << 10 // octets kept of a line: what hosts say is worth more than the RFC's limit
	maxReplyLines = 64       // lines kept
	maxReply      = 32 << 10 // octets kept of a reply
	maxLineRead   = 64 << 10 // octets of a line that are read at all
	maxLinesRead  = 1000     // lines of a reply that are read at all
)

// errReply is a peer that does not speak SMTP.
var errReply = errors.New("not an SMTP reply")

// reply is one answer, RFC 5321 §4.2.
type reply struct {
	code     int
	enhanced mta.Enhanced // RFC 2034; zero when there was none
	lines    []string     // the words, without the code and, on each line that repeats it, the enhanced code
}

func (r *reply) class() int { return r.code / 100 }

// status gives r as a peer's word. A reply of a class that means neither yes nor no here is a temporary failure.
func (r *reply) status(host string) mta.Status {
	s := mta.Status{Code: r.code, Enhanced: r.enhanced, Text: strings.Join(r.lines, "\n"), RemoteMTA: host}
	switch r.class() {
	case 2, 4, 5:
		return s
	}
	return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 5, 0}, RemoteMTA: host, Err: errReply,
		Text: "unexpected reply: " + fmt.Sprint(r.code) + " " + strings.Join(r.lines, " ")}
}

// readReply reads one reply and shows each of its lines. Whether a reply of success begins with an enhanced code is for
// the caller to say, who knows what was offered; refusals have one when it fits (RFC 2034 §4).
func readReply(in *bufio.Reader, enhanced bool, show func(string)) (reply, error) {
	var r reply
	size := 0
	for n := 0; ; n++ {
		if n == maxLinesRead {
			return r, fmt.Errorf("%w: over %d lines", errReply, maxLinesRead)
		}
		line, err := readLine(in)
		if err != nil {
			return r, err
		}
		if show != nil {
			show(line)
		}
		code, more, words, ok := cutReply(line)
		if !ok {
			return r, fmt.Errorf("%w: %.80q", errReply, line)
		}
		r.code = code // of lines that differ the last one counts, as in sendmail
		if size += len(words); len(r.lines) < maxReplyLines && size <= maxReply || len(r.lines) == 0 {
			r.lines = append(r.lines, words)
		}
		if !more {
			if enhanced || r.class() > 3 {
				r.cutEnhanced()
			}
			return r, nil
		}
	}
}

// cutReply takes a line of a reply apart: three digits, then "-" when more follow.
func cutReply(line string) (code int, more bool, words string, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' {
		return 0, false, "", false
	}
	for i := range 3 {
		if line[i] < '0' || line[i] > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(line[i]-'0')
	}
	if len(line) == 3 {
		return code, false, "", true
	}
	switch line[3] {
	case '-':
		more = true
	case ' ':
	default:
		return 0, false, "", false
	}
	return code, more, line[4:], true
}

// cutEnhanced takes the enhanced code off the words, where its class is the reply's.
func (r *reply) cutEnhanced() {
	code, text, ok := scanEnhanced(r.lines[0])
	if !ok || code[0] != r.class() {
		return
	}
	prefix := strings.TrimSuffix(r.lines[0], text)
	r.enhanced = code
	r.lines[0] = text
	for i, l := range r.lines[1:] {
		if l == strings.TrimSuffix(prefix, " ") {
			l = ""
		}
		r.lines[i+1] = strings.TrimPrefix(l, prefix)
	}
}

// scanEnhanced reads "5.1.1 words", RFC 3463 §2: the second and third number have up to three digits.
func scanEnhanced(s string) (e mta.Enhanced, rest string, ok bool) {
	word, rest, _ := strings.Cut(s, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 {
		return e, s, false
	}
	for i, p := range parts {
		if len(p) == 0 || len(p) > 3 {
			return e, s, false
		}
		for _, d := range []byte(p) {
			if d < '0' || d > '9' {
				return e, s, false
			}
			e[i] = e[i]*10 + int(d-'0')
		}
	}
	return e, rest, true
}

// readLine reads a line without its end. What RFC 5321 §4.2 does not allow in it (controls) becomes "?".
// What is no UTF-8 is taken for ISO 8859-1.
func readLine(in *bufio.Reader) (string, error) {
	var kept []byte
	for read := 0; ; {
		part, err := in.ReadSlice('\n')
		read += len(part)
		kept = append(kept, part[:min(len(part), maxReplyLine+2-len(kept))]...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		if read > maxLineRead {
			return "", fmt.Errorf("%w: a line over %d octets", errReply, maxLineRead)
		}
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(kept), "\n"), "\r")
	if len(line) > maxReplyLine {
		line = line[:maxReplyLine]
		for i := 0; i < utf8.UTFMax && !utf8.RuneStart(line[len(line)-1]); i++ {
			line = line[:len(line)-1]
		}
		if line[len(line)-1] >= utf8.RuneSelf { // its last letter may be cut
			line = line[:len(line)-1]
		}
	}
	if !utf8.ValidString(line) { // whoever does not write UTF-8 most likely writes ISO 8859-1
		var b strings.Builder
		for _, c := range []byte(line) {
			b.WriteRune(rune(c))
		}
		line = b.String()
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c >= 0x7f && c < 0xa0 {
			return '?'
		}
		return c
	}, line), nil
}
