package layout

import (
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// table lays out a table whose border box begins at x, y and is w wide, and gives the height at which it ends.
func (l *layouter) table(b *box, x, y, w float32, base *baselines) (bottom float32) {
	t := l.tableOf(b)
	if !b.style.CaptionBelow {
		y = l.captions(t, x, y, w)
	}
	widths := l.columnWidths(b, t, w)
	xs := make([]float32, len(widths)+1)
	at := x + t.frame.left + t.across
	for i, v := range widths {
		xs[i] = at
		at += v + t.across
	}
	xs[len(widths)] = at
	for i := range t.cells {
		c := &t.cells[i]
		c.box.style = padded(c.box.style, w)
		l.layCell(c, xs[min(c.column+c.columns, len(widths))]-t.across-xs[c.column])
	}
	heights, baseline := l.rowHeights(b, t)
	ys := make([]float32, len(heights)+1)
	at = y + t.frame.top
	if len(heights) > 0 {
		at += t.down
	}
	for i, h := range heights {
		ys[i] = at
		at += h + t.down
	}
	ys[len(heights)] = at
	bottom = max(at+t.frame.bottom, y)
	if b.style.Height.Kind == css.Fixed {
		bottom = max(bottom, y+b.style.Height.Px)
	}
	bottom = max(bottom, y+l.leastHeight(b))
	l.placeRows(b, t, xs, ys, baseline)
	if len(ys) > 1 && len(baseline) > 0 {
		base.add(ys[0] + baseline[0])
	}
	if b.style.CaptionBelow {
		bottom = l.captions(t, x, bottom, w)
	}
	return bottom
}

// padded gives the style of a cell with its padding in pixels: percentages of it are of the table's width.
func padded(s *style.Style, w float32) *style.Style {
	out := s
	for i, p := range s.Padding {
		if p.Kind != css.Relative {
			continue
		}
		if out == s {
			own := *s
			out = &own
		}
		out.Padding[i] = css.Pixels(p.Of(w))
	}
	return out
}

// captions lays out the captions of a table.
func (l *layouter) captions(t *table, x, y, w float32) float32 {
	for _, c := range t.captions {
		m := &margins{}
		o := l.block(c, x, y, w, &floats{}, m, true)
		y = o.bottom + m.sum()
	}
	return y
}

// layCell lays out the content of a cell of this width, at the origin.
func (l *layouter) layCell(c *cell, w float32) {
	l.step()
	b := c.box
	s := b.style
	in := frameOf(s, w)
	before := l.opacity
	l.opacity *= s.Opacity
	out := outcome{placed: true}
	k := container{b: b, x: in.left, y: in.top, w: max(0, w-in.left-in.right), fc: &floats{}, m: &margins{}, out: &out, in: in}
	clip := l.openClip(b)
	c.part = l.capture(func() {
		l.children(&k)
	})
	c.content = max(k.y+k.m.take(), k.fc.bottom())
	c.height = c.content + in.bottom
	c.part.w = w
	if clip > 0 {
		l.clip = l.list.Clips[clip-1].Parent
		l.list.Clips[clip-1].Rect = display.Rect{W: w, H: farDown}
		c.part.clips[0] = clip - 1
	}
	c.base = out.base
	if s.Height.Kind == css.Fixed {
		h := s.Height.Px
		if !s.BorderBox && !l.quirks {
			h += in.top + in.bottom
		}
		c.height = max(c.height, h)
	}
	l.opacity = before
}

// farDown is lower than any page ends.
const farDown = 1e7

// rowHeights gives the heights of the rows, and for each row where its baseline lies.
func (l *layouter) rowHeights(b *box, t *table) (heights, baseline []float32) {
	heights, baseline = make([]float32, len(t.rows)), make([]float32, len(t.rows))
	for r, row := range t.rows {
		if row.style.Height.Kind == css.Fixed {
			heights[r] = row.style.Height.Px
		}
		under := float32(0) // the most that hangs under the baseline
		for _, i := range t.byRow[r] {
			c := &t.cells[i]
			if c.box.style.VAlign == style.Baseline && c.base.any {
				baseline[r] = max(baseline[r], c.base.first)
				if c.rows == 1 {
					under = max(under, c.height-c.base.first)
				}
			}
			if c.rows == 1 {
				heights[r] = max(heights[r], c.height)
			}
		}
		if baseline[r] > 0 {
			heights[r] = max(heights[r], baseline[r]+under)
		} else {
			baseline[r] = l.firstBaseline(t, r)
		}
	}
	for _, c := range t.cells {
		if c.rows > 1 {
			stretch(heights[c.row:c.row+c.rows], c.height-t.down*float32(c.rows-1), t.rows[c.row:c.row+c.rows])
		}
	}
	if b.style.Height.Kind == css.Fixed {
		room := b.style.Height.Px - t.frame.top - t.frame.bottom - t.down*float32(len(heights)+1)
		stretch(heights, room, t.rows)
	}
	return heights, baseline
}

// firstBaseline gives the baseline of a row none of whose cells is aligned by it.
func (l *layouter) firstBaseline(t *table, r int) float32 {
	for _, i := range t.byRow[r] {
		if c := &t.cells[i]; c.base.any {
			return c.base.first
		}
	}
	return 0
}

// stretch makes rows higher until they are want high together: those whose height nobody fixed, in proportion; else all.
func stretch(heights []float32, want float32, rows []*box) {
	sum, free := float32(0), float32(0)
	for i, h := range heights {
		sum += h
		if rows[i].style.Height.Kind != css.Fixed {
			free += h
		}
	}
	more := want - sum
	if more <= 0 || len(heights) == 0 {
		return
	}
	for i := range heights {
		auto := rows[i].style.Height.Kind != css.Fixed
		switch {
		case free > 0 && auto:
			heights[i] += more * heights[i] / free
		case free == 0 && sum > 0:
			heights[i] += more * heights[i] / sum
		case sum == 0:
			heights[i] += more / float32(len(heights))
		}
	}
}

// placeRows draws groups, rows and cells in their places.
func (l *layouter) placeRows(b *box, t *table, xs, ys, baseline []float32) {
	if len(xs) < 2 {
		return
	}
	left, right := xs[0], xs[len(xs)-1]-t.across
	var group *box
	for r, row := range t.rows {
		if g := t.groups[r]; g != group {
			group = g
			last := r
			for last+1 < len(t.rows) && t.groups[last+1] == g {
				last++
			}
			l.placeBehind(g, display.Rect{X: left, Y: ys[r], W: right - left, H: ys[last+1] - t.down - ys[r]})
		}
		l.placeBehind(row, display.Rect{X: left, Y: ys[r], W: right - left, H: ys[r+1] - t.down - ys[r]})
		for _, i := range t.byRow[r] {
			c := &t.cells[i]
			rect := display.Rect{X: xs[c.column], Y: ys[r], W: c.part.w, H: ys[r+c.rows] - t.down - ys[r]}
			l.placeCell(c, rect, baseline[r])
		}
	}
}

// placeBehind notes a row or a group and draws its background.
func (l *layouter) placeBehind(b *box, r display.Rect) {
	l.noteBox(b)
	if b.node != nil {
		l.list.Boxes[len(l.list.Boxes)-1].Rect = r
	}
	if b.style.Fill.A > 0 || b.style.Background.Any() {
		s := *b.style
		s.Border, s.Shadow = [4]style.Edge{}, nil
		l.decorate(l.reserve(), &s, r)
	}
}

// placeCell draws a cell in its place.
func (l *layouter) placeCell(c *cell, r display.Rect, baseline float32) {
	s := c.box.style
	l.noteBox(c.box)
	if c.box.node != nil {
		l.list.Boxes[len(l.list.Boxes)-1].Rect = r
	}
	before := l.opacity
	l.opacity *= s.Opacity
	if s.Decorated() || c.box.edges != nil {
		l.decorateCell(c, r)
	}
	l.opacity = before
	down := float32(0)
	free := r.H - c.content - s.Frame(style.BottomEdge, r.W)
	switch s.VAlign {
	case style.Middle:
		down = free / 2
	case style.Bottom:
		down = free
	case style.Top:
	default:
		if c.base.any {
			down = max(0, min(baseline-c.base.first, free))
		}
	}
	l.paste(c.part, r.X, r.Y+max(0, down))
	if s.Clips && c.part.clips[0] < len(l.list.Clips) && c.part.clips[1] > c.part.clips[0] {
		l.list.Clips[c.part.clips[0]].Rect = inset(r, s)
		l.list.Clips[c.part.clips[0]].Radius = corners(s, r)
	}
}

// decorateCell draws a cell's background and its borders; those that are one with the neighbours' lie half outside.
func (l *layouter) decorateCell(c *cell, r display.Rect) {
	s := c.box.style
	if c.box.edges == nil {
		l.decorate(l.reserve(), s, r)
		return
	}
	e := *c.box.edges
	half := func(i int) float32 { return e[i].Width / 2 }
	grown := display.Rect{
		X: r.X - half(style.LeftEdge), Y: r.Y - half(style.TopEdge),
		W: r.W + half(style.LeftEdge) + half(style.RightEdge), H: r.H + half(style.TopEdge) + half(style.BottomEdge),
	}
	fill := *s
	fill.Border = e
	l.decorate(l.reserve(), &fill, grown)
}
