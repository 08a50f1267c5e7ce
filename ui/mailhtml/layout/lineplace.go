package layout

import (
	"strings"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// extents raises the pieces of a line to their baselines and gives how far the line reaches over and under its own (CSS 2.2,
// section 10.8). Where the document is loose, only boxes with text of their own make room for text.
func (m *liner) extents(ps []piece) (up, down float32) {
	reach := func(u, d float32) { up, down = max(up, u), max(down, d) }
	up, down = -1e9, -1e9
	if !m.l.loose {
		reach(m.l.extent(m.s))
	}
	type level struct {
		s     *style.Style
		raise float32
	}
	stack := []level{{m.s, 0}}
	enter := func(b *box) {
		top := stack[len(stack)-1]
		u, d := m.l.extent(b.style)
		r := top.raise + m.raise(b.style, top.s, u, d)
		stack = append(stack, level{b.style, r})
		if !m.l.loose || m.framed(b) {
			reach(u+r, d-r)
		}
	}
	for _, i := range m.open {
		enter(m.f.spans[i].box)
	}
	tall := float32(0)
	under := false
	for i := range ps {
		p := &ps[i]
		sp := &m.f.spans[p.span]
		top := stack[len(stack)-1]
		switch sp.kind {
		case openSpan:
			enter(sp.box)
			p.raise = stack[len(stack)-1].raise
		case closeSpan:
			p.raise = top.raise
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case breakSpan:
			u, d := m.l.extent(top.s)
			reach(u+top.raise, d-top.raise)
		case textSpan:
			p.raise = top.raise
			if p.to > p.from {
				u, d := m.l.extent(sp.box.style)
				reach(u+p.raise, d-p.raise)
			}
		case atomSpan:
			part := m.part(p.span)
			s := sp.box.style
			switch s.VAlign {
			case style.Top, style.Bottom:
				tall = max(tall, part.h)
				under = under || s.VAlign == style.Bottom
			default:
				p.raise = top.raise + m.raise(s, top.s, part.baseline, part.h-part.baseline)
				reach(part.baseline+p.raise, part.h-part.baseline-p.raise)
			}
		}
	}
	if up < -1e8 {
		up, down = 0, 0
	}
	if more := tall - up - down; more > 0 {
		if under {
			up += more
		} else {
			down += more
		}
	}
	for i := range ps {
		p := &ps[i]
		if sp := &m.f.spans[p.span]; sp.kind == atomSpan {
			part := m.part(p.span)
			switch sp.box.style.VAlign {
			case style.Top:
				p.raise = up - part.baseline
			case style.Bottom:
				p.raise = part.h - part.baseline - down
			}
		}
	}
	return up, down
}

// raise gives how far a box with these extents stands over the baseline of the box round it.
func (m *liner) raise(s, parent *style.Style, up, down float32) float32 {
	mt := m.l.measure(parent.Font)
	switch s.VAlign {
	case style.Sub:
		return -(parent.Font.Size/5 + 1)
	case style.Super:
		return parent.Font.Size/3 + 1
	case style.Middle:
		return mt.XHeight/2 + (down-up)/2
	case style.TextTop:
		return mt.Ascent - up
	case style.TextBottom:
		return down - mt.Descent
	case style.Shifted:
		return s.Shift.Of(m.l.lineHeight(s))
	}
	return 0
}

// frame is an inline box on one line while the line is drawn.
type frame struct {
	span    int
	item    int // reserved for its background, -1 for none
	lo, hi  float32
	raise   float32
	started bool // it begins on this line
	seen    bool
}

// emit draws the pieces of a line whose baseline is at y.
func (m *liner) emit(ps []piece, y float32) {
	var frames []frame
	enter := func(span int, raise float32, started bool) {
		b := m.f.spans[span].box
		item := -1
		if b.style.Decorated() {
			item = m.l.reserve()
		}
		frames = append(frames, frame{span: span, item: item, raise: raise, started: started})
	}
	for _, i := range m.open {
		enter(i, 0, false)
	}
	joined := m.joined
	for i := range ps {
		p := &ps[i]
		sp := &m.f.spans[p.span]
		if sp.kind == openSpan {
			enter(p.span, p.raise, true)
		}
		for k := range frames {
			f := &frames[k]
			lo, hi := p.x, p.x+p.w
			if f.span == p.span && sp.kind == openSpan { // its margin is outside of it
				lo += sp.box.style.Margin[style.LeftEdge].Of(m.w)
			}
			if f.span >= 0 && sp.kind == closeSpan && m.f.spans[f.span].box == sp.box {
				hi -= sp.box.style.Margin[style.RightEdge].Of(m.w)
			}
			if !f.seen {
				f.lo, f.hi, f.seen = lo, hi, true
			}
			f.lo, f.hi = min(f.lo, lo), max(f.hi, hi)
		}
		switch sp.kind {
		case closeSpan:
			if n := len(frames); n > 0 {
				m.decorate(frames[n-1], y, true)
				frames = frames[:n-1]
			}
		case textSpan:
			if m.text(p, sp, y, joined) {
				joined = false
			}
		case atomSpan:
			part := m.part(p.span)
			m.l.paste(part, p.x, y-p.raise-part.baseline)
		}
	}
	for _, f := range frames {
		m.decorate(f, y, false)
	}
	m.reopen(ps)
}

// text draws a piece of text.
func (m *liner) text(p *piece, sp *span, y float32, joined bool) bool {
	text := m.f.text[p.from:p.to]
	s := sp.box.style
	if text == "" || s.Hidden || s.Font.Size <= 0 || s.Color.A == 0 {
		return false
	}
	if strings.Trim(text, " \u200b") == "" && !s.Underline {
		return false
	}
	mt := m.l.measure(s.Font)
	baseline := y - p.raise
	m.l.add(display.Item{
		Rect: display.Rect{X: p.x, Y: baseline - mt.Ascent, W: p.w, H: mt.Ascent + mt.Descent}, Link: sp.box.link,
		Text: &display.Text{
			Text: text, Font: s.Font, Color: s.Color, Baseline: baseline, RightToLeft: m.f.level(p.from)%2 == 1,
			Letter: s.Letter, Word: s.Word + p.word, Underline: s.Underline, Strike: s.Strike, Overline: s.Overline,
			Joined: joined, Source: sp.box.source,
		},
	})
	return true
}

// decorate draws background and borders of an inline box on one line.
func (m *liner) decorate(f frame, y float32, ended bool) {
	if f.item < 0 || !f.seen {
		return
	}
	b := m.f.spans[f.span].box
	s := *b.style
	if !f.started {
		s.Border[style.LeftEdge].Width = 0
	}
	if !ended {
		s.Border[style.RightEdge].Width = 0
	}
	mt := m.l.measure(s.Font)
	top := y - f.raise - mt.Ascent - s.Frame(style.TopEdge, m.w)
	r := display.Rect{X: f.lo, Y: top, W: f.hi - f.lo, H: mt.Ascent + mt.Descent + s.Ends(m.w)}
	m.l.decorate(f.item, &s, r)
}
