//go:build !nogui

package ui

import (
	"errors"
	"reflect"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// window is the main window: sidebar, the view in sight, status bar. It wires
// them to the models; all of it runs on the painting goroutine.
type window struct {
	*desk
	frame   fyne.Window
	backend Backend
	options Options

	mail *model.Mail
	feed *model.Feed
	poll *model.Poll[Status]

	tallies *model.Poll[spool.Tally]
	tally   spool.Tally
	counted bool                    // the tally will be read again soon
	changes *model.Latest[struct{}] // of tags and searches

	tips    *kit.Tips
	keys    kit.Keys
	acts    *actions
	sidebar *kit.Sidebar
	toggle  *kit.IconButton
	list    *mailList
	viewer  *viewer
	bar     *kit.StatusBar
	sides   *kit.Split      // sidebar | the rest
	halves  *kit.Split      // list | viewer
	main    *fyne.Container // the views, of which one is in sight
	content *fyne.Container

	mailView  view
	view      view   // in sight
	mailPlace string // the place of the group MAIL that was gone to last
	places    []*viewPlace

	tray      *tray     // nil without one
	notifier  *notifier // nil where the desktop is told nothing
	front     bool      // the user may be looking
	wanted    int64     // the message that is to be selected when the list has it; 0 for none
	imports   []*model.Latest[spool.Imported]
	releases  []*releaseDialog // that were opened
	over      *cover           // the dialog that lies over the window, nil for none
	status    Status
	notice    string // a problem that is shown for a while, or what was done
	good      bool   // it is not a problem
	unnotice  func()
	firstPage chan struct{} // closed when the first page was shown
	shown     bool
}

// Sizes in pixels: how the window stands before anyone moves a thing, and how small it gets.
const (
	usualWidth, usualHeight float32 = 1280, 800
	usualSide, leastSide    float32 = 186, 150
	usualList, leastList    float32 = 366, 260
	leastViewer             float32 = 400
)

func newWindow(frame fyne.Window, backend Backend, o Options, d *desk) *window {
	w := &window{desk: d, frame: frame, backend: backend, options: o, firstPage: make(chan struct{})}
	w.mail = model.NewMail(backend, d.post)
	w.mail.OnChange, w.mail.OnProblem = w.mailChanged, w.problem
	w.keys = w.newKeys()
	w.tips = kit.NewTips(d.later)

	w.sidebar, w.mailPlace = kit.NewSidebar(), placeAll
	w.addPlaces(w.servers()...)
	w.sidebar.Select(w.mailPlace)
	w.sidebar.Keys, w.sidebar.OnSelect = w.keys, w.goTo
	w.sidebar.OnFold, w.sidebar.OnMenu = w.folded, w.placeMenu
	w.changes = model.NewLatest[struct{}](d.post)
	w.toggle = kit.NewIconButton("contrast", "", w.changeLook)
	w.toggle.Keys = w.keys
	w.showLook()

	w.list = newMailList(w)
	w.viewer = newViewer(w)
	w.bar = kit.NewStatusBar()
	w.bar.Keys = w.keys

	w.halves = kit.NewSplit(w.list.content, w.viewer.content, d.number(prefList, usualList, leastList), leastList, leastViewer)
	w.mailView = mailView{w}
	w.view, w.main = w.mailView, container.NewStack(w.halves)
	side := container.NewStack(w.sidebar, container.New(cornerLayout{}, w.toggle))
	w.sides = kit.NewSplit(side, w.main, d.number(prefSide, usualSide, leastSide), leastSide, leastList+leastViewer)
	w.content = container.NewStack( // Fyne has painted the background
		container.New(&bottomLayout{}, w.bar, w.sides),
		w.tips,
	)
	w.takeActions()
	if d.prefs.Bool(prefAsTable) {
		w.list.setColumns(true)
	}
	return w
}

// start begins to load and to watch.
func (w *window) start() {
	w.focusView()
	w.feed = model.NewFeed(w.backend.Watch, w.post, w.later, w.apply)
	w.applyFilter()
	w.tallies = model.NewPoll(w.post, tallyEvery, w.backend.Tally, func(a, b spool.Tally) bool { return reflect.DeepEqual(a, b) }, w.showTally)
	w.poll = model.NewPoll(w.post, time.Second, w.backend.Status, func(a, b Status) bool { return reflect.DeepEqual(a, b) }, w.showStatus)
}

// close ends the models and waits for them, and for orders given to be carried out. Nothing is painted any more.
func (w *window) close() {
	if w.feed != nil {
		w.feed.Close()
		w.poll.Close()
		w.tallies.Close()
	}
	w.changes.Close()
	for _, v := range w.views() {
		v.close()
	}
	for _, d := range w.releases {
		d.close()
	}
	for _, in := range w.imports {
		in.Close()
	}
	if w.notifier != nil {
		w.notifier.close()
	}
}

// apply takes a batch of events.
func (w *window) apply(events []mta.Event) {
	for _, e := range events {
		switch e.Kind {
		case mta.Raise:
			w.raise()
			if e.Message != 0 {
				w.reveal(e.Message)
			}
		case mta.Problem:
			w.problem(errors.New(e.Text))
		}
	}
	for _, v := range w.views() {
		v.apply(events)
	}
	w.poll.Nudge()
	if !w.counted { // counting costs more than Status
		w.counted = true
		w.later(tallyPause, func() {
			w.counted = false
			w.tallies.Nudge()
		})
	}
	if w.notifier != nil {
		w.notifier.apply(events)
	}
}

// How often the groups of the sidebar are counted, when nothing and when much happens.
const (
	tallyEvery = 10 * time.Second
	tallyPause = time.Second
)

// applyFilter shows the mail of the chosen place that the search words find.
func (w *window) applyFilter() {
	words, unread := model.PlaceWords(w.mailPlace, w.tally)
	w.mail.SetFilter(model.Filter{Unread: unread, Place: words, Text: strings.TrimSpace(w.list.search.Text), Order: w.list.order})
	w.list.showHead()
}

// mailChanged shows what became different in the mail list.
func (w *window) mailChanged(c model.Change) {
	w.list.changed(c)
	if c.Selection {
		w.selectionChanged()
	}
	w.viewer.recordsChanged()
	w.viewer.statusChanged() // there may be mail now
	w.showWanted()
	if !w.shown && c.Reset {
		w.shown = true
		close(w.firstPage)
	}
}

// selectionChanged shows the selected message, where it is one.
func (w *window) selectionChanged() {
	if n := w.mail.Chosen(); n == 1 {
		w.viewer.open(w.mail.Selection()[0])
	} else {
		w.viewer.openNone(n)
	}
}

// sureOf is the number of messages that may be deleted without a question.
const sureOf = 20

// delete removes the selected messages for good.
func (w *window) delete() {
	ids := w.mail.Selection()
	if len(ids) == 0 {
		return
	}
	remove := func() {
		if next := w.mail.Delete(ids...); next >= 0 {
			w.list.rows.SetCursor(next)
		}
	}
	if len(ids) <= sureOf {
		remove()
		return
	}
	n := len(ids)
	w.confirm(say.N(n, "Delete %s message?", "Delete %s messages?", model.Count(n)), say.T("They are removed for good."),
		say.N(n, "Delete %s message", "Delete %s messages", model.Count(n)), remove)
}

// toggleRead marks the selected messages read where one of them is unread, else unread.
func (w *window) toggleRead() { w.mail.SetRead(w.mail.AnyUnread(), w.mail.Selection()...) }

func (w *window) changeLook() {
	w.nextLook()
	w.showLook()
}

func (w *window) showLook() {
	icon, words := w.lookNow()
	w.toggle.SetIcon(icon)
	w.toggle.WithTip(w.tips, say.T("Look: %s", words))
}

// size gives the size to open with.
func (w *window) size() fyne.Size {
	return fyne.NewSize(w.number(prefWidth, usualWidth, 640), w.number(prefHeight, usualHeight, 400))
}

// remember keeps how the window stands for the next time, and gives what is kept.
func (w *window) remember() map[string]any {
	size := w.frame.Canvas().Size()
	half := prefList
	if w.list.columns() {
		half = prefAbove
	}
	kept := map[string]any{}
	for key, v := range map[string]float32{prefWidth: size.Width, prefHeight: size.Height, prefSide: w.sides.At(), half: w.halves.At()} {
		if float32(w.prefs.Float(key)) != v {
			w.prefs.SetFloat(key, float64(v))
		}
		kept[key] = w.prefs.Float(key)
	}
	if look := w.prefs.String(prefTheme); look != "" {
		kept[prefTheme] = look
	}
	return kept
}
