package smtpd

import "bytes"

// unstuffer finds the end of a message's text and takes out the dots that the
// client put in: RFC 5321 §4.5.2. A line begins at the text's start and after CR LF, nowhere
// else; a line "." CR LF ends the text; any other line that begins with a dot loses it.
type unstuffer struct {
	begin bool // the next octet begins a line
	cr    bool // the last octet was CR
}

func newUnstuffer() unstuffer { return unstuffer{begin: true} }

// next works on b, the octets that have come and are not used yet. It gives the text in them
// (the front of b, which it overwrites), how many octets it used, and whether the text has ended. It uses
// all of b but for a final "." or "." CR at a line's start, which has to wait for what follows.
func (u *unstuffer) next(b []byte) (text []byte, used int, end bool) {
	o, i := 0, 0
	for i < len(b) {
		if u.begin && b[i] == '.' {
			switch rest := b[i:]; {
			case len(rest) == 1 || len(rest) == 2 && rest[1] == '\r':
				return b[:o], i, false
			case rest[1] == '\r' && rest[2] == '\n':
				return b[:o], i + 3, true
			}
			i++
			u.cr = false
		}
		n := u.lines(b[i:])
		if o == i {
			o += n // nothing was taken out before it: it stays where it is
		} else {
			o += copy(b[o:], b[i:i+n])
		}
		i += n
	}
	return b[:o], i, false
}

// lines gives how many octets of b go by until an LF before a dot, or all of them, and notes
// whether a line begins behind them.
func (u *unstuffer) lines(b []byte) int {
	n := bytes.Index(b, []byte("\n.")) + 1
	if n == 0 {
		n = len(b)
	}
	u.begin = u.endsLine(b[:n])
	u.cr = b[n-1] == '\r'
	return n
}

// endsLine says whether b, which follows an octet that was CR when u.cr is set, ends in CR LF.
func (u *unstuffer) endsLine(b []byte) bool {
	if b[len(b)-1] != '\n' {
		return false
	}
	if len(b) == 1 {
		return u.cr
	}
	return b[len(b)-2] == '\r'
}

// flaw is something in a text that RFC 5321 §2.3.8 and §4.1.1.4 forbid and that programs send.
type flaw int

const (
	bareLF flaw = iota
	bareCR
	nul
	flaws // how many there are
)

// inspector looks for flaws in a text, kind by kind, once each.
type inspector struct {
	seen [flaws]bool
	cr   bool // the last octet was CR
}

// look gives the kinds that b is the first to have, in the order in which they come in it. It is
// quick on clean text: it walks over octets one by one only where it found a new kind.
func (p *inspector) look(b []byte) (found []flaw) {
	if len(b) == 0 {
		return nil
	}
	var now [flaws]bool
	now[nul] = !p.seen[nul] && bytes.IndexByte(b, 0) >= 0
	if !p.seen[bareLF] || !p.seen[bareCR] {
		now[bareCR], now[bareLF] = p.bare(b)
	}
	for f := range now {
		if now[f] && !p.seen[f] {
			found = p.order(b)
			break
		}
	}
	for _, f := range found {
		p.seen[f] = true
	}
	p.cr = b[len(b)-1] == '\r'
	return found
}

// bare says whether b has a CR without LF and an LF without CR. A CR at b's end is judged with the next octet.
func (p *inspector) bare(b []byte) (cr, lf bool) {
	crs := bytes.Count(b, []byte("\r"))
	if b[len(b)-1] == '\r' {
		crs--
	}
	if p.cr {
		crs++
	}
	pairs := 0
	for i := 0; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			break
		}
		i += n
		if i > 0 && b[i-1] == '\r' || i == 0 && p.cr {
			pairs++
		} else {
			lf = true
		}
	}
	return crs > pairs, lf
}

// order gives the kinds in b that were not seen before, in the order of their first octets.
func (p *inspector) order(b []byte) (found []flaw) {
	has := p.seen
	add := func(f flaw) {
		if !has[f] {
			has[f] = true
			found = append(found, f)
		}
	}
	cr := p.cr
	for _, c := range b {
		if cr && c != '\n' {
			add(bareCR)
		}
		switch {
		case c == '\n' && !cr:
			add(bareLF)
		case c == 0:
			add(nul)
		}
		cr = c == '\r'
	}
	return found
}
