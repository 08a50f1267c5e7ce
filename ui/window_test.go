//go:build !nogui

package ui

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// bench is a window on a desk of its own, whose painting goroutine is the test's.
type bench struct {
	*window
	t       *testing.T
	backend *testBackend
	queue   chan func()
	app     fyne.App
	opened  []string // addresses given to the desktop
}

// open opens a window on n messages.
func open(t *testing.T, n int) *bench {
	t.Helper()
	b := newTestBackend(t)
	for i := range n {
		b.keep(fmt.Sprintf("From: Sender %d <s%d@example.com>\nTo: you@example.com\nSubject: subject %d\n\nwords of %d\n", i+1, i+1, i+1, i+1))
	}
	return openOn(t, b)
}

func openOn(t *testing.T, b *testBackend) *bench {
	t.Helper()
	app := test.NewApp()
	look := theme.New(theme.Dark)
	app.Settings().SetTheme(look)
	f := &bench{t: t, backend: b, queue: make(chan func(), 10_000), app: app}
	d := &desk{
		post: func(fn func()) { f.queue <- fn }, prefs: app.Preferences(), settings: app.Settings(), look: look, clipboard: app.Clipboard(),
		openURL: func(u *url.URL) error { f.opened = append(f.opened, u.String()); return nil },
		now:     func() time.Time { return time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC) },
	}
	frame := test.NewWindow(nil)
	f.window = newWindow(frame, b, Options{Title: "Postroom", Version: "1.0", Program: "/usr/bin/postroom"}, d)
	frame.SetPadded(false)
	frame.SetContent(f.content)
	frame.Resize(fyne.NewSize(1280, 800))
	f.start()
	t.Cleanup(func() {
		f.close()
		frame.Close()
		app.Quit()
	})
	f.until("first page and status", func() bool { return f.mail.Complete() && f.status.Listeners != nil })
	return f
}

// until paints until ok.
func (f *bench) until(what string, ok func() bool) {
	f.t.Helper()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case fn := <-f.queue:
			fn()
		case <-deadline:
			f.t.Fatalf("%s: waited in vain; seen: %q", what, seen(f.content))
		}
	}
}

// seen gives all texts that are visible in o.
func seen(o fyne.CanvasObject) []string {
	if !o.Visible() {
		return nil
	}
	var out []string
	switch o := o.(type) {
	case *canvas.Text, *canvas.Raster:
		if s := kit.Said(o); s != "" {
			out = append(out, s)
		}
	case *fyne.Container:
		for _, c := range o.Objects {
			out = append(out, seen(c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			out = append(out, seen(c)...)
		}
	}
	return out
}

// untilSeen paints until the texts are seen.
func (f *bench) untilSeen(where fyne.CanvasObject, texts ...string) {
	f.t.Helper()
	for _, s := range texts {
		f.until(s, func() bool { return slices.Contains(seen(where), s) })
	}
}

func (f *bench) wantSeen(where fyne.CanvasObject, texts ...string) {
	f.t.Helper()
	all := seen(where)
	for _, s := range texts {
		if !slices.Contains(all, s) {
			f.t.Errorf("%q is not seen among %q", s, all)
		}
	}
}

// clickRow presses and releases the mouse on a row of the list.
func (f *bench) clickRow(i int, held fyne.KeyModifier) {
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: held}
	e.Position = fyne.NewPos(100, float32(float64(i)*float64(rowHeight)-f.list.rows.Offset())+20)
	f.list.rows.MouseDown(e)
	f.list.rows.MouseUp(e)
}

// key types a key where the keyboard is.
func (f *bench) key(name fyne.KeyName) {
	f.t.Helper()
	if w := f.frame.Canvas().Focused(); w != nil {
		w.TypedKey(&fyne.KeyEvent{Name: name})
		return
	}
	f.frame.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name})
}

// openRow clicks a row and waits until its message is shown.
func (f *bench) openRow(i int) {
	f.t.Helper()
	f.clickRow(i, 0)
	id := f.mail.Key(i)
	f.until("message", func() bool { return f.viewer.message != nil && f.viewer.message.Record.ID == id })
}

// text gives what the chosen tab shows.
func (f *bench) text() string {
	l := f.viewer.texts[f.viewer.tabs.Selected()]
	l.SelectAll()
	return l.Selected()
}

func TestWindowShowsMailNewestFirst(t *testing.T) {
	f := open(t, 200)
	f.wantSeen(f.list.rows, "Sender 200", "subject 200", "Sender 199", "09:12:44")
	f.wantSeen(f.list.content, "All mail", "200 messages")
	f.wantSeen(f.sidebar, "MAIL", "All mail", "Unread", "200", "SMTP", "127.0.0.1:1025")
	f.wantSeen(f.bar, "Listening on 127.0.0.1:1025", "200 messages", "12 msg/s", "Postroom 1.0")
	f.wantSeen(f.viewer.content, "Select a message to read it")
	select {
	case <-f.firstPage:
	default:
		t.Error("nobody was told of the first page")
	}
}

func TestOpeningShowsAMessageAndMarksItRead(t *testing.T) {
	f := open(t, 20)
	f.openRow(2)
	f.wantSeen(f.viewer.content, "subject 18", "From", "Sender 18 <s18@example.com>", "To", "you@example.com",
		"sendmail", "php (pid 4242)", "Wed 14 Jan 2026, 09:12:44", "Text", "SMTP", "Mark unread", "Delete")
	if got := f.text(); got != "words of 18" {
		t.Errorf("text is %q", got)
	}
	f.untilSeen(f.sidebar, "19")
}

func TestKeysMoveAndOpen(t *testing.T) {
	f := open(t, 100)
	for _, c := range []struct {
		key fyne.KeyName
		row int
	}{
		{fyne.KeyDown, 0}, {fyne.KeyDown, 1}, {fyne.KeyUp, 0}, {fyne.KeyEnd, 99}, {fyne.KeyHome, 0},
	} {
		f.key(c.key)
		id := f.mail.Key(c.row)
		f.until(string(c.key), func() bool { return f.viewer.message != nil && f.viewer.message.Record.ID == id })
	}
	f.key(fyne.KeyPageDown)
	if i := f.list.rows.Cursor(); i < 5 || i > 20 {
		t.Errorf("a page further is row %d", i)
	}
}

func TestDeleteKeyDeletesAndGoesOn(t *testing.T) {
	f := open(t, 20)
	f.openRow(3) // 17
	f.key(fyne.KeyDelete)
	f.until("the next message", func() bool { return f.viewer.message != nil && f.viewer.message.Record.ID == 16 })
	f.until("the store", func() bool { return f.backend.Counts().All == 19 })
	if f.mail.Len() != 19 || f.list.rows.Cursor() != 3 {
		t.Errorf("%d rows, cursor on %d", f.mail.Len(), f.list.rows.Cursor())
	}
	f.clickRow(5, fyne.KeyModifierShift) // rows 3 to 5
	f.wantSeen(f.viewer.content, "3 messages selected", "Mark read", "Delete")
	f.key(fyne.KeyDelete)
	f.until("the store", func() bool { return f.backend.Counts().All == 16 })
}

func TestDeletingManyAsksFirst(t *testing.T) {
	f := open(t, 50)
	f.list.rows.TypedShortcut(&fyne.ShortcutSelectAll{})
	f.key(fyne.KeyDelete)
	top := f.frame.Canvas().Overlays().Top()
	if top == nil || f.mail.Len() != 50 {
		t.Fatalf("no question; %d rows left", f.mail.Len())
	}
	f.wantSeen(top.(*widget.PopUp).Content, "Delete 50 messages?", "They are removed for good.", "Cancel")
	f.key(fyne.KeyEscape)
	if top.Visible() || f.mail.Len() != 50 {
		t.Fatalf("Esc does not leave things as they were: %d rows", f.mail.Len())
	}
	f.clickRow(0, 0)
	f.clickRow(sureOf-1, fyne.KeyModifierShift)
	f.key(fyne.KeyDelete)
	f.until("deletion without a question", func() bool { return f.backend.Counts().All == 50-sureOf })
	f.list.rows.TypedShortcut(&fyne.ShortcutSelectAll{})
	f.key(fyne.KeyDelete)
	f.key(fyne.KeyReturn)
	f.until("deletion after the question", func() bool { return f.backend.Counts().All == 0 })
}

func TestSearchShowsWhatIsFoundAndWhatIsWrong(t *testing.T) {
	f := open(t, 30)
	f.typedRune('/')
	if f.frame.Canvas().Focused() != fyne.Focusable(f.list.search) {
		t.Fatal("/ does not go to the search field")
	}
	f.list.search.SetText("subject:7")
	f.key(fyne.KeyReturn)
	f.until("search", func() bool { return f.mail.Complete() && f.mail.Len() == 1 })
	f.wantSeen(f.list.content, "1 found", "Sender 7")
	f.backend.send("From: Late <l@example.com>\nSubject: 7 again\n\nx\n")
	f.until("a message that is found later", func() bool { return f.mail.Len() == 2 })
	f.untilSeen(f.list.rows, "Late")
	f.list.search.SetText("nothing-has-this-word")
	f.key(fyne.KeyReturn)
	f.until("search", func() bool { return f.mail.Complete() && f.mail.Len() == 0 })
	f.wantSeen(f.list.rows, "Nothing found")
	f.key(fyne.KeyEscape) // clears
	f.until("all mail", func() bool { return f.mail.Complete() && f.mail.Len() == 31 })
	f.key(fyne.KeyEscape) // leaves
	if f.frame.Canvas().Focused() != fyne.Focusable(f.list.rows) {
		t.Error("Esc does not lead back to the list")
	}
}

func TestUnreadIsAPlace(t *testing.T) {
	f := open(t, 10)
	f.openRow(0)
	f.until("read mark", func() bool { return f.status.Counts.Unread == 9 })
	f.sidebar.Select(placeUnread)
	f.sidebar.OnSelect(placeUnread)
	f.until("unread mail", func() bool { return f.mail.Filter().Unread && f.mail.Complete() && f.mail.Len() == 9 })
	f.wantSeen(f.list.content, "Unread", "9 messages")
}

func TestUMarksUnreadAndRead(t *testing.T) {
	f := open(t, 3)
	f.openRow(0)
	f.untilSeen(f.viewer.content, "Mark unread")
	f.typedRune('u')
	f.until("unread", func() bool { return f.status.Counts.Unread == 3 })
	f.untilSeen(f.viewer.content, "Mark read")
	f.typedRune('U')
	f.until("read again", func() bool { return f.status.Counts.Unread == 2 })
}

func TestNewMailFollowsAtTheTopAndWaitsBelow(t *testing.T) {
	f := open(t, 100)
	f.backend.send("From: First <f@example.com>\nSubject: one\n\nx\n")
	f.until("new row", func() bool { return f.mail.Len() == 101 })
	f.untilSeen(f.list.rows, "First")
	f.list.rows.ScrollTo(1000)
	before := f.list.rows.Offset()
	f.backend.send("From: Second <f@example.com>\nSubject: two\n\nx\n")
	f.until("new row", func() bool { return f.mail.Len() == 102 })
	if got := f.list.rows.Offset(); got != before+float64(rowHeight) {
		t.Errorf("offset went from %v to %v: what was in view has moved", before, got)
	}
	f.wantSeen(f.list.content, "1 new")
	test.Tap(f.list.pill)
	if !f.list.rows.AtTop() || f.list.pill.Visible() {
		t.Error("the pill does not lead to the top")
	}
	f.untilSeen(f.list.rows, "Second")
}

func TestRaiseAndProblems(t *testing.T) {
	f := open(t, 1)
	f.backend.emit(mta.Event{Kind: mta.Raise}, mta.Event{Kind: mta.Problem, Text: "disk is nearly full"})
	f.until("problem", func() bool { return f.notice != "" })
	f.wantSeen(f.bar, "disk is nearly full")
}

func TestStatusBarSaysWhatDoesNotListen(t *testing.T) {
	for _, c := range []struct {
		name   string
		status Status
		dot    fyne.ThemeColorName
		first  string
	}{
		{"all listen", Status{Listeners: []Listener{{Protocol: "SMTP", Address: "127.0.0.1:1025"}}}, theme.OK, "Listening on 127.0.0.1:1025"},
		{"one does not", Status{Listeners: []Listener{{Protocol: "SMTP", Address: ":25"}, {Protocol: "SMTP", Address: ":26", Err: "address in use"}}},
			theme.Err, "SMTP not listening on :26: address in use"},
		{"nothing is configured", Status{}, theme.Warn, "Not listening"},
	} {
		dot, fields := listening(c.status)
		if dot != c.dot || fields[0].Text != c.first || (fields[0].Color != c.dot) != (c.dot == theme.OK) {
			t.Errorf("%s: %v %v", c.name, dot, fields)
		}
	}
	up := Status{Listeners: []Listener{{Protocol: "SMTP", Address: ":25"}}, Problems: []string{"old", "new"}}
	if dot, fields := listening(up); dot != theme.Warn || fields[1] != (kit.StatusField{Text: "new", Color: theme.Warn}) {
		t.Errorf("the newest problem: %v %v", dot, fields)
	}
}

func TestAMovedClockIsShown(t *testing.T) {
	b := newTestBackend(t)
	b.ahead = 4 * time.Hour
	f := openOn(t, b)
	f.wantSeen(f.bar, "Clock moved ahead by 4 h")
}

func TestTheBarTellsHowFarALargeQueueIsRead(t *testing.T) {
	b := newTestBackend(t)
	b.adopted, b.adopting = 20_000, 100_000
	f := openOn(t, b)
	f.wantSeen(f.bar, "Reading the queue: 20,000 of 100,000")
}

func TestAllProblemsCanBeRead(t *testing.T) {
	b := newTestBackend(t)
	b.listeners = []Listener{{Protocol: "SMTP", Address: ":25", Err: "cannot listen on :25: no"}}
	b.problems = []string{"queue: first", "cannot listen on :25: no"}
	f := openOn(t, b)
	f.wantSeen(f.bar, "cannot listen on :25: no")
	f.wantSeen(f.sidebar, "not listening")
	test.Tap(f.bar)
	over := f.frame.Canvas().Overlays().Top()
	if over == nil {
		t.Fatal("nothing opened")
	}
	text, ok := f.frame.Canvas().Focused().(*kit.Lines)
	if !ok {
		t.Fatalf("the keyboard is on %T", f.frame.Canvas().Focused())
	}
	text.SelectAll()
	if got := text.Selected(); got != "cannot listen on :25: no\n\nqueue: first" {
		t.Errorf("%q", got)
	}
	f.key(fyne.KeyEscape)
	if over.Visible() {
		t.Error("Esc does not close it")
	}
	if got := f.frame.Canvas().Focused(); got != fyne.Focusable(f.list.rows) {
		t.Errorf("the keyboard is on %T then", got)
	}
}

func TestLookIsRemembered(t *testing.T) {
	f := open(t, 1)
	if got := f.theme().Variant(); got != theme.Dark {
		t.Fatalf("begins as %v", got)
	}
	for _, want := range []struct {
		v    theme.Variant
		name string
	}{{theme.System, ""}, {theme.Light, "light"}, {theme.Dark, "dark"}} {
		test.Tap(f.toggle)
		if f.theme().Variant() != want.v || f.prefs.String(prefTheme) != want.name || variantNamed(want.name) != want.v {
			t.Errorf("variant %v remembered as %q", f.theme().Variant(), f.prefs.String(prefTheme))
		}
	}
}

func (f *bench) theme() *theme.Theme { return f.desk.look }

func TestWindowRemembersItsSizeAndNoNonsense(t *testing.T) {
	f := open(t, 1)
	f.frame.Resize(fyne.NewSize(1000, 700))
	f.halves.SetAt(400)
	f.remember()
	if got := f.size(); got != fyne.NewSize(1000, 700) {
		t.Errorf("size %v", got)
	}
	if got := f.number(prefList, usualList, leastList); got != 400 {
		t.Errorf("list is %v wide", got)
	}
	for _, bad := range []float64{-5, 0, 1e9} {
		f.prefs.SetFloat(prefWidth, bad)
		if got := f.size().Width; got != usualWidth {
			t.Errorf("width %v from %v", got, bad)
		}
	}
}

func TestShortcutsReachTheWindowFromAnywhere(t *testing.T) {
	f := open(t, 5)
	f.openRow(0)
	find := &desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierShortcutDefault}
	next := &desktop.CustomShortcut{KeyName: fyne.KeyTab, Modifier: fyne.KeyModifierControl}
	for _, from := range []fyne.Focusable{f.list.rows, f.sidebar, f.viewer.texts[tabText], f.viewer.tabs, f.toggle} {
		f.frame.Canvas().Focus(from)
		from.(fyne.Shortcutable).TypedShortcut(find)
		if f.frame.Canvas().Focused() != fyne.Focusable(f.list.search) {
			t.Errorf("Ctrl+F from %T does not find the search field", from)
		}
		f.viewer.choose(tabText)
		from.(fyne.Shortcutable).TypedShortcut(next)
		if f.viewer.tabs.Selected() != tabHTML {
			t.Errorf("Ctrl+Tab from %T does not go to the next tab", from)
		}
	}
	f.frame.Canvas().Focus(f.list.search)
	f.list.search.TypedShortcut(next)
	if f.viewer.tabs.Selected() != tabHeaders {
		t.Error("Ctrl+Tab from the search field does not go to the next tab")
	}
}

var _ kit.Source = (*partList)(nil)
