//go:build !nogui

package ui

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// mailList is the column with the search field, the head line and the rows: two lines each, or a table with columns.
type mailList struct {
	win     *window
	search  *kit.Entry
	hints   *searchHints
	name    *kit.Label
	count   *kit.Label
	sort    *kit.IconButton
	order   spool.Order
	rows    *kit.List // the rows in sight: lines, or those of table
	lines   *kit.List
	table   *kit.Table // nil until it is first shown
	trouble *kit.Lines // what is wrong with the search, in the place of the rows
	pill    *kit.IconButton
	fresh   int // rows that came while the list was scrolled down
	content *fyne.Container
}

func newMailList(w *window) *mailList {
	l := &mailList{win: w, order: savedOrder(w.prefs.String(prefOrder))}
	l.search = kit.NewEntry(w.later, say.T("Search"))
	l.search.Keys = w.keys
	l.search.OnSearch = func(string) { w.applyFilter() }
	l.hints = newSearchHints(l)
	l.name = kit.NewLabel("", theme.SizeMedium, theme.Text).Bold()
	l.count = kit.NewLabel("", theme.SizeSmall, theme.Dim).Shrink()
	l.sort = kit.NewIconButton("chevron-down", "", func() { w.popUp(w.acts.menu(inOrder), below(l.sort)) }).WithTip(w.tips, say.T("Order and look of the list"))
	l.sort.Keys = w.keys
	l.lines = kit.NewList(rowHeight, w.mail, w.mail, func() kit.Row { return newMailRow(w.mail, w.now, w.tagColor) })
	l.rows = l.lines
	l.wire(l.lines)
	l.trouble = kit.NewLines(20).Proportional()
	l.trouble.SetWrap(true)
	l.trouble.Keys = w.keys
	l.trouble.Hide()
	l.pill = kit.NewIconButton("chevron-up", "", func() { l.rows.ToTop() }).Primary()
	l.pill.Keys = w.keys
	l.pill.Hide()
	line := kit.NewLine()
	l.content = container.New(freeLayout{fyne.NewSize(leastList, 200), func(s fyne.Size) {
		put(l.search, 10, 8, s.Width-20, 28)
		name, order := l.name.MinSize(), l.sort.MinSize()
		room := s.Width - 14 - order.Width - 4
		put(l.name, 14, 47, min(name.Width, room-14), 18)
		put(l.sort, s.Width-4-order.Width, 42, order.Width, 28)
		put(l.count, 14+name.Width+14, 47, room-name.Width-28, 18)
		put(line, 0, 70, s.Width, 1)
		for _, o := range []fyne.CanvasObject{l.lines, l.tableObject(), l.trouble} {
			if o != nil {
				put(o, 0, 71, s.Width, s.Height-71)
			}
		}
		pill := l.pill.MinSize()
		put(l.pill, float32(int((s.Width-pill.Width)/2)), 79, pill.Width, pill.Height)
		l.hints.place(s)
	}}, l.search, l.name, l.count, l.sort, line, l.lines, l.trouble, l.pill, l.hints.content)
	l.showHead()
	return l
}

// wire makes a list of rows the mail's.
func (l *mailList) wire(rows *kit.List) {
	w := l.win
	rows.Keys = w.keys
	rows.OnSelect = w.selectionChanged
	rows.OnOpen = func(int) { w.viewer.focus() }
	rows.OnMenu = l.menu
	rows.OnTop = func(top bool) {
		if top {
			l.fresh = 0
			l.showPill()
		}
	}
}

func (l *mailList) tableObject() fyne.CanvasObject {
	if l.table == nil {
		return nil
	}
	return l.table
}

// changed shows what became different.
func (l *mailList) changed(c model.Change) {
	if c.Reset {
		l.fresh = 0
		l.rows.Reset()
		l.rows.SetEmpty(l.emptyText())
		l.showTrouble()
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
	switch f := m.Filter(); {
	case m.Loading() || m.Err() != nil:
		return ""
	case f.Text != "":
		return say.T("Nothing found")
	case f.Unread:
		return say.T("All read")
	case f.Place != "":
		return say.T("Nothing here")
	}
	return say.T("No mail yet")
}

// showTrouble says what is wrong with the search words, or with the program.
func (l *mailList) showTrouble() {
	err := l.win.mail.Err()
	show(l.trouble, err != nil)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), spool.ErrQuery.Error()+": ")
		color := theme.Err
		if errors.Is(err, spool.ErrQuery) { // perhaps only half typed
			color = theme.Dim
		}
		l.trouble.SetSource(kit.NewTextLines(text, color))
	}
}

// showHead writes the name of what is shown, and how much of it there is.
func (l *mailList) showHead() {
	m := l.win.mail
	f := m.Filter()
	var count string
	switch n := m.Len(); {
	case m.Loading() && f.Text != "":
		count = say.T("searching …")
	case m.Loading(), m.Err() != nil:
		count = ""
	case f.Text != "" && m.Complete():
		count = say.N(n, "%s found", "%s found", model.Count(n))
	case f.Text != "":
		count = say.T("over %s found", model.Count(n-1))
	case m.Complete():
		count = messages(n)
	case f.All():
		count = messages(max(n, l.win.status.Counts.All))
	default:
		count = messages(n) + " …"
	}
	name, order := l.win.placeName(), l.orderName()
	if name != l.name.Text() || count != l.count.Text() || order != l.sort.Text() {
		l.name.SetText(name)
		l.count.SetText(count)
		l.sort.SetText(order)
		l.arrange()
	}
}

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
	if s := l.content.Size(); s.Width > 0 {
		l.content.Layout.Layout(l.content.Objects, s)
	}
}

// focusSearch puts the keyboard into the search field, with its text selected.
func (l *mailList) focusSearch() {
	l.win.frame.Canvas().Focus(l.search)
	l.search.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// setSearch puts words into the search field and searches for them.
func (l *mailList) setSearch(words string) {
	l.search.SetQuery(words)
	l.win.applyFilter()
}

// menu shows what can be done with the selected rows, as they are now: while the menu stands, the message may be opened.
func (l *mailList) menu(_ int, at fyne.Position) { l.win.popUp(l.win.acts.menu(inMail), at) }
