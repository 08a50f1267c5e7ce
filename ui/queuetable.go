//go:build !nogui

package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

const queueRowHeight float32 = 32

// prefColumns has the columns of a table: "columns.queue", "columns.queue.host".
const prefColumns = "columns."

// newTable makes the table of messages, or of groups.
func (v *queueView) newTable(by spool.WaitingBy) *kit.Table {
	var t *kit.Table
	if by == "" {
		t = kit.NewTable(queueRowHeight, messageColumns(), v.queue, v.queue, v.bindMessage)
		t.Rows.OnOpen = func(int) { v.pane.showFile() }
		t.OnSort = func(key string, down bool) {
			q := v.queue.Query()
			q.Sort, q.Down = queueSorts[key], down != (key == "age") // an age is the other way round than an arrival
			v.list("", q)
		}
		t.SetSort("priority", false)
	} else {
		groups := model.QueueGroups{Queue: v.queue}
		t = kit.NewTable(queueRowHeight, groupColumns(by), groups, v.groups, func(i int, s kit.RowState, cells []kit.Cell) {
			v.bindGroup(by, groups.Group(i), s, cells)
		})
		t.Rows.OnOpen = func(i int) { v.listGroup(groups.Group(i)) }
	}
	t.Rows.Keys, t.Rows.OnSelect = v.win.keys, v.selected
	t.Rows.OnMenu = func(_ int, at fyne.Position) { v.menu(at) }
	name := strings.TrimSuffix(prefColumns+"queue."+string(by), ".")
	t.Arrange(v.win.prefs.String(name))
	t.OnLayout = func() { v.win.prefs.SetString(name, t.Arrangement()) }
	t.OnHead = func(at fyne.Position) { v.win.popUp(columnMenu(t), at) }
	return t
}

// columnMenu chooses which columns are shown.
func columnMenu(t *kit.Table) *fyne.Menu {
	var lines []*fyne.MenuItem
	for _, c := range t.Columns() {
		if c.Fixed {
			continue
		}
		line := fyne.NewMenuItem(c.Title, func() {
			t.ShowColumn(c.Key, c.Hidden)
			t.OnLayout()
		})
		line.Checked = !c.Hidden
		lines = append(lines, line)
	}
	return fyne.NewMenu("", lines...)
}

// queueSorts are the orders that the columns stand for.
var queueSorts = map[string]spool.WaitingSort{
	"id": spool.ByID, "state": spool.ByState, "age": spool.ByArrival, "size": spool.BySize, "priority": spool.ByPriority, "tries": spool.ByTries,
	"next": spool.ByNextTry, "expiry": spool.ByExpiry, "from": spool.BySender, "to": spool.ByRcpt, "host": spool.ByHost, "reply": spool.ByReply,
}

func messageColumns() []kit.Column {
	all := []kit.Column{
		{Key: "id", Title: say.T("Queue id"), Width: 128, Mono: true, Fixed: true},
		{Key: "state", Title: say.T("State"), Width: 92, Tag: true},
		{Key: "from", Title: say.T("From"), Width: 150},
		{Key: "to", Title: say.T("To"), Width: 160},
		{Key: "next", Title: say.T("Next try"), Width: 88},
		{Key: "tries", Title: say.T("Tries"), Width: 52, Right: true},
		{Key: "age", Title: say.T("Age"), Width: 86},
		{Key: "host", Title: say.T("Host"), Width: 130},
		{Key: "reply", Title: say.T("Last answer"), Width: 260},
		{Key: "left", Title: say.T("Recipients"), Width: 118},
		{Key: "size", Title: say.T("Size"), Width: 72, Right: true},
		{Key: "priority", Title: say.T("Priority"), Width: 82, Right: true},
		{Key: "expiry", Title: say.T("Goes back"), Width: 100},
		{Key: "origin", Title: say.T("Origin"), Width: 180},
	}
	for i := range all {
		_, all[i].Sorts = queueSorts[all[i].Key]
	}
	return all
}

// bindMessage fills the cells of a message, in the order of messageColumns.
func (v *queueView) bindMessage(i int, s kit.RowState, cells []kit.Cell) {
	w := v.queue.Row(i)
	if w == nil {
		cells[0] = kit.Cell{Text: "…", Color: s.Dim()}
		return
	}
	if w.ID == "" { // it went while we looked
		cells[0] = kit.Cell{Text: say.T("gone"), Color: s.Dim()}
		return
	}
	r := model.QueueRowOf(w, v.queue.Now())
	dim := s.Dim()
	expiry := dim
	if r.Late {
		expiry = theme.Err
	}
	for k, c := range []kit.Cell{
		{Text: r.ID}, {Text: r.State.Text, Color: tone(r.State.Tone)}, {Text: r.From}, {Text: r.To, Color: dim}, {Text: r.Next, Color: dim},
		{Text: r.Tries, Color: dim}, {Text: r.Age, Color: dim}, {Text: r.Host, Color: dim}, {Text: r.Reply, Color: dim}, {Text: r.Left, Color: dim},
		{Text: r.Size, Color: dim}, {Text: r.Priority, Color: dim}, {Text: r.Expiry, Color: expiry}, {Text: r.Origin, Color: dim},
	} {
		cells[k] = c
	}
}

func groupColumns(by spool.WaitingBy) []kit.Column {
	title, width := say.T("Host"), float32(190)
	switch by {
	case spool.GroupReason:
		title, width = say.T("Reason"), 420
	case spool.GroupDomain:
		all := []kit.Column{{Key: "name", Title: say.T("Domain"), Width: 220, Fixed: true}, {Key: "count", Title: say.T("Total"), Width: 70, Right: true}}
		for i, t := range model.AgeTitles() {
			all = append(all, kit.Column{Key: fmt.Sprint("age", i), Title: t, Width: 66, Right: true})
		}
		all[len(all)-1].Title = model.AgeTitles()[len(model.AgeTitles())-1] + " " + say.T("minutes old")
		return all
	}
	return []kit.Column{
		{Key: "name", Title: title, Width: width, Fixed: true},
		{Key: "count", Title: say.T("Messages"), Width: 84, Right: true},
		{Key: "size", Title: say.T("Size"), Width: 84, Right: true},
		{Key: "oldest", Title: say.T("Oldest"), Width: 100},
		{Key: "tried", Title: say.T("Last try"), Width: 110},
		{Key: "domains", Title: say.T("Domains"), Width: 200},
		{Key: "reply", Title: say.T("Last answer"), Width: 320, Hidden: by == spool.GroupReason},
	}
}

// bindGroup fills the cells of a group, in the order of groupColumns.
func (v *queueView) bindGroup(by spool.WaitingBy, g spool.WaitingGroup, s kit.RowState, cells []kit.Cell) {
	dim, now := s.Dim(), v.queue.Now()
	cells[0], cells[1] = kit.Cell{Text: g.Name}, kit.Cell{Text: model.Count(g.Count), Bold: true}
	if by == spool.GroupDomain {
		for i, text := range model.GroupCells(g) {
			cells[2+i] = kit.Cell{Text: text, Color: dim}
		}
		return
	}
	cells[2] = kit.Cell{Text: model.Size(g.Size), Color: dim}
	if !g.Oldest.IsZero() {
		cells[3] = kit.Cell{Text: model.Ago(now.Sub(g.Oldest)), Color: dim}
	}
	cells[4] = kit.Cell{Text: say.T("not tried"), Color: dim}
	if !g.Tried.IsZero() {
		cells[4].Text = say.T("%s ago", model.Ago(now.Sub(g.Tried)))
	}
	domains := strings.Join(g.Domains, ", ")
	if g.More {
		domains += " …"
	}
	cells[5], cells[6] = kit.Cell{Text: domains, Color: dim}, kit.Cell{Text: strings.TrimPrefix(g.Reply, "Deferred: "), Color: dim}
}
