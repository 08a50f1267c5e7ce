//go:build !nogui

package kit

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/theme"
)

const caretWidth float32 = 2

// editorRenderer draws what an Editor has beside its Lines: the cursor, the line that it stands in, and the gutter over what was
// scrolled sideways.
type editorRenderer struct {
	editor  *Editor
	inner   *linesRenderer
	here    *canvas.Rectangle // behind the cursor's line
	caret   *canvas.Rectangle
	back    *canvas.Rectangle // of the gutter
	edge    *canvas.Rectangle
	slots   []*gutterSlot
	objects []fyne.CanvasObject
	drawn   int // how many objects of inner are among objects
}

// gutterSlot is the number of a line in view, and the bar before it where there is a mark.
type gutterSlot struct {
	number *canvas.Text
	bar    *canvas.Rectangle
	line   int
}

// CreateRenderer implements fyne.Widget.
func (e *Editor) CreateRenderer() fyne.WidgetRenderer {
	rect := func() *canvas.Rectangle { return canvas.NewRectangle(nil) }
	r := &editorRenderer{editor: e, inner: e.Lines.CreateRenderer().(*linesRenderer), here: rect(), caret: rect(), back: rect(), edge: rect(), drawn: -1}
	if e.Size().Height > 0 {
		r.update()
	}
	return r
}

func (r *editorRenderer) Destroy()                     {}
func (r *editorRenderer) MinSize() fyne.Size           { return r.editor.MinSize() }
func (r *editorRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Layout implements fyne.WidgetRenderer.
func (r *editorRenderer) Layout(s fyne.Size) {
	r.inner.Layout(s)
	r.update()
}

func (r *editorRenderer) Refresh() {
	r.inner.Refresh()
	r.update()
}

func (r *editorRenderer) update() {
	e, size := r.editor, r.editor.Size()
	grown := false
	for need := int(size.Height/e.rowHeight) + 2; len(r.slots) < need; grown = true {
		n := canvas.NewText("", nil)
		n.TextSize, n.TextStyle, n.Alignment = e.face.size, e.face.style, fyne.TextAlignTrailing
		r.slots = append(r.slots, &gutterSlot{number: n, bar: canvas.NewRectangle(nil), line: -1})
	}
	if grown || r.drawn != len(r.inner.objects) {
		r.collect()
	}
	fill(r.here, theme.Hover)
	fill(r.caret, theme.Accent)
	fill(r.back, theme.Side)
	fill(r.edge, theme.Border)
	place(r.back, 0, 0, e.gutter, size.Height)
	place(r.edge, e.gutter, 0, 1, size.Height)
	r.updateCursor(size)
	first, top := e.view()
	height := theme.Current().Height(e.face.size, e.face.style)
	for k, s := range r.slots {
		i, y := first+k, whole(top+float32(k)*e.rowHeight)
		shown := i < e.doc.Lines() && y < size.Height
		m, marked := e.marks[i]
		show(s.number, shown)
		show(s.bar, shown && marked)
		if !shown {
			continue
		}
		if s.line != i {
			s.line, s.number.Text = i, strconv.Itoa(i+1)
		}
		color := theme.Dim
		if marked {
			color = m.Color
			fill(s.bar, color)
		} else if i == e.head.line {
			color = theme.Text
		}
		ink(s.number, color)
		place(s.number, 8, whole(y+(e.rowHeight-height)/2), e.gutter-16, height)
		place(s.bar, 2, y+1, 3, e.rowHeight-2)
	}
}

// updateCursor places the cursor and the fill of its line.
func (r *editorRenderer) updateCursor(size fyne.Size) {
	e := r.editor
	first, top := e.view()
	y := whole(top + float32(e.head.line-first)*e.rowHeight)
	in := e.focused && y > -e.rowHeight && y < size.Height
	show(r.here, in && e.anchor == e.head)
	show(r.caret, in)
	if !in {
		return
	}
	x := e.xOf(rowRef{line: int32(e.head.line), to: -1}, e.head.off) - e.side
	place(r.here, e.gutter, y, size.Width-e.gutter, e.rowHeight)
	place(r.caret, whole(e.inset()+float32(x)), y+1, caretWidth, e.rowHeight-2)
}

// collect lists the objects anew, from the back to the front.
func (r *editorRenderer) collect() {
	inner := r.inner.objects
	r.drawn = len(inner)
	r.objects = append(r.objects[:0], r.here)
	r.objects = append(r.objects, inner...)
	r.objects = append(r.objects, r.caret, r.back, r.edge)
	for _, s := range r.slots {
		r.objects = append(r.objects, s.bar, s.number)
	}
}
