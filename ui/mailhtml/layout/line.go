package layout

import (
	"math"
	"strings"
	"unicode/utf8"

	"postroom.dev/ui/bidi"
	"postroom.dev/ui/mailhtml/style"
)

// cursor is a place in a flow: a span, and for a text an octet in it.
type cursor struct{ span, at int }

// liner breaks one flow into lines and places them.
type liner struct {
	l      *layouter
	f      *flow
	s      *style.Style // of the lines
	x, w   float32
	fc     *floats
	parts  map[int]*part // of the atoms
	placed map[int]bool  // the asides that were placed
	later  []int         // the asides that did not fit beside the line that they stand on
	open   []int         // the spans of the inline boxes that began on earlier lines
	joined bool          // the line before was full
}

// slack is what a line may be too long, in pixels: what browsers lose by rounding to 1/64.
const slack = 0.02

// lines places the lines of a flow from y on, and gives where they end and the baselines of the first and the last.
func (l *layouter) lines(b *box, x, y, w float32, fc *floats) (bottom float32, base baselines) {
	m := &liner{l: l, f: b.flow, s: b.style, x: x, w: w, fc: fc, parts: map[int]*part{}, placed: map[int]bool{}}
	strut := l.lineHeight(m.s)
	first := true
	for cur := (cursor{}); cur.span < len(m.f.spans); first = false {
		l.step()
		from, to := fc.edges(x, w, y, y+strut)
		indent := float32(0)
		if first {
			indent = m.s.Indent.Of(w)
		}
		end, width, forced := m.fill(cur, to-from, indent, y, strut)
		from, to = fc.edges(x, w, y, y+strut)
		if width > to-from+slack && to-from < w {
			if next := fc.below(y); next > y { // there is more room under a float
				y = next
				continue
			}
		}
		last := end.span >= len(m.f.spans)
		height, baseline, any := m.place(cur, end, from, to, y, indent, forced || last)
		if any {
			base.add(baseline)
			m.joined = !forced
		}
		y += height
		for _, i := range m.later {
			l.placeFloat(m.f.spans[i].box, x, w, y, fc)
		}
		m.later = m.later[:0]
		if forced {
			if br := m.f.spans[end.span-1].box; br.kind == breakBox && br.style.Clear != style.NoSide {
				y = fc.clear(br.style.Clear, y)
			}
		}
		cur = end
	}
	return y, base
}

// fill finds where a line that begins at cur ends. Floats on the way are placed.
func (m *liner) fill(cur cursor, avail, w, y, strut float32) (end cursor, width float32, forced bool) {
	last, lastWidth := cursor{-1, 0}, float32(0)
	content := false
	for i := cur.span; i < len(m.f.spans); i++ {
		sp := &m.f.spans[i]
		switch sp.kind {
		case openSpan:
			w += m.edge(sp.box, style.LeftEdge)
		case closeSpan:
			w += m.edge(sp.box, style.RightEdge)
		case asideSpan:
			if m.aside(i, w, avail, y, content) {
				from, to := m.fc.edges(m.x, m.w, y, y+strut)
				avail = to - from
			}
		case breakSpan:
			return cursor{i + 1, sp.to}, w, true
		case atomSpan:
			if content && m.f.breakAt(sp.from) {
				last, lastWidth = cursor{i, sp.from}, w
			}
			p := m.part(i)
			if w+p.w > avail+slack && last.span >= 0 {
				return m.closed(last), lastWidth, false
			}
			w += p.w
			content = true
			if m.f.breakAt(sp.to) {
				last, lastWidth = cursor{i + 1, sp.to}, w
			}
		case textSpan:
			at := sp.from
			if i == cur.span {
				at = max(at, cur.at)
			}
			for at < sp.to {
				next := min(m.f.nextBreak(at), sp.to)
				solid := m.solid(sp, at, next)
				if w+sp.width(at, solid) > avail+slack {
					if last.span >= 0 && !sp.box.style.BreakAll {
						return m.closed(last), lastWidth, false
					}
					if k, ok := m.inside(sp, at, solid, avail-w, content); ok {
						return cursor{i, k}, w + sp.width(at, k), false
					}
					if last.span >= 0 {
						return m.closed(last), lastWidth, false
					}
				}
				w += sp.width(at, next)
				content = content || solid > at
				at = next
				if content && m.f.breakAt(at) {
					last, lastWidth = cursor{i, at}, w
					if at == sp.to {
						last = cursor{i + 1, at}
					}
				}
			}
		}
	}
	return cursor{len(m.f.spans), len(m.f.text)}, w, false
}

// closed moves the end of a line past the ends of inline boxes that follow: they belong to what they close.
func (m *liner) closed(c cursor) cursor {
	for c.span < len(m.f.spans) && m.f.spans[c.span].kind == closeSpan && m.f.spans[c.span].from == c.at {
		c.span++
	}
	return c
}

// solid gives the end of a piece of text without the spaces that hang over the end of a line.
func (m *liner) solid(sp *span, from, to int) int {
	if sp.box.style.White == style.Pre {
		return to
	}
	for to > from && m.f.text[to-1] == ' ' {
		to--
	}
	return to
}

// inside finds where a word that is longer than the line may be broken, where the style allows it.
func (m *liner) inside(sp *span, from, to int, room float32, content bool) (at int, ok bool) {
	s := sp.box.style
	if !s.BreakAll && !s.BreakAnywhere || !s.White.Wraps() || content && !s.BreakAll {
		return 0, false
	}
	at = from
	for at < to {
		_, n := utf8.DecodeRuneInString(m.f.text[at:])
		if sp.width(from, at+n) > room+slack && (at > from || content) {
			break
		}
		at += n
	}
	return at, at > from && at < to
}

// edge gives margin, border and padding of one side of an inline box.
func (m *liner) edge(b *box, side int) float32 {
	return b.style.Margin[side].Of(m.w) + b.style.Frame(side, m.w)
}

// aside places a box that is out of the flow, unless it has to wait for the end of the line. It says whether it took room.
func (m *liner) aside(i int, w, avail, y float32, content bool) bool {
	b := m.f.spans[i].box
	if m.placed[i] {
		return false
	}
	m.placed[i] = true
	if b.style.Position == style.Absolute {
		m.l.absolute(b, m.x, y, m.w)
		return false
	}
	if content && w+m.l.shrink(b, m.w) > avail {
		m.later = append(m.later, i)
		return false
	}
	m.l.placeFloat(b, m.x, m.w, y, m.fc)
	return true
}

// part lays out an atom, once.
func (m *liner) part(i int) *part {
	p := m.parts[i]
	if p == nil {
		b := m.f.spans[i].box
		if b.kind == imageBox {
			p = m.l.image(b, m.w)
		} else {
			p = m.l.aside(b, m.l.shrink(b, m.w))
		}
		m.parts[i] = p
	}
	return p
}

// piece is what stands on one line of a span.
type piece struct {
	span     int
	from, to int
	x, w     float32
	raise    float32 // of its baseline over the line's
	word     float32 // added after each space, to fill the line
}

// pieces gives what stands on the line from one cursor to another.
func (m *liner) pieces(cur, end cursor) []piece {
	var out []piece
	for i := cur.span; i < len(m.f.spans) && (i < end.span || i == end.span && m.f.spans[i].kind == textSpan && end.at > m.f.spans[i].from); i++ {
		sp := &m.f.spans[i]
		p := piece{span: i, from: sp.from, to: sp.to}
		switch sp.kind {
		case textSpan:
			if i == cur.span {
				p.from = max(p.from, cur.at)
			}
			if i == end.span {
				p.to = min(p.to, end.at)
			}
			if p.from >= p.to {
				continue
			}
			p.w = sp.width(p.from, p.to)
		case openSpan:
			p.w = m.edge(sp.box, style.LeftEdge)
		case closeSpan:
			p.w = m.edge(sp.box, style.RightEdge)
		case atomSpan:
			p.w = m.part(i).w
		}
		out = append(out, p)
	}
	for k := len(out) - 1; k >= 0; k-- { // spaces at the end of a line are not seen
		p, sp := &out[k], &m.f.spans[out[k].span]
		if sp.kind == atomSpan {
			break
		}
		if sp.kind != textSpan {
			continue
		}
		if sp.box.style.White.Collapses() {
			p.to = max(p.from, p.from+len(strings.TrimRight(m.f.text[p.from:p.to], " ")))
			p.w = sp.width(p.from, p.to)
		}
		if p.to > p.from {
			break
		}
	}
	return out
}

// place places what stands on a line. It gives the line's height and baseline; any is false for a line with nothing on it.
func (m *liner) place(cur, end cursor, from, to, y, indent float32, last bool) (height, baseline float32, any bool) {
	ps := m.pieces(cur, end)
	for _, p := range ps {
		k := m.f.spans[p.span].kind
		any = any || k == atomSpan || k == breakSpan || k == textSpan && p.to > p.from ||
			(k == openSpan || k == closeSpan) && m.framed(m.f.spans[p.span].box)
	}
	if !any {
		m.reopen(ps)
		return 0, 0, false
	}
	up, down := m.extents(ps)
	width := indent
	for _, p := range ps {
		width += p.w
	}
	start := from + indent
	room := to - from - width
	switch align := m.align(); {
	case align == style.Justify && !last && room > 0:
		m.fillOut(ps, room)
	case align == style.Center:
		start += max(0, room/2)
	case align == style.Right:
		start += max(0, room)
	case m.f.right && room < 0:
		start += room
	}
	m.arrange(ps, start)
	m.emit(ps, y+up)
	return up + down, y + up, true
}

// framed says that an inline box has something of its own on the line.
func (m *liner) framed(b *box) bool {
	return b.style.Sides(0) > 0 || b.style.Margin[style.LeftEdge].Px != 0 || b.style.Margin[style.RightEdge].Px != 0
}

// align gives the side that lines stand at.
func (m *liner) align() style.Align {
	switch a := m.s.Align; {
	case a == style.Start && m.f.right, a == style.End && !m.f.right:
		return style.Right
	case a == style.Start, a == style.End:
		return style.Left
	default:
		return a
	}
}

// fillOut widens the spaces of a line until it is full.
func (m *liner) fillOut(ps []piece, room float32) {
	n := 0
	for _, p := range ps {
		if m.f.spans[p.span].kind == textSpan {
			n += strings.Count(m.f.text[p.from:p.to], " ")
		}
	}
	if n == 0 {
		return
	}
	for i := range ps {
		if p := &ps[i]; m.f.spans[p.span].kind == textSpan {
			p.word = room / float32(n)
			p.w += p.word * float32(strings.Count(m.f.text[p.from:p.to], " "))
		}
	}
}

// arrange gives the pieces their places from left to right.
func (m *liner) arrange(ps []piece, x float32) {
	if m.f.levels == nil {
		for i := range ps {
			ps[i].x = x
			x += ps[i].w
		}
		return
	}
	levels := make([]uint8, len(ps))
	for i, p := range ps {
		at := p.from
		if m.f.spans[p.span].kind == closeSpan && at > 0 {
			at--
		}
		levels[i] = m.f.level(at)
	}
	for _, i := range bidi.Order(levels) {
		ps[i].x = x
		x += ps[i].w
	}
}

// reopen keeps which inline boxes are open after these pieces.
func (m *liner) reopen(ps []piece) {
	for _, p := range ps {
		switch m.f.spans[p.span].kind {
		case openSpan:
			m.open = append(m.open, p.span)
		case closeSpan:
			if len(m.open) > 0 {
				m.open = m.open[:len(m.open)-1]
			}
		}
	}
}

// extent gives how far a line of this style reaches over and under its baseline. Half of the leading is over it, rounded down as
// browsers do.
func (l *layouter) extent(s *style.Style) (up, down float32) {
	mt := l.measure(s.Font)
	h := l.lineHeight(s)
	grain := max(l.options.Grain, 1)
	up = mt.Ascent + float32(math.Floor(float64((h-mt.Ascent-mt.Descent)/2*grain)))/grain
	return up, h - up
}
