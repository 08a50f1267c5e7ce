//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/theme"
)

// slot is a Row and what it shows. Slot k shows the rows k, k+n, k+2n … of n slots, so that scrolling by one row binds one slot.
type slot struct {
	row     Row
	back    *canvas.Rectangle
	objects []fyne.CanvasObject
	index   int // the row shown; -1 for hidden
	key     int64
	state   RowState
	bound   int // the generation it was bound in
}

type listRenderer struct {
	list       *List
	slots      []*slot
	bar        *canvas.Rectangle
	cursor     *canvas.Rectangle
	empty      *Words
	objects    []fyne.CanvasObject
	generation int // counts the changes of content
}

func (r *listRenderer) Destroy()                     {}
func (r *listRenderer) MinSize() fyne.Size           { return r.list.MinSize() }
func (r *listRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *listRenderer) Layout(fyne.Size)             { r.update() }

func (r *listRenderer) Refresh() {
	if !r.list.moved {
		r.generation++
		r.keepPlace()
	}
	r.list.moved = false
	r.update()
	// Words and icons ask for their pictures themselves. Fyne would have those of all rows made again if the list were refreshed.
	if c := fyne.CurrentApp().Driver().CanvasForObject(r.list); c != nil {
		c.Refresh(r.bar)
	}
}

// keepPlace moves the offset so that the first row in view that still exists stays where it was.
func (r *listRenderer) keepPlace() {
	l := r.list
	if l.AtTop() || len(r.slots) == 0 {
		return
	}
	first := int(l.offset / float64(l.rowHeight))
	for i := first; i < first+len(r.slots); i++ {
		s := r.slots[i%len(r.slots)]
		if s.index != i {
			continue
		}
		if now := l.src.Index(s.key); now >= 0 {
			l.offset += float64(now-i) * float64(l.rowHeight)
			return
		}
	}
}

// grow makes slots until the view is covered. It never gives one up, so that a layout makes new objects only in a taller window.
func (r *listRenderer) grow(height float32) {
	need := int(height/r.list.rowHeight) + 2
	if need <= len(r.slots) {
		return
	}
	for len(r.slots) < need {
		s := &slot{row: r.list.newRow(), back: canvas.NewRectangle(nil)}
		s.objects = append([]fyne.CanvasObject{s.back}, s.row.Objects()...)
		r.slots = append(r.slots, s)
	}
	r.objects = r.objects[:0]
	for _, s := range r.slots {
		s.index = -1 // slots show other rows now
		r.objects = append(r.objects, s.objects...)
	}
	r.objects = append(append(append(r.objects, r.cursor), r.empty.Objects()...), r.bar)
}

// update brings every slot to what the list shows now.
func (r *listRenderer) update() {
	l, size := r.list, r.list.Size()
	l.clamp()
	r.grow(size.Height)
	n, first := l.src.Len(), int(l.offset/float64(l.rowHeight))
	top := float32(float64(first)*float64(l.rowHeight) - l.offset)
	at, hover := l.Cursor(), l.rowAt(l.pointer)
	fill(r.cursor, theme.Accent)
	show(r.cursor, l.focused) // where no row in view has the cursor, the keyboard is seen to be here all the same
	place(r.cursor, 0, 0, 2, size.Height)
	for k := range r.slots {
		i := first + k
		s, y := r.slots[i%len(r.slots)], whole(top+float32(k)*l.rowHeight)
		if i >= n || y >= size.Height {
			s.hide()
			continue
		}
		key := l.src.Key(i)
		state := RowState{Selected: l.sel.Has(key), Hover: i == hover, Focused: l.focused, Cursor: i == at}
		if s.index != i || s.key != key || s.state != state || s.bound != r.generation {
			s.bind(i, key, state, r.generation)
		}
		place(s.back, 0, y, size.Width, l.rowHeight)
		s.row.Place(0, y, size.Width, l.rowHeight)
		if state.Cursor && state.Focused {
			place(r.cursor, 0, y, 2, l.rowHeight)
		}
	}
	r.updateEmpty(n, size)
	r.updateBar(size)
}

func (s *slot) hide() {
	if s.index == -1 {
		for _, o := range s.objects {
			show(o, false)
		}
		return
	}
	s.index = -1
	for _, o := range s.objects {
		show(o, false)
	}
}

func (s *slot) bind(i int, key int64, state RowState, generation int) {
	if s.index == -1 {
		for _, o := range s.objects {
			show(o, true)
		}
	}
	s.index, s.key, s.state, s.bound = i, key, state, generation
	fill(s.back, rowFill(state))
	s.row.Bind(i, state)
}

// rowFill is the colour behind a row.
func rowFill(s RowState) fyne.ThemeColorName {
	switch {
	case s.Selected && s.Focused:
		return theme.Selection
	case s.Selected:
		return theme.Inactive
	case s.Hover:
		return theme.Hover
	}
	return theme.None
}

func (r *listRenderer) updateEmpty(n int, size fyne.Size) {
	r.empty.SetVisible(n == 0 && r.list.empty != "")
	if n == 0 {
		r.empty.Set(r.list.empty, theme.Dim)
		width := min(r.empty.Width(), max(0, size.Width-24))
		r.empty.Place((size.Width-width)/2, min(size.Height/2, 120), width)
	}
}

func (r *listRenderer) updateBar(size fyne.Size) {
	l := r.list
	y, long := l.bar.geometry(size.Height, l.total(), l.offset)
	show(r.bar, long > 0)
	fill(r.bar, theme.ScrollBar)
	place(r.bar, size.Width-barWidth-2, whole(y), barWidth, whole(long))
}
