package mimetree

import (
	"bytes"
	"io"
)

// Open reads the part's body, decoded. What cannot be decoded is passed over or
// passed through, and is among the Decoder's Problems once it was read.
func (p *Part) Open(r io.ReaderAt) *Decoder {
	d := &Decoder{part: p, src: io.NewSectionReader(r, p.Body, p.End-p.Body), raw: p.Body}
	switch p.Encoding {
	case "base64":
		d.decode = d.base64
	case "quoted-printable":
		d.decode = d.quotedPrintable
	case "x-uuencode", "uuencode", "x-uue":
		d.decode = d.uuencode
	}
	return d
}

// Decoder reads a part's decoded body. Its memory is two blocks. Errors of Read are those of the message's reader alone.
type Decoder struct {
	part     *Part
	src      *io.SectionReader
	decode   func(in []byte, eof bool) int // appends to out, says how much of in it used; nil when nothing is encoded
	in       []byte                        // undecoded
	raw      int64                         // of in[0] in the message
	out      []byte                        // decoded
	given    int                           // of out
	eof      bool
	err      error
	problems []Problem

	bits  uint32 // base64: of an unfinished group
	count uint   // how many bits
	begun bool   // uuencode: the begin line was seen
	done  bool   // uuencode: the end line was seen
}

// Problems gives what was wrong in the part that was read so far, one of each kind.
func (d *Decoder) Problems() []Problem { return d.problems }

func (d *Decoder) problem(at int, text string, lost bool) {
	for _, p := range d.problems {
		if p.Text == text {
			return
		}
	}
	d.problems = append(d.problems, Problem{Offset: d.raw + int64(at), Part: d.part.Number, Text: text, Lost: lost})
}

// Read gives decoded octets.
func (d *Decoder) Read(b []byte) (int, error) {
	if d.decode == nil {
		return d.src.Read(b)
	}
	if len(b) == 0 {
		return 0, nil
	}
	for d.given == len(d.out) {
		if d.eof {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(b, d.out[d.given:])
	d.given += n
	return n, nil
}

// fill decodes the next block.
func (d *Decoder) fill() {
	if d.in == nil {
		n := int(min(d.src.Size()+1, block))
		d.in = make([]byte, 0, n)
		d.out = make([]byte, 0, n)
	}
	d.out, d.given = d.out[:0], 0
	n, err := d.src.Read(d.in[len(d.in):cap(d.in)])
	d.in = d.in[:len(d.in)+n]
	if err != nil {
		d.eof, d.err = true, err
	}
	used := d.decode(d.in, d.eof)
	d.raw += int64(used)
	d.in = d.in[:copy(d.in, d.in[used:])]
}

// base64Values maps a letter to its value; the alphabet of RFC 4648 §5 counts too. 64 is a blank, 65 padding, 66 junk.
var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = 66
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	t[' '], t['\t'], t['\r'], t['\n'], t['='] = 64, 64, 64, 64, 65
	return t
}()

// base64 decodes RFC 2045 §6.8, passing over what is none, and goes on after padding: some join encoded pieces.
func (d *Decoder) base64(in []byte, eof bool) int {
	for i := 0; i < len(in); i++ {
		if d.count == 0 {
			if i += d.base64Groups(in[i:]); i == len(in) {
				break
			}
		}
		switch v := base64Values[in[i]]; v {
		case 64:
		case 65:
			d.endGroup(i)
		case 66:
			d.problem(i, "not base64: passed over", false)
		default:
			d.bits, d.count = d.bits<<6|uint32(v), d.count+6
			if d.count == 24 {
				d.out = append(d.out, byte(d.bits>>16), byte(d.bits>>8), byte(d.bits))
				d.bits, d.count = 0, 0
			}
		}
	}
	if eof {
		if d.count > 0 {
			d.problem(len(in), "base64 ends inside a group", d.count == 6)
		}
		d.endGroup(len(in))
	}
	return len(in)
}

// base64Groups decodes whole groups of letters and says how many octets they were.
func (d *Decoder) base64Groups(in []byte) int {
	out, i := d.out, 0
	for ; i+4 <= len(in); i += 4 {
		a, b, c, e := base64Values[in[i]], base64Values[in[i+1]], base64Values[in[i+2]], base64Values[in[i+3]]
		if a|b|c|e > 63 {
			break
		}
		v := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(e)
		out = append(out, byte(v>>16), byte(v>>8), byte(v))
	}
	d.out = out
	return i
}

// endGroup gives the octets of an unfinished group.
func (d *Decoder) endGroup(at int) {
	switch d.count {
	case 6:
		d.problem(at, "base64 group of one letter", true)
	case 12:
		d.out = append(d.out, byte(d.bits>>4))
	case 18:
		d.out = append(d.out, byte(d.bits>>10), byte(d.bits>>2))
	}
	d.bits, d.count = 0, 0
}

// quotedPrintable decodes RFC 2045 §6.7: line by line, since blanks at a line's end are not the text's.
func (d *Decoder) quotedPrintable(in []byte, eof bool) int {
	used := 0
	for used < len(in) {
		n := bytes.IndexByte(in[used:], '\n')
		line := in[used:]
		if n >= 0 {
			line = line[:n+1]
		} else if !eof {
			if len(in) < cap(d.in) || used > 0 { // the rest of the line is still to come
				return used
			}
			line = line[:wholeQP(line)]
		}
		d.qpLine(line, used)
		used += len(line)
	}
	return used
}

// wholeQP says how much of a line that is longer than the buffer may be decoded: no "=" cut
// from what it stands for, and no blanks that may end the line; all when it is all blanks.
func wholeQP(line []byte) int {
	n := len(line)
	if i := bytes.LastIndexByte(line[n-3:], '='); i >= 0 {
		n = n - 3 + i
	}
	if k := len(bytes.TrimRight(line[:n], " \t\r=")); k > 0 {
		return k
	}
	return len(line)
}

// qpLine decodes one line with its end.
func (d *Decoder) qpLine(line []byte, at int) {
	text := bytes.TrimRight(line, "\r\n")
	end := line[len(text):]
	if trimmed := bytes.TrimRight(text, " \t"); len(end) > 0 || at+len(line) == len(d.in) && d.eof {
		text = trimmed
	}
	if n := len(text); n > 0 && text[n-1] == '=' {
		text, end = text[:n-1], nil // a soft line break
	}
	for {
		i := bytes.IndexByte(text, '=')
		if i < 0 {
			break
		}
		d.out = append(d.out, text[:i]...)
		if i+1 < len(text) && text[i+1] == '\r' { // a soft line break that ends in a bare CR
			text = text[i+2:]
			continue
		}
		if i+2 < len(text) {
			hi, lo := hexValue(text[i+1]), hexValue(text[i+2])
			if hi >= 0 && lo >= 0 {
				d.out = append(d.out, byte(hi<<4|lo))
				text = text[i+3:]
				continue
			}
		}
		d.problem(at, "= without two hexadecimal digits in quoted-printable: left as it is", false)
		d.out = append(d.out, '=')
		text = text[i+1:]
	}
	d.out = append(append(d.out, text...), end...)
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// uuencode decodes the lines between "begin" and "end" of POSIX uuencode, the first file alone.
func (d *Decoder) uuencode(in []byte, eof bool) int {
	used := 0
	for used < len(in) {
		n := bytes.IndexByte(in[used:], '\n') + 1
		if n == 0 {
			if !eof && (len(in) < cap(d.in) || used > 0) {
				return used
			}
			n = len(in) - used
		}
		line := bytes.TrimRight(in[used:used+n], "\r\n")
		switch {
		case !d.begun:
			d.begun = bytes.HasPrefix(line, []byte("begin "))
		case bytes.Equal(line, []byte("end")):
			d.done = true
		case !d.done:
			d.uuLine(line, used)
		}
		used += n
	}
	if eof && !d.done {
		d.problem(len(in), "uuencode without begin and end", true)
	}
	return used
}

// uuLine decodes one line: its length, then four letters for three octets.
func (d *Decoder) uuLine(line []byte, at int) {
	if len(line) == 0 {
		return
	}
	want := int(line[0]-' ') & 63
	line = line[1:]
	if len(line) < (want*8+5)/6 {
		d.problem(at, "uuencode line too short", true)
	}
	for i := 0; i < len(line) && want > 0; i += 4 {
		var v uint32
		for k := range 4 {
			v <<= 6
			if i+k < len(line) {
				v |= uint32(line[i+k]-' ') & 63
			}
		}
		three := []byte{byte(v >> 16), byte(v >> 8), byte(v)}
		d.out = append(d.out, three[:min(want, 3)]...)
		want -= 3
	}
}
