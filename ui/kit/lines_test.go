//go:build !nogui

package kit

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// newLines gives a view of text in a window, with a clock that makes no double clicks unless told.
func newLines(t testing.TB, text string, w, h float32) *Lines {
	t.Helper()
	setUp(t, theme.Dark)
	l := NewLines(17)
	now := time.Unix(1_000_000, 0)
	l.click.now = func() time.Time { now = now.Add(time.Second); return now }
	l.Held = func() fyne.KeyModifier { return 0 }
	l.SetSource(NewTextLines(text, theme.Text))
	inWindow(t, l, w, h)
	return l
}

// drawn gives the visible texts of a view, row by row.
func drawn(l *Lines) []string {
	rows := map[float32]string{}
	var ys []float32
	for _, o := range test.WidgetRenderer(l).Objects() {
		if x, ok := o.(*canvas.Text); ok && x.Visible() {
			y := x.Position().Y
			if _, seen := rows[y]; !seen {
				ys = append(ys, y)
			}
			rows[y] += x.Text
		}
	}
	slices.Sort(ys)
	var texts []string
	for _, y := range ys {
		texts = append(texts, rows[y])
	}
	return texts
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestLinesOfText(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a": {"a"}, "a\n": {"a"}, "a\nb": {"a", "b"}, "a\r\nb\r\n": {"a", "b"}, "\n\n": {"", ""}, "a\rb": {"a\rb"},
	} {
		src := NewTextLines(text, theme.Text)
		var got []string
		for i := range src.Lines() {
			got = append(got, src.Line(i)[0].Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestOnlyLinesInViewAreDrawn(t *testing.T) {
	l := newLines(t, numbered(1000), 400, 100)
	if got := drawn(l); len(got) > 6 || got[0] != "line 0" {
		t.Errorf("%q", got)
	}
	l.ShowLine(500)
	if got := drawn(l); len(got) > 7 || got[0] != "line 500" || l.TopLine() != 500 {
		t.Errorf("%q, top %d", got, l.TopLine())
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if got := drawn(l); got[len(got)-1] != "line 999" {
		t.Errorf("%q", got)
	}
}

func TestControlsAndBadBytesAreDrawnAsOneCharacterEach(t *testing.T) {
	l := newLines(t, "a\x00b\x7fc\xff\xfed", 400, 100)
	if got := drawn(l); got[0] != "a·b·c\ufffd\ufffdd" {
		t.Errorf("%q", got)
	}
}

func TestTabsGoToEveryEighthColumn(t *testing.T) {
	l := newLines(t, "ab\tc\n1234567\td\n\te", 400, 100)
	column := theme.Current().Advance('0', theme.SizeMedium, fyne.TextStyle{Monospace: true})
	for i, off := range []int{3, 8, 1} {
		ps, _ := l.pieces(l.row(i), 0, 400)
		if x := l.face.xOf(ps, l.text(i), off); math.Abs(x-8*float64(column)) > 0.1 {
			t.Errorf("line %d: %v, not %v", i, x, 8*column)
		}
	}
}

func TestALongLineIsDrawnInPiecesAndOnlyWhereItIsSeen(t *testing.T) {
	l := newLines(t, strings.Repeat("0123456789", 100_000), 400, 100)
	count := func() (n int) {
		for _, o := range test.WidgetRenderer(l).Objects() {
			if x, ok := o.(*canvas.Text); ok && x.Visible() {
				n++
				if len(x.Text) > pieceColumns {
					t.Errorf("a text of %d", len(x.Text))
				}
			}
		}
		return n
	}
	if n := count(); n < 1 || n > 2 {
		t.Errorf("%d texts", n)
	}
	l.scroll(0, 1e9)
	if n := count(); n < 1 || n > 2 {
		t.Errorf("at its end: %d texts", n)
	}
	if got := drawn(l)[0]; !strings.HasSuffix(got, "6789") {
		t.Errorf("its end is %q", got[len(got)-10:])
	}
}

func TestSoftWrapBreaksAtSpaces(t *testing.T) {
	l := newLines(t, "the quick brown fox jumps\nover", 200, 200)
	l.SetWrap(true)
	got := drawn(l)
	if len(got) < 3 || strings.Join(got, "|") != "the quick brown fox |jumps|over" {
		t.Errorf("%q", got)
	}
	l.Resize(fyne.NewSize(120, 200))
	if got := strings.Join(drawn(l), "|"); got != "the |quick |brown |fox |jumps|over" && !strings.HasPrefix(got, "the quick |brown") {
		t.Errorf("narrower: %q", got)
	}
	l.SetWrap(false)
	if got := drawn(l); len(got) != 2 {
		t.Errorf("not wrapped: %q", got)
	}
}

func TestWrappingKeepsTheLineAtTheTop(t *testing.T) {
	l := newLines(t, strings.Repeat("some words that are wrapped when there is no room for them\n", 200), 300, 100)
	l.SetWrap(true)
	l.ShowLine(100)
	l.Resize(fyne.NewSize(150, 100))
	if l.TopLine() != 100 {
		t.Errorf("narrower: %d", l.TopLine())
	}
	l.SetWrap(false)
	if l.TopLine() != 100 {
		t.Errorf("not wrapped: %d", l.TopLine())
	}
}

func (l *Lines) testPress(x, y float32, mod fyne.KeyModifier) {
	l.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, y)}, Button: desktop.MouseButtonPrimary, Modifier: mod})
}

func TestTextIsSelectedByDragging(t *testing.T) {
	l := newLines(t, "alpha beta\ngamma\ndelta", 400, 100)
	column := theme.Current().Advance('0', theme.SizeMedium, fyne.TextStyle{Monospace: true})
	at := func(line, col float32) fyne.Position {
		return fyne.NewPos(linesInset+col*column+1, linesTop+line*17+5)
	}
	p := at(0, 6)
	l.testPress(p.X, p.Y, 0)
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(2, 3)}})
	if got := l.Selected(); got != "beta\ngamma\ndel" {
		t.Errorf("%q", got)
	}
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(0, 2)}})
	if got := l.Selected(); got != "pha " {
		t.Errorf("backwards: %q", got)
	}
	l.DragEnd()
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(1, 2)}})
	if got := l.Selected(); got != "pha " {
		t.Errorf("after letting go: %q", got)
	}
	p = at(1, 5)
	l.testPress(p.X, p.Y, fyne.KeyModifierShift)
	if got := l.Selected(); got != "beta\ngamma" {
		t.Errorf("Shift+click: %q", got)
	}
	l.Copy()
	if got := fyne.CurrentApp().Clipboard().Content(); got != "beta\ngamma" {
		t.Errorf("copied %q", got)
	}
	l.testPress(p.X, p.Y, 0)
	l.Copy()
	if l.Selected() != "" || fyne.CurrentApp().Clipboard().Content() != "beta\ngamma" {
		t.Error("copying nothing changed the clipboard")
	}
}

func TestADoubleClickSelectsAWord(t *testing.T) {
	for _, c := range []struct {
		text string
		off  int
		want string
	}{
		{"alpha beta", 7, "beta"}, {"alpha beta", 10, "beta"}, {"alpha beta", 5, " "}, {"<a@b.example>", 5, "example"}, {"", 0, ""},
		{"x_1-y z", 2, "x_1-y"}, {"Größe 您好", 2, "Größe"}, {"((()))", 3, "((()))"},
	} {
		from, to := wordAt(c.text, c.off)
		if got := c.text[from:to]; got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.text, c.off, got, c.want)
		}
	}
	l := newLines(t, "alpha beta", 400, 100)
	now := time.Unix(1_000_000, 0)
	l.click.now = func() time.Time { return now }
	l.testPress(linesInset+8, linesTop+5, 0)
	l.testPress(linesInset+8, linesTop+5, 0)
	if got := l.Selected(); got != "alpha" {
		t.Errorf("%q", got)
	}
}

func TestCtrlASelectsAllAndCtrlCCopies(t *testing.T) {
	text := "one\ttab\r\ntwo \x01\n你好"
	l := newLines(t, text, 400, 100)
	var passed []string
	l.Keys.Shortcut = func(s fyne.Shortcut) { passed = append(passed, s.ShortcutName()) }
	l.TypedShortcut(&fyne.ShortcutSelectAll{})
	l.TypedShortcut(&fyne.ShortcutCopy{})
	l.TypedShortcut(&fyne.ShortcutPaste{})
	if got := fyne.CurrentApp().Clipboard().Content(); got != "one\ttab\ntwo \x01\n你好" {
		t.Errorf("%q", got)
	}
	if !slices.Equal(passed, []string{"Paste"}) {
		t.Errorf("passed on: %v", passed)
	}
}

func TestAPlaceFoundByPixelIsDrawnAtThatPixel(t *testing.T) {
	text := "AVATAR To: Ваш заказ 您的订单 📬 e\u0301 end"
	for _, proportional := range []bool{false, true} {
		l := newLines(t, text, 900, 100)
		if proportional {
			l.Proportional()
			l.Changed()
		}
		ps, width := l.pieces(l.row(0), 0, 900)
		if off := l.face.offAt(ps, text, width+50); off != len(text) {
			t.Errorf("past the end: %d", off)
		}
		for off := range text {
			x := l.face.xOf(ps, text, off)
			back := l.face.offAt(ps, text, x+0.01)
			if l.face.xOf(ps, text, back) < x-1 || l.face.xOf(ps, text, back) > x+1 {
				t.Errorf("proportional %v: offset %d at %v comes back as %d", proportional, off, x, back)
			}
		}
	}
}

func TestEmptyTextTakesEveryInput(t *testing.T) {
	l := newLines(t, "", 300, 100)
	l.testPress(50, 50, 0)
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(60, -10)}})
	l.SelectAll()
	l.SetWrap(true)
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyEnd, fyne.KeyHome, fyne.KeyPageDown, fyne.KeyRight} {
		l.TypedKey(&fyne.KeyEvent{Name: k})
	}
	l.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(10, -50)})
	if l.Selected() != "" {
		t.Errorf("selected %q", l.Selected())
	}
}

func TestWrappedRowsBeginBehindTheMargin(t *testing.T) {
	l := newLines(t, "", 200, 300)
	l.SetWrap(true)
	l.SetSource(RunLines{
		{{Text: "  1  ", Color: theme.Dim, Margin: true}, {Text: "the quick brown fox jumps over the lazy dog", Color: theme.Text}},
		{{Text: "  the quick brown fox jumps over the lazy dog", Color: theme.Text}},
	})
	var xs []float32
	for _, o := range test.WidgetRenderer(l).Objects() {
		if x, ok := o.(*canvas.Text); ok && x.Visible() {
			xs = append(xs, x.Position().X-linesInset)
		}
	}
	five := whole(5 * monoFace().widths().Advance(' '))
	if want := []float32{0, five, five, five, 0, 0}; !slices.Equal(xs[:len(want)], want) {
		t.Errorf("texts stand at %v, want %v: %q", xs, want, drawn(l))
	}
	l.SelectAll()
	if got := l.Selected(); !strings.HasPrefix(got, "  1  the quick brown fox jumps over the lazy dog\n  the quick") {
		t.Errorf("copied: %q", got)
	}
}

func TestATagStandsOnATintAsWideAsItsText(t *testing.T) {
	l := newLines(t, "", 400, 60)
	l.SetSource(RunLines{{{Text: "a ", Color: theme.Text}, {Text: " caught ", Color: theme.OK, Tag: true}}, {{Text: "no tag", Color: theme.Text}}})
	var tints []*canvas.Rectangle
	for _, o := range test.WidgetRenderer(l).Objects() {
		if r, ok := o.(*canvas.Rectangle); ok && r.Visible() && r.CornerRadius == TagHeight/2 {
			tints = append(tints, r)
		}
	}
	if len(tints) != 1 {
		t.Fatalf("%d tints", len(tints))
	}
	column := monoFace().widths().Advance(' ')
	if got := tints[0]; got.Position().X != linesInset+whole(2*column) || got.Size().Width != 8*column || got.FillColor != color.Color(theme.ChipColor(theme.OK)) {
		t.Errorf("the tint is at %v, %v wide, %v", got.Position(), got.Size(), got.FillColor)
	}
	l.SetSource(NewTextLines("no tag\nno tag", theme.Text))
	if tints[0].Visible() {
		t.Error("the tint stays behind another text")
	}
}

func TestUpdateStaysWhereTheViewIs(t *testing.T) {
	l := newLines(t, numbered(100), 400, 100)
	l.ShowLine(40)
	l.SelectAll()
	l.Update(NewTextLines(numbered(120), theme.Text))
	if l.TopLine() != 40 || l.Selected() != "" {
		t.Errorf("line %d is on top, %q is selected", l.TopLine(), l.Selected())
	}
	l.Update(NewTextLines(numbered(3), theme.Text))
	if l.TopLine() != 0 {
		t.Errorf("line %d of 3 is on top", l.TopLine())
	}
}

func TestALayoutOfLinesMakesNoObjects(t *testing.T) {
	l := newLines(t, numbered(100), 400, 100)
	r := test.WidgetRenderer(l)
	before := slices.Clone(r.Objects())
	for range 3 {
		r.Layout(l.Size())
	}
	if !slices.Equal(before, r.Objects()) {
		t.Error("other objects")
	}
}

func FuzzWrap(f *testing.F) {
	for _, s := range []string{"", "the quick brown fox", "    ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a\tb\t\t\tc", "您的订单已确认感谢您的购买", "e\u0301\xff\x00", "x  y "} {
		f.Add(s, 50)
	}
	setUp(f, theme.Dark)
	widths := monoFace().widths()
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) > 4096 || width < 0 || width > 2000 {
			return
		}
		rows := wrapLine(widths, nil, 7, s, min(len(s), width%8), float32(width))
		at := int32(0)
		for i, r := range rows {
			if r.line != 7 || r.from != at {
				t.Fatalf("row %d of %q: %+v, not from %d", i, s, r, at)
			}
			if i == 0 && r.indent != 0 || r.indent > float32(width)/2 {
				t.Fatalf("row %d of %q is indented by %v", i, s, r.indent)
			}
			if last := i == len(rows)-1; last != (r.to == -1) || !last && r.to <= r.from {
				t.Fatalf("row %d of %q: %+v", i, s, r)
			}
			if r.to >= 0 && utf8.ValidString(s) && !utf8.ValidString(s[r.from:r.to]) {
				t.Fatalf("row %d of %q cuts a character", i, s)
			}
			at = r.to
		}
	})
}

func BenchmarkOpen10MB(b *testing.B) {
	setUp(b, theme.Dark)
	text := strings.Repeat("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor\r\n", 130_000)
	l := NewLines(17)
	inWindow(b, l, 700, 600)
	for b.Loop() {
		l.SetSource(NewTextLines(text, theme.Text))
	}
}

func BenchmarkWrap1MB(b *testing.B) {
	setUp(b, theme.Dark)
	text := strings.Repeat("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor\r\n", 13_000)
	l := NewLines(17)
	l.SetWrap(true)
	inWindow(b, l, 400, 600)
	for b.Loop() {
		l.SetSource(NewTextLines(text, theme.Text))
	}
}
