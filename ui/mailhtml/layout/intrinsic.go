package layout

import (
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/style"
)

// intrinsic gives the least width of a box, at which its longest word just fits, and the width at which no line is broken, both of
// the margin box. Percentages count for nothing here.
func (l *layouter) intrinsic(b *box) (least, may float32) {
	if b.sized {
		return b.least, b.may
	}
	l.step()
	least, may = l.content(b)
	s := b.style
	switch b.kind {
	case linesBox:
	default:
		if b.kind != tableBox && b.kind != imageBox {
			least, may = l.wished(s, least, may)
		}
		for _, e := range [...]int{style.LeftEdge, style.RightEdge} {
			if m := s.Margin[e]; m.Kind == css.Fixed {
				least += m.Px
				may += m.Px
			}
		}
	}
	b.sized, b.least, b.may = true, max(0, least), max(0, may, least)
	return b.least, b.may
}

// wished applies a box's own widths to those of its content.
func (l *layouter) wished(s *style.Style, least, may float32) (float32, float32) {
	sides := s.Sides(0)
	least, may = least+sides, may+sides
	if s.Width.Kind == css.Fixed {
		least = l.outer(s, s.Width, 0)
		may = least
	}
	if s.MaxWidth.Kind == css.Fixed {
		most := l.outer(s, s.MaxWidth, 0)
		least, may = min(least, most), min(may, most)
	}
	if s.MinWidth.Kind == css.Fixed {
		at := l.outer(s, s.MinWidth, 0)
		least, may = max(least, at), max(may, at)
	}
	return least, may
}

// content gives the intrinsic widths of what is in a box; of a table and a picture, those of its border box.
func (l *layouter) content(b *box) (least, may float32) {
	switch b.kind {
	case linesBox:
		return l.intrinsicLines(b)
	case tableBox:
		return l.intrinsicTable(b)
	case imageBox:
		return l.intrinsicImage(b)
	case flexBox:
		return l.intrinsicFlex(b)
	}
	side := float32(0) // floats that stand beside one another
	for _, k := range b.kids {
		if k.style.Position == style.Absolute && k.kind != linesBox {
			continue
		}
		mn, mx := l.intrinsic(k)
		least = max(least, mn)
		if k.floats() {
			if k.style.Clear != style.NoSide {
				side = 0
			}
			side += mx
			may = max(may, side)
			continue
		}
		if k.kind == linesBox {
			mx += side
		}
		side = 0
		may = max(may, mx)
	}
	return least, may
}

// intrinsicLines measures a flow: the widest piece that may not be broken, and the widest line if none is.
func (l *layouter) intrinsicLines(b *box) (least, may float32) {
	f := b.flow
	line, word := b.style.Indent.Of(0), float32(0)
	trail := float32(0) // spaces at the end of the line so far
	wordEnd := func() {
		least = max(least, word)
		word = 0
	}
	lineEnd := func() {
		wordEnd()
		may = max(may, line-trail)
		line, trail = 0, 0
	}
	for i := range f.spans {
		sp := &f.spans[i]
		switch sp.kind {
		case openSpan, closeSpan:
			side := style.LeftEdge
			if sp.kind == closeSpan {
				side = style.RightEdge
			}
			w := sp.box.style.Margin[side].Of(0) + sp.box.style.Frame(side, 0)
			line += w
			word += w
		case breakSpan:
			lineEnd()
		case atomSpan:
			if f.breakAt(sp.from) {
				wordEnd()
			}
			mn, mx := l.intrinsic(sp.box)
			line, trail = line+mx, 0
			word += mn
			if f.breakAt(sp.to) {
				wordEnd()
			}
		case asideSpan:
			if sp.box.style.Position == style.Absolute {
				continue
			}
			mn, mx := l.intrinsic(sp.box)
			least = max(least, mn)
			line += mx
		case textSpan:
			m := liner{l: l, f: f}
			for at := sp.from; at < sp.to; {
				next := min(f.nextBreak(at), sp.to)
				solid := m.solid(sp, at, next)
				if solid > at {
					trail = 0
				}
				if sp.box.style.BreakLeast && sp.box.style.White.Wraps() { // one character is the longest word
					for k := at; k < solid; k++ {
						least = max(least, sp.width(k, k+1))
					}
				} else {
					word += sp.width(at, solid)
				}
				line += sp.width(at, next)
				trail += sp.width(solid, next)
				if f.breakAt(next) || next < sp.to {
					wordEnd()
				} else {
					word += sp.width(solid, next)
				}
				at = next
			}
		}
	}
	lineEnd()
	return least, may
}
