//go:build !nogui

package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// The places of the sidebar that are always there.
const (
	placeAll     = model.PlaceAll
	placeUnread  = model.PlaceUnread
	placeStarred = model.PlaceStarred
	placeBounced = model.PlaceBounced
	placeRefused = model.PlaceRefused
)

// prefFolds are the keys of the groups of places that are open, apart by spaces.
const prefFolds = "sidebar.open"

// fixedPlaces are the rows of the group MAIL.
func fixedPlaces() []kit.SidebarRow {
	return []kit.SidebarRow{
		{Key: placeAll, Icon: "inbox", Text: say.T("All mail")},
		{Key: placeUnread, Icon: "mail", Text: say.T("Unread")},
		{Key: placeStarred, Icon: "star", Text: say.T("Starred")},
		{Key: placeBounced, Icon: "mail-x", Text: say.T("Bounces")},
		{Key: placeRefused, Icon: "ban", Text: say.T("Refused")},
	}
}

// groupSections are the groups of places that mail made: searches, tags, mailboxes …
func (w *window) groupSections() []kit.Section {
	titles := map[string]string{
		model.GroupSearches: say.T("SEARCHES"), model.GroupTags: say.T("TAGS"), model.GroupMailboxes: say.T("MAILBOXES"),
		model.GroupPrograms: say.T("PROGRAMS"), model.GroupProjects: say.T("PROJECTS"),
	}
	icons := map[string]string{
		model.GroupSearches: "search", model.GroupMailboxes: "at-sign", model.GroupPrograms: "terminal", model.GroupProjects: "folder-open",
	}
	open := strings.Fields(w.prefs.StringWithFallback(prefFolds, model.GroupSearches+" "+model.GroupTags))
	var out []kit.Section
	for _, g := range model.Places(w.tally) {
		s := kit.Section{Key: g.Key, Title: titles[g.Key], Folded: true}
		for _, key := range open {
			if key == g.Key {
				s.Folded = false
			}
		}
		for _, p := range g.Places {
			row := kit.SidebarRow{Key: p.Key, Icon: icons[g.Key], Text: p.Text, Count: countOrNone(p.Count)}
			if p.Tag >= 0 {
				row.Icon, row.Color = "", theme.Tag(p.Tag)
			}
			switch operator, _, _ := strings.Cut(p.Key, ":"); operator {
			case "port":
				row.Icon = "server"
			case "user":
				row.Icon = "user"
			}
			s.Rows = append(s.Rows, row)
		}
		out = append(out, s)
	}
	return out
}

// folded remembers which groups are open.
func (w *window) folded(key string, folded bool) {
	open := strings.Fields(w.prefs.StringWithFallback(prefFolds, model.GroupSearches+" "+model.GroupTags))
	var out []string
	for _, k := range open {
		if k != key {
			out = append(out, k)
		}
	}
	if !folded {
		out = append(out, key)
	}
	w.prefs.SetString(prefFolds, strings.Join(out, " ")+" ") // an empty text would be the fallback
}

// placeName is what the head of the list says.
func (w *window) placeName() string {
	for _, row := range fixedPlaces() {
		if row.Key == w.mailPlace {
			return row.Text
		}
	}
	return model.PlaceName(w.mailPlace, w.tally)
}

func (w *window) showTally(t spool.Tally, err error) {
	if err != nil {
		w.problem(err)
		return
	}
	colors := !slices.Equal(t.Tags, w.tally.Tags)
	w.tally = t
	w.viewer.tallyChanged()
	w.sidebar.SetSections(w.sections()...)
	w.showCounts()
	if colors {
		w.list.rows.Changed()
	}
	w.list.showHead()
}

// showCounts writes the counts of the fixed places.
func (w *window) showCounts() {
	w.sidebar.SetCount(placeAll, countOrNone(w.status.Counts.All))
	w.sidebar.SetCount(placeUnread, countOrNone(w.status.Counts.Unread))
	w.sidebar.SetCount(placeStarred, countOrNone(w.tally.Starred))
	w.sidebar.SetCount(placeBounced, countOrNone(w.tally.States[mta.Bounced]))
	w.sidebar.SetCount(placeRefused, countOrNone(w.tally.States[mta.Refused]))
	w.sidebar.SetCount(placeQueue, countOrNone(w.status.Waiting))
}

// tagColor gives the colour of a tag.
func (w *window) tagColor(name string) fyne.ThemeColorName {
	for _, t := range w.tally.Tags {
		if t.Name == name {
			return theme.Tag(t.Color)
		}
	}
	return theme.Dim
}

// placeMenu shows what can be done with a tag or a saved search.
func (w *window) placeMenu(key string, at fyne.Position) {
	if name := model.TagOf(key); name != "" {
		colors := fyne.NewMenuItem(say.T("Colour"), nil)
		names := tagColorNames()
		colors.ChildMenu = fyne.NewMenu("")
		for i, c := range names {
			colors.ChildMenu.Items = append(colors.ChildMenu.Items, fyne.NewMenuItem(c, func() {
				w.change(key, "", func(ctx context.Context) error {
					return w.backend.ChangeTag(ctx, name, spool.Tag{Name: name, Color: i})
				})
			}))
		}
		w.popUp(fyne.NewMenu("",
			fyne.NewMenuItem(say.T("Rename …"), func() { w.renameTag(name) }), colors, fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(say.T("Delete the tag"), func() {
				w.confirm(say.T("Delete the tag %s?", name), say.T("It is taken off all messages, which stay."), say.T("Delete the tag"), func() {
					w.change(key, placeAll, func(ctx context.Context) error { return w.backend.RemoveTag(ctx, name) })
				})
			})), at)
		return
	}
	if name := model.SearchOf(key); name != "" {
		w.popUp(fyne.NewMenu("", fyne.NewMenuItem(say.T("Forget this search"), func() {
			w.change(key, placeAll, func(ctx context.Context) error { return w.backend.RemoveSearch(ctx, name) })
		})), at)
	}
}

// tagColorNames names the colours of tags, in their order.
func tagColorNames() []string {
	return []string{say.T("Blue"), say.T("Green"), say.T("Amber"), say.T("Red"), say.T("Violet"), say.T("Teal"), say.T("Pink"), say.T("Grey")}
}

func (w *window) renameTag(name string) {
	w.askText(say.T("Rename the tag %s", name), name, say.T("Rename"), func(to string) {
		color := 0
		for _, t := range w.tally.Tags {
			if t.Name == name {
				color = t.Color
			}
		}
		w.change(model.TagKey(name), model.TagKey(to), func(ctx context.Context) error {
			return w.backend.ChangeTag(ctx, name, spool.Tag{Name: to, Color: color})
		})
	})
}

// change orders a change of tags or searches; where the list stands on place, it goes to next when that is done.
func (w *window) change(place, next string, do func(ctx context.Context) error) {
	w.changes.Ask(func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(context.WithoutCancel(ctx))
	}, func(_ struct{}, err error) {
		if err != nil {
			w.problem(err)
			return
		}
		if next != "" && w.mailPlace == place {
			w.goTo(next)
		}
		w.tallies.Nudge()
		w.mail.Apply([]mta.Event{{Kind: mta.Resync}})
	})
}

// saveSearch keeps what the list shows under a name.
func (w *window) saveSearch() {
	f := w.mail.Filter()
	words := f.Asked()
	if f.Unread {
		words = strings.TrimSpace("is:unread " + words)
	}
	w.askText(say.T("Save this search in the sidebar"), model.Short(words, spool.MaxName/2), say.T("Save"), func(name string) {
		w.change("", "", func(ctx context.Context) error {
			return w.backend.SaveSearch(ctx, spool.Search{Name: name, Text: words})
		})
	})
}
