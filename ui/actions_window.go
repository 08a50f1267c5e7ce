//go:build !nogui

package ui

import (
	"slices"

	"postroom.dev/ui/say"
)

// takeActions makes the table of actions anew: a view has come that has some.
func (w *window) takeActions() {
	if w.main == nil {
		return // the window is being made
	}
	mail := w.mailActions()
	mail = slices.Insert(mail, slices.IndexFunc(mail, func(a action) bool { return a.name == "mail.delete" }), w.ruleActions()...)
	inMailView := func() bool { return w.view == view(w.mailView) }
	all := []section{
		{title: say.T("Messages"), when: inMailView, actions: mail},
		{title: say.T("Open message"), when: inMailView, actions: w.viewerActions()},
	}
	for _, p := range w.places {
		if v, ok := p.made.(acting); ok {
			all = append(all, section{title: p.text, when: func() bool { return w.view == p.made }, actions: v.actions()})
		}
	}
	w.acts = newActions(append(all, section{title: say.T("Window"), actions: w.windowActions()})...)
	w.bindCanvas(w.frame.Canvas())
}

// windowActions are what can be done anywhere.
func (w *window) windowActions() []action {
	out := []action{
		{name: "palette", title: say.T("Find an action"), icon: "search", keys: "Ctrl+K", do: func() { w.openPalette(false) }},
		{name: "go.mail", title: say.T("Go to the mail"), icon: "inbox", keys: "Ctrl+1", do: func() { w.goTo(w.mailPlace) }},
		{name: "go.all", title: say.T("Go to All mail"), icon: "inbox", do: func() { w.goTo(placeAll) }},
		{name: "go.unread", title: say.T("Go to Unread"), icon: "mail", do: func() { w.goTo(placeUnread) }},
		{name: "go.starred", title: say.T("Go to Starred"), icon: "star", do: func() { w.goTo(placeStarred) }},
		{name: "go.bounced", title: say.T("Go to Bounces"), icon: "mail-x", do: func() { w.goTo(placeBounced) }},
	}
	for _, p := range w.places {
		a := action{name: "go." + p.key, title: say.T("Go to %s", p.text), icon: p.icon, do: func() { w.goTo(p.key) }}
		if p.digit != "" {
			a.keys = "Ctrl+" + string(p.digit)
		}
		out = append(out, a)
	}
	out = append(out, action{name: "trace", title: say.T("What happens to an address"), icon: "route", keys: "Ctrl+T", do: func() { w.traceAddress("", "") }})
	return append(out, []action{
		{name: "sample", title: say.T("Send me a sample mail"), icon: "send", do: w.sendSample},
		{name: "focus.view", title: say.T("Back to the list"), keys: "Esc", do: w.focusView},
		{name: "look", title: say.T("Light, dark, or as the desktop"), icon: "contrast", do: w.changeLook},
		{name: "keys", title: say.T("List of keys"), icon: "info", keys: "F1 ?", do: func() { w.openPalette(true) }},
	}...)
}
