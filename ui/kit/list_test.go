//go:build !nogui

package kit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// fixture is a list with its rows.
type fixture struct {
	*List
	src  *rowsOf
	set  *KeySet
	rows []*plainRow
	mod  fyne.KeyModifier
	now  time.Time
}

func newFixture(t testing.TB, n int) *fixture {
	t.Helper()
	f := &fixture{src: upTo(n), now: time.Unix(1_000_000, 0)}
	f.set = NewKeySet(f.src)
	f.List = NewList(20, f.src, f.set, func() Row {
		r := &plainRow{text: canvas.NewText("", nil), label: func(i int) string { return fmt.Sprint(f.src.keys[i]) }}
		f.rows = append(f.rows, r)
		return r
	})
	f.Held = func() fyne.KeyModifier { return f.mod }
	f.click.now = func() time.Time { f.now = f.now.Add(time.Second); return f.now }
	inWindow(t, f.List, 200, 100)
	return f
}

// shown gives the texts in view from top to bottom.
func (f *fixture) shown() []string {
	var rows []*plainRow
	for _, r := range f.rows {
		if r.text.Visible() {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b *plainRow) int { return int(a.y - b.y) })
	var texts []string
	for _, r := range rows {
		texts = append(texts, r.text.Text)
	}
	return texts
}

func (f *fixture) press(row int, mod fyne.KeyModifier) {
	f.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(50, float32(row)*20+5)}, Button: desktop.MouseButtonPrimary, Modifier: mod})
	f.MouseUp(nil)
}

func (f *fixture) key(names ...fyne.KeyName) {
	for _, n := range names {
		f.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func (f *fixture) wantSelected(t *testing.T, want ...int64) {
	t.Helper()
	if got := f.set.List(); !slices.Equal(got, want) {
		t.Errorf("selected %v, want %v", got, want)
	}
}

func TestAListShowsTheRowsInView(t *testing.T) {
	f := newFixture(t, 50)
	if got, want := f.shown(), []string{"50", "49", "48", "47", "46"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	f.ScrollTo(30)
	if got, want := f.shown(), []string{"49", "48", "47", "46", "45", "44"}; !slices.Equal(got, want) {
		t.Errorf("scrolled: %v", got)
	}
	if from, to := f.InView(); from != 1 || to != 7 {
		t.Errorf("in view %d..%d", from, to)
	}
	f.ScrollTo(1e9)
	if f.Offset() != 900 {
		t.Errorf("scrolled past the end: %v", f.Offset())
	}
}

func TestScrollingByARowBindsOneRow(t *testing.T) {
	f := newFixture(t, 50)
	f.ScrollTo(20)
	total := func() (n int) {
		for _, r := range f.rows {
			n += r.binds
		}
		return n
	}
	before := total()
	f.ScrollTo(40)
	if n := total() - before; n != 1 {
		t.Errorf("%d rows bound", n)
	}
	before = total()
	f.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, 5)}})
	f.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, 25)}})
	if n := total() - before; n != 3 {
		t.Errorf("the pointer bound %d rows", n)
	}
	before = total()
	f.Changed()
	if n := total() - before; n != 5 {
		t.Errorf("a change bound %d rows", n)
	}
}

func TestNewRowsLeaveWhatIsInViewInPlaceUnlessAtTheTop(t *testing.T) {
	f := newFixture(t, 50)
	add := func(keys ...int64) {
		f.src.keys = append(keys, f.src.keys...)
		f.Changed()
	}
	add(52, 51)
	if got := f.shown()[0]; got != "52" || !f.AtTop() {
		t.Errorf("at the top it does not follow: %s", got)
	}
	f.ScrollTo(105)
	before := f.shown()
	add(55, 54, 53)
	if got := f.shown(); !slices.Equal(got, before) || f.Offset() != 165 {
		t.Errorf("moved: %v, offset %v", got, f.Offset())
	}
}

func TestRemovedRowsLeaveTheRestInPlace(t *testing.T) {
	f := newFixture(t, 50)
	f.ScrollTo(200) // 40 is the first in view
	f.src.keys = slices.DeleteFunc(f.src.keys, func(k int64) bool { return k > 45 || k == 40 })
	f.Changed()
	if got := f.shown(); got[0] != "41" || got[1] != "39" {
		t.Errorf("%v", got)
	}
	f.src.keys = f.src.keys[:2]
	f.Changed()
	if got := f.shown(); !slices.Equal(got, []string{"45", "44"}) || f.Offset() != 0 {
		t.Errorf("%v at %v", got, f.Offset())
	}
}

func TestSelectionByMouse(t *testing.T) {
	f := newFixture(t, 50)
	f.press(1, 0)
	f.wantSelected(t, 49)
	f.press(3, fyne.KeyModifierShift)
	f.wantSelected(t, 49, 48, 47)
	f.press(2, fyne.KeyModifierShift)
	f.wantSelected(t, 49, 48)
	f.press(4, fyne.KeyModifierShortcutDefault)
	f.wantSelected(t, 49, 48, 46)
	f.press(1, fyne.KeyModifierShortcutDefault)
	f.wantSelected(t, 48, 46)
	f.press(0, 0)
	f.wantSelected(t, 50)
}

func TestSelectionByKeys(t *testing.T) {
	f := newFixture(t, 50)
	var cursors []int
	f.OnCursor = func(i int) { cursors = append(cursors, i) }
	f.key(fyne.KeyDown, fyne.KeyDown)
	f.wantSelected(t, 49)
	f.mod = fyne.KeyModifierShift
	f.key(fyne.KeyDown, fyne.KeyDown)
	f.wantSelected(t, 49, 48, 47)
	f.key(fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	f.wantSelected(t, 50, 49)
	f.mod = 0
	f.key(fyne.KeyUp)
	f.wantSelected(t, 50)
	f.key(fyne.KeyPageDown)
	f.wantSelected(t, 46)
	f.key(fyne.KeyPageUp)
	f.key(fyne.KeyEnd)
	f.wantSelected(t, 1)
	if f.shown()[4] != "1" {
		t.Errorf("End shows %v", f.shown())
	}
	f.key(fyne.KeyDown, fyne.KeyHome)
	f.wantSelected(t, 50)
	if want := []int{0, 1, 2, 3, 2, 1, 0, 4, 0, 49, 0}; !slices.Equal(cursors, want) {
		t.Errorf("cursors %v, want %v", cursors, want)
	}
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
	if n := len(f.set.List()); n != 50 {
		t.Errorf("Ctrl+A selected %d", n)
	}
}

func TestTheSelectionAndCursorStayOnTheirRows(t *testing.T) {
	f := newFixture(t, 50)
	f.press(2, 0)
	f.src.keys = append([]int64{51}, f.src.keys...)
	f.Changed()
	f.wantSelected(t, 48)
	if f.Cursor() != 3 {
		t.Errorf("cursor %d", f.Cursor())
	}
	f.src.keys = slices.Delete(f.src.keys, 3, 4)
	f.Changed()
	if f.Cursor() != 3 || f.src.keys[3] != 47 {
		t.Errorf("the cursor of a removed row went to %d", f.Cursor())
	}
	f.src.keys = nil
	f.Changed()
	if f.Cursor() != -1 {
		t.Errorf("cursor %d without rows", f.Cursor())
	}
	f.key(fyne.KeyDown, fyne.KeyEnd, fyne.KeyReturn)
	f.press(0, 0)
}

func TestResetForgetsPlaceAndCursor(t *testing.T) {
	f := newFixture(t, 50)
	f.key(fyne.KeyEnd)
	f.Reset()
	if f.Offset() != 0 || f.Cursor() != -1 {
		t.Errorf("offset %v, cursor %d", f.Offset(), f.Cursor())
	}
}

func TestASecondPressSoonOpensTheRow(t *testing.T) {
	f := newFixture(t, 50)
	step := time.Second
	f.click.now = func() time.Time { f.now = f.now.Add(step); return f.now }
	var opened []int
	f.OnOpen = func(i int) { opened = append(opened, i) }
	f.press(2, 0)
	f.press(2, 0)
	step = 100 * time.Millisecond
	f.press(2, 0)
	f.press(3, 0)
	f.key(fyne.KeyReturn)
	if !slices.Equal(opened, []int{2, 3}) {
		t.Errorf("opened %v", opened)
	}
}

func TestTheMenuSelectsTheRowUnderThePointerUnlessSelected(t *testing.T) {
	f := newFixture(t, 50)
	menus := 0
	f.OnMenu = func(int, fyne.Position) { menus++ }
	secondary := func(row int) {
		f.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, float32(row)*20+5)}, Button: desktop.MouseButtonSecondary})
	}
	f.press(1, 0)
	f.press(2, fyne.KeyModifierShift)
	secondary(2)
	f.wantSelected(t, 49, 48)
	secondary(4)
	f.wantSelected(t, 46)
	f.key(desktop.KeyMenu)
	if menus != 3 {
		t.Errorf("%d menus", menus)
	}
}

func TestWhatAListDoesNotUseGoesToItsKeys(t *testing.T) {
	f := newFixture(t, 5)
	var got []string
	f.Keys = Keys{
		Key:      func(e *fyne.KeyEvent) { got = append(got, string(e.Name)) },
		Rune:     func(r rune) { got = append(got, string(r)) },
		Shortcut: func(s fyne.Shortcut) { got = append(got, s.ShortcutName()) },
	}
	f.key(fyne.KeyDelete, fyne.KeyDown, fyne.KeyF5)
	f.TypedRune('u')
	f.TypedShortcut(&fyne.ShortcutCopy{})
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
	if want := []string{"Delete", "F5", "u", "Copy"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestTheWheelMovesThreeRowsANotch(t *testing.T) {
	f := newFixture(t, 50)
	f.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -notch)})
	if f.Offset() != 60 {
		t.Errorf("offset %v", f.Offset())
	}
	f.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, notch*125)})
	if f.Offset() != 0 {
		t.Errorf("offset %v", f.Offset())
	}
}

func TestTheScrollBarCanBeDragged(t *testing.T) {
	f := newFixture(t, 50) // a bar of 24 pixels in 100
	at := func(y float32) fyne.PointEvent { return fyne.PointEvent{Position: fyne.NewPos(196, y)} }
	f.MouseDown(&desktop.MouseEvent{PointEvent: at(10), Button: desktop.MouseButtonPrimary})
	f.Dragged(&fyne.DragEvent{PointEvent: at(48), Dragged: fyne.NewDelta(0, 38)})
	if f.Offset() != 450 {
		t.Errorf("half way: %v", f.Offset())
	}
	f.Dragged(&fyne.DragEvent{PointEvent: at(500)})
	if f.Offset() != 900 {
		t.Errorf("to the end: %v", f.Offset())
	}
	f.DragEnd()
	f.Dragged(&fyne.DragEvent{PointEvent: at(0)})
	if f.Offset() != 900 {
		t.Error("moved after it was let go")
	}
	if len(f.set.List()) != 0 {
		t.Error("the bar selected a row")
	}
}

func TestTheTopIsToldWhenItIsLeftAndReached(t *testing.T) {
	f := newFixture(t, 50)
	var told []bool
	f.OnTop = func(at bool) { told = append(told, at) }
	f.ScrollTo(5)
	f.ScrollTo(50)
	f.ToTop()
	f.key(fyne.KeyEnd)
	f.src.keys = f.src.keys[:3] // all in view now
	f.Changed()
	if want := []bool{false, true, false, true}; !slices.Equal(told, want) {
		t.Errorf("%v", told)
	}
}

func TestAnEmptyListSaysSo(t *testing.T) {
	f := newFixture(t, 0)
	f.SetEmpty("No mail yet")
	var texts []string
	for _, o := range test.WidgetRenderer(f.List).Objects() {
		if s := Said(o); s != "" && o.Visible() {
			texts = append(texts, s)
		}
	}
	if !slices.Equal(texts, []string{"No mail yet"}) {
		t.Errorf("%v", texts)
	}
}

func TestALayoutMakesNoObjects(t *testing.T) {
	f := newFixture(t, 50)
	r := test.WidgetRenderer(f.List)
	before, rows := slices.Clone(r.Objects()), len(f.rows)
	for range 3 {
		r.Layout(f.Size())
	}
	if !slices.Equal(before, r.Objects()) || len(f.rows) != rows {
		t.Errorf("%d objects, before %d", len(r.Objects()), len(before))
	}
	f.Resize(fyne.NewSize(200, 60))
	if len(f.rows) != rows {
		t.Error("a smaller view made rows")
	}
}

func TestRowsAreBoundAgainInTheColoursOfANewTheme(t *testing.T) {
	f := newFixture(t, 5)
	th := theme.Current()
	th.SetVariant(theme.Light)
	fyne.CurrentApp().Settings().SetTheme(th)
	f.Refresh()
	if got := f.rows[0].text.Color; got != th.Palette(0)[theme.Text] {
		t.Errorf("colour %v", got)
	}
}

func bigList(t testing.TB) *List {
	src := counted(100_000)
	l := NewList(52, src, NewKeySet(src), func() Row { return &plainRow{text: canvas.NewText("row", nil)} })
	inWindow(t, l, 400, 800)
	return l
}

func TestScrollingAllocatesNothing(t *testing.T) {
	setUp(t, theme.Dark)
	l := bigList(t)
	at := 0.0
	if n := testing.AllocsPerRun(200, func() { at += 156; l.ScrollTo(at) }); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

func BenchmarkScroll(b *testing.B) {
	setUp(b, theme.Dark)
	l := bigList(b)
	at := 0.0
	for b.Loop() {
		if at += 156; at > 5e6 {
			at = 0
		}
		l.ScrollTo(at)
	}
}

func TestARowInAScriptOurFontsLackStandsOnAStrut(t *testing.T) {
	setUp(t, theme.Dark)
	w := NewWords(theme.SizeText)
	w.Set("您的订单", theme.Text)
	w.Place(0, 10, 200)
	if w.text.Text == "您的订单" || w.String() != "您的订单" {
		t.Errorf("drawn %q, kept %q", w.text.Text, w.String())
	}
}
