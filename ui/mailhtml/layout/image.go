package layout

import (
	"strings"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// imageSize gives the border box of a picture (CSS 2.2, sections 10.3.2 and 10.6.2). loaded says that the picture is there.
func (l *layouter) imageSize(b *box, avail float32) (w, h float32, loaded bool) {
	s := b.style
	pw, ph, ok := l.options.Picture(strings.TrimSpace(attribute(b.node, "src")))
	if !ok {
		pw, ph = l.missingSize(b)
	}
	sides, ends := s.Sides(avail), s.Ends(avail)
	inner := func(v css.Length, frame float32) float32 {
		x := v.Of(avail)
		if s.BorderBox {
			x -= frame
		}
		return max(0, x)
	}
	w, h = pw, ph
	wide, high := s.Width.Definite(), s.Height.Kind == css.Fixed
	if wide {
		w = inner(s.Width, sides)
	}
	if high {
		h = inner(s.Height, ends)
	}
	ratio := ok && pw > 0 && ph > 0
	switch {
	case wide && !high && ratio:
		h = w * ph / pw
	case high && !wide && ratio:
		w = h * pw / ph
	}
	follow := !high && (ratio || wide)
	if s.MaxWidth.Definite() && (avail > 0 || s.MaxWidth.Kind == css.Fixed) {
		if most := inner(s.MaxWidth, sides); w > most {
			if follow && w > 0 && ratio {
				h = h * most / w
			}
			w = most
		}
	}
	if s.MinWidth.Definite() {
		if at := inner(s.MinWidth, sides); w < at {
			if follow && w > 0 && ratio {
				h = h * at / w
			}
			w = at
		}
	}
	if s.MaxHeight.Kind == css.Fixed {
		if most := inner(s.MaxHeight, ends); h > most {
			if !wide && ratio && h > 0 {
				w = w * most / h
			}
			h = most
		}
	}
	if s.MinHeight.Kind == css.Fixed {
		h = max(h, inner(s.MinHeight, ends))
	}
	return w + sides, h + ends, ok
}

// missingSize gives the room for a picture that is not there: that of its alternative text.
func (l *layouter) missingSize(b *box) (w, h float32) {
	alt := strings.Join(strings.Fields(attribute(b.node, "alt")), " ")
	if alt == "" {
		for _, a := range b.node.Attr {
			if a.Key == "alt" { // it is said to be decoration
				return 0, 0
			}
		}
		return 16, 16
	}
	s := b.style
	p := l.options.Measurer.Prefix(alt, s.Font, false)
	return p[len(p)-1]*s.Font.Size + 20, max(16, l.measure(s.Font).Height)
}

func (l *layouter) intrinsicImage(b *box) (least, may float32) {
	s := b.style
	if s.Width.Kind == css.Relative || s.MaxWidth.Kind == css.Relative {
		plain := *s
		if s.Width.Kind == css.Relative {
			plain.Width = css.Length{}
		}
		plain.MaxWidth = css.Length{}
		if s.MaxWidth.Kind == css.Fixed {
			plain.MaxWidth = s.MaxWidth
		}
		b.style = &plain
		w, _, _ := l.imageSize(b, 0)
		b.style = s
		return 0, w
	}
	w, _, _ := l.imageSize(b, 0)
	return w, w
}

// image lays out a picture that stands on a line, at the origin.
func (l *layouter) image(b *box, avail float32) *part {
	s := b.style
	edge := func(e int) float32 { return s.Margin[e].Of(avail) }
	p := &part{}
	var w, h float32
	p = l.capture(func() {
		l.noteBox(b)
		w, h, _ = l.imageSize(b, avail)
		r := display.Rect{X: edge(style.LeftEdge), Y: edge(style.TopEdge), W: w, H: h}
		if n := len(l.list.Boxes); n > 0 {
			l.list.Boxes[n-1].Rect = r
		}
		l.drawImage(b, r, avail)
	})
	p.w = edge(style.LeftEdge) + w + edge(style.RightEdge)
	p.h = edge(style.TopEdge) + h + edge(style.BottomEdge)
	p.baseline = p.h
	return p
}

// blockImage draws a picture that stands as a block, and gives its height.
func (l *layouter) blockImage(b *box, x, y, avail float32) float32 {
	w, h, _ := l.imageSize(b, avail)
	l.drawImage(b, display.Rect{X: x, Y: y, W: w, H: h}, avail)
	return h
}

// drawImage draws a picture with its background and borders.
func (l *layouter) drawImage(b *box, r display.Rect, avail float32) {
	s := b.style
	if s.Hidden || r.Empty() {
		return
	}
	before := l.opacity
	l.opacity *= s.Opacity
	if s.Decorated() {
		l.decorate(l.reserve(), s, r)
	}
	in := frameOf(s, avail)
	at := display.Rect{X: r.X + in.left, Y: r.Y + in.top, W: r.W - in.left - in.right, H: r.H - in.top - in.bottom}
	src := strings.TrimSpace(attribute(b.node, "src"))
	pw, ph, ok := l.options.Picture(src)
	if ok && pw > 0 && ph > 0 && (s.ObjectFit == "contain" || s.ObjectFit == "cover") {
		at = l.fitted(at, pw, ph, s.ObjectFit == "cover")
	}
	l.add(display.Item{Rect: at, Link: b.link, Picture: &display.Picture{
		Source: src, Alt: strings.Join(strings.Fields(attribute(b.node, "alt")), " "), Missing: !ok,
		Font: s.Font, Color: s.Color, Radius: corners(s, r),
	}})
	l.opacity = before
}

// fitted gives the rectangle of a picture that keeps its shape. What would stick out is scaled away, as nothing clips it here.
func (l *layouter) fitted(r display.Rect, pw, ph float32, cover bool) display.Rect {
	f, g := r.W/pw, r.H/ph
	if cover || f == g {
		return r
	}
	f = min(f, g)
	return display.Rect{X: r.X + (r.W-pw*f)/2, Y: r.Y + (r.H-ph*f)/2, W: pw * f, H: ph * f}
}
