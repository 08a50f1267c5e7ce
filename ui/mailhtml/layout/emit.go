package layout

import (
	"image/color"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// part is a box that was laid out at the origin, to be put in its place later.
type part struct {
	w, h     float32 // of its margin box
	baseline float32 // from its top
	items    []display.Item
	boxes    []display.Box
	clips    [2]int // the clips that belong to it
}

// baselines are those of the first and the last line of a box.
type baselines struct {
	first, last float32
	any         bool
}

func (b *baselines) add(y float32) {
	if !b.any {
		b.first, b.any = y, true
	}
	b.last = y
}

func (b *baselines) join(o baselines) {
	if o.any {
		b.add(o.first)
		b.last = o.last
	}
}

// capture runs fn and takes what it drew out of the list.
func (l *layouter) capture(fn func()) *part {
	items, boxes, clips := l.list.Items, l.list.Boxes, len(l.list.Clips)
	l.list.Items, l.list.Boxes = nil, nil
	before := len(items)
	fn()
	p := &part{items: l.list.Items, boxes: l.list.Boxes, clips: [2]int{clips, len(l.list.Clips)}}
	l.list.Items, l.list.Boxes = items[:before], boxes
	return p
}

// paste puts a part into its place.
func (l *layouter) paste(p *part, x, y float32) {
	at, boxes := len(l.list.Items), len(l.list.Boxes)
	l.list.Items = append(l.list.Items, p.items...)
	l.list.Boxes = append(l.list.Boxes, p.boxes...)
	l.shift(at, len(l.list.Items), boxes, len(l.list.Boxes), p.clips, x, y)
	p.items, p.boxes = nil, nil
}

// shift moves what was drawn.
func (l *layouter) shift(from, to, boxFrom, boxTo int, clips [2]int, x, y float32) {
	if x == 0 && y == 0 {
		return
	}
	for i := from; i < to; i++ {
		it := &l.list.Items[i]
		it.X += x
		it.Y += y
		if it.Text != nil {
			it.Text.Baseline += y
		}
		if it.Picture != nil && it.Picture.Tile != nil {
			it.Picture.Tile.X += x
			it.Picture.Tile.Y += y
		}
	}
	for i := boxFrom; i < boxTo; i++ {
		l.list.Boxes[i].X += x
		l.list.Boxes[i].Y += y
	}
	for i := clips[0]; i < clips[1]; i++ {
		l.list.Clips[i].X += x
		l.list.Clips[i].Y += y
	}
}

// mark notes how much was drawn so far, to shift what comes.
func (l *layouter) mark() [3]int {
	return [3]int{len(l.list.Items), len(l.list.Boxes), len(l.list.Clips)}
}

// shiftSince moves all that was drawn since a mark.
func (l *layouter) shiftSince(m [3]int, x, y float32) {
	l.shift(m[0], len(l.list.Items), m[1], len(l.list.Boxes), [2]int{m[2], len(l.list.Clips)}, x, y)
}

// add draws an item.
func (l *layouter) add(it display.Item) {
	if len(l.list.Items) >= MaxItems {
		l.cut[cutItems] = true
		return
	}
	it.Clip, it.Opacity = l.clip, uint8(l.opacity*255+0.5)
	l.list.Items = append(l.list.Items, it)
}

// reserve keeps the place of an item that is known only later; -1 where there is no more room.
func (l *layouter) reserve() int {
	if len(l.list.Items) >= MaxItems {
		l.cut[cutItems] = true
		return -1
	}
	// Two: a background has a colour and a picture.
	it := display.Item{Clip: l.clip, Opacity: uint8(l.opacity*255 + 0.5)}
	l.list.Items = append(l.list.Items, it, it)
	return len(l.list.Items) - 2
}

// decorate draws background and borders of a box into the place that was reserved.
func (l *layouter) decorate(item int, s *style.Style, r display.Rect) {
	if item < 0 || s.Hidden || r.Empty() {
		return
	}
	art := &display.Art{Fill: s.Fill, Radius: corners(s, r)}
	drawn := s.Fill.A > 0
	for i, e := range s.Border {
		art.Edges[i] = display.Edge{Width: e.Width, Color: e.Color, Style: display.EdgeStyle(e.Style)}
		drawn = drawn || e.Width > 0 && e.Color.A > 0
	}
	if s.Shadow != nil {
		art.Shadow = &display.Shadow{X: s.Shadow.X, Y: s.Shadow.Y, Blur: s.Shadow.Blur, Spread: s.Shadow.Spread, Color: s.Shadow.Color}
		drawn = true
	}
	at := &l.list.Items[item]
	if s.Background.Any() {
		if p := l.background(s, r); p != nil {
			// The picture lies over the colour and under the borders: those come with the colour, and the picture is kept inside.
			next := &l.list.Items[item+1]
			next.Rect = inset(r, s)
			next.Picture = p
		}
	}
	if drawn {
		at.Rect, at.Box = r, art
	}
}

// inset gives the padding box of a border box.
func inset(r display.Rect, s *style.Style) display.Rect {
	b := s.Border
	return display.Rect{
		X: r.X + b[style.LeftEdge].Width, Y: r.Y + b[style.TopEdge].Width,
		W: max(0, r.W-b[style.LeftEdge].Width-b[style.RightEdge].Width), H: max(0, r.H-b[style.TopEdge].Width-b[style.BottomEdge].Width),
	}
}

// corners gives the radii of a box's corners, small enough for the box (CSS Backgrounds 3, section 5.5).
func corners(s *style.Style, r display.Rect) [4]float32 {
	var out [4]float32
	for i, c := range s.Radius {
		out[i] = max(0, c.Of(min(r.W, r.H)))
	}
	f := float32(1)
	for i, side := range [4]float32{r.W, r.H, r.W, r.H} {
		if sum := out[i] + out[(i+1)%4]; sum > side && sum > 0 {
			f = min(f, side/sum)
		}
	}
	for i := range out {
		out[i] *= f
	}
	return out
}

// background gives the picture and the gradient behind a box; nil where there is neither.
func (l *layouter) background(s *style.Style, r display.Rect) *display.Picture {
	p := l.tile(s, r)
	if g := gradient(s.Background.Gradient, inset(r, s)); g != nil {
		if p == nil {
			p = &display.Picture{Radius: corners(s, r)}
		}
		p.Gradient, p.Under = g, s.Background.Under
	}
	return p
}

// tile places the picture behind a box; nil where there is none.
func (l *layouter) tile(s *style.Style, r display.Rect) *display.Picture {
	b := s.Background
	if b.URL == "" {
		return nil
	}
	pw, ph, ok := l.options.Picture(b.URL)
	if !ok || pw <= 0 || ph <= 0 {
		return nil
	}
	area := inset(r, s)
	w, h := pw, ph
	switch {
	case b.Cover || b.Contain:
		f, g := area.W/pw, area.H/ph
		if b.Cover != (f > g) {
			f = g
		}
		w, h = pw*f, ph*f
	case b.Width.Definite() && b.Height.Definite():
		w, h = b.Width.Of(area.W), b.Height.Of(area.H)
	case b.Width.Definite():
		w = b.Width.Of(area.W)
		h = ph * w / pw
	case b.Height.Definite():
		h = b.Height.Of(area.H)
		w = pw * h / ph
	}
	if w < 1 || h < 1 {
		return nil
	}
	at := func(p css.Length, room float32) float32 { return p.Px + p.Percent*room/100 }
	return &display.Picture{
		Source: b.URL, Radius: corners(s, r),
		Tile: &display.Tile{
			Rect:    display.Rect{X: area.X + at(b.X, area.W-w), Y: area.Y + at(b.Y, area.H-h), W: w, H: h},
			RepeatX: b.RepeatX, RepeatY: b.RepeatY,
		},
	}
}

// over lays a colour over an opaque one.
func over(top, base color.NRGBA) color.NRGBA {
	mix := func(t, b uint8) uint8 {
		a := uint32(top.A)
		return uint8((uint32(t)*a + uint32(b)*(255-a) + 127) / 255)
	}
	return color.NRGBA{R: mix(top.R, base.R), G: mix(top.G, base.G), B: mix(top.B, base.B), A: 255}
}
