package rewrite

import (
	"bytes"
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// fields are those whose addresses are rewritten, by their names in lower case (sendmail's conf.c).
var fields = map[string]Kind{
	"from": Sender, "sender": Sender, "reply-to": Sender, "errors-to": Sender, "disposition-notification-to": Sender,
	"resent-from": Sender, "resent-sender": Sender, "resent-reply-to": Sender,
	"to": Recipient, "cc": Recipient, "bcc": Recipient, "apparently-to": Recipient,
	"resent-to": Recipient, "resent-cc": Recipient, "resent-bcc": Recipient,
}

// Header finds what Local or SMTP delivery changes in a header, LF or CR LF at its lines' ends; it ends at an empty line or at one that is
// no field. The changes are in the header's order. qualified says that a domain of the envelope sender was added
// by us: then that name counts as one without a domain.
func (r *Rewriter) Header(header []byte, local, qualified bool) ([]mta.Rewritten, []mta.Step, error) {
	w := writer{r: r, local: local, qualified: qualified}
	var changes []mta.Rewritten
	for at := 0; at < len(header); {
		n := fieldEnd(header[at:])
		text := bytes.TrimRight(header[at:at+n], "\r\n")
		name, value, ok := bytes.Cut(text, []byte(":"))
		label := string(bytes.TrimRight(name, " \t"))
		if !ok || label == "" || strings.ContainsAny(label, " \t") {
			break
		}
		if kind, is := fields[strings.ToLower(label)]; is {
			out, err := w.value(string(value), kind, label)
			if err != nil {
				return nil, nil, err
			}
			if out != string(value) {
				changes = append(changes, mta.Rewritten{Name: label, Offset: at,
					In: bytes.Clone(text), Out: append(bytes.Clone(text[:len(name)+1]), out...)})
			}
		}
		at += n
	}
	if w.untold > 0 {
		w.steps = append(w.steps, mta.Step{Rule: "header", Note: fmt.Sprintf("%d more steps", w.untold)})
	}
	return changes, w.steps, nil
}

// Apply gives the header with the changes that Header found in it.
func Apply(header []byte, changes []mta.Rewritten) []byte {
	if len(changes) == 0 {
		return header
	}
	out := make([]byte, 0, len(header)+256)
	at := 0
	for _, c := range changes {
		end := c.Offset + len(c.In)
		if c.Offset < at || end > len(header) || !bytes.Equal(header[c.Offset:end], c.In) {
			continue // not of this header
		}
		out = append(append(out, header[at:c.Offset]...), c.Out...)
		at = end
	}
	return append(out, header[at:]...)
}

// fieldEnd is the length of the field at the start of b, with the lines that continue it.
func fieldEnd(b []byte) int {
	n := 0
	for n < len(b) {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return len(b)
		}
		if n += i + 1; n == len(b) || b[n] != ' ' && b[n] != '\t' {
			break
		}
	}
	return n
}

type question struct {
	text string
	kind Kind
}

type answer struct {
	address string
	changed bool
}

// writer rewrites the fields of one header.
type writer struct {
	r         *Rewriter
	local     bool
	qualified bool
	entries   int
	first     question // and its answer: most fields have one address, which needs no map
	only      answer
	known     map[question]answer
	steps     []mta.Step
	untold    int
}

// value rewrites the addresses of one field.
func (w *writer) value(v string, kind Kind, field string) (string, error) {
	var out strings.Builder
	at := 0
	for _, e := range entries(v) {
		if w.entries++; w.entries > MaxEntries {
			break
		}
		got, err := w.entry(v[e.from:e.to], kind, field)
		if err != nil {
			return "", err
		}
		if got.changed {
			out.WriteString(v[at:e.from] + got.address + inside(v[e.from:e.to]))
			at = e.to
		}
	}
	out.WriteString(v[at:])
	return out.String(), nil
}

// entry rewrites one address as it is written. Who stands there twice gets steps once.
func (w *writer) entry(text string, kind Kind, field string) (answer, error) {
	q := question{text, kind}
	if got, ok := w.known[q]; ok {
		return got, nil
	}
	if q == w.first {
		return w.only, nil
	}
	var got answer
	a, err := address.Parse(text)
	if err == nil && !a.IsNull() {
		asked := a
		if w.qualified && strings.EqualFold(a.Domain, w.r.c.Hostname) {
			asked.Domain = ""
		}
		to, steps, err := w.r.Address(asked, Use{kind, w.local})
		if err != nil {
			return got, err
		}
		got = answer{to.String(), to != a && to.Domain != "" || to.Local != a.Local}
		w.tell(steps, field, got.changed)
	}
	switch {
	case w.first == question{}:
		w.first, w.only = q, got
	case w.known == nil:
		w.known = map[question]answer{q: got}
	default:
		w.known[q] = got
	}
	return got, nil
}

// tell keeps steps. Of an address that stays they are near misses.
func (w *writer) tell(steps []mta.Step, field string, changed bool) {
	for _, s := range steps {
		if len(w.steps) == MaxSteps {
			w.untold++
			continue
		}
		if s.Note == "" {
			s.Note = field + " field"
		} else {
			s.Note = field + " field: " + s.Note
		}
		w.steps = append(w.steps, s)
	}
}

// inside gives the comments within an address that is replaced.
func inside(text string) string {
	var all string
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			i += closing(text[i:], '"')
		case '(':
			n := commentEnd(text[i:])
			if n < 0 {
				return all
			}
			all += " " + text[i:i+n]
			i += n - 1
		}
	}
	return all
}
