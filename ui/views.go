//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/say"
)

// view is what fills the window beside the sidebar: the mail, the queue … One is in sight at a time. Its methods run on the painting
// goroutine. A new one needs its type and its line in window.servers; what can be done in it are its actions, see acting.
type view interface {
	// object is what is shown, the same at every call.
	object() fyne.CanvasObject
	// focus is what gets the keyboard when the view comes into sight and at Escape; nil for nothing.
	focus() fyne.Focusable
	// show is called when the view has come into sight, hide when it has left it. A view that polls does so only in between.
	show()
	hide()
	// keys takes the keys that neither the widget with the keyboard uses nor an action has, while the view is in sight.
	keys() kit.Keys
	// apply takes each batch of events, in sight or not.
	apply(events []mta.Event)
	// statusChanged says that window.status is another.
	statusChanged()
	// close ends what the view began and waits for it. Nothing is painted any more.
	close()
}

// viewPlace is a row of the sidebar's group SERVER that leads to a view.
type viewPlace struct {
	key   string       // names it in the sidebar
	digit fyne.KeyName // with Ctrl it leads there: fyne.Key2; "" for none
	icon  string
	text  string
	make  func() view // makes the view when it is first gone to
	made  view        // nil until then
}

// servers are the places of the group SERVER. The mail has Ctrl+1.
func (w *window) servers() []*viewPlace {
	return []*viewPlace{
		{key: placeQueue, digit: fyne.Key2, icon: "send", text: say.T("Queue"), make: func() view { return newQueueView(w) }},
		{key: placeRules, digit: fyne.Key3, icon: "route", text: say.T("Rules"), make: func() view { return newRulesView(w) }},
		{key: placeActivity, digit: fyne.Key4, icon: "activity", text: say.T("Activity"), make: func() view { return newActivityView(w) }},
		{key: placeSettings, digit: fyne.Key5, icon: "sliders-horizontal", text: say.T("Settings"), make: func() view { return newSettingsView(w) }},
	}
}

// The places of the group SERVER.
const (
	placeQueue    = "queue"
	placeActivity = "activity"
	placeRules    = "rules"
	placeSettings = "settings"
)

// addPlaces puts places into the sidebar.
func (w *window) addPlaces(places ...*viewPlace) {
	w.places = append(w.places, places...)
	w.sidebar.SetSections(w.sections()...)
	w.takeActions()
}

// sections are the groups of the sidebar.
func (w *window) sections() []kit.Section {
	all := []kit.Section{{Title: say.T("MAIL"), Rows: fixedPlaces()}}
	server := kit.Section{Title: say.T("SERVER")}
	for _, p := range w.places {
		server.Rows = append(server.Rows, kit.SidebarRow{Key: p.key, Icon: p.icon, Text: p.text})
	}
	if len(server.Rows) > 0 {
		all = append(all, server)
	}
	return append(all, w.groupSections()...)
}

// goTo leads to what a key of the sidebar names, as a click there does.
func (w *window) goTo(key string) {
	w.sidebar.Select(key)
	for _, p := range w.places {
		if p.key == key {
			if p.made == nil {
				p.made = p.make()
				w.takeActions()
			}
			w.bring(p.made)
			return
		}
	}
	w.mailPlace = key
	w.bring(w.mailView)
	w.applyFilter()
}

// bring puts a view into sight.
func (w *window) bring(v view) {
	if v == w.view {
		return
	}
	if w.view != nil {
		w.view.hide()
		w.view.object().Hide()
	}
	w.view = v
	here := false
	for _, o := range w.main.Objects {
		here = here || o == v.object()
	}
	if !here {
		w.main.Add(v.object())
	}
	v.object().Show()
	v.show()
	w.focusView()
}

// focusView gives the keyboard to the view in sight.
func (w *window) focusView() {
	if f := w.view.focus(); f != nil {
		// Fyne forgets how widgets are drawn that were out of sight for a while, and does not find what lies in them until they have been painted
		// again. To look for the last object of the window goes through all that is in sight, and makes it known.
		fyne.CurrentApp().Driver().AbsolutePositionForObject(w.tips)
		w.frame.Canvas().Focus(f)
	}
}

// views gives those that were made.
func (w *window) views() []view {
	all := []view{w.mailView}
	for _, p := range w.places {
		if p.made != nil {
			all = append(all, p.made)
		}
	}
	return all
}

// mailView is the mail list with the viewer.
type mailView struct{ win *window }

func (v mailView) object() fyne.CanvasObject { return v.win.halves }
func (v mailView) focus() fyne.Focusable     { return v.win.list.rows }
func (v mailView) show()                     {}
func (v mailView) hide()                     {}
func (v mailView) keys() kit.Keys {
	return kit.Keys{Key: v.win.mailKey}
}
func (v mailView) apply(events []mta.Event) { v.win.mail.Apply(events) }

func (v mailView) statusChanged() {
	v.win.list.showHead()
	v.win.viewer.statusChanged()
}

func (v mailView) close() {
	v.win.viewer.close()
	v.win.mail.Close()
}
