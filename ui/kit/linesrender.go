//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/theme"
)

// lineSlot is the primitives of one row in view. Slot k shows the rows k, k+n … of n slots.
type lineSlot struct {
	mark   *canvas.Rectangle // the selection
	texts  []*canvas.Text
	tints  []*canvas.Rectangle // behind the pieces that are tags
	pieces []piece
	row    int // -1 for hidden
	side   float64
	width  float32 // of the view it was cut for
	bound  int
}

type linesRenderer struct {
	lines      *Lines
	slots      []*lineSlot
	bar, low   *canvas.Rectangle // the scroll bars
	here       *canvas.Rectangle // at the left edge, says that the keyboard is here
	objects    []fyne.CanvasObject
	generation int
	grown      bool // objects is out of date
}

// CreateRenderer implements fyne.Widget.
func (l *Lines) CreateRenderer() fyne.WidgetRenderer {
	r := &linesRenderer{lines: l, bar: canvas.NewRectangle(nil), low: canvas.NewRectangle(nil), here: canvas.NewRectangle(nil), grown: true}
	r.bar.CornerRadius, r.low.CornerRadius = barWidth/2, barWidth/2
	if l.Size().Height > 0 { // as for List
		r.update()
	}
	return r
}

func (r *linesRenderer) Destroy()                     {}
func (r *linesRenderer) MinSize() fyne.Size           { return r.lines.MinSize() }
func (r *linesRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Layout implements fyne.WidgetRenderer. A new width wraps anew and keeps the first line in view.
func (r *linesRenderer) Layout(s fyne.Size) {
	l := r.lines
	if l.wrap && l.wrapped != 0 && l.wrapped != max(8*l.face.size, l.viewWidth(s.Width)) {
		top := l.topLine()
		l.rewrap(s.Width)
		l.showLine(top)
		r.generation++
	}
	r.update()
}

func (r *linesRenderer) Refresh() {
	if !r.lines.moved {
		r.generation++
	}
	r.lines.moved = false
	r.update()
	canvas.Refresh(r.lines.self)
}

func (r *linesRenderer) update() {
	l, size := r.lines, r.lines.Size()
	l.rewrap(size.Width)
	l.clamp()
	for need := int(size.Height/l.rowHeight) + 2; len(r.slots) < need; r.grown = true {
		r.slots = append(r.slots, &lineSlot{mark: canvas.NewRectangle(nil), row: -1})
		for _, s := range r.slots {
			s.row = -1 // slots show other rows now
		}
	}
	first, top := l.view()
	n := l.rowCount()
	for k := range r.slots {
		i, y := first+k, whole(top+float32(k)*l.rowHeight)
		s := r.slots[i%len(r.slots)]
		if i >= n || y >= size.Height {
			s.hide()
			continue
		}
		if s.row != i || s.side != l.side || s.width != size.Width || s.bound != r.generation {
			r.bind(s, i, size.Width)
		}
		r.placeRow(s, y)
	}
	fill(r.here, theme.Accent)
	show(r.here, l.focused)
	place(r.here, 0, 0, 2, size.Height)
	r.updateBars(size)
	if r.grown {
		r.collect()
	}
}

// bind cuts row i for slot s and sets its texts.
func (r *linesRenderer) bind(s *lineSlot, i int, width float32) {
	l := r.lines
	ps, wide := l.pieces(l.row(i), l.side, l.side+float64(width))
	l.widest = max(l.widest, wide)
	s.pieces, s.row, s.side, s.width, s.bound = ps, i, l.side, width, r.generation
	for len(s.texts) < len(ps) {
		t := canvas.NewText("", nil)
		t.TextSize, t.TextStyle = l.face.size, l.face.style
		s.texts = append(s.texts, t)
		r.grown = true
	}
	r.bindTints(s)
	for k, t := range s.texts {
		show(t, k < len(ps))
		if k < len(ps) {
			t.Text = theme.Strut(ps[k].shown)
			ink(t, ps[k].color)
			t.TextSize, t.TextStyle = l.face.size, l.face.style
		}
	}
}

// bindTints gives the tags of slot s their tints.
func (r *linesRenderer) bindTints(s *lineSlot) {
	n := 0
	for _, p := range s.pieces {
		if !p.tag {
			continue
		}
		if n == len(s.tints) {
			tint := canvas.NewRectangle(nil)
			tint.CornerRadius = TagHeight / 2
			s.tints = append(s.tints, tint)
			r.grown = true
		}
		s.tints[n].FillColor = theme.ChipColor(p.color)
		n++
	}
	for k, tint := range s.tints {
		show(tint, k < n)
	}
}

func (r *linesRenderer) placeRow(s *lineSlot, y float32) {
	l := r.lines
	height := theme.Current().Height(l.face.size, l.face.style)
	tags := 0
	for k, p := range s.pieces {
		x := whole(l.inset() + float32(p.x-l.side))
		place(s.texts[k], x, whole(y+(l.rowHeight-height)/2), p.width, height)
		if p.tag {
			place(s.tints[tags], x, whole(y+(l.rowHeight-TagHeight)/2), p.width, TagHeight)
			tags++
		}
	}
	r.placeMark(s, y)
}

// placeMark puts the mark of the selection behind the part of a row that is selected.
func (r *linesRenderer) placeMark(s *lineSlot, y float32) {
	l, row := r.lines, r.lines.row(s.row)
	from, to := l.selection()
	line := int(row.line)
	text := l.text(line)
	end := int(row.to)
	if end < 0 {
		end = len(text)
	}
	start := int(row.from)
	if from == to || line < from.line || line > to.line {
		show(s.mark, false)
		return
	}
	more := 0.0 // a selected line end shows as half a character
	if line == from.line {
		start = max(start, from.off)
	}
	if line == to.line {
		end = min(end, to.off)
	} else if row.to < 0 {
		more = float64(l.face.size) / 2
	}
	if start > end || start == end && more == 0 {
		show(s.mark, false)
		return
	}
	x, until := l.face.xOf(s.pieces, text, start), l.face.xOf(s.pieces, text, end)+more
	fill(s.mark, rowFill(RowState{Selected: true, Focused: l.focused}))
	show(s.mark, until > x)
	place(s.mark, whole(l.inset()+float32(x-l.side)), y, whole(float32(until-x)), l.rowHeight)
}

func (s *lineSlot) hide() {
	s.row = -1
	show(s.mark, false)
	for _, t := range s.texts {
		show(t, false)
	}
	for _, tint := range s.tints {
		show(tint, false)
	}
}

func (r *linesRenderer) updateBars(size fyne.Size) {
	l := r.lines
	y, long := l.bar.geometry(size.Height, l.total(), l.offset)
	show(r.bar, long > 0)
	fill(r.bar, theme.ScrollBar)
	place(r.bar, size.Width-barWidth-2, whole(y), barWidth, whole(long))
	room := l.viewWidth(size.Width)
	x, wide := scrollBar{}.geometry(room, l.widest, l.side)
	show(r.low, wide > 0 && l.rows == nil)
	r.low.FillColor = r.bar.FillColor
	place(r.low, l.inset()+whole(x), size.Height-barWidth-2, whole(wide), barWidth)
}

// collect lists the objects again: tints and marks below all texts, bars on top.
func (r *linesRenderer) collect() {
	r.grown = false
	r.objects = r.objects[:0]
	for _, s := range r.slots {
		for _, tint := range s.tints {
			r.objects = append(r.objects, tint)
		}
	}
	for _, s := range r.slots {
		r.objects = append(r.objects, s.mark)
	}
	for _, s := range r.slots {
		for _, t := range s.texts {
			r.objects = append(r.objects, t)
		}
	}
	r.objects = append(r.objects, r.here, r.bar, r.low)
}
