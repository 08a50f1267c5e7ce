//go:build !nogui

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// queueView is what waits, as messages, or put together by host, by reason, and by domain and age; below it, a pane with the control
// file of the selected message, or what a verbose run says. What can be done is in queueactions.go.
type queueView struct {
	win   *window
	queue *model.Queue

	run, hold, release, giveUp, remove, more, clock *kit.IconButton
	moved                                           *kit.Chip // how far the clock was moved; empty for not at all
	tabs                                            *kit.TabBar
	search                                          *kit.Entry
	only                                            *kit.IconButton // the group that the list is of; a click lists all again
	summary                                         *kit.Label

	tables map[spool.WaitingBy]*kit.Table // made when they are first looked at
	groups *kit.KeySet                    // the selected groups
	body   *fyne.Container                // the tables, of which one is in sight
	pane   *queuePane
	sorts  map[spool.WaitingBy]spool.WaitingQuery // how each table was left

	content *fyne.Container
}

// queueTabs are what the tabs show.
var queueTabs = [...]spool.WaitingBy{"", spool.GroupHost, spool.GroupReason, spool.GroupDomain}

// queueEvery is how often the queue is looked at when nothing tells of a change: other programs work on it, too.
const queueEvery = time.Second

func newQueueView(w *window) *queueView {
	v := &queueView{win: w, tables: map[spool.WaitingBy]*kit.Table{}, sorts: map[spool.WaitingBy]spool.WaitingQuery{}}
	v.queue = model.NewQueue(w.backend, w.post, queueEvery, w.now)
	v.queue.OnChange, v.queue.OnProblem, v.queue.OnDone = v.changed, w.problem, w.notify
	v.groups = kit.NewKeySet(model.QueueGroups{Queue: v.queue})

	button := func(icon, text, tip string, do func()) *kit.IconButton {
		b := kit.NewIconButton(icon, text, do).WithTip(w.tips, tip)
		b.Keys = w.keys
		return b
	}
	v.run = button("play", say.T("Run queue now"), say.T("Try everything that waits now: sendmail -q"), v.runAll).Primary()
	v.hold = button("pause", say.T("Hold"), say.T("Keep the selected messages until they are released"), func() { v.do(model.QueueHold) })
	v.release = button("arrow-up-right", say.T("Release"), say.T("Let the selected messages go"), func() { v.do(model.QueueRelease) })
	v.giveUp = button("reply", say.T("Return"), say.T("Send the selected messages back to their senders, with a bounce"), func() { v.ask(model.QueueReturn) })
	v.remove = button("trash-2", say.T("Delete"), say.T("Take the selected messages out of the queue; nobody hears of it"), func() { v.ask(model.QueueDelete) })
	v.more = button("ellipsis", "", say.T("More"), func() { v.menu(below(v.more)) })
	v.clock = button("clock", say.T("Clock"), say.T("Move the mail server's clock ahead"), func() { v.clockMenu(below(v.clock)) })
	v.moved = kit.NewChip("", theme.Warn)

	v.tabs = kit.NewTabBar(say.T("Messages"), say.T("By host"), say.T("By reason"), say.T("By age"))
	v.tabs.Keys, v.tabs.OnSelect = w.keys, func(i int) { v.show1(queueTabs[i]) }
	v.search = kit.NewEntry(w.later, say.T("Find in the queue"))
	v.search.Keys, v.search.OnSearch = w.keys, func(text string) {
		q := v.queue.Query()
		q.Text = text
		v.list(v.queue.By(), q)
	}
	v.only = button("x", "", say.T("List all again"), v.listAll)
	v.only.Hide()
	v.summary = kit.NewLabel("", theme.SizeSmall, theme.Dim).Shrink()
	v.body = container.NewStack()
	v.pane = newQueuePane(v)
	line := kit.NewLine()
	v.content = container.New(freeLayout{fyne.NewSize(leastQueue, 240), func(s fyne.Size) { v.arrange(s, line) }},
		v.run, v.hold, v.release, v.giveUp, v.remove, v.more, v.moved, v.clock, line, v.tabs, v.summary, v.only, v.search, v.body, v.pane.content)
	v.show1("")
	v.showButtons()
	return v
}

const (
	leastQueue float32 = 560
	queueTools float32 = 42
)

// arrange places everything.
func (v *queueView) arrange(s fyne.Size, line fyne.CanvasObject) {
	x := float32(12)
	for _, b := range []*kit.IconButton{v.run, v.hold, v.release, v.giveUp, v.remove, v.more} {
		n := b.MinSize().Width
		put(b, x, 7, n, 28)
		x += n + 4
	}
	clock := v.clock.MinSize().Width
	put(v.clock, s.Width-12-clock, 7, clock, 28)
	chip := v.moved.MinSize()
	show(v.moved, v.moved.Text() != "" && s.Width-clock-20-chip.Width > x)
	put(v.moved, s.Width-12-clock-8-chip.Width, 7+(28-chip.Height)/2, chip.Width, chip.Height)
	put(line, 0, queueTools, s.Width, 1)

	top := queueTools + 1
	search := min(float32(220), s.Width/4)
	tabs := min(v.tabs.Width()+18, s.Width-search-20)
	put(v.tabs, 0, top, tabs, 34)
	put(v.search, s.Width-search-10, top+3, search, 28)
	end := s.Width - search - 20
	if v.only.Visible() {
		n := min(v.only.MinSize().Width, max(60, end-tabs-60))
		put(v.only, end-n, top+3, n, 28)
		end -= n + 8
	}
	put(v.summary, tabs+12, top+8, max(0, end-tabs-20), 18)
	top += 34

	pane := v.pane.height(s.Height - top)
	put(v.body, 0, top, s.Width, s.Height-top-pane)
	put(v.pane.content, 0, s.Height-pane, s.Width, pane)
	show(v.pane.content, pane > 0)
}

// below gives the place under a button where its menu stands.
func below(o fyne.CanvasObject) fyne.Position {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o).AddXY(0, o.Size().Height+2)
}

func (v *queueView) object() fyne.CanvasObject { return v.content }
func (v *queueView) focus() fyne.Focusable     { return v.table().Rows }
func (v *queueView) show()                     { v.queue.Watch() }
func (v *queueView) hide()                     { v.queue.Unwatch() }
func (v *queueView) keys() kit.Keys            { return kit.Keys{} }
func (v *queueView) close()                    { v.queue.Close() }
func (v *queueView) apply(events []mta.Event)  { v.queue.Apply(events) }

// statusChanged shows a clock that was moved.
func (v *queueView) statusChanged() {
	text := ""
	if ahead := v.win.status.Ahead; ahead != 0 {
		text = say.T("Clock is %s ahead", model.Lasting(ahead))
	}
	if text != v.moved.Text() {
		v.moved.Set(text, theme.Warn)
		v.queue.Nudge()
		v.relayout()
	}
}

func (v *queueView) relayout() { v.content.Layout.Layout(v.content.Objects, v.content.Size()) }

// table gives the table in sight.
func (v *queueView) table() *kit.Table { return v.tables[v.queue.By()] }

// show1 brings one of the tables into sight.
func (v *queueView) show1(by spool.WaitingBy) {
	if v.queue.By() != by || v.tables[by] == nil {
		v.sorts[v.queue.By()] = v.queue.Query()
	}
	q := v.sorts[by]
	q.Text = v.search.Text
	v.list(by, q)
}

// list shows what is asked for.
func (v *queueView) list(by spool.WaitingBy, q spool.WaitingQuery) {
	if v.tables[by] == nil {
		v.tables[by] = v.newTable(by)
		v.body.Add(v.tables[by])
	}
	v.queue.Show(by, q)
	for is, t := range v.tables {
		show(t, is == by)
	}
	for i, t := range queueTabs {
		if t == by {
			v.tabs.Select(i)
		}
	}
	only := q.Host + q.Reason + q.Domain
	v.only.SetText(model.Short(only, 40))
	show(v.only, only != "")
	v.showButtons()
	v.relayout()
}

// listAll takes the restriction to a group away.
func (v *queueView) listAll() {
	q := v.queue.Query()
	q.Host, q.Reason, q.Domain = "", "", ""
	v.list(v.queue.By(), q)
}

// listGroup lists the messages of a group.
func (v *queueView) listGroup(g spool.WaitingGroup) {
	q := v.groupQuery(g)
	q.Sort, q.Down = v.sorts[""].Sort, v.sorts[""].Down
	v.sorts[v.queue.By()] = v.queue.Query()
	v.list("", q)
	v.win.frame.Canvas().Focus(v.table().Rows)
}

// groupQuery asks for the messages of a group.
func groupQuery(by spool.WaitingBy, g spool.WaitingGroup) spool.WaitingQuery {
	switch by {
	case spool.GroupHost:
		return spool.WaitingQuery{Host: g.Name}
	case spool.GroupReason:
		return spool.WaitingQuery{Reason: g.Name}
	}
	return spool.WaitingQuery{Domain: g.Name}
}

// changed shows what became different.
func (v *queueView) changed(reset bool) {
	t := v.table()
	t.Rows.SetEmpty(v.emptyText())
	if reset {
		t.Rows.Reset()
	} else {
		t.Rows.Changed()
	}
	summary := model.QueueSummary(v.queue.Len(), v.queue.Total(), v.queue.Run(), v.queue.Now())
	if v.queue.Loading() {
		summary = ""
	}
	n := v.queue.Chosen()
	if v.queue.By() != "" {
		n = 0
		for _, g := range v.chosenGroups() {
			n += g.Count // a message for several hosts is in several groups
		}
	}
	if n > 1 {
		summary = say.T("%s selected", model.Count(n)) + " · " + summary
	}
	v.summary.SetText(summary)
	v.showButtons()
	v.pane.follow()
}

// emptyText says why there are no rows.
func (v *queueView) emptyText() string {
	q := v.queue.Query()
	switch {
	case v.queue.Loading():
		return ""
	case v.queue.Err() != nil:
		return v.queue.Err().Error()
	case v.queue.Total() > 0:
		return say.T("Nothing found")
	case q.Text+q.Host+q.Reason+q.Domain != "":
		return say.T("Nothing waits any more")
	}
	return say.T("Nothing waits. Mail that cannot be delivered at once stands here until it can.")
}

// selected follows the user's selection.
func (v *queueView) selected() {
	v.changed(false)
	v.pane.follow()
}

// showButtons switches off what cannot be done.
func (v *queueView) showButtons() {
	some := v.anyChosen()
	v.hold.SetDisabled(!v.canHold())
	v.release.SetDisabled(!v.canRelease())
	v.giveUp.SetDisabled(!some)
	v.remove.SetDisabled(!some)
}
