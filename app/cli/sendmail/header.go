package sendmail

import (
	"bytes"

	"postroom.dev/spool/qf"
)

// header is where a message's header fields stand.
type header struct {
	fields []field
	end    int // offset behind the last field
}

// field is one header field of a message.
type field struct {
	name       string // as written
	body       string // folded as received, without the final line end
	start, end int    // offsets, with the line end
}

// readHeader finds the header fields at the start of head. A Unix "From " line before them is passed over. The first line
// that neither is a field nor continues one ends the header: body text needs no empty line before it, and a message that
// begins with an empty line has no header (qf.IsField says what sendmail takes for a field).
//
// all says that head is the whole message. Otherwise the header must end before head does: ok is false when it does not.
func readHeader(head []byte, all bool) (h header, ok bool) {
	at := 0
	if bytes.HasPrefix(head, []byte("From ")) {
		at = lineEnd(head, 0)
	}
	h.end = at
	for at < len(head) {
		next := lineEnd(head, at)
		if next == len(head) && !all {
			return h, false
		}
		line := head[at:next]
		switch {
		case (line[0] == ' ' || line[0] == '\t') && len(h.fields) > 0:
			f := &h.fields[len(h.fields)-1]
			f.end = next
		case qf.IsField(line):
			h.fields = append(h.fields, field{start: at, end: next})
		default:
			h.cut(head)
			return h, true
		}
		at, h.end = next, next
	}
	h.cut(head)
	return h, all
}

// lineEnd gives the offset behind the line that begins at from.
func lineEnd(b []byte, from int) int {
	if i := bytes.IndexByte(b[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	return len(b)
}

// cut parts each field at its colon.
func (h *header) cut(head []byte) {
	for i := range h.fields {
		f := &h.fields[i]
		line := bytes.TrimSuffix(bytes.TrimSuffix(head[f.start:f.end], []byte("\n")), []byte("\r"))
		name, body, _ := bytes.Cut(line, []byte(":"))
		f.name = string(bytes.TrimRight(name, " \t"))
		f.body = string(body)
	}
}

// has says that there is a field with this name.
func (h *header) has(name string) bool {
	for _, f := range h.fields {
		if equalFold(f.name, name) {
			return true
		}
	}
	return false
}
