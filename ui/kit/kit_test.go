//go:build !nogui

package kit

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// setUp gives a test app with our theme.
func setUp(t testing.TB, v theme.Variant) *theme.Theme {
	t.Helper()
	th := theme.New(v)
	test.NewTempApp(t).Settings().SetTheme(th)
	return th
}

// inWindow shows o in a window of its own, filling it.
func inWindow(t testing.TB, o fyne.CanvasObject, w, h float32) fyne.Window {
	t.Helper()
	win := test.NewTempWindow(t, o)
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	return win
}

// rowsOf is a Source of keys.
type rowsOf struct{ keys []int64 }

func (r *rowsOf) Len() int            { return len(r.keys) }
func (r *rowsOf) Key(i int) int64     { return r.keys[i] }
func (r *rowsOf) Index(key int64) int { return slices.Index(r.keys, key) }

// upTo gives n rows with the keys n, n-1 … 1, as mail has its newest first.
func upTo(n int) *rowsOf {
	r := &rowsOf{}
	for k := n; k > 0; k-- {
		r.keys = append(r.keys, int64(k))
	}
	return r
}

// counted is a Source of n rows without memory.
type counted int

func (c counted) Len() int            { return int(c) }
func (c counted) Key(i int) int64     { return int64(i) }
func (c counted) Index(key int64) int { return int(key) }

// plainRow is a Row of one text that it never changes once made, and remembers what was done to it.
type plainRow struct {
	text  *canvas.Text
	index int
	state RowState
	y     float32
	binds int
	label func(i int) string
}

func (r *plainRow) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text} }
func (r *plainRow) Bind(i int, s RowState) {
	r.index, r.state = i, s
	r.binds++
	ink(r.text, theme.Text)
	if r.label != nil {
		r.text.Text = r.label(i)
	}
}
func (r *plainRow) Place(x, y, w, h float32) { r.y = y; place(r.text, x+10, y, w, h) }

// Fyne forgets the renderers of what is out of sight for some seconds. The one that comes later is laid out only where it has objects.
func TestWhatComesBackIntoSightShowsItsRowsAtOnce(t *testing.T) {
	setUp(t, theme.Light)
	list := newFixture(t, 10)
	lines := NewLines(18)
	lines.SetSource(NewTextLines("one\ntwo\nthree", theme.Text))
	inWindow(t, lines, 200, 100)
	for name, w := range map[string]fyne.Widget{"list": list.List, "lines": lines, "editor": newEditor(t, "one\ntwo\nthree", 200, 100).Editor} {
		texts := 0
		for _, o := range w.CreateRenderer().Objects() {
			if text, ok := o.(*canvas.Text); ok && text.Visible() && text.Text != "" {
				texts++
			}
		}
		if texts < 3 {
			t.Errorf("%s: %d texts stand in a new renderer, want all rows", name, texts)
		}
	}
}
