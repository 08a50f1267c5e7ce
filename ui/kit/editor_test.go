//go:build !nogui

package kit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// typist is an editor in a window and the keys that are held.
type typist struct {
	*Editor
	held  fyne.KeyModifier
	other []string // what went to Keys
}

func newEditor(t testing.TB, text string, w, h float32) *typist {
	t.Helper()
	setUp(t, theme.Dark)
	k := &typist{Editor: NewEditor(18)}
	now := time.Unix(1_000_000, 0)
	k.click.now = func() time.Time { now = now.Add(time.Second); return now }
	k.Held = func() fyne.KeyModifier { return k.held }
	k.Keys = Keys{
		Key:      func(e *fyne.KeyEvent) { k.other = append(k.other, string(e.Name)) },
		Shortcut: func(s fyne.Shortcut) { k.other = append(k.other, s.ShortcutName()) },
	}
	k.SetText([]byte(text))
	win := inWindow(t, k.Editor, w, h)
	win.Canvas().Focus(k.Editor)
	return k
}

func (k *typist) press(names ...fyne.KeyName) {
	for _, n := range names {
		k.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func (k *typist) shift(names ...fyne.KeyName) {
	k.held = fyne.KeyModifierShift
	k.press(names...)
	k.held = 0
}

func (k *typist) ctrl(more fyne.KeyModifier, names ...fyne.KeyName) {
	for _, n := range names {
		k.TypedShortcut(&desktop.CustomShortcut{KeyName: n, Modifier: fyne.KeyModifierShortcutDefault | more})
	}
}

func (k *typist) write(s string) {
	for _, r := range s {
		k.TypedRune(r)
	}
}

func (k *typist) want(t *testing.T, text string) {
	t.Helper()
	if got := string(k.Bytes()); got != text {
		t.Errorf("the text is %q, not %q", got, text)
	}
}

// pressAt presses at a line and column of the text, both from 0.
func (k *typist) pressAt(line int, column float32, held fyne.KeyModifier) {
	p := fyne.NewPos(k.inset()+column*k.face.widths().Advance('0'), linesTop+float32(line)*k.rowHeight+4-float32(k.offset))
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: held}
	e.Position = p
	k.MouseDown(e)
	k.MouseUp(e)
}

func TestATextIsTyped(t *testing.T) {
	k := newEditor(t, "", 400, 200)
	changes := 0
	k.OnChanged = func() { changes++ }
	k.write("far.example")
	k.press(fyne.KeyTab)
	k.write("catch:")
	k.press(fyne.KeyReturn)
	k.write("# 中文")
	k.want(t, "far.example\tcatch:\n# 中文")
	k.press(fyne.KeyBackspace, fyne.KeyUp, fyne.KeyHome, fyne.KeyDelete)
	k.want(t, "ar.example\tcatch:\n# 中")
	k.ctrl(0, fyne.KeyDelete)
	k.ctrl(0, fyne.KeyEnd, fyne.KeyBackspace)
	k.want(t, ".example\tcatch:\n# ")
	if changes == 0 {
		t.Error("nobody was told")
	}
	for k.CanUndo() {
		k.TypedShortcut(&fyne.ShortcutUndo{})
	}
	k.want(t, "")
	k.TypedShortcut(&fyne.ShortcutUndo{})
	k.press(fyne.KeyEscape, fyne.KeyF8)
	k.ctrl(0, fyne.KeyS)
	for k.CanRedo() {
		k.ctrl(fyne.KeyModifierShift, fyne.KeyZ)
	}
	k.want(t, ".example\tcatch:\n# ")
	if got := strings.Join(k.other, " "); got != "Undo Escape F8 "+(&desktop.CustomShortcut{KeyName: fyne.KeyS, Modifier: fyne.KeyModifierShortcutDefault}).ShortcutName() {
		t.Errorf("handed on: %s", got)
	}
}

func TestTextIsSelectedByKeys(t *testing.T) {
	k := newEditor(t, "one two\nthree four\nfive", 400, 200)
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { k.shift(fyne.KeyRight, fyne.KeyRight) }, "on"},
		{func() { k.shift(fyne.KeyDown) }, "one two\nth"},
		{func() { k.ctrl(fyne.KeyModifierShift, fyne.KeyRight) }, "one two\nthree "},
		{func() { k.shift(fyne.KeyEnd) }, "one two\nthree four"},
		{func() { k.ctrl(fyne.KeyModifierShift, fyne.KeyEnd) }, "one two\nthree four\nfive"},
		{func() { k.press(fyne.KeyLeft) }, ""},
		{func() { k.shift(fyne.KeyPageDown) }, "one two\nthree four\n"},
		{func() { k.press(fyne.KeyEnd); k.shift(fyne.KeyUp) }, "e four\nfive"},
	} {
		if step.do(); k.Selected() != step.want {
			t.Errorf("selected: %q, not %q", k.Selected(), step.want)
		}
	}
}

func TestTheCursorGoesUpAndDownAtOnePixel(t *testing.T) {
	k := newEditor(t, "0123456789\n\n\tx\n01234", 400, 200)
	k.press(fyne.KeyEnd, fyne.KeyDown, fyne.KeyDown)
	if line, column := k.Caret(); line != 2 || column != 2 {
		t.Errorf("%d %d", line, column)
	}
	k.press(fyne.KeyDown)
	if line, column := k.Caret(); line != 3 || column != 5 {
		t.Errorf("%d %d", line, column)
	}
	k.press(fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	if line, column := k.Caret(); line != 0 || column != 10 {
		t.Errorf("%d %d", line, column)
	}
	k.press(fyne.KeyUp)
	if _, column := k.Caret(); column != 0 {
		t.Errorf("column %d over the first line", column)
	}
	k.press(fyne.KeyPageDown, fyne.KeyDown)
	if line, column := k.Caret(); line != 3 || column != 5 {
		t.Errorf("%d %d under the last line", line, column)
	}
}

func TestTextIsSelectedByTheMouse(t *testing.T) {
	k := newEditor(t, "one two\nthree four\nfive", 400, 200)
	k.pressAt(0, 4, 0)
	k.pressAt(1, 5.2, fyne.KeyModifierShift)
	if got := k.Selected(); got != "two\nthree" {
		t.Errorf("%q", got)
	}
	k.write("x")
	k.want(t, "one x four\nfive")
	k.pressAt(1, -4, 0) // the gutter
	if got := k.Selected(); got != "five" {
		t.Errorf("%q", got)
	}
	k.pressAt(0, -4, 0)
	if got := k.Selected(); got != "one x four\n" {
		t.Errorf("%q", got)
	}
	k.click.now = func() time.Time { return time.Unix(2_000_000, 0) }
	k.pressAt(1, 1, 0)
	k.pressAt(1, 1, 0)
	if got := k.Selected(); got != "five" {
		t.Errorf("the word: %q", got)
	}
	k.pressAt(9, 30, 0)
	if line, column := k.Caret(); line != 1 || column != 4 {
		t.Errorf("below the text: %d %d", line, column)
	}
}

func TestTextGoesThroughTheClipboard(t *testing.T) {
	k := newEditor(t, "one two\n", 400, 200)
	clip := fyne.CurrentApp().Clipboard()
	k.ctrl(fyne.KeyModifierShift, fyne.KeyRight)
	k.TypedShortcut(&fyne.ShortcutCut{})
	if got := clip.Content(); got != "one " {
		t.Errorf("%q", got)
	}
	k.want(t, "two\n")
	k.TypedShortcut(&fyne.ShortcutSelectAll{})
	k.TypedShortcut(&fyne.ShortcutCopy{})
	k.press(fyne.KeyRight)
	clip.SetContent("a\r\nb")
	k.TypedShortcut(&fyne.ShortcutPaste{})
	k.want(t, "two\na\nb")
	k.TypedShortcut(&fyne.ShortcutUndo{})
	k.want(t, "two\n")
}

func TestTheCursorStaysInView(t *testing.T) {
	k := newEditor(t, strings.Repeat("a line\n", 1000)+strings.Repeat("long ", 4000), 300, 200)
	in := func() {
		t.Helper()
		r := test.WidgetRenderer(k.Editor).(*editorRenderer)
		p := r.caret.Position()
		if !r.caret.Visible() || p.X < k.gutter || p.X > k.Size().Width-barGrip || p.Y < 0 || p.Y+r.caret.Size().Height > k.Size().Height {
			t.Errorf("the cursor is at %v, visible: %t", p, r.caret.Visible())
		}
	}
	in()
	for range 30 {
		k.press(fyne.KeyDown)
		in()
	}
	k.ctrl(0, fyne.KeyEnd)
	in()
	k.write("x")
	in()
	k.press(fyne.KeyHome)
	in()
	k.press(fyne.KeyPageUp)
	in()
	k.GoToLine(500)
	in()
	if k.TopLine() < 490 || k.TopLine() > 499 {
		t.Errorf("line 500 is %d lines below the top", 500-k.TopLine())
	}
	if !k.Find("long", false) || k.Selected() != "long" {
		t.Errorf("found: %q", k.Selected())
	}
	in()
}

func TestMarksStandBesideTheirLines(t *testing.T) {
	k := newEditor(t, "one\ntwo\nthree\nfour\n", 500, 200)
	k.SetMarks(map[int]Mark{1: {"wrong", theme.Err}, 3: {"odd", theme.Warn}})
	rows := func() (list []string) {
		for _, o := range k.inner().inner.slots {
			if o.row >= 0 && len(o.pieces) > 1 {
				list = append(list, fmt.Sprint(o.row, o.pieces[len(o.pieces)-1].shown))
			}
		}
		slices.Sort(list)
		return list
	}
	if got := rows(); !slices.Equal(got, []string{"1    wrong", "3    odd"}) {
		t.Errorf("%q", got)
	}
	k.TypedShortcut(&fyne.ShortcutSelectAll{})
	if got := k.Selected(); got != "one\ntwo\nthree\nfour\n" {
		t.Errorf("selected with the marks: %q", got)
	}
	k.GoToLine(2)
	k.press(fyne.KeyReturn, fyne.KeyReturn)
	if got := rows(); !slices.Equal(got, []string{"1    wrong", "5    odd"}) {
		t.Errorf("two lines more: %q", got)
	}
	k.GoToLine(0)
	k.shift(fyne.KeyDown, fyne.KeyDown)
	k.press(fyne.KeyDelete)
	if got := rows(); !slices.Equal(got, []string{"3    odd"}) {
		t.Errorf("two lines fewer: %q", got)
	}
	k.pressAt(0, 60, 0)
	if line, column := k.Caret(); line != 0 || column != 0 {
		t.Errorf("%d %d", line, column)
	}
}

func (k *typist) inner() *editorRenderer { return test.WidgetRenderer(k.Editor).(*editorRenderer) }

func TestOnlyLinesInViewHaveNumbers(t *testing.T) {
	k := newEditor(t, numbered(100_000), 400, 180)
	numbers := func() (list []string) {
		for _, s := range k.inner().slots {
			if s.number.Visible() {
				list = append(list, s.number.Text)
			}
		}
		return list
	}
	if got := numbers(); len(got) > 11 || got[0] != "1" {
		t.Errorf("%q", got)
	}
	k.ctrl(0, fyne.KeyEnd)
	if got := numbers(); len(got) > 11 || got[len(got)-1] != "100001" {
		t.Errorf("%q", got)
	}
	before := slices.Clone(k.inner().Objects())
	k.inner().Layout(k.Size())
	if !slices.Equal(before, k.inner().Objects()) {
		t.Error("a layout makes objects")
	}
}

func TestAnotherTextKeepsCursorAndView(t *testing.T) {
	k := newEditor(t, numbered(100), 400, 200)
	k.GoToLine(50)
	top := k.TopLine()
	k.SetText([]byte(numbered(90)))
	if line, _ := k.Caret(); line != 50 || k.TopLine() != top || k.CanUndo() {
		t.Errorf("line %d, top %d, not %d", line, k.TopLine(), top)
	}
	k.SetText(nil)
	if line, column := k.Caret(); line != 0 || column != 0 {
		t.Errorf("%d %d", line, column)
	}
}

// big is a table of 100,000 lines, 5 MB.
func big() []byte {
	return []byte(strings.Repeat("someone@example.com     somebody@far.example.net\n", 100_000))
}

func BenchmarkEditorOpens5MB(b *testing.B) {
	k := newEditor(b, "", 700, 600)
	text := big()
	for b.Loop() {
		k.SetText(text)
	}
}

func BenchmarkEditorTypesIn5MB(b *testing.B) {
	k := newEditor(b, string(big()), 700, 600)
	k.GoToLine(50_000)
	b.ReportAllocs()
	for b.Loop() {
		k.write("x")
		k.press(fyne.KeyReturn, fyne.KeyBackspace, fyne.KeyBackspace)
	}
}

func BenchmarkEditorScrolls5MB(b *testing.B) {
	k := newEditor(b, string(big()), 700, 600)
	for b.Loop() {
		k.press(fyne.KeyPageDown)
		if line, _ := k.Caret(); line > 99_000 {
			k.GoToLine(0)
		}
	}
}
