package sendmail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"postroom.dev/mta"
)

// talk is what a call tells of its conversations while they go on: to its caller (-v), as sendmail's client does, and
// to a traffic log (-X). The zero value tells nothing.
type talk struct {
	watcher io.Writer // nil without -v
	log     io.Writer // nil without -X
	pid     int
}

// say tells the caller a line.
func (t *talk) say(format string, a ...any) {
	if t.watcher != nil {
		fmt.Fprintf(t.watcher, "%s\n", printable(fmt.Sprintf(format, a...)))
	}
}

// record writes a line to the traffic log: "<<<" came in, ">>>" went out, "===" happened.
func (t *talk) record(mark, line string) {
	if t.log != nil {
		fmt.Fprintf(t.log, "%05d %s %s\n", t.pid, mark, line)
	}
}

func (t *talk) sent(line string) {
	if t.watcher != nil || t.log != nil {
		t.say(">>> %s", line)
		t.record(">>>", line)
	}
}

// got is told of a line with its end.
func (t *talk) got(line string) {
	if t.watcher != nil || t.log != nil {
		line = strings.TrimSuffix(line, "\n")
		t.say("%s", strings.TrimSuffix(line, "\r"))
		t.record("<<<", line)
	}
}

// recorded gives r, and what is read of it goes to the traffic log in lines. done ends the last line.
func (t *talk) recorded(mark string, r io.Reader) (_ io.Reader, done func()) {
	if t.log == nil {
		return r, func() {}
	}
	w := &lineWriter{line: func(s string) { t.record(mark, s) }}
	return io.TeeReader(r, w), w.end
}

// lineWriter cuts what is written to it into lines. A line of more than maxLogLine octets becomes several.
type lineWriter struct {
	line    func(string)
	pending []byte
}

const maxLogLine = 64 << 10

func (l *lineWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		part, rest, whole := bytes.Cut(b, []byte("\n"))
		l.pending, b = append(l.pending, part...), rest
		if whole || len(l.pending) >= maxLogLine {
			l.line(string(l.pending))
			l.pending = l.pending[:0]
		}
	}
	return n, nil
}

func (l *lineWriter) end() {
	if len(l.pending) > 0 {
		l.line(string(l.pending))
		l.pending = nil
	}
}

// results tells what became of each recipient; those with the same answer share a line. Refusals are told elsewhere.
func (t *talk) results(list []mta.Recipient, status []mta.Status, err error) {
	if t.watcher == nil {
		return
	}
	for i := 0; i < len(status); {
		end := i + 1
		for end < len(status) && sameAnswer(status[i], status[end]) {
			end++
		}
		who := names(list[i:end])
		switch s := status[i]; {
		case s.OK():
			t.say("%s... Sent (%s)", who, s.Text)
		case s.Code == 0 && err != nil:
			t.say("%s... Deferred: %s", who, sentence(err))
		case s.Code/100 != 5:
			t.say("%s... Deferred: %s", who, s.Error())
		}
		i = end
	}
}

// names are recipients as sendmail lists them.
func names(list []mta.Recipient) string {
	var b strings.Builder
	for i, r := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(r.Address.String())
	}
	return b.String()
}

// silence is why a server could not be talked to: its own words where it said some.
func silence(err error, server string) string {
	if s, ok := errors.AsType[mta.Status](err); ok {
		return s.Error()
	}
	return sentence(err) + " by " + server
}

// sentence is what the system says is wrong, as sendmail words it: "Connection refused". A socket that is not
// there is nobody who listens.
func sentence(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		err = syscall.ECONNREFUSED
	}
	return cause(err)
}

// cause is the innermost error's text with a capital: "No such file or directory".
func cause(err error) string {
	text := err.Error()
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		text = no.Error()
	}
	first, n := utf8.DecodeRuneInString(text)
	return printable(string(unicode.ToUpper(first)) + text[n:])
}
