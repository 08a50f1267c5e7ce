//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// tableRow draws a row of a Table: one text or tag for each column.
type tableRow struct {
	table *Table
	cells []Cell
	words []*Words
	tags  []*Tag // nil where the column has words
	line  *canvas.Rectangle
}

func newTableRow(t *Table) *tableRow {
	n := len(t.columns)
	r := &tableRow{table: t, cells: make([]Cell, n), words: make([]*Words, n), tags: make([]*Tag, n), line: canvas.NewRectangle(nil)}
	for i, c := range t.columns {
		switch {
		case c.Tag:
			r.tags[i] = NewTag()
		case c.Mono:
			r.words[i] = NewMonoWords(theme.SizeMedium)
		default:
			r.words[i] = NewWords(theme.SizeMedium)
		}
	}
	return r
}

// Objects implements Row.
func (r *tableRow) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.line}
	for i := range r.words {
		if r.tags[i] != nil {
			out = append(out, r.tags[i].Objects()...)
		} else {
			out = append(out, r.words[i].Objects()...)
		}
	}
	return out
}

// Bind implements Row.
func (r *tableRow) Bind(i int, s RowState) {
	clear(r.cells)
	r.table.bind(i, s, r.cells)
	fill(r.line, theme.Border)
	for k, c := range r.cells {
		hidden := r.table.columns[k].Hidden
		if c.Color == "" {
			c.Color = theme.Text
		}
		if tag := r.tags[k]; tag != nil {
			if hidden {
				c.Text = ""
			}
			tag.Set(c.Text, c.Color)
			continue
		}
		w := r.words[k]
		w.SetBold(c.Bold)
		w.Set(c.Text, c.Color)
		w.SetVisible(!hidden && c.Text != "")
	}
}

// Place implements Row.
func (r *tableRow) Place(x, y, w, h float32) {
	place(r.line, x, y+h-1, w, 1)
	middle := y + whole(h/2)
	r.table.each(w, func(i int, cx, cw float32) {
		if tag := r.tags[i]; tag != nil {
			tag.Place(x+cx+cellInset, middle)
			return
		}
		words, room := r.words[i], max(0, cw-cellInset-4)
		if n := words.Width(); r.table.columns[i].Right && n < room {
			words.Place(x+cx+cw-cellInset-n, middle, n)
			return
		}
		words.Place(x+cx+cellInset, middle, room)
	})
}

// tableHead is the line over the rows of a Table.
type tableHead struct {
	widget.BaseWidget
	table *Table
	hover int // the column under the pointer, -1 for none
	edge  int // the column whose right edge is under the pointer or held, -1 for none
	held  bool
}

// at gives the column at x, and the one whose right edge is there.
func (h *tableHead) at(x float32) (column, edge int) {
	column, edge = -1, -1
	h.table.each(h.Size().Width, func(i int, cx, cw float32) {
		if x >= cx && x < cx+cw {
			column = i
		}
		if d := x - (cx + cw); d > -5 && d < 5 {
			edge = i
		}
	})
	return column, edge
}

// MouseIn implements desktop.Hoverable.
func (h *tableHead) MouseIn(e *desktop.MouseEvent) { h.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (h *tableHead) MouseMoved(e *desktop.MouseEvent) {
	if h.held {
		return
	}
	column, edge := h.at(e.Position.X)
	h.edge = edge
	if column != h.hover {
		h.hover = column
		h.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (h *tableHead) MouseOut() {
	if !h.held {
		h.hover, h.edge = -1, -1
		h.Refresh()
	}
}

// MouseDown implements desktop.Mouseable.
func (h *tableHead) MouseDown(e *desktop.MouseEvent) {
	column, edge := h.at(e.Position.X)
	switch {
	case e.Button == desktop.MouseButtonSecondary:
		if h.table.OnHead != nil {
			h.table.OnHead(e.AbsolutePosition)
		}
	case edge >= 0:
		h.edge, h.held = edge, true
	case column >= 0:
		h.table.clickedHead(column)
	}
}

// MouseUp implements desktop.Mouseable.
func (h *tableHead) MouseUp(*desktop.MouseEvent) { h.DragEnd() }

// Dragged implements fyne.Draggable.
func (h *tableHead) Dragged(e *fyne.DragEvent) {
	if !h.held {
		return
	}
	h.table.each(h.Size().Width, func(i int, cx, _ float32) {
		if i == h.edge {
			h.table.columns[i].Width = whole(max(leastColumn, min(e.Position.X-cx, 2000)))
		}
	})
	h.table.arranged()
}

// DragEnd implements fyne.Draggable.
func (h *tableHead) DragEnd() {
	if h.held {
		h.held = false
		if h.table.OnLayout != nil {
			h.table.OnLayout()
		}
	}
}

// Cursor implements desktop.Cursorable.
func (h *tableHead) Cursor() desktop.Cursor {
	if h.edge >= 0 {
		return desktop.HResizeCursor
	}
	return desktop.DefaultCursor
}

// Scrolled implements fyne.Scrollable, for which the painter clips the head to its bounds.
func (h *tableHead) Scrolled(e *fyne.ScrollEvent) {
	h.table.scrollTo(h.table.side - e.Scrolled.DX - e.Scrolled.DY)
}

// CreateRenderer implements fyne.Widget.
func (h *tableHead) CreateRenderer() fyne.WidgetRenderer {
	back, line := canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	d := &drawing{owner: h, objects: []fyne.CanvasObject{back, line}}
	n := len(h.table.columns)
	titles, arrows, edges := make([]*Words, n), make([]*Glyph, n), make([]*canvas.Rectangle, n)
	for i := range n {
		titles[i], arrows[i], edges[i] = NewWords(theme.SizeSmall), NewGlyph(12), canvas.NewRectangle(nil)
		d.objects = append(append(d.objects, titles[i].Objects()...), arrows[i].Object(), edges[i])
	}
	d.min = func() fyne.Size { return fyne.NewSize(60, headHeight) }
	d.layout = func(s fyne.Size) {
		place(back, 0, 0, s.Width, headHeight)
		place(line, 0, headHeight-1, s.Width, 1)
		h.table.each(s.Width, func(i int, x, w float32) {
			title, arrow := titles[i], float32(0)
			if h.table.sort == h.table.columns[i].Key {
				arrow = 16
			}
			long := min(title.Width(), max(0, w-cellInset-4-arrow))
			at := x + cellInset
			if h.table.columns[i].Right && long+arrow < w-2*cellInset {
				at = x + w - cellInset - long - arrow
			}
			title.Place(at, headHeight/2, long)
			arrows[i].Place(at+long+4, headHeight/2)
			place(edges[i], whole(x+w)-1, 8, 1, headHeight-16)
		})
	}
	d.paint = func() {
		fill(back, theme.Raised)
		fill(line, theme.Border)
		for i, c := range h.table.columns {
			sorted, color := h.table.sort == c.Key, theme.Dim
			if sorted || i == h.hover && c.Sorts {
				color = theme.Text
			}
			titles[i].SetBold(sorted)
			titles[i].Set(c.Title, color)
			titles[i].SetVisible(!c.Hidden)
			fill(edges[i], theme.Border)
			show(edges[i], !c.Hidden)
			icon := ""
			if sorted && !c.Hidden {
				icon = "chevron-down"
				if !h.table.down {
					icon = "chevron-up"
				}
			}
			arrows[i].Set(icon, theme.Text)
		}
	}
	d.paint()
	return d
}
