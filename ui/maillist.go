//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// mailList is the column with the search field, the head line and the rows.
type mailList struct {
	win     *window
	search  *kit.Entry
	name    *kit.Label
	count   *kit.Label
	order   *kit.Label
	rows    *kit.List
	pill    *kit.IconButton
	fresh   int // rows that came while the list was scrolled down
	content fyne.CanvasObject
}

func newMailList(w *window) *mailList {
	l := &mailList{win: w}
	l.search = kit.NewEntry(w.later, say.T("Search  from: to: subject: has:attachment"))
	l.search.Keys = w.keys
	l.search.OnSearch = func(string) { w.applyFilter() }
	l.name = kit.NewLabel(say.T("All mail"), theme.SizeMedium, theme.Text).Bold()
	l.count = kit.NewLabel("", theme.SizeSmall, theme.Dim).Shrink()
	l.order = kit.NewLabel(say.T("Newest first"), theme.SizeSmall, theme.Dim)
	l.rows = kit.NewList(rowHeight, w.mail, w.mail, func() kit.Row { return newMailRow(w.mail, w.now) })
	l.rows.Keys = w.keys
	l.rows.OnSelect = w.selectionChanged
	l.rows.OnOpen = func(int) { w.viewer.focus() }
	l.rows.OnMenu = l.menu
	l.rows.OnTop = func(top bool) {
		if top {
			l.fresh = 0
			l.showPill()
		}
	}
	l.pill = kit.NewIconButton("chevron-up", "", l.rows.ToTop).Primary()
	l.pill.Keys = w.keys
	l.pill.Hide()
	line := kit.NewLine()
	l.content = container.New(freeLayout{fyne.NewSize(leastList, 200), func(s fyne.Size) {
		put(l.search, 10, 8, s.Width-20, 28)
		name, order := l.name.MinSize(), l.order.MinSize()
		put(l.name, 14, 47, name.Width, 18)
		put(l.order, s.Width-14-order.Width, 47, order.Width, 18)
		put(l.count, 14+name.Width+14, 47, s.Width-28-name.Width-order.Width-24, 18)
		put(line, 0, 69, s.Width, 1)
		put(l.rows, 0, 70, s.Width, s.Height-70)
		pill := l.pill.MinSize()
		put(l.pill, float32(int((s.Width-pill.Width)/2)), 78, pill.Width, pill.Height)
	}}, l.search, l.name, l.count, l.order, line, l.rows, l.pill)
	l.showHead()
	return l
}

// changed shows what became different.
func (l *mailList) changed(c model.Change) {
	if c.Reset {
		l.fresh = 0
		l.rows.Reset()
		l.rows.SetEmpty(l.emptyText())
	} else {
		if !l.rows.AtTop() {
			l.fresh += c.Added
		}
		l.rows.Changed()
	}
	l.showPill()
	l.showHead()
}

// emptyText says why there are no rows.
func (l *mailList) emptyText() string {
	m := l.win.mail
	switch err := m.Err(); {
	case m.Loading():
		return ""
	case err != nil:
		return err.Error()
	case m.Filter().Text != "":
		return say.T("Nothing found")
	case m.Filter().Unread:
		return say.T("All read")
	}
	return say.T("No mail yet")
}

// showHead writes the name of what is shown, and how much of it there is.
func (l *mailList) showHead() {
	m := l.win.mail
	name := say.T("All mail")
	if m.Filter().Unread {
		name = say.T("Unread")
	}
	var count string
	switch n := m.Len(); {
	case m.Loading() && m.Filter().Text != "":
		count = say.T("searching …")
	case m.Loading():
		count = ""
	case m.Filter().Text != "" && m.Complete():
		count = say.N(n, "%s found", "%s found", model.Count(n))
	case m.Filter().Text != "":
		count = say.T("over %s found", model.Count(n-1))
	case m.Complete():
		count = messages(n)
	default:
		count = messages(max(n, l.win.status.Counts.All))
	}
	if name != l.name.Text() || count != l.count.Text() {
		l.name.SetText(name)
		l.count.SetText(count)
		l.arrange()
	}
}

// messages prints a number of messages: "2,000 messages".
func messages(n int) string { return say.N(n, "%s message", "%s messages", model.Count(n)) }

func (l *mailList) showPill() {
	visible := l.fresh > 0 && !l.rows.AtTop()
	if visible {
		l.pill.SetText(say.N(l.fresh, "%s new", "%s new", model.Count(l.fresh)))
		l.arrange()
	}
	show(l.pill, visible)
}

// arrange places everything again.
func (l *mailList) arrange() {
	if c, ok := l.content.(*fyne.Container); ok && c.Size().Width > 0 {
		c.Layout.Layout(c.Objects, c.Size())
	}
}

// focusSearch puts the keyboard into the search field, with its text selected.
func (l *mailList) focusSearch() {
	l.win.frame.Canvas().Focus(l.search)
	l.search.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// menu shows what can be done with the selected rows, as they are now: while the menu stands, the message may be opened.
func (l *mailList) menu(_ int, at fyne.Position) { l.win.popUp(l.win.acts.menu(inMail), at) }
