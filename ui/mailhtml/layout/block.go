package layout

import (
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// margins are vertical margins that adjoin one another and become one (CSS 2.2, section 8.3.1): the largest of the positive ones less the
// largest of the negative ones.
type margins struct{ plus, minus float32 }

func (m *margins) add(v float32) {
	m.plus, m.minus = max(m.plus, v), min(m.minus, v)
}

func (m *margins) sum() float32 { return m.plus + m.minus }

// take gives the sum and begins anew.
func (m *margins) take() float32 {
	v := m.sum()
	*m = margins{}
	return v
}

// outcome is what became of a block.
type outcome struct {
	top    float32 // of the border box
	free   float32 // where it would be if there were no floats to keep away from
	bottom float32 // of the border box; the margins under it are still open
	placed bool    // it has a place; an empty block has none, its margins collapse through it
	base   baselines
}

// widths are the horizontal measures of a block.
type widths struct {
	left  float32 // margin
	outer float32 // the border box
	right float32 // margin
}

// block lays out a block-level box under what ends at y, with these margins still open, in the room from x to x+avail.
func (l *layouter) block(b *box, x, y, avail float32, fc *floats, m *margins, root bool) outcome {
	l.step()
	s := b.style
	before := l.opacity
	l.opacity *= s.Opacity
	defer func() { l.opacity = before }()
	start := l.mark()
	m.add(s.Margin[style.TopEdge].Of(avail))
	own := root || l.separate(b)
	out := outcome{top: y}
	settle := func() { // the margins over the box are known
		if !out.placed {
			y += m.take()
			out.top, out.free, out.placed = y, y, true
		}
	}
	if s.Clear != style.NoSide {
		if at := fc.clear(s.Clear, y+m.sum()); at > y+m.sum() {
			out.free = y + m.take()
			y = at
			out.top, out.placed = y, true
		}
	}
	if own || s.Frame(style.TopEdge, avail) > 0 {
		settle()
	}
	wd := l.widths(b, x, avail)
	if own && !root && (len(fc.left) > 0 || len(fc.right) > 0) { // beside the floats, or under them
		at, from, to := fc.fit(x, avail, min(wd.outer, avail), 1, y)
		if from > x || to < x+avail {
			if b.kind != tableBox && !s.Width.Definite() {
				wd = l.widths(b, from, to-from)
			} else if free := to - from - wd.outer; free < wd.left+wd.right {
				wd.left = max(0, min(wd.left, free))
			}
			x = from
		}
		y, out.top = at, at
	}
	left := x + wd.left
	item := -1
	if s.Decorated() {
		item = l.reserve()
	}
	boxAt := len(l.list.Boxes)
	l.noteBox(b)
	mark := -1
	if s.Display == style.ListItem && b.kind == blockBox { // it is read before the text
		mark = l.reserve()
	}
	inner := fc
	if own {
		inner = &floats{}
	}
	in := frameOf(s, avail)
	content := max(0, wd.outer-in.left-in.right)
	height, fixed := l.heightOf(b, avail)
	clip := l.openClip(b)
	c := container{b: b, x: left + in.left, y: y, w: content, fc: inner, m: m, out: &out, in: in}
	switch {
	case b.kind == tableBox:
		c.y = l.table(b, left, out.top, wd.outer, &out.base)
	case b.kind == imageBox:
		c.y = out.top + l.blockImage(b, left, out.top, avail)
	case b.kind == flexBox:
		settle()
		c.y = l.flex(b, c.x, out.top+in.top, content, &out.base)
	default:
		if out.placed {
			c.y += in.top
		}
		l.children(&c)
	}
	l.finishBlock(&c, height, fixed, own)
	r := display.Rect{X: left, Y: out.top, W: wd.outer, H: out.bottom - out.top}
	l.closeClip(clip, b, r)
	l.decorateBox(b, item, boxAt, r)
	if mark >= 0 {
		l.marker(mark, b, c.x, out)
	}
	if s.Position == style.Relative {
		dx, dy := relative(s, avail)
		l.shiftSince(start, dx, dy)
	}
	return out
}

// relative gives how far a box of position relative is moved.
func relative(s *style.Style, avail float32) (x, y float32) {
	in := s.Inset
	switch {
	case in[style.LeftEdge].Definite():
		x = in[style.LeftEdge].Of(avail)
	case in[style.RightEdge].Definite():
		x = -in[style.RightEdge].Of(avail)
	}
	switch {
	case in[style.TopEdge].Kind == css.Fixed:
		y = in[style.TopEdge].Px
	case in[style.BottomEdge].Kind == css.Fixed:
		y = -in[style.BottomEdge].Px
	}
	return x, y
}

// decorateBox draws a block's background and borders, and notes its place.
func (l *layouter) decorateBox(b *box, item, boxAt int, r display.Rect) {
	if b.node != nil && boxAt < len(l.list.Boxes) {
		l.list.Boxes[boxAt].Rect = r
	}
	if b.kind != imageBox {
		l.decorate(item, b.style, r)
	}
}

// noteBox keeps a place in the list of boxes.
func (l *layouter) noteBox(b *box) {
	if b.node != nil {
		l.list.Boxes = append(l.list.Boxes, display.Box{Element: l.elements[b.node], Tag: b.node.Data})
	}
}

// frame4 is the padding and border of the four sides.
type frame4 struct{ top, right, bottom, left float32 }

func frameOf(s *style.Style, avail float32) frame4 {
	return frame4{s.Frame(style.TopEdge, avail), s.Frame(style.RightEdge, avail), s.Frame(style.BottomEdge, avail), s.Frame(style.LeftEdge, avail)}
}

// container is a block while its children are laid out.
type container struct {
	b       *box
	x, y, w float32 // of the content; y is where the next child begins
	fc      *floats
	m       *margins
	out     *outcome
	in      frame4
}

// children lays out the children of a block.
func (l *layouter) children(c *container) {
	for _, k := range c.b.kids {
		switch {
		case k.style.Position == style.Absolute && k.kind != linesBox:
			l.absolute(k, c.x, c.y+c.m.sum(), c.w)
		case k.floats():
			l.placeFloat(k, c.x, c.w, c.y+c.m.sum(), c.fc)
		case k.kind == linesBox:
			c.y += c.m.take()
			if !c.out.placed {
				c.out.top, c.out.free, c.out.placed = c.y, c.y, true
			}
			bottom, base := l.lines(k, c.x, c.y, c.w, c.fc)
			c.y = bottom
			c.out.base.join(base)
		default:
			k.within = c.b.style
			o := l.block(k, c.x, c.y, c.w, c.fc, c.m, false)
			if o.placed {
				if !c.out.placed {
					c.out.top, c.out.free, c.out.placed = o.free, o.free, true
				}
				c.y = o.bottom
			}
			c.out.base.join(o.base)
		}
	}
}

// finishBlock gives a block its height and opens the margin under it.
func (l *layouter) finishBlock(c *container, height float32, fixed, own bool) {
	s, out, m := c.b.style, c.out, c.m
	least := l.leastHeight(c.b)
	if !out.placed && (fixed && height > 0 || least > 0) {
		c.y += m.take()
		out.top, out.free, out.placed = c.y, c.y, true
		c.y += c.in.top
	}
	if !out.placed && c.in.bottom > 0 {
		c.y += m.take()
		out.top, out.free, out.placed = c.y, c.y, true
	}
	if !out.placed {
		out.top, out.bottom = c.y, c.y
		m.add(s.Margin[style.BottomEdge].Of(c.w))
		return
	}
	whole := c.b.kind == tableBox || c.b.kind == imageBox // their y is already that of the border box
	switch {
	case whole:
		out.bottom = c.y
		*m = margins{}
	case c.in.bottom == 0 && !fixed && !own && least <= c.y-out.top:
		out.bottom = c.y
	default:
		c.y += m.take()
		if own {
			c.y = max(c.y, c.fc.bottom())
		}
		out.bottom = c.y + c.in.bottom
	}
	if fixed && !whole {
		out.bottom = out.top + height
	}
	if most := s.MaxHeight; most.Kind == css.Fixed && !whole {
		h := most.Px
		if !s.BorderBox {
			h += c.in.top + c.in.bottom
		}
		out.bottom = min(out.bottom, out.top+h)
	}
	if !whole {
		out.bottom = max(out.bottom, out.top+least)
	}
	m.add(s.Margin[style.BottomEdge].Of(c.w))
}

// separate says that a box is a block formatting context of its own: floats outside and inside do not meet.
func (l *layouter) separate(b *box) bool {
	switch b.kind {
	case tableBox, cellBox, captionBox, imageBox, flexBox:
		return true
	}
	switch b.style.Display {
	case style.InlineBlock:
		return true
	}
	return b.style.Clips || b.floats() || b.style.Position == style.Absolute
}

// heightOf gives the height of the border box where the style fixes it.
func (l *layouter) heightOf(b *box, avail float32) (h float32, fixed bool) {
	s := b.style
	if s.Height.Kind != css.Fixed || b.kind == tableBox || b.kind == cellBox {
		return 0, false
	}
	h = s.Height.Px
	if !s.BorderBox {
		h += s.Ends(avail)
	}
	return max(h, s.Ends(avail)), true
}

func (l *layouter) leastHeight(b *box) float32 {
	s := b.style
	if s.MinHeight.Kind != css.Fixed {
		return 0
	}
	h := s.MinHeight.Px
	if !s.BorderBox && h > 0 {
		h += s.Ends(0)
	}
	return h
}

// widths gives the widths of a block-level box in the room from x on (CSS 2.2, section 10.3.3).
func (l *layouter) widths(b *box, x, avail float32) widths {
	s := b.style
	ml, mr := s.Margin[style.LeftEdge], s.Margin[style.RightEdge]
	w := widths{left: ml.Of(avail), right: mr.Of(avail)}
	room := avail - w.left - w.right
	switch {
	case b.kind == tableBox:
		w.outer = l.tableWidth(b, avail, room)
	case b.kind == imageBox:
		w.outer, _, _ = l.imageSize(b, avail)
	case s.Width.Definite():
		w.outer = l.outer(s, s.Width, avail)
	default:
		w.outer = room
	}
	if b.kind != tableBox && b.kind != imageBox {
		w.outer = l.bounded(s, w.outer, avail)
	}
	free := avail - w.outer - w.left - w.right
	switch auto := css.Auto; {
	case ml.Kind == auto && mr.Kind == auto:
		w.left = max(0, free/2)
		w.right = free - w.left
	case ml.Kind == auto:
		w.left = max(0, free)
	case mr.Kind == auto:
		w.right = free
	case l.blocksAlign(b, style.Center):
		w.left = max(w.left, w.left+free/2)
	case l.blocksAlign(b, style.Right), s.RightToLeft && w.outer < avail:
		w.left = max(w.left, w.left+free)
	}
	return w
}

// blocksAlign says that the box's surroundings move blocks to this side.
func (l *layouter) blocksAlign(b *box, a style.Align) bool {
	return b.within != nil && b.within.AlignBlocks && b.within.Align == a
}

// outer gives the border box's width of a width that was asked for.
func (l *layouter) outer(s *style.Style, w css.Length, avail float32) float32 {
	v := max(0, w.Of(avail))
	if s.BorderBox {
		return max(v, s.Sides(avail))
	}
	return v + s.Sides(avail)
}

// bounded applies min-width and max-width to a border box.
func (l *layouter) bounded(s *style.Style, w, avail float32) float32 {
	if s.MaxWidth.Definite() {
		w = min(w, l.outer(s, s.MaxWidth, avail))
	}
	if s.MinWidth.Definite() {
		w = max(w, l.outer(s, s.MinWidth, avail))
	}
	return max(w, s.Sides(avail))
}

// openClip begins to keep what is drawn inside a box whose overflow is hidden; 0 for none.
func (l *layouter) openClip(b *box) int {
	if !b.style.Clips || b.kind == imageBox {
		return 0
	}
	l.list.Clips = append(l.list.Clips, display.Clip{Parent: l.clip})
	l.clip = int32(len(l.list.Clips))
	return len(l.list.Clips)
}

// closeClip gives the clip its place.
func (l *layouter) closeClip(clip int, b *box, r display.Rect) {
	if clip == 0 {
		return
	}
	c := &l.list.Clips[clip-1]
	l.clip = c.Parent
	c.Rect, c.Radius = inset(r, b.style), corners(b.style, r)
	if b.kind == tableBox { // a table's borders belong to its cells too
		c.Rect = r
	}
}

// aside lays out a box as a formatting context of its own at the origin. width is that of its margin box.
func (l *layouter) aside(b *box, width float32) *part {
	s := b.style
	var p *part
	var out outcome
	m := &margins{}
	fixed := *s
	fixed.Margin[style.LeftEdge], fixed.Margin[style.RightEdge] = definite(s.Margin[style.LeftEdge]), definite(s.Margin[style.RightEdge])
	if b.kind != tableBox && b.kind != imageBox { // the width is settled
		fixed.Width, fixed.MinWidth, fixed.MaxWidth = css.Length{}, css.Length{}, css.Length{}
	}
	fixed.Clear = style.NoSide
	if fixed.Position == style.Absolute {
		fixed.Position = style.Static
	}
	b.style, b.within = &fixed, nil
	fc := &floats{}
	p = l.capture(func() { out = l.block(b, 0, 0, width, fc, m, true) })
	b.style = s
	p.w, p.h = width, max(out.bottom+m.sum(), 0)
	p.baseline = p.h
	if out.base.any && !s.Clips {
		p.baseline = out.base.last
		if b.kind == tableBox {
			p.baseline = out.base.first
		}
	}
	return p
}

// definite makes a margin that is auto nothing.
func definite(v css.Length) css.Length {
	if v.Kind == css.Auto {
		return css.Length{}
	}
	return v
}

// absolute places a box that is positioned: by its insets from the content box round it, else where it would have stood.
func (l *layouter) absolute(b *box, x, y, w float32) {
	s := b.style
	p := l.aside(b, l.shrink(b, w))
	in := s.Inset
	switch {
	case in[style.LeftEdge].Definite():
		x += in[style.LeftEdge].Of(w)
	case in[style.RightEdge].Definite():
		x += w - p.w - in[style.RightEdge].Of(w)
	}
	if in[style.TopEdge].Kind == css.Fixed {
		y += in[style.TopEdge].Px
	}
	l.paste(p, x, y)
}
