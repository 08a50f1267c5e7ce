//go:build !nogui

package ui

import (
	"strconv"
	"strings"

	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// mailActions are what can be done with the mail list and the messages that are selected in it.
func (w *window) mailActions() []action {
	some := func() bool { return w.mail.Chosen() > 0 }
	one := func() bool { return w.mail.ChosenRecord() != nil }
	mark := func(read bool) func() { return func() { w.mail.SetRead(read, w.mail.Selection()...) } }
	star := func(on bool) func() { return func() { w.mail.SetStarred(on, w.mail.Selection()...) } }
	out := []action{
		{name: "mail.read", title: say.T("Mark read"), icon: "mail-open", keys: "u", when: w.mail.AnyUnread, do: mark(true), in: inMail},
		{name: "mail.unread", title: say.T("Mark unread"), icon: "mail", keys: "u", when: func() bool { return some() && !w.mail.AnyUnread() }, do: mark(false), in: inMail},
		{name: "mail.star", title: say.T("Add a star"), icon: "star", keys: "s", when: w.mail.AnyUnstarred, do: star(true), in: inMail},
		{name: "mail.unstar", title: say.T("Remove the star"), icon: "star", keys: "s", when: func() bool { return some() && !w.mail.AnyUnstarred() }, do: star(false), in: inMail},
		{name: "mail.tag", title: say.T("Tags …"), icon: "tag", keys: "t", when: some, do: w.chooseTags, in: inMail},
		{name: "mail.release", title: say.T("Release …"), icon: "reply", keys: "Ctrl+R", when: one, do: func() { w.release(false) }, in: inMail, apart: true},
		{name: "mail.forward", title: say.T("Forward …"), icon: "forward", keys: "Ctrl+L", when: one, do: func() { w.release(true) }, in: inMail},
		{name: "mail.redeliver", title: say.T("Through the tables again"), icon: "list-restart", when: some, do: w.redeliver, in: inMail},
		{name: "mail.save", title: say.T("Save .eml …"), icon: "download", keys: "Ctrl+S", when: func() bool { return w.viewer.message != nil }, do: w.viewer.saveMessage, in: inMail, apart: true},
		{name: "mail.copy-recipients", title: say.T("Copy recipients"), icon: "copy", when: one, do: w.copyRecipients, in: inMail, apart: true},
		{name: "mail.copy-id", title: say.T("Copy queue id"), icon: "copy", when: one, do: w.copyQueueID, in: inMail},
		{name: "mail.delete", title: say.T("Delete"), icon: "trash-2", keys: "Del", when: some, do: w.delete, in: inMail, apart: true},
		{name: "mail.search", title: say.T("Search"), icon: "search", keys: "/ Ctrl+F", do: w.list.focusSearch},
		{name: "mail.select-all", title: say.T("Select all"), icon: "list", keys: "Ctrl+A", do: w.selectAll},
		{name: "mail.top", title: say.T("Go to the newest"), icon: "chevron-up", when: func() bool { return !w.list.rows.AtTop() }, do: func() { w.list.rows.ToTop() }},
		{name: "mail.save-search", title: say.T("Save this search …"), icon: "save", when: func() bool { return !w.mail.Filter().All() && w.mail.Err() == nil }, do: w.saveSearch},
	}
	for _, o := range mailOrders() {
		out = append(out, action{name: o.name, title: o.title, icon: "list-filter", do: func() { w.list.sortBy(o.order) }, in: inOrder, on: func() bool { return w.list.order == o.order }})
	}
	return append(out, action{
		name: "mail.columns", title: say.T("Columns"), icon: "layers", keys: "Ctrl+Shift+L", do: func() { w.list.setColumns(!w.list.columns()) },
		in: inOrder, apart: true, on: w.list.columns,
	})
}

// chooseTags has the user put tags on the selected messages, or take them off; a name that is new makes a tag.
func (w *window) chooseTags() {
	ids := w.mail.Selection()
	has, n := w.mail.ChosenTags()
	var some []action
	for _, t := range w.tally.Tags {
		all := n > 0 && has[t.Name] == n
		some = append(some, action{title: t.Name, icon: "tag", on: func() bool { return all }, do: func() { w.mail.SetTag(t.Name, !all, ids...) }})
	}
	w.choose(say.T("Tag: choose one, or type a new name"), some, func(typed string) []action {
		for _, t := range w.tally.Tags {
			if strings.EqualFold(t.Name, typed) {
				return nil
			}
		}
		if typed == "" {
			return nil
		}
		return []action{{title: say.T("New tag: %s", typed), icon: "plus", do: func() { w.mail.SetTag(typed, true, ids...) }}}
	})
}

func (w *window) copyRecipients() {
	if r := w.mail.ChosenRecord(); r != nil {
		var all []string
		for k := range r.Recipients {
			all = append(all, model.Path(r.Recipients[k].Address))
		}
		w.clipboard.SetContent(strings.Join(all, ", "))
	}
}

func (w *window) copyQueueID() {
	if r := w.mail.ChosenRecord(); r != nil {
		w.clipboard.SetContent(r.Envelope.ID)
	}
}

func (w *window) selectAll() {
	w.mail.All()
	w.list.rows.SelectionChanged()
	w.selectionChanged()
}

// viewerActions are what can be done with the message that is open.
func (w *window) viewerActions() []action {
	v := w.viewer
	open := func() bool { return v.message != nil }
	step := func(by int) func() { return func() { v.choose((v.tabs.Selected() + by + tabCount) % tabCount) } }
	out := []action{
		{name: "viewer.copy", title: say.T("Copy the selected text"), icon: "copy", keys: "Ctrl+C", when: open, do: v.copy},
		{name: "viewer.next", title: say.T("Next tab"), keys: "Ctrl+Tab", do: step(1)},
		{name: "viewer.previous", title: say.T("Previous tab"), keys: "Ctrl+Shift+Tab", do: step(-1)},
		{name: "viewer.headers", title: say.T("Headers decoded or as received"), icon: "code", when: func() bool { return open() && v.tabs.Selected() == tabHeaders }, do: v.toggleHeaders},
		{name: "part.save", title: say.T("Save part …"), icon: "download", when: func() bool { return open() && v.parts.selected() != nil }, do: v.parts.saveSelected, in: inPart},
	}
	out = append(out, v.preview.actions()...)
	for i, name := range tabNames(0) {
		out = append(out, action{name: "viewer.tab." + strings.ToLower(name), title: say.T("Show %s", name), keys: strconv.Itoa(i + 1), do: func() { v.choose(i) }})
	}
	return out
}
