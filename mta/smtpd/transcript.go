package smtpd

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
)

// record is a bounded piece of transcript: whole lines up to max octets, then a count of the rest.
type record struct {
	b    []byte
	max  int
	left int // lines left out
}

func (r *record) line(b []byte) {
	if r.left > 0 || len(r.b)+len(b) > r.max {
		r.left++
		return
	}
	r.b = append(r.b, b...)
}

// take appends o and empties it.
func (r *record) take(o *record) {
	if len(r.b)+len(o.b) > r.max {
		r.left += strings.Count(string(o.b), "\n")
	} else {
		r.b = append(r.b, o.b...)
	}
	r.left += o.left
	o.reset()
}

func (r *record) reset() { r.b, r.left = r.b[:0], 0 }

func (r *record) appendTo(b []byte) []byte {
	b = append(b, r.b...)
	if r.left > 0 {
		b = append(b, "* "...)
		b = strconv.AppendInt(b, int64(r.left), 10)
		b = append(b, " lines left out\n"...)
	}
	return b
}

// transcript is what was said in a session, a line each: "+0.012 C: " for the
// client's words, "+0.013 S: " for ours, "+0.010 * " for what happened beside them. The number is
// seconds since the start. Control characters stand as \x0d.
//
// The whole is kept for Closed. Beside it, the prelude (all up to the last answer to EHLO or HELO, without transactions)
// and the lines of the transaction are kept for the message, which need not be in a whole that is full.
type transcript struct {
	start   time.Time
	now     func() time.Time
	whole   record
	prelude record
	gap     record // lines behind the prelude and outside of a transaction
	tx      record
	inTx    bool
	scratch []byte
}

func newTranscript(now func() time.Time) transcript {
	return transcript{
		start: now(), now: now,
		whole:   record{max: maxSession},
		prelude: record{max: maxPrelude},
		gap:     record{max: maxPrelude},
		tx:      record{max: maxSession},
	}
}

func (t *transcript) client(line []byte)  { t.add("C: ", line) }
func (t *transcript) server(reply []byte) { t.add("S: ", reply) }
func (t *transcript) note(text string)    { t.add("* ", []byte(text)) }

// steps notes why the answer will be what it is.
func (t *transcript) steps(list []mta.Step) {
	for _, step := range list {
		t.note(step.String())
	}
}

// connect is the first line, with the date that all others count from.
func (t *transcript) connect(from, to string) {
	b := append(t.scratch[:0], "* "...)
	b = t.start.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, " connect"...)
	if from != "" {
		b = append(append(b, " from "...), from...)
	}
	if to != "" {
		b = append(append(b, " to "...), to...)
	}
	t.put(append(b, '\n'))
}

// add keeps one line. Its end may be there or not.
func (t *transcript) add(who string, line []byte) {
	b := t.stamp(t.scratch[:0])
	b = append(b, who...)
	b = escape(b, line)
	t.put(append(b, '\n'))
}

func (t *transcript) stamp(b []byte) []byte {
	ms := max(t.now().Sub(t.start).Milliseconds(), 0)
	b = append(b, '+')
	b = strconv.AppendInt(b, ms/1000, 10)
	ms %= 1000
	return append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), ' ')
}

func (t *transcript) put(b []byte) {
	t.scratch = b
	t.whole.line(b)
	if t.inTx {
		t.tx.line(b)
	} else {
		t.gap.line(b)
	}
}

// begin starts a transaction: the next line is its MAIL.
func (t *transcript) begin() {
	if len(t.prelude.b) == 0 {
		t.prelude.take(&t.gap) // a client that says no HELO
	}
	t.inTx = true
	t.tx.reset()
}

// end says that the next line belongs to no transaction.
func (t *transcript) end() { t.inTx = false }

// greeted ends the prelude: EHLO or HELO was answered.
func (t *transcript) greeted() { t.prelude.take(&t.gap) }

// message gives the transcript that a message keeps, with the reply that is about to be sent: who is "S: ", or "* " for one that never will be.
func (t *transcript) message(who string, reply []byte) []byte {
	n := len(t.prelude.b) + len(t.tx.b) + len(reply) + 96
	b := t.prelude.appendTo(make([]byte, 0, n))
	b = t.tx.appendTo(b)
	for line := range bytes.Lines(reply) {
		b = append(t.stamp(b), who...)
		b = append(escape(b, line), '\n')
	}
	return b
}

// session gives the whole, with a last note of how the session ended.
func (t *transcript) session(end string) []byte {
	b := t.whole.appendTo(nil)
	b = append(t.stamp(b), "* "...)
	return append(escape(b, []byte(end)), '\n')
}

// escape appends line to b without its line end, and with its control characters made visible.
func escape(b, line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	for _, c := range line {
		if c < ' ' || c == 0x7f {
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
			continue
		}
		b = append(b, c)
	}
	return b
}
