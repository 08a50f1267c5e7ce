package qf

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// order is the order in which sendmail writes a control file; the letters C M Q r R stand for all
// recipients, each with its own lines.
const order = "VTKNPdIBMqF$SZA!CQrRH"

// WriteTo writes c: as the bytes it was read from as long as nothing changed, otherwise
// as [Control.Append] prints it.
func (c *Control) WriteTo(w io.Writer) (int64, error) {
	b, err := c.bytes()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(b)
	return int64(n), err
}

func (c *Control) bytes() ([]byte, error) {
	if c.truncated {
		return nil, ErrTruncated
	}
	b, err := c.Append(nil)
	if c.source == nil {
		return b, err
	}
	was, _ := Parse(bytes.NewReader(c.source))
	old, oldErr := was.Append(nil)
	if bytes.Equal(b, old) && (err == nil) == (oldErr == nil) {
		return c.source, nil
	}
	return b, err
}

// Append appends c to b as sendmail 8.17 writes it, version 8. Lines in Unknown are written at
// their place, those after the final dot are not. The error is ErrLineBreak when a value would
// become two lines, ErrTruncated when c was not read whole, ErrTooLarge when Parse would not read it whole.
func (c *Control) Append(b []byte) ([]byte, error) {
	if c.truncated {
		return nil, ErrTruncated
	}
	p := printer{b: b, c: c, start: len(b)}
	p.line('V', "8")
	if p.place('T'); !c.Time.IsZero() {
		p.line('T', fmt.Sprint(c.Time.Unix()))
	}
	last := int64(0)
	if p.place('K'); !c.LastTry.IsZero() {
		last = c.LastTry.Unix()
	}
	p.line('K', fmt.Sprint(last))
	p.line('N', fmt.Sprint(c.Tries))
	p.line('P', fmt.Sprint(c.Priority))
	p.some('d', c.DataDir)
	p.some('I', c.DataFile)
	p.some('B', c.Body)
	p.some('M', oneLine(c.Status))
	p.some('q', oneLine(c.Quarantine))
	p.some('F', c.Flags)
	p.place('$')
	for _, m := range c.Macros {
		p.line('$', m.Name+m.Value)
	}
	p.some('S', c.Sender)
	p.some('Z', c.EnvID)
	p.some('A', c.Auth)
	p.some('!', c.DeliverBy)
	p.recipients()
	p.place('H')
	for _, h := range c.Header {
		p.line('H', "?"+h.Flags+"?"+h.Text)
		p.header += len(h.Text) + len(h.Flags) + 2
		if strings.Contains(h.Flags, "?") {
			p.fail(fmt.Errorf("%w: flags %q", ErrHeader, h.Flags))
		}
	}
	p.place('.')
	p.b = append(p.b, ".\n"...)
	if p.header > MaxHeader || len(p.b)-p.start > MaxSize || len(c.Recipients) > MaxRecipients {
		p.fail(ErrTooLarge)
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.b, nil
}

// printer is the state of Append.
type printer struct {
	b      []byte
	c      *Control
	err    error
	start  int       // where c begins in b
	header int       // octets of H lines
	placed [256]bool // codes whose unknown lines are written
}

func (p *printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// line writes one line after the unknown ones that stand before it.
func (p *printer) line(code byte, v string) {
	p.place(code)
	if code != 'H' {
		v = strings.TrimRight(v, "\r") // Parse would take it for half a line end
	}
	p.text(string([]byte{code}) + v)
}

func (p *printer) text(t string) {
	if !folded(t) {
		p.fail(fmt.Errorf("%w: %q", ErrLineBreak, t))
	}
	p.b = append(append(p.b, t...), '\n')
}

// some writes a line that sendmail leaves out when it is empty.
func (p *printer) some(code byte, v string) {
	if p.place(code); v != "" {
		p.line(code, v)
	}
}

// place writes, once, the unknown lines that stand before code.
func (p *printer) place(code byte) {
	if p.placed[code] {
		return
	}
	p.placed[code] = true
	for _, l := range p.c.Unknown {
		if l.Before != code {
			continue
		}
		if l.Text == "." || len(p.b) > p.start && l.Text != "" && (l.Text[0] == ' ' || l.Text[0] == '\t') {
			p.fail(fmt.Errorf("%w: %q", ErrLineBreak, l.Text))
		}
		p.text(l.Text)
	}
}

// recipients writes the groups of C, M, Q, r and R.
func (p *printer) recipients() {
	p.place('R')
	controller := ""
	for _, r := range p.c.Recipients {
		if r.Controlling != controller {
			controller = r.Controlling
			p.line('C', controller)
		}
		p.some('M', oneLine(r.Status))
		p.some('Q', r.Original)
		p.some('r', r.Final)
		p.line('R', r.Flags+":"+r.Address)
		if strings.Contains(r.Flags, ":") {
			p.fail(fmt.Errorf("qf: colon in the recipient flags %q", r.Flags))
		}
	}
}

// folded says that every line after the first in v begins with white space.
func folded(v string) bool {
	for {
		_, rest, found := strings.Cut(v, "\n")
		if !found {
			return true
		}
		if rest == "" || rest[0] != ' ' && rest[0] != '\t' {
			return false
		}
		v = rest
	}
}

// oneLine joins the lines of a status text, which may come from a peer.
func oneLine(v string) string {
	if folded(v) {
		return v
	}
	return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == '\r' || r == '\n' }), " ")
}
