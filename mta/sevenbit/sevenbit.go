// Package sevenbit encodes the parts of a MIME message that have 8-bit octets, for a host that takes 7-bit text only (RFC 6152
// §3), as sendmail does: quoted-printable where up to an eighth of a part's octets are beyond ASCII, else base64.
//
// [ExamineBinary] does the same for a binary text (BODY=BINARYMIME), for a host that takes lines (RFC 3030 §3): a part becomes base64 that has what
// lines cannot carry: NUL, CR or LF by itself, more than 990 octets without CR LF. A part that only calls itself binary becomes
// quoted-printable, and one with 8-bit octets is encoded where the host has no 8BITMIME.
//
// A message is read twice: [Examine] finds out what each part needs, and [Plan.Copy] writes it. Lines may end in LF or CRLF; those that are
// written end in LF. In a binary text only CR LF is a line end. A part that needs nothing, and every header field but Content-Transfer-Encoding, stays as it is. An
// encoded part gets "X-MIME-Autoconverted: from 8bit to … by HOST id ID" ("from binary"), and a Content-Type where it has none.
//
// What cannot be encoded loses the top bit of its octets, as with sendmail: text before the first and behind the last part, and parts that
// are encoded already or may not be (message/ other than rfc822, RFC 2046 §5.2). 8-bit header fields stay. A binary text in which any of these would have to change is Stuck:
// it cannot be sent without damage.
//
// Limits: 20 multiparts and messages within one another, 10,000 parts, a header of 256 KiB for each part; what goes beyond is a part
// that cannot be encoded. Memory does not grow with the message.
package sevenbit

import (
	"bytes"
	"io"
	"mime"
	"strings"
)

// Limits of a message.
const (
	maxDepth  = 20
	maxParts  = 10_000
	maxHeader = 256 << 10
)

// encoding is what becomes of one part.
type encoding byte

const (
	asItIs encoding = iota
	quoted
	base64ed
)

func (e encoding) String() string {
	switch e {
	case quoted:
		return "quoted-printable"
	case base64ed:
		return "base64"
	}
	return ""
}

// Plan says what each part of a message needs.
type Plan struct {
	MIME     bool // it has a MIME-Version field: others have no place to say how they are encoded
	EightBit bool // its body has octets beyond ASCII
	Stuck    bool // a binary text: what cannot be encoded needs to be
	parts    []encoding
	binary   bool // by ExamineBinary
	eight    bool // 8-bit octets may stay
}

// Encoded is how many parts Copy encodes.
func (p *Plan) Encoded() int {
	n := 0
	for _, e := range p.parts {
		if e != asItIs {
			n++
		}
	}
	return n
}

// Examine reads a message. Its error is r's.
func Examine(r io.Reader) (*Plan, error) {
	var c counter
	if err := newWalker(r, &c).run(); err != nil {
		return nil, err
	}
	return &c.plan, nil
}

// ExamineBinary reads a message with BODY=BINARYMIME. With eight the host takes 8-bit text in lines. Its error is r's.
func ExamineBinary(r io.Reader, eight bool) (*Plan, error) {
	c := counter{plan: Plan{binary: true, eight: eight}}
	w := newWalker(r, &c)
	w.exact = true
	if err := w.run(); err != nil {
		return nil, err
	}
	c.plan.Stuck = c.plan.Stuck || !c.plan.MIME && c.plan.Encoded() > 0
	return &c.plan, nil
}

// counter is the first reading.
type counter struct {
	plan       Plan
	can        bool // the part may be encoded
	named      bool // it calls itself binary
	size, high int64
	line       int  // octets of the line so far
	wild       bool // the part has what lines cannot carry
	levels     int
}

// maxLine is the longest line that is sent, without its end: RFC 5321 §4.5.3.1.6 allows 998, sendmail 990.
const maxLine = 990

func (c *counter) header(h header) error {
	if c.levels++; c.levels == 1 {
		c.plan.MIME = h.has("mime-version")
	}
	c.can, c.size, c.high = h.leaf && h.encodable, 0, 0
	cte, _ := h.value("content-transfer-encoding")
	c.named, c.wild, c.line = strings.EqualFold(word(cte), "binary"), false, 0
	c.plan.Stuck = c.plan.Stuck || c.plan.binary && (h.bare || bytes.ContainsAny(h.text, "\x00\r"))
	return nil
}

func (c *counter) text(b []byte) error {
	c.size += int64(len(b))
	for _, x := range b {
		if x >= 0x80 {
			c.high++
		}
	}
	if c.plan.binary {
		c.line += len(b)
		c.wild = c.wild || c.line > maxLine || bytes.ContainsAny(b, "\x00\r\n")
	}
	return nil
}

func (c *counter) eol() error { c.size, c.line = c.size+1, 0; return nil }

// binary says what a part of a binary text needs.
func (c *counter) binary(leaf bool) encoding {
	high := c.high > 0 && !c.plan.eight
	switch {
	case !leaf || !c.can || len(c.plan.parts) >= maxParts:
		c.plan.Stuck = c.plan.Stuck || c.wild || high
		return asItIs
	case c.wild, high && c.size/8 < c.high:
		return base64ed
	case high, c.named:
		return quoted
	}
	return asItIs
}

func (c *counter) end(leaf, _ bool) error {
	c.plan.EightBit = c.plan.EightBit || c.high > 0
	if c.plan.binary {
		if e := c.binary(leaf); leaf && len(c.plan.parts) < maxParts {
			c.plan.parts = append(c.plan.parts, e)
		}
	} else if leaf && len(c.plan.parts) < maxParts {
		e := asItIs
		switch {
		case !c.can || c.high == 0:
		case c.size/8 < c.high:
			e = base64ed
		default:
			e = quoted
		}
		c.plan.parts = append(c.plan.parts, e)
	}
	c.size, c.high, c.wild, c.line = 0, 0, false, 0
	return nil
}

func (*counter) delimiter([]byte) error { return nil }

// Copy writes the message that was examined, encoded. by stands in its header: "mail.example.com id 6AN4MjC8021292". The
// error is r's or w's.
func (p *Plan) Copy(w io.Writer, r io.Reader, by string) error {
	walk := newWalker(r, &copier{plan: p, w: w, by: by})
	walk.exact = p.binary
	return walk.run()
}

// copier is the second reading.
type copier struct {
	plan *Plan
	w    io.Writer
	by   string
	part int
	body encoder
}

func (c *copier) header(h header) error {
	e := asItIs
	if h.leaf {
		if c.part < len(c.plan.parts) {
			e = c.plan.parts[c.part]
		}
		c.part++
	}
	var b bytes.Buffer
	for f := range h.fields() {
		if e != asItIs && named(f, "content-transfer-encoding") || !h.leaf && (h.encodable || c.plan.binary) && eightBit(f) {
			continue
		}
		b.Write(f)
	}
	if e != asItIs {
		if !h.has("content-type") {
			b.WriteString("Content-Type: text/plain; charset=unknown-8bit\n")
		}
		from := "8bit"
		if c.plan.binary {
			from = "binary"
		}
		b.WriteString("Content-Transfer-Encoding: " + e.String() + "\nX-MIME-Autoconverted: from " + from + " to " + e.String() + " by " + c.by + "\n")
	}
	if h.ended {
		b.WriteByte('\n')
	}
	switch e {
	case quoted:
		c.body = &quotedEncoder{w: c.w}
	case base64ed:
		c.body = &base64Encoder{w: c.w}
	default:
		c.body = c.plain()
	}
	_, err := c.w.Write(b.Bytes())
	return err
}

func (c *copier) text(b []byte) error { return c.body.text(b) }
func (c *copier) eol() error          { return c.body.eol() }

func (c *copier) end(_, more bool) error {
	err := c.body.end(more)
	c.body = c.plain()
	return err
}

// plain writes what is not encoded.
func (c *copier) plain() encoder { return &stripper{w: c.w, eight: c.plan.eight} }

func (c *copier) delimiter(line []byte) error {
	_, err := c.w.Write(append(bytes.Clone(line), '\n'))
	return err
}

// eightBit says that a field is a Content-Transfer-Encoding that is not true any more of a multipart whose parts are encoded.
func eightBit(field []byte) bool {
	_, value, _ := bytes.Cut(field, []byte(":"))
	return named(field, "content-transfer-encoding") && !strings.EqualFold(word(string(value)), "7bit")
}

// header is the header of a message or a part.
type header struct {
	text      []byte // the lines, each with LF at its end, without the empty one
	ended     bool   // by an empty line
	bare      bool   // an LF stands in it without CR, where only CR LF is a line end
	leaf      bool   // a body follows, no parts
	encodable bool   // it is not encoded yet, and may be
	boundary  string // of a multipart
	message   bool   // message/rfc822
	endless   bool   // it is longer than a header may be
	digest    bool   // its parts are messages where they do not say otherwise
}

// fields gives each field with the lines that continue it.
func (h *header) fields() func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		start := 0
		for at := 0; at < len(h.text); {
			n := bytes.IndexByte(h.text[at:], '\n') + 1
			if n == 0 {
				n = len(h.text) - at
			}
			at += n
			if at < len(h.text) && (h.text[at] == ' ' || h.text[at] == '\t') {
				continue
			}
			if !yield(h.text[start:at]) {
				return
			}
			start = at
		}
	}
}

func named(field []byte, name string) bool {
	key, _, ok := bytes.Cut(field, []byte(":"))
	return ok && strings.EqualFold(string(bytes.TrimRight(key, " \t")), name)
}

func (h *header) value(name string) (string, bool) {
	for f := range h.fields() {
		if named(f, name) {
			_, v, _ := bytes.Cut(f, []byte(":"))
			return strings.Join(strings.FieldsFunc(string(v), func(c rune) bool { return c == '\n' || c == '\r' }), ""), true
		}
	}
	return "", false
}

func (h *header) has(name string) bool { _, ok := h.value(name); return ok }

// word is the first word of a value, without comments behind it.
func word(value string) string {
	value = strings.TrimLeft(value, " \t")
	if i := strings.IndexAny(value, " \t\r\n(;"); i >= 0 {
		value = value[:i]
	}
	return value
}

// understand finds out what the header says of what follows.
func (h *header) understand(digest bool, depth int) {
	h.leaf, h.encodable = true, true
	if h.endless {
		h.encodable = false
		return
	}
	if cte, ok := h.value("content-transfer-encoding"); ok {
		switch strings.ToLower(word(cte)) {
		case "7bit", "8bit", "binary":
		default:
			h.encodable = false
		}
	}
	kind, ok := h.value("content-type")
	if !ok {
		kind = "text/plain"
		if digest {
			kind = "message/rfc822"
		}
	}
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		media = strings.ToLower(word(kind))
	}
	switch {
	case strings.HasPrefix(media, "multipart/"):
		h.digest = media == "multipart/digest"
		if b := params["boundary"]; b != "" && len(b) <= 200 && h.encodable && depth < maxDepth && media != "multipart/signed" {
			h.boundary, h.leaf = b, false
			return
		}
		h.encodable = false
	case media == "message/rfc822":
		h.message = h.encodable && depth < maxDepth
		h.leaf, h.encodable = !h.message, false
	case strings.HasPrefix(media, "message/"):
		h.encodable = false
	}
}
