//go:build !nogui

package kit

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// accents counts the visible rectangles in the accent's colour.
func accents(w fyne.Widget) (n int) {
	for _, o := range test.WidgetRenderer(w).Objects() {
		if r, ok := o.(*canvas.Rectangle); ok && r.Visible() && r.FillColor == color.Color(theme.Color(theme.Accent)) && r.Size().Height > 10 {
			n++
		}
	}
	return n
}

func TestTheKeyboardIsSeenWhereverItIs(t *testing.T) {
	setUp(t, theme.Dark)
	src := upTo(100)
	empty := &rowsOf{}
	row := func() Row { return &plainRow{text: canvas.NewText("row", nil)} }
	list, none, lines, editor := NewList(30, src, NewKeySet(src), row), NewList(30, empty, NewKeySet(empty), row), NewLines(18), NewEditor(18)
	lines.SetSource(NewTextLines(numbered(100), theme.Text))
	for name, w := range map[string]interface {
		fyne.Widget
		fyne.Focusable
	}{"a list without a cursor": list, "a list without rows": none, "lines": lines, "an editor": editor} {
		win := inWindow(t, w, 300, 200)
		if n := accents(w); n != 0 {
			t.Errorf("%s: %d marks without the keyboard", name, n)
		}
		win.Canvas().Focus(w)
		if accents(w) == 0 {
			t.Errorf("%s: the keyboard is not seen", name)
		}
		win.Canvas().Unfocus()
		if n := accents(w); n != 0 {
			t.Errorf("%s: %d marks stay", name, n)
		}
	}
	win := inWindow(t, list, 300, 200)
	win.Canvas().Focus(list)
	list.SetCursor(2)
	list.ScrollTo(1000)
	if accents(list) != 1 {
		t.Error("the keyboard is not seen while the cursor's row is out of sight")
	}
}
