//go:build !nogui

package ui

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// viewer shows one message: toolbar, head, tabs and the chosen tab's view.
type viewer struct {
	win  *window
	load *model.Latest[Message]
	more *model.Latest[fill] // what the chosen tab needs beyond the Message

	id      int64    // the message that is open, 0 for none
	message *Message // nil until it is loaded
	filled  [tabCount]bool

	release, forward   *kit.IconButton
	again              *kit.IconButton
	mark, remove, save *kit.IconButton
	star, tag          *kit.IconButton
	marks              string          // what the button mark says
	toggle, savePart   *kit.IconButton // of the tabs Headers and Parts
	head               *headBlock
	tabs               *kit.TabBar
	problems           *kit.Label
	preview            *preview
	texts              [tabCount]*kit.Lines // nil for Preview and Parts
	parts              *partList
	routing            *routing
	blank              *blank
	tools              *fyne.Container // seen when something is selected
	shown              *fyne.Container // all that belongs to one message
	content            *fyne.Container
	plain              bool                      // Text is shown only because a message had no HTML
	received           bool                      // Headers shows them as they were received
	savings            []*model.Latest[struct{}] // files being written
}

// The tabs, in their order.
const (
	tabPreview = iota
	tabText
	tabHTML
	tabHeaders
	tabParts
	tabRaw
	tabSMTP
	tabRouting
	tabCount
)

const toolHeight float32 = 41

func newViewer(w *window) *viewer {
	v := &viewer{win: w, load: model.NewLatest[Message](w.post), more: model.NewLatest[fill](w.post)}
	v.release = kit.NewIconButton("reply", say.T("Release"), func() { w.release(false) }).WithTip(w.tips, say.T("Let this message go out (Ctrl+R)"))
	v.forward = kit.NewIconButton("forward", say.T("Forward"), func() { w.release(true) }).WithTip(w.tips, say.T("Send this message to somebody new (Ctrl+L)"))
	v.again = kit.NewIconButton("list-restart", "", w.redeliver).WithTip(w.tips, say.T("Have it go through the tables again, as if it came now"))
	v.mark = kit.NewIconButton("mail", say.T("Mark unread"), w.toggleRead).WithTip(w.tips, say.T("Mark read or unread (U)"))
	v.remove = kit.NewIconButton("trash-2", say.T("Delete"), w.delete).WithTip(w.tips, say.T("Delete for good (Del)"))
	v.save = kit.NewIconButton("download", say.T("Save .eml"), v.saveMessage).WithTip(w.tips, say.T("Save the exact bytes received"))
	v.toggle = kit.NewIconButton("code", say.T("As received"), v.toggleHeaders).WithTip(w.tips, say.T("Header fields decoded, or exactly as received"))
	v.savePart = kit.NewIconButton("download", say.T("Save part"), func() { v.parts.saveSelected() }).WithTip(w.tips, say.T("Save the selected part, decoded (Enter)"))
	v.star = kit.NewIconButton("star", "", func() { w.mail.SetStarred(w.mail.AnyUnstarred(), w.mail.Selection()...) }).WithTip(w.tips, say.T("Add or remove a star (S)"))
	v.tag = kit.NewIconButton("tag", "", w.chooseTags).WithTip(w.tips, say.T("Tags (T)"))
	for _, b := range []*kit.IconButton{v.release, v.forward, v.again, v.mark, v.remove, v.save, v.star, v.tag, v.toggle, v.savePart} {
		b.Keys = w.keys
	}
	v.head = newHeadBlock(w)
	v.tabs = kit.NewTabBar(tabNames(0)...)
	v.tabs.Keys, v.tabs.OnSelect = w.keys, v.chosen
	v.problems = kit.NewLabel("", theme.SizeMedium, theme.Warn).Shrink()
	v.parts = newPartList(v)
	for i := range v.texts {
		switch i {
		case tabPreview, tabParts:
			continue
		case tabText:
			v.texts[i] = kit.NewLines(20).Proportional()
		case tabSMTP, tabRouting:
			v.texts[i] = kit.NewLines(19)
		default:
			v.texts[i] = kit.NewLines(17)
		}
		v.texts[i].Keys = w.keys
		v.texts[i].SetWrap(i != tabRaw)
	}
	v.routing = newRouting(v)
	v.preview = newPreview(v)
	v.texts[tabText].OnLink, v.texts[tabText].OnMenu = v.preview.askLink, v.preview.linkMenu
	v.blank = newBlank(w)
	v.build()
	v.chosen(tabPreview)
	return v
}

// build puts everything into its place: tools; below them head, problems, tabs and the chosen tab's view, or the blank.
func (v *viewer) build() {
	line, sign := kit.NewLine(), kit.NewFill(theme.Warn)
	sign.SetRadius(3.5)
	v.tools = container.New(freeLayout{fyne.NewSize(leastViewer, toolHeight), func(s fyne.Size) {
		inRow(12, 6, s.Width-6, v.release, v.forward, v.again, v.mark, v.remove, v.star, v.tag, v.save)
		put(line, 0, toolHeight-1, s.Width, 1)
	}}, v.release, v.forward, v.again, v.mark, v.remove, v.star, v.tag, v.save, line)
	v.tools.Hide()
	views := []fyne.CanvasObject{v.preview.content, v.parts.content, v.routing.content}
	for i, l := range v.texts {
		if l != nil && i != tabRouting {
			views = append(views, l)
		}
	}
	objects := append([]fyne.CanvasObject{v.head.content, v.tabs, sign, v.problems, v.toggle, v.savePart}, views...)
	v.shown = container.New(freeLayout{fyne.NewSize(leastViewer, 200), func(s fyne.Size) {
		y := v.head.arrange(s.Width)
		put(v.head.content, 0, 0, s.Width, y)
		if v.problems.Text() != "" {
			put(sign, 18, y+5, 7, 7)
			put(v.problems, 33, y, s.Width-51, 18)
			y += 24
		}
		show(sign, v.problems.Text() != "")
		put(v.tabs, 0, y, s.Width, 34)
		y += 34
		for _, b := range []*kit.IconButton{v.toggle, v.savePart} {
			m := b.MinSize()
			x := s.Width - m.Width - 12
			switch {
			case v.tabs.Width()+12 <= x:
				put(b, x, y-31, m.Width, m.Height)
			case b.Visible(): // on a line of its own
				put(b, x, y+3, m.Width, m.Height)
				y += 34
			}
		}
		for _, o := range views {
			put(o, 0, y, s.Width, s.Height-y)
		}
	}}, objects...)
	v.shown.Hide()
	v.content = container.New(freeLayout{fyne.NewSize(leastViewer, 200), func(s fyne.Size) {
		put(v.tools, 0, 0, s.Width, toolHeight)
		for _, o := range []fyne.CanvasObject{v.blank.content, v.shown} {
			put(o, 0, toolHeight, s.Width, s.Height-toolHeight)
		}
	}}, v.tools, v.blank.content, v.shown)
}

func tabNames(parts int) []string {
	name := say.T("Parts")
	if parts > 1 {
		name += " (" + model.Count(parts) + ")"
	}
	return []string{say.T("Preview"), say.T("Text"), "HTML", say.T("Headers"), name, say.T("Raw"), "SMTP", say.T("Routing")}
}

// arrange places everything again, after a text that takes room has changed.
func (v *viewer) arrange() {
	if s := v.shown.Size(); s.Width > 0 {
		v.shown.Layout.Layout(v.shown.Objects, s)
	}
}

// open shows a message, once it is loaded; until then the one before stays.
func (v *viewer) open(id int64) {
	if id == v.id {
		return
	}
	v.id = id
	v.more.Cancel()
	v.load.Ask(func(ctx context.Context) (Message, error) { return v.win.backend.Message(ctx, id) }, v.show)
}

// openNone shows no message; many are selected, or none.
func (v *viewer) openNone(many int) {
	v.id, v.message = 0, nil
	v.load.Cancel()
	v.more.Cancel()
	v.blank.show(many)
	v.recordsChanged()
	show(v.shown, false)
	show(v.blank.content, true)
}

func (v *viewer) show(m Message, err error) {
	if err != nil {
		v.openNone(0)
		if !errors.Is(err, spool.ErrNotFound) { // deleted meanwhile: the list will say so
			v.win.problem(err)
		}
		return
	}
	m.Record.Attachments = len(mimetree.Attachments(m.Tree)) // which the record may not have yet: search counts them later
	v.message = &m
	clear(v.filled[:])
	v.setHead()
	v.problems.SetText(model.ProblemSummary(m.Problems))
	v.parts.set(model.PartRows(m.Tree, m.Sizes, m.Problems))
	v.tabs.SetTabs(tabNames(v.parts.count())...)
	v.routing.set()
	v.preview.clear()
	v.suit()
	v.fill()
	show(v.blank.content, false)
	show(v.shown, true)
	v.arrange()
	if !m.Record.Read {
		v.win.mail.SetRead(true, m.Record.ID)
	}
	v.recordsChanged()
}

func (v *viewer) setHead() {
	v.head.set(&v.message.Record, len(v.message.Problems), v.win.now().Location(), v.win.tagColor)
}

// stateChanged shows what became of the open message's recipients since it was loaded.
func (v *viewer) stateChanged() {
	if v.message == nil {
		return
	}
	now := v.win.mail.Record(v.message.Record.ID)
	was := &v.message.Record
	if now == nil {
		return
	}
	if !slices.Equal(now.Tags, was.Tags) {
		was.Tags = now.Tags
		v.setHead()
		v.arrange()
	}
	if reflect.DeepEqual(now.Recipients, was.Recipients) && reflect.DeepEqual(now.Steps, was.Steps) {
		return
	}
	was.Recipients, was.Steps = now.Recipients, now.Steps
	v.setHead()
	v.arrange()
	v.routing.changed()
}

// recordsChanged shows how the selected messages stand, and on the toolbar what can be done with them.
func (v *viewer) recordsChanged() {
	v.stateChanged()
	icon, text := "mail", say.T("Mark unread")
	if v.win.mail.AnyUnread() {
		icon, text = "mail-open", say.T("Mark read")
	}
	if text != v.marks {
		v.marks = text
		v.mark.SetIcon(icon)
		v.mark.SetText(text)
	}
	v.save.SetDisabled(v.message == nil)
	v.release.SetDisabled(v.win.mail.Chosen() != 1)
	v.forward.SetDisabled(v.win.mail.Chosen() != 1)
	show(v.tools, v.win.mail.Chosen() > 0)
	if s := v.tools.Size(); s.Width > 0 {
		v.tools.Layout.Layout(v.tools.Objects, s)
	}
}

func (v *viewer) statusChanged() {
	if !v.shown.Visible() {
		v.blank.show(v.win.mail.Chosen())
	}
	v.routing.tick()
}

// choose goes to a tab.
func (v *viewer) choose(i int) {
	v.tabs.Select(i)
	v.chosen(i)
}

// suit goes to the tab that a message without HTML, or with it, is read in, where the other of the two is chosen.
func (v *viewer) suit() {
	switch html := v.message.HTML != ""; {
	case html && v.tabs.Selected() == tabText && v.plain:
		v.plain = false
		v.choose(tabPreview)
	case !html && v.tabs.Selected() == tabPreview:
		v.choose(tabText)
		v.plain = true
	}
}

func (v *viewer) chosen(tab int) {
	v.plain = false
	for i, l := range v.texts {
		if l != nil {
			show(l, i == tab)
		}
	}
	show(v.preview.content, tab == tabPreview)
	show(v.parts.content, tab == tabParts)
	show(v.routing.content, tab == tabRouting)
	if tab == tabParts {
		v.parts.showSelected()
	}
	show(v.toggle, tab == tabHeaders)
	show(v.savePart, tab == tabParts)
	v.arrange()
	v.fill()
}

// focus puts the keyboard into the chosen tab's view.
func (v *viewer) focus() {
	if v.message == nil {
		return
	}
	var f fyne.Focusable = v.parts.list
	if v.tabs.Selected() == tabPreview {
		f = v.preview.page
	}
	if l := v.texts[v.tabs.Selected()]; l != nil {
		f = l
	}
	v.win.frame.Canvas().Focus(f)
}

// copy copies what is selected in the chosen tab.
func (v *viewer) copy() {
	if l := v.texts[v.tabs.Selected()]; l != nil {
		l.Copy()
	} else if v.tabs.Selected() == tabPreview {
		v.preview.page.Copy()
	}
}

func (v *viewer) toggleHeaders() {
	v.received = !v.received
	if v.received {
		v.toggle.SetText(say.T("Decoded"))
	} else {
		v.toggle.SetText(say.T("As received"))
	}
	v.filled[tabHeaders] = false
	v.fill()
	v.arrange()
}

func (v *viewer) close() {
	v.load.Close()
	v.more.Close()
	v.parts.view.load.Close()
	v.preview.close()
	for _, s := range v.savings {
		s.Close()
	}
}

// tallyChanged shows the colours of tags, which may be others.
func (v *viewer) tallyChanged() {
	if v.message != nil {
		v.setHead()
		v.arrange()
	}
}
