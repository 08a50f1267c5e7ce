package layout

import (
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// floats are the floating boxes of a block formatting context (CSS 2.2, section 9.5).
type floats struct {
	left, right []display.Rect // margin boxes
}

// edges gives how far the floats between two heights reach into the room from x to x+w: the room that is left.
func (f *floats) edges(x, w, top, bottom float32) (from, to float32) {
	from, to = x, x+w
	bottom = max(bottom, top+0.01)
	for _, r := range f.left {
		if r.Y < bottom && r.Bottom() > top {
			from = max(from, r.Right())
		}
	}
	for _, r := range f.right {
		if r.Y < bottom && r.Bottom() > top {
			to = min(to, r.X)
		}
	}
	return from, to
}

// below gives the next height under y at which a float ends; y where there is none.
func (f *floats) below(y float32) float32 {
	next := y
	for _, set := range [][]display.Rect{f.left, f.right} {
		for _, r := range set {
			if b := r.Bottom(); b > y && (next == y || b < next) {
				next = b
			}
		}
	}
	return next
}

// clear gives the height under the floats of a side, at least y.
func (f *floats) clear(side style.Side, y float32) float32 {
	if side == style.LeftSide || side == style.BothSides {
		for _, r := range f.left {
			y = max(y, r.Bottom())
		}
	}
	if side == style.RightSide || side == style.BothSides {
		for _, r := range f.right {
			y = max(y, r.Bottom())
		}
	}
	return y
}

func (f *floats) bottom() float32 { return f.clear(style.BothSides, 0) }

// fit gives the first height from y on at which a box of width w finds room, and the room there.
func (f *floats) fit(x, room, w, h, y float32) (at, from, to float32) {
	for {
		from, to = f.edges(x, room, y, y+h)
		if to-from >= w-0.01 {
			return y, from, to
		}
		next := f.below(y)
		if next <= y {
			return y, from, to
		}
		y = next
	}
}

// mostFloats bounds the floats of one context: all of them are looked at for each line.
const mostFloats = 2000

// place lays out a floating box whose top is at y or lower, in the room from x to x+w.
func (l *layouter) placeFloat(b *box, x, w, y float32, fc *floats) {
	if len(fc.left)+len(fc.right) >= mostFloats {
		l.cut[cutBoxes] = true
		return
	}
	width := l.shrink(b, w)
	part := l.aside(b, width)
	for _, r := range fc.left { // not above a float that came before
		y = max(y, r.Y)
	}
	for _, r := range fc.right {
		y = max(y, r.Y)
	}
	y = fc.clear(b.style.Clear, y)
	at, from, to := fc.fit(x, w, part.w, part.h, y)
	r := display.Rect{X: from, Y: at, W: part.w, H: part.h}
	if b.style.Float == style.RightSide {
		r.X = max(to-part.w, from)
		fc.right = append(fc.right, r)
	} else {
		fc.left = append(fc.left, r)
	}
	l.paste(part, r.X, r.Y)
}

// shrink gives the width for a box that is as wide as it needs (CSS 2.2, section 10.3.5), its margins counted.
func (l *layouter) shrink(b *box, avail float32) float32 {
	s := b.style
	sides := s.Margin[style.LeftEdge].Of(avail) + s.Margin[style.RightEdge].Of(avail)
	switch b.kind {
	case tableBox:
		return l.tableWidth(b, avail, avail-sides) + sides
	case imageBox:
		w, _, _ := l.imageSize(b, avail)
		return w + sides
	}
	if s.Width.Definite() {
		return l.bounded(s, l.outer(s, s.Width, avail), avail) + sides
	}
	least, may := l.intrinsic(b)
	return l.bounded(s, min(max(least, avail), may)-sides, avail) + sides
}
