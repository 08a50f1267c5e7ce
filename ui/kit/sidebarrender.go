//go:build !nogui

package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/theme"
)

// sideLine is the primitives of one row: a place or a state.
type sideLine struct {
	back, dot *canvas.Rectangle
	glyph     *Glyph
	text      *Words
	count     *Words
}

func newSideLine(size float32) *sideLine {
	l := &sideLine{back: canvas.NewRectangle(nil), dot: canvas.NewRectangle(nil), glyph: NewGlyph(16), text: NewWords(size), count: NewWords(theme.SizeSmall)}
	l.back.CornerRadius, l.dot.CornerRadius = 6, 4
	return l
}

func (l *sideLine) objects() []fyne.CanvasObject {
	return slices.Concat([]fyne.CanvasObject{l.back, l.dot, l.glyph.Object()}, l.text.Objects(), l.count.Objects())
}

type sidebarRenderer struct {
	side       *Sidebar
	back, line *canvas.Rectangle
	foot       *canvas.Rectangle // behind the states: rows scroll under it
	folds      []*Glyph
	heads      []*Words
	rows       []*sideLine
	states     []*sideLine
	objects    []fyne.CanvasObject
}

// CreateRenderer implements fyne.Widget.
func (s *Sidebar) CreateRenderer() fyne.WidgetRenderer {
	r := &sidebarRenderer{side: s, back: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil), foot: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

func (r *sidebarRenderer) Destroy()                     {}
func (r *sidebarRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *sidebarRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, sideTop+sideHead+sideRow*3+r.footHeight())
}

func (r *sidebarRenderer) footHeight() float32 {
	if len(r.side.states) == 0 {
		return 0
	}
	return 16 + sideFoot*float32(len(r.side.states))
}

func (r *sidebarRenderer) Refresh() {
	r.paint()
	r.Layout(r.side.Size())
	canvas.Refresh(r.side)
}

// paint makes the missing primitives and sets all.
func (r *sidebarRenderer) paint() {
	s := r.side
	rows := 0
	for _, sec := range s.sections {
		rows += len(sec.rows())
	}
	r.grow(len(s.sections), rows, len(s.states))
	fill(r.back, theme.Side)
	fill(r.line, theme.Border)
	fill(r.foot, theme.Side)
	n := 0
	for i, sec := range s.sections {
		r.heads[i].SetBold(true)
		r.heads[i].Set(sec.Title, theme.Faint)
		r.folds[i].Set(foldIcon(&sec), theme.Faint)
		for _, row := range sec.rows() {
			r.paintRow(r.rows[n], row)
			n++
		}
	}
	for i, st := range s.states {
		l := r.states[i]
		fill(l.dot, st.Color)
		l.text.SetBold(true)
		l.text.Set(st.Name, theme.Dim)
		color := theme.Dim
		if st.Color == theme.Warn || st.Color == theme.Err {
			color = st.Color
		}
		l.count.Set(st.Text, color)
	}
}

// foldIcon is what stands beside a section's title.
func foldIcon(s *Section) string {
	switch {
	case s.Key == "":
		return ""
	case s.Folded:
		return "chevron-right"
	}
	return "chevron-down"
}

func (r *sidebarRenderer) paintRow(l *sideLine, row SidebarRow) {
	s := r.side
	text, icon, back := theme.Dim, theme.Faint, theme.None
	switch row.Key {
	case s.selected:
		text, icon, back = theme.Text, theme.Accent, theme.Selection
	case s.hover:
		back = theme.Hover
	}
	fill(l.back, back)
	l.back.StrokeWidth = 0
	if s.focused && row.Key == s.selected {
		l.back.StrokeWidth, l.back.StrokeColor = 1, theme.Color(theme.FocusRing)
	}
	fill(l.dot, row.Color)
	show(l.dot, row.Icon == "")
	l.glyph.Set(row.Icon, icon)
	l.text.SetBold(row.Key == s.selected)
	l.text.Set(row.Text, text)
	l.count.Set(row.Count, theme.Dim)
}

// grow makes primitives until there are this many of each, and hides those that are too many.
func (r *sidebarRenderer) grow(heads, rows, states int) {
	for len(r.heads) < heads {
		r.heads = append(r.heads, NewWords(theme.SizeTiny))
		r.folds = append(r.folds, NewGlyph(11))
	}
	for len(r.rows) < rows {
		r.rows = append(r.rows, newSideLine(theme.SizeText))
	}
	for len(r.states) < states {
		r.states = append(r.states, newSideLine(theme.SizeMedium))
	}
	r.objects = append(r.objects[:0], r.back)
	for i, h := range r.heads {
		r.objects = append(append(r.objects, h.Objects()...), r.folds[i].Object())
		h.SetVisible(i < heads)
		show(r.folds[i].Object(), i < heads)
	}
	used := func(lines []*sideLine, n int) {
		for i, l := range lines {
			for _, o := range l.objects() {
				show(o, i < n)
				r.objects = append(r.objects, o)
			}
		}
	}
	used(r.rows, rows)
	r.objects = append(r.objects, r.foot, r.line)
	used(r.states, states)
}

// Layout implements fyne.WidgetRenderer.
func (r *sidebarRenderer) Layout(size fyne.Size) {
	s := r.side
	s.clamp()
	y, n := sideTop-s.scroll, 0
	place(r.back, 0, 0, size.Width, size.Height)
	for i := range s.sections {
		r.heads[i].Place(16, y+18, max(0, size.Width-48))
		r.folds[i].Place(16+r.heads[i].Width()+5, y+18)
		y += sideHead
		for range s.sections[i].rows() {
			r.rows[n].place(y, size.Width)
			y += sideRow
			n++
		}
	}
	foot := size.Height - r.footHeight()
	show(r.line, len(s.states) > 0)
	show(r.foot, len(s.states) > 0 && s.total() > s.view())
	place(r.foot, 0, foot, size.Width, size.Height-foot)
	place(r.line, 0, foot, size.Width, 1)
	for i := range s.states {
		l, middle := r.states[i], foot+18+sideFoot*float32(i)
		place(l.dot, 18, middle-4, 8, 8)
		l.text.Place(34, middle, 60)
		x := 34 + min(60, l.text.Width()) + 6
		l.count.Place(max(76, x), middle, max(0, size.Width-max(76, x)-8))
	}
}

func (l *sideLine) place(y, width float32) {
	place(l.back, 8, y, max(0, width-16), sideRow)
	place(l.dot, 19, y+10, 8, 8)
	l.glyph.Place(16, y+sideRow/2)
	taken := l.count.PlaceRight(width-18, y+sideRow/2)
	l.text.Place(40, y+sideRow/2, max(0, width-18-taken-6-40))
}
