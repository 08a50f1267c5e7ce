//go:build !nogui

package kit

import (
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// clock is a Later that a test moves by hand.
type clock struct {
	now     time.Duration
	waiting map[int]waiting
	next    int
}

type waiting struct {
	at time.Duration
	fn func()
}

func (c *clock) later(d time.Duration, fn func()) func() {
	if c.waiting == nil {
		c.waiting = map[int]waiting{}
	}
	id := c.next
	c.next++
	c.waiting[id] = waiting{c.now + d, fn}
	return func() { delete(c.waiting, id) }
}

func (c *clock) pass(d time.Duration) {
	c.now += d
	for id, w := range c.waiting {
		if w.at <= c.now {
			delete(c.waiting, id)
			w.fn()
		}
	}
}

func mouseAt(x, y float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, y)}, Button: desktop.MouseButtonPrimary}
}

// visibleTexts gives the texts that an object shows.
func visibleTexts(o fyne.CanvasObject) []string {
	var texts []string
	for _, x := range test.LaidOutObjects(o) {
		if s := Said(x); s != "" && x.Visible() {
			texts = append(texts, s)
		}
	}
	return texts
}

func TestASearchIsToldOnceTypingPauses(t *testing.T) {
	setUp(t, theme.Dark)
	c, told := &clock{}, []string(nil)
	e := NewEntry(c.later, "Search")
	e.OnSearch = func(s string) { told = append(told, s) }
	inWindow(t, e, 300, 40)
	for _, r := range "from" {
		e.TypedRune(r)
		c.pass(150 * time.Millisecond)
	}
	if told != nil {
		t.Errorf("told while typing: %q", told)
	}
	c.pass(50 * time.Millisecond)
	e.TypedRune(':')
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	c.pass(time.Second)
	e.SetQuery("set by the program")
	c.pass(time.Second)
	if want := []string{"from", "from:"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestNothingIsSelectedInAFieldThatWasCleared(t *testing.T) {
	setUp(t, theme.Dark)
	e := NewEntry((&clock{}).later, "Search")
	inWindow(t, e, 300, 40)
	test.Type(e, "first")
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	test.Type(e, "from:bank")
	if e.Text != "from:bank" {
		t.Errorf("the field has %q", e.Text)
	}
}

func TestEscClearsTheSearchAndThenGoesOn(t *testing.T) {
	setUp(t, theme.Dark)
	c, told, keys := &clock{}, []string(nil), []fyne.KeyName(nil)
	e := NewEntry(c.later, "Search")
	e.OnSearch = func(s string) { told = append(told, s) }
	e.Keys.Key = func(k *fyne.KeyEvent) { keys = append(keys, k.Name) }
	inWindow(t, e, 300, 40)
	e.SetQuery("x")
	if !e.ActionItem.Visible() {
		t.Error("no clear button beside text")
	}
	for _, k := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyEscape, fyne.KeyDown, fyne.KeyF5, fyne.KeyDelete} {
		e.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if !slices.Equal(told, []string{""}) || e.Text != "" || e.ActionItem.Visible() {
		t.Errorf("told %q, text %q", told, e.Text)
	}
	if want := []fyne.KeyName{fyne.KeyEscape, fyne.KeyDown, fyne.KeyF5}; !slices.Equal(keys, want) {
		t.Errorf("passed on %v", keys)
	}
	e.SetQuery("y")
	test.Tap(e.ActionItem.(fyne.Tappable))
	if e.Text != "" {
		t.Error("the clear button does not clear")
	}
}

func TestAnEntryPassesOnShortcutsThatAreNotForText(t *testing.T) {
	setUp(t, theme.Dark)
	e := NewEntry((&clock{}).later, "")
	var got []string
	e.Keys.Shortcut = func(s fyne.Shortcut) { got = append(got, s.ShortcutName()) }
	inWindow(t, e, 300, 40)
	e.SetText("abc def")
	e.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl})
	e.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierControl})
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	if len(got) != 1 || e.SelectedText() != "abc def" {
		t.Errorf("passed on %v, selected %q", got, e.SelectedText())
	}
}

func TestAButtonIsPressedByTapSpaceAndEnterUnlessOff(t *testing.T) {
	setUp(t, theme.Dark)
	n := 0
	b := NewIconButton("star", "Star", func() { n++ })
	inWindow(t, b, 100, 28)
	press := func() {
		test.Tap(b)
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	press()
	b.SetDisabled(true)
	press()
	if n != 3 || !b.Disabled() {
		t.Errorf("pressed %d times", n)
	}
}

func TestATipShowsOnceThePointerRests(t *testing.T) {
	setUp(t, theme.Dark)
	c := &clock{}
	tips := NewTips(c.later)
	b := NewIconButton("trash-2", "", nil).WithTip(tips, "Delete")
	inWindow(t, container.NewStack(container.NewWithoutLayout(b), tips), 200, 100)
	b.Resize(b.MinSize())
	b.Move(fyne.NewPos(160, 0))
	b.MouseIn(mouseAt(5, 5))
	c.pass(tipDelay - time.Millisecond)
	if tips.Showing() != "" {
		t.Error("at once")
	}
	c.pass(time.Millisecond)
	if tips.Showing() != "Delete" || !slices.Equal(visibleTexts(tips), []string{"Delete"}) {
		t.Errorf("showing %q, drawn %q", tips.Showing(), visibleTexts(tips))
	}
	for _, o := range test.WidgetRenderer(tips).Objects() {
		if end := o.Position().X + o.Size().Width; end > 200 {
			t.Errorf("ends at %v", end)
		}
	}
	b.MouseOut()
	if tips.Showing() != "" || len(visibleTexts(tips)) != 0 {
		t.Error("still there")
	}
	b.MouseIn(mouseAt(5, 5))
	b.Tapped(nil)
	c.pass(time.Second)
	if tips.Showing() != "" {
		t.Error("shows after the button was pressed")
	}
}

func TestTheSplitKeepsBothSidesTheirLeastWidth(t *testing.T) {
	setUp(t, theme.Dark)
	left, right := canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	s := NewSplit(left, right, 366, 260, 300)
	var moved []float32
	s.OnMoved = func(at float32) { moved = append(moved, at) }
	inWindow(t, s, 1000, 100)
	if left.Size().Width != 366 || right.Position().X != 367 || right.Size().Width != 633 {
		t.Errorf("left %v, right %v at %v", left.Size(), right.Size(), right.Position())
	}
	g := test.WidgetRenderer(s).Objects()[3].(*grip)
	drag := func(to float32) {
		g.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(to-g.Position().X, 5)}})
		g.DragEnd()
	}
	drag(500)
	drag(10)
	drag(5000)
	if want := []float32{500, 260, 699}; !slices.Equal(moved, want) {
		t.Errorf("moved to %v, want %v", moved, want)
	}
	if g.Cursor() != desktop.HResizeCursor || g.Size().Width != 7 {
		t.Errorf("grip %v wide", g.Size().Width)
	}
}

func TestTabsAreChosenByTapAndKeys(t *testing.T) {
	setUp(t, theme.Dark)
	b := NewTabBar("Text", "HTML", "Headers")
	var chosen []int
	b.OnSelect = func(i int) { chosen = append(chosen, i) }
	inWindow(t, b, 400, 34)
	for _, k := range []fyne.KeyName{fyne.KeyLeft, fyne.KeyRight, fyne.KeyEnd, fyne.KeyRight, fyne.KeyHome} {
		b.TypedKey(&fyne.KeyEvent{Name: k})
	}
	b.Tapped(&fyne.PointEvent{Position: fyne.NewPos(b.edges[0]+5, 10)})
	b.Tapped(&fyne.PointEvent{Position: fyne.NewPos(2, 10)})
	b.Tapped(&fyne.PointEvent{Position: fyne.NewPos(390, 10)})
	b.Select(2)
	if want := []int{1, 2, 0, 1}; !slices.Equal(chosen, want) || b.Selected() != 2 {
		t.Errorf("chosen %v, now %d", chosen, b.Selected())
	}
	b.SetTabs("Text", "Parts (3)")
	if got := visibleTexts(b); b.Selected() != 1 || !slices.Equal(got, []string{"Text", "Parts (3)"}) {
		t.Errorf("%d of %q", b.Selected(), got)
	}
	b.SetTabs()
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
}

func TestChoosingATabMovesNone(t *testing.T) {
	setUp(t, theme.Dark)
	b := NewTabBar("Preview", "Text", "HTML")
	inWindow(t, b, 400, 34)
	before := slices.Clone(b.edges)
	b.Select(2)
	if !slices.Equal(before, b.edges) {
		t.Errorf("%v, before %v", b.edges, before)
	}
}

func TestSidebarPlacesAreChosenByTapAndKeys(t *testing.T) {
	setUp(t, theme.Dark)
	s := NewSidebar(Section{Title: "MAIL", Rows: []SidebarRow{{Key: "all", Icon: "inbox", Text: "All mail", Count: "9"}, {Key: "unread", Icon: "mail", Text: "Unread"}}},
		Section{Title: "TAGS", Rows: []SidebarRow{{Key: "ci", Color: theme.OK, Text: "ci"}}})
	var chosen []string
	s.OnSelect = func(k string) { chosen = append(chosen, k) }
	inWindow(t, s, 186, 400)
	s.Select("all")
	tap := func(y float32) { s.Tapped(&fyne.PointEvent{Position: fyne.NewPos(50, y)}) }
	tap(sideTop + sideHead + sideRow + 5)
	tap(sideTop + 5)
	tap(390)
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp} {
		s.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if want := []string{"unread", "ci", "unread", "all"}; !slices.Equal(chosen, want) {
		t.Errorf("chosen %v, want %v", chosen, want)
	}
	s.SetCount("unread", "38")
	s.SetStates(SidebarState{Color: theme.OK, Name: "SMTP", Text: "127.0.0.1:1025"})
	if got := visibleTexts(s); !slices.Contains(got, "38") || !slices.Contains(got, "SMTP") {
		t.Errorf("%q", got)
	}
	s.SetSections(Section{Title: "MAIL", Rows: []SidebarRow{{Key: "all", Icon: "inbox", Text: "All mail"}}})
	if got := visibleTexts(s); slices.Contains(got, "ci") {
		t.Errorf("removed places are shown: %q", got)
	}
}

func TestTabsStandCloserWhereTheyNeedIt(t *testing.T) {
	setUp(t, theme.Dark)
	b := NewTabBar("Text", "HTML", "Headers", "Parts (12)", "Raw", "SMTP")
	w := inWindow(t, b, 300, 34)
	end := func() (x float32) {
		for _, o := range test.WidgetRenderer(b).Objects() {
			if text, ok := o.(*canvas.Text); ok {
				x = max(x, text.Position().X+text.Size().Width)
			}
		}
		return x
	}
	if x := end(); x > 300 {
		t.Errorf("in 300 pixels they end at %v", x)
	}
	w.Resize(fyne.NewSize(600, 34))
	if x := end(); x < b.Width()-10 || x > b.Width()+2 {
		t.Errorf("with room they end at %v, not %v", x, b.Width())
	}
}

func TestTheStatusBarLeavesOutWhatHasNoRoom(t *testing.T) {
	setUp(t, theme.Dark)
	b := NewStatusBar()
	w := inWindow(t, b, 600, 24)
	b.Set(theme.OK, StatusField{Text: "Listening on 127.0.0.1:1025"}, StatusField{Text: "100,412 messages"})
	b.SetHint("Ctrl+F  Search")
	if got := visibleTexts(b); len(got) != 3 {
		t.Errorf("wide: %q", got)
	}
	w.Resize(fyne.NewSize(340, 24))
	if got := visibleTexts(b); slices.Contains(got, "Ctrl+F  Search") || len(got) != 2 {
		t.Errorf("narrow: %q", got)
	}
	trouble := StatusField{Text: "cannot listen on 127.0.0.1:1025: another program has the port", Color: theme.Err}
	b.Set(theme.Err, trouble, StatusField{Text: "100,412 messages"})
	if got := visibleTexts(b); len(got) != 1 || !strings.HasPrefix(got[0], "cannot listen on 127") || !strings.HasSuffix(got[0], "…") {
		t.Errorf("a trouble without enough room: %q", got)
	}
	if got := b.Fields(); len(got) != 2 || got[0] != trouble {
		t.Errorf("%q", got)
	}
}

func TestATroubleInTheStatusBarHasItsColour(t *testing.T) {
	setUp(t, theme.Dark)
	b := NewStatusBar()
	inWindow(t, b, 600, 24)
	b.Set(theme.Err, StatusField{Text: "no port", Color: theme.Err}, StatusField{Text: "3 messages"})
	colors := map[string]color.Color{}
	for _, o := range test.WidgetRenderer(b).Objects() {
		if x, ok := o.(*canvas.Text); ok {
			colors[x.Text] = x.Color
		}
	}
	if colors["no port"] != theme.Color(theme.Err) || colors["3 messages"] != theme.Color(theme.Dim) {
		t.Errorf("%v", colors)
	}
}

func TestTheStatusBarOpensWhatItHasToOpen(t *testing.T) {
	setUp(t, theme.Dark)
	b, opened := NewStatusBar(), 0
	w := inWindow(t, b, 600, 24)
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != nil {
		t.Error("Tab leads to a bar that opens nothing")
	}
	b.SetOpen(func() { opened++ })
	test.Tap(b)
	w.Canvas().FocusNext()
	if f := w.Canvas().Focused(); f != fyne.Focusable(b) {
		t.Fatalf("Tab leads to %v", f)
	}
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if opened != 2 {
		t.Errorf("opened %d times", opened)
	}
}

func TestCopyTextCopiesWhatIsSelectedOrAll(t *testing.T) {
	setUp(t, theme.Dark)
	x := NewCopyText("Acme <billing@acme.example>", theme.SizeText, theme.Text)
	now := time.Unix(1_000_000, 0)
	x.click.now = func() time.Time { now = now.Add(time.Second); return now }
	inWindow(t, x, 400, 20)
	clip := fyne.CurrentApp().Clipboard()
	x.Copy()
	if got := clip.Content(); got != x.Text() {
		t.Errorf("all: %q", got)
	}
	x.MouseDown(mouseAt(0, 5))
	x.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(fyne.MeasureText("Acme", theme.SizeText, fyne.TextStyle{}).Width, 5)}})
	x.TypedShortcut(&fyne.ShortcutCopy{})
	if got := clip.Content(); got != "Acme" {
		t.Errorf("dragged: %q", got)
	}
	x.TypedShortcut(&fyne.ShortcutSelectAll{})
	if x.Selected() != x.Text() {
		t.Errorf("Ctrl+A: %q", x.Selected())
	}
	x.SetText("other")
	if x.Selected() != "" {
		t.Errorf("a new text has %q selected", x.Selected())
	}
	x.MouseDown(mouseAt(2, 5))
	x.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(300, 5)}, Modifier: fyne.KeyModifierShift})
	if x.Selected() != "other" {
		t.Errorf("Shift+click: %q", x.Selected())
	}
	x.FocusLost()
	if x.Selected() != "" {
		t.Error("still selected without the keyboard")
	}
}

func TestALabelIsCutWhereThereIsNoRoom(t *testing.T) {
	setUp(t, theme.Dark)
	l := NewLabel("Your receipt from Acme Inc.", theme.SizeText, theme.Text).Shrink()
	if w := l.MinSize().Width; w > 30 {
		t.Errorf("asks for %v", w)
	}
	w := inWindow(t, container.NewStack(l), 80, 20)
	if got := visibleTexts(w.Content()); len(got) != 1 || len(got[0]) >= len(l.Text()) {
		t.Errorf("%q", got)
	}
	if full := NewLabel("Your receipt", theme.SizeText, theme.Text); full.MinSize().Width < 60 {
		t.Errorf("asks for %v", full.MinSize().Width)
	}
}

func TestAnEmptyTagTakesNoRoom(t *testing.T) {
	setUp(t, theme.Dark)
	tag := NewTag()
	tag.Set("", theme.OK)
	tag.Place(0, 8)
	if tag.Width() != 0 || tag.back.Visible() {
		t.Errorf("%v wide", tag.Width())
	}
	tag.Set("caught", theme.OK)
	if tag.Width() < 30 || !tag.back.Visible() {
		t.Errorf("%v wide", tag.Width())
	}
}

func TestAButtonThatBecomesNarrowLosesItsText(t *testing.T) {
	b := NewIconButton("mail", "Mark unread", nil)
	test.NewTempWindow(t, b).Resize(fyne.NewSize(200, 60))
	visible := func() bool {
		for _, o := range test.WidgetRenderer(b).Objects() {
			if Said(o) != "" && o.Visible() {
				return true
			}
		}
		return false
	}
	if !visible() {
		t.Fatal("its text is not seen at first")
	}
	b.SetNarrow(true)
	if visible() {
		t.Error("its text is seen still")
	}
	b.SetNarrow(false)
	if !visible() {
		t.Error("its text does not come back")
	}
}
