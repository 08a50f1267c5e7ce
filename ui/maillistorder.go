//go:build !nogui

package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// The preferences of the mail list.
const (
	prefOrder     = "mail.order"   // "subject up"
	prefAsTable   = "mail.columns" // whether it is a table
	prefMailTable = "mail.table"   // kit.Table.Arrangement
	prefAbove     = "split.above"  // how high the table is
)

// How high the table with columns stands above the message.
const usualTable, leastTable, leastUnder float32 = 300, 150, 180

// mailOrder is one of the orders that the menu offers.
type mailOrder struct {
	name  string // of the action
	title string
	order spool.Order
}

func mailOrders() []mailOrder {
	return []mailOrder{
		{"sort.newest", say.T("Newest first"), spool.Order{}},
		{"sort.oldest", say.T("Oldest first"), spool.Order{Ascending: true}},
		{"sort.from", say.T("By sender"), spool.Order{By: spool.OrderFrom, Ascending: true}},
		{"sort.subject", say.T("By subject"), spool.Order{By: spool.OrderSubject, Ascending: true}},
		{"sort.largest", say.T("Largest first"), spool.Order{By: spool.OrderSize}},
		{"sort.smallest", say.T("Smallest first"), spool.Order{By: spool.OrderSize, Ascending: true}},
	}
}

// orderName says how the list is sorted.
func (l *mailList) orderName() string {
	for _, o := range mailOrders() {
		if o.order == l.order {
			return o.title
		}
	}
	switch l.order.By {
	case spool.OrderFrom:
		return say.T("By sender, Z first")
	case spool.OrderSubject:
		return say.T("By subject, Z first")
	}
	return ""
}

// sortBy sorts the list, and remembers it.
func (l *mailList) sortBy(o spool.Order) {
	l.order = o
	text := string(o.By)
	if o.Ascending {
		text += " up"
	}
	l.win.prefs.SetString(prefOrder, text)
	if l.table != nil {
		l.table.SetSort(orderKey(o.By), !o.Ascending)
	}
	l.win.applyFilter()
}

// savedOrder reads what sortBy wrote. Nonsense is newest first.
func savedOrder(text string) spool.Order {
	by, _, up := strings.Cut(text, " ")
	o := spool.Order{By: spool.OrderBy(by), Ascending: up}
	switch o.By {
	case spool.OrderArrival, spool.OrderFrom, spool.OrderSubject, spool.OrderSize:
		return o
	}
	return spool.Order{}
}

// orderKey names the column of an order.
func orderKey(by spool.OrderBy) string {
	if by == spool.OrderArrival {
		return "arrived"
	}
	return string(by)
}

// columns says whether the list is a table.
func (l *mailList) columns() bool { return l.rows != l.lines }

// setColumns makes the list a table above the message, or two-line rows beside it.
func (l *mailList) setColumns(on bool) {
	w := l.win
	focused := w.frame.Canvas().Focused() == fyne.Focusable(l.rows)
	cursor := l.rows.Cursor()
	if on && l.table == nil {
		l.makeTable()
	}
	if on {
		l.rows = l.table.Rows
		w.halves.Stack(true, w.number(prefAbove, usualTable, leastTable), leastTable, leastUnder)
	} else {
		l.rows = l.lines
		w.halves.Stack(false, w.number(prefList, usualList, leastList), leastList, leastViewer)
	}
	show(l.lines, !on)
	if l.table != nil {
		show(l.table, on)
	}
	w.prefs.SetBool(prefAsTable, on)
	l.rows.SetEmpty(l.emptyText())
	l.rows.Changed()
	l.rows.SetCursor(cursor)
	if focused {
		w.frame.Canvas().Focus(l.rows)
	}
	l.arrange()
}

func (l *mailList) makeTable() {
	w := l.win
	l.table = kit.NewTable(28, []kit.Column{
		{Key: "from", Title: say.T("From"), Width: 190, Sorts: true, Fixed: true},
		{Key: "subject", Title: say.T("Subject"), Width: 280, Sorts: true, Fixed: true},
		{Key: "rcpt", Title: say.T("To"), Width: 170},
		{Key: "state", Title: say.T("State"), Width: 84, Tag: true},
		{Key: "tags", Title: say.T("Tags"), Width: 100},
		{Key: "files", Title: say.T("Files"), Width: 50, Right: true},
		{Key: "size", Title: say.T("Size"), Width: 76, Sorts: true, Right: true},
		{Key: "arrived", Title: say.T("Arrived"), Width: 130, Sorts: true, Right: true},
	}, w.mail, w.mail, l.bindCells)
	l.wire(l.table.Rows)
	l.table.Arrange(w.prefs.String(prefMailTable))
	l.table.SetSort(orderKey(l.order.By), !l.order.Ascending)
	l.table.OnSort = func(key string, down bool) {
		by := spool.OrderBy(key)
		if key == "arrived" {
			by = spool.OrderArrival
		}
		l.sortBy(spool.Order{By: by, Ascending: !down})
	}
	l.table.OnLayout = func() { w.prefs.SetString(prefMailTable, l.table.Arrangement()) }
	l.table.OnHead = l.headMenu
	l.content.Objects = append(l.content.Objects[:len(l.content.Objects)-2:len(l.content.Objects)-2], l.table, l.pill, l.hints.content)
}

// bindCells fills the cells of a row.
func (l *mailList) bindCells(i int, s kit.RowState, cells []kit.Cell) {
	w := l.win
	record := w.mail.Row(i)
	if record == nil {
		clear(cells)
		return
	}
	row := model.RowOf(record, w.now())
	second := s.Dim()
	from := row.Sender
	if row.Starred {
		from = "★ " + from
	}
	cells[0] = kit.Cell{Text: from, Color: theme.Text, Bold: row.Unread}
	if row.Unread {
		second = theme.Text
	}
	files := ""
	if record.Attachments > 0 {
		files = model.Count(record.Attachments)
	}
	tags := kit.Cell{Text: strings.Join(row.Tags, ", "), Color: s.Dim()}
	if len(row.Tags) > 0 {
		tags.Color = w.tagColor(row.Tags[0])
	}
	cells[1] = kit.Cell{Text: row.Subject, Color: second, Bold: row.Unread}
	cells[2] = kit.Cell{Text: model.RcptNames(record), Color: s.Dim()}
	cells[3] = kit.Cell{Text: row.Chip.Text, Color: tone(row.Chip.Tone)}
	cells[4] = tags
	cells[5] = kit.Cell{Text: files, Color: s.Dim()}
	cells[6] = kit.Cell{Text: model.Size(record.Size), Color: s.Dim()}
	cells[7] = kit.Cell{Text: model.LongClock(record.Arrival, w.now()), Color: s.Dim()}
}

// headMenu asks which columns are shown.
func (l *mailList) headMenu(at fyne.Position) {
	var lines []*fyne.MenuItem
	for _, c := range l.table.Columns() {
		if c.Fixed {
			continue
		}
		line := fyne.NewMenuItem(c.Title, func() {
			l.table.ShowColumn(c.Key, c.Hidden)
			l.table.OnLayout()
		})
		line.Checked = !c.Hidden
		lines = append(lines, line)
	}
	l.win.popUp(fyne.NewMenu("", lines...), at)
}
