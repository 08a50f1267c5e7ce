//go:build !nogui

package ui

import (
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta"
	"postroom.dev/ui/connect"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// settingsView has three parts: the lines that connect an application, every key of the settings file, and the listeners.
type settingsView struct {
	win  *window
	list *model.SettingsList
	tabs *kit.TabBar
	part int

	// Connect your app.
	apps   []connect.App
	server connect.Server
	names  *kit.List
	chosen *kit.KeySet
	where  *kit.Label
	lines  *kit.Lines
	copy   *kit.IconButton
	test   *kit.IconButton
	proof  *kit.Label // whether mail has arrived since

	search *kit.Entry
	table  *kit.Table
	about  *kit.Lines // what the selected key means, under the table
	rule   *kit.Fill
	picked *kit.KeySet
	edit   *kit.IconButton

	ports *portsPart

	content *fyne.Container
}

// The parts of the view.
const (
	partConnect = iota
	partKeys
	partPorts
)

// aboutHeight is the height of what is said of the selected key, in pixels: three lines.
const aboutHeight float32 = 77

func newSettingsView(w *window) *settingsView {
	v := &settingsView{win: w}
	v.list = model.NewSettingsList(w.backend, w.post)
	v.list.OnChange, v.list.OnProblem = v.changed, w.problem
	v.tabs = kit.NewTabBar(say.T("Connect your app"), say.T("All settings"), say.T("Listeners"))
	v.tabs.Keys, v.tabs.OnSelect = w.keys, v.choose
	v.makeConnect()
	v.makeKeys()
	v.ports = newPortsPart(v)
	line, split := kit.NewLine(), kit.NewLine()
	objects := []fyne.CanvasObject{v.tabs, line, split, v.search, v.edit, v.names, v.where, v.lines, v.copy, v.test, v.proof, v.table, v.rule, v.about}
	objects = append(objects, v.ports.objects()...)
	v.content = container.New(freeLayout{fyne.NewSize(leastQueue, 300), func(s fyne.Size) { v.arrange(s, line, split) }}, objects...)
	v.statusChanged()
	v.choose(partConnect)
	return v
}

// makeConnect makes the part that connects applications.
func (v *settingsView) makeConnect() {
	w := v.win
	rows := appRows{v}
	v.chosen = kit.NewKeySet(rows)
	v.chosen.Only(1)
	v.names = kit.NewList(34, rows, v.chosen, func() kit.Row { return newAppRow(v) })
	v.names.Keys, v.names.OnSelect = w.keys, v.showApp
	v.where = kit.NewLabel("", theme.SizeMedium, theme.Text).Bold().Shrink()
	v.lines = kit.NewLines(paneLine)
	v.lines.Keys = w.keys
	v.copy = kit.NewIconButton("copy", say.T("Copy"), v.copyLines).Primary()
	v.test = kit.NewIconButton("send", say.T("Send a test mail"), v.sendTest).WithTip(w.tips, say.T("Postroom sends itself a message over the same address"))
	v.copy.Keys, v.test.Keys = w.keys, w.keys
	v.proof = kit.NewLabel("", theme.SizeMedium, theme.Dim).Shrink()
}

// makeKeys makes the table of all settings.
func (v *settingsView) makeKeys() {
	w := v.win
	v.search = kit.NewEntry(w.later, say.T("Find a setting"))
	v.search.Keys, v.search.OnSearch = w.keys, v.list.Find
	v.picked = kit.NewKeySet(v.list)
	v.table = kit.NewTable(queueRowHeight, []kit.Column{
		{Key: "key", Title: say.T("Key"), Width: 190, Mono: true, Fixed: true},
		{Key: "value", Title: say.T("Value"), Width: 190, Mono: true, Fixed: true},
		{Key: "default", Title: say.T("Default"), Width: 150, Mono: true},
		{Key: "when", Title: say.T("In force"), Width: 110},
		{Key: "meaning", Title: say.T("Meaning"), Width: 420},
	}, v.list, v.picked, func(i int, s kit.RowState, cells []kit.Cell) {
		k, dim := v.list.At(i), s.Dim()
		cells[0], cells[1] = kit.Cell{Text: k.Key()}, kit.Cell{Text: k.Value, Color: dim}
		if k.Own && k.Value != k.Default {
			cells[1].Color = theme.Accent
		}
		when := say.T("after a new start")
		if k.Live {
			when = say.T("at once")
		}
		cells[2], cells[3], cells[4] = kit.Cell{Text: k.Default, Color: dim}, kit.Cell{Text: when, Color: dim}, kit.Cell{Text: say.T(k.Meaning), Color: dim}
	})
	v.table.Rows.Keys = w.keys
	v.table.Rows.OnOpen = func(i int) { v.editKey(v.list.At(i)) }
	v.table.Rows.OnSelect = v.showPicked
	v.about, v.rule = kit.NewLines(20).Proportional(), kit.NewLine()
	v.about.Keys = w.keys
	v.about.SetWrap(true)
	v.about.Hide()
	v.rule.Hide()
	v.edit = kit.NewIconButton("sliders-horizontal", say.T("Change …"), v.editPicked)
	v.edit.Keys = w.keys
	v.edit.SetDisabled(true)
}

// arrange places everything.
func (v *settingsView) arrange(s fyne.Size, line, split fyne.CanvasObject) {
	put(v.tabs, 0, 4, min(v.tabs.Width()+18, s.Width), 34)
	search := min(float32(220), s.Width/4)
	put(v.search, s.Width-search-10, 7, search, 28)
	edit := v.edit.MinSize().Width
	put(v.edit, s.Width-search-edit-18, 7, edit, 28)
	put(line, 0, 38, s.Width, 1)
	const top, side = 39, 190
	put(v.names, 0, top, side, s.Height-top)
	put(split, side, top, 1, s.Height-top)
	show(split, v.part == partConnect)
	x, room := float32(side+1), s.Width-side-1
	put(v.where, x+18, top+12, max(0, room-36), 20)
	const foot = 92
	text := float32(0)
	if len(v.apps) > 0 {
		text = float32(strings.Count(v.app().Lines, "\n")+2) * paneLine
	}
	text = max(0, min(text, s.Height-top-36-foot)) // the buttons stand right below the lines
	put(v.lines, x, top+36, room, text)
	y := top + 36 + text + 12
	a, b := v.copy.MinSize().Width, v.test.MinSize().Width
	put(v.copy, x+18, y, a, 28)
	put(v.test, x+26+a, y, b, 28)
	put(v.proof, x+18, y+38, max(0, room-36), 20)
	about := float32(0)
	if v.about.Visible() {
		about = aboutHeight
	}
	put(v.table, 0, top, s.Width, s.Height-top-about)
	put(v.rule, 0, s.Height-about, s.Width, 1)
	put(v.about, 0, s.Height-about+1, s.Width, max(0, about-1))
	if v.part == partPorts {
		v.ports.arrange(s, top)
	}
}

func (v *settingsView) relayout() { v.content.Layout.Layout(v.content.Objects, v.content.Size()) }

func (v *settingsView) object() fyne.CanvasObject { return v.content }
func (v *settingsView) keys() kit.Keys            { return kit.Keys{} }

func (v *settingsView) show() {
	v.list.Load()
	v.ports.show()
}

func (v *settingsView) hide() { v.ports.hide() }

func (v *settingsView) close() {
	v.list.Close()
	v.ports.close()
}

func (v *settingsView) focus() fyne.Focusable {
	return []fyne.Focusable{v.names, v.table.Rows, v.ports.table.Rows}[v.part]
}

// choose shows a part.
func (v *settingsView) choose(part int) {
	v.part = part
	v.tabs.Select(part)
	for o, in := range map[fyne.CanvasObject]int{v.names: partConnect, v.where: partConnect, v.lines: partConnect, v.copy: partConnect, v.test: partConnect, v.proof: partConnect,
		v.table: partKeys, v.search: partKeys, v.edit: partKeys} {
		show(o, in == part)
	}
	for _, o := range v.ports.objects() {
		show(o, part == partPorts)
	}
	v.showPicked()
	v.relayout()
}

// changed shows settings that were read.
func (v *settingsView) changed() {
	v.table.Rows.SetEmpty(say.T("Nothing found"))
	v.table.Rows.Changed()
	v.showPicked()
}

// showPicked says all of what the selected key means, and how it stands.
func (v *settingsView) showPicked() {
	one := len(v.picked.List()) == 1 && v.list.Index(v.picked.List()[0]) >= 0
	v.edit.SetDisabled(!one)
	if one {
		k := v.list.At(v.list.Index(v.picked.List()[0]))
		v.about.SetSource(colored([]model.Line{{{Text: k.Key() + " = " + k.Value}, {Text: "   " + say.T("Default") + " " + k.Default, Tone: model.Dim}}, {{Text: say.T(k.Meaning), Tone: model.Dim}}}))
	}
	if shown := one && v.part == partKeys; shown != v.about.Visible() {
		show(v.about, shown)
		show(v.rule, shown)
		v.relayout()
	}
}

// statusChanged follows the listeners: the lines have the real address.
func (v *settingsView) statusChanged() {
	v.ports.statusChanged()
	server := connect.ServerAt(v.win.smtpAddress(), v.win.options.Program)
	if server != v.server {
		v.server, v.apps = server, connect.Apps(server)
		v.names.Changed()
		v.showApp()
		v.relayout()
	}
}

// app gives the application that is chosen.
func (v *settingsView) app() connect.App {
	if keys := v.chosen.List(); len(keys) > 0 {
		return v.apps[keys[0]-1]
	}
	return v.apps[0]
}

// showApp shows the lines of the chosen application.
func (v *settingsView) showApp() {
	a := v.app()
	v.where.SetText(a.Title + ": " + a.Where)
	v.lines.SetSource(kit.NewTextLines(a.Lines, theme.Text))
	v.relayout()
	v.prove(say.T("Write these lines, then have your application send a mail: it is told here when it arrives."), theme.Dim)
}

func (v *settingsView) prove(text string, c fyne.ThemeColorName) {
	v.proof.SetText(text)
	v.proof.SetColor(c)
}

func (v *settingsView) copyLines() {
	v.win.clipboard.SetContent(v.app().Lines)
	v.win.notify(say.T("The lines for %s are copied", v.app().Title))
}

// sendTest sends a message to the listener, and waits for it.
func (v *settingsView) sendTest() {
	address := v.win.smtpAddress()
	if address == "" {
		v.prove(say.T("Nothing listens for SMTP just now; see Listeners."), theme.Err)
		return
	}
	v.prove(say.T("Sending …"), theme.Dim)
	v.list.SendTest(address, "", "", func(subject string, err error) {
		switch {
		case errors.Is(err, model.ErrLoginNeeded):
			v.prove(say.T("%s takes mail only from those who log in; Listeners can send a test that does.", address), theme.Warn)
			return
		case err != nil:
			v.prove(say.T("The test mail was not taken: %s", err.Error()), theme.Err)
			return
		}
		v.prove(say.T("Accepted by %s: “%s”", address, subject), theme.OK)
	})
}

// apply tells of mail that arrives while lines are shown.
func (v *settingsView) apply(events []mta.Event) {
	i := slices.IndexFunc(events, func(e mta.Event) bool { return e.Kind == mta.Stored })
	if i < 0 || v.win.view != view(v) || v.part != partConnect {
		return
	}
	id := events[i].Message
	v.list.Arrived(id, v.win.backend.Get, func(words string) { v.prove(words, theme.OK) })
}

// editPicked changes the selected key.
func (v *settingsView) editPicked() {
	if keys := v.picked.List(); len(keys) == 1 {
		if i := v.list.Index(keys[0]); i >= 0 {
			v.editKey(v.list.At(i))
		}
	}
}

// actions are what can be done in the view.
func (v *settingsView) actions() []action {
	in := func(part int) func() bool { return func() bool { return v.part == part } }
	port := func() bool { return v.part == partPorts && v.ports.one() != nil }
	listening := func() bool { return port() && v.ports.one().Listening }
	out := []action{
		{name: "settings.copy", title: say.T("Copy the lines"), icon: "copy", keys: "c", when: in(partConnect), do: v.copyLines},
		{name: "settings.test", title: say.T("Send a test mail"), icon: "send", keys: "t", when: in(partConnect), do: v.sendTest},
		{name: "ports.add", title: say.T("Another listener …"), icon: "plus", keys: "Ctrl+N", when: in(partPorts), do: v.ports.addNew, in: inPorts},
		{name: "ports.change", title: say.T("Change the listener …"), icon: "sliders-horizontal", keys: "e", when: port, do: v.ports.editChosen, in: inPorts},
		{name: "ports.test", title: say.T("Send a test mail to the listener"), icon: "send", keys: "t", when: listening, do: v.ports.sendTest, in: inPorts},
		{name: "ports.remove", title: say.T("Remove the listener"), icon: "trash-2", keys: "Del", when: port, do: v.ports.removeChosen, in: inPorts, apart: true},
		{name: "ports.certificate", title: say.T("Show the certificate of TLS"), icon: "shield", when: in(partPorts), do: v.ports.showCertificate},
		{name: "ports.login", title: say.T("Let somebody log in …"), icon: "user", do: func() { v.win.askLogin(v.ports.logins, nil) }},
		{name: "settings.search", title: say.T("Find a setting"), icon: "search", keys: "/ Ctrl+F", do: func() { v.choose(partKeys); v.win.frame.Canvas().Focus(v.search) }},
		{name: "settings.edit", title: say.T("Change the setting …"), icon: "sliders-horizontal", keys: "e", when: func() bool { return v.part == partKeys && len(v.picked.List()) == 1 }, do: v.editPicked},
	}
	for i, key := range []string{"1", "2", "3"} {
		title := []string{say.T("Connect your app"), say.T("All settings"), say.T("Listeners")}[i]
		out = append(out, action{name: "settings.tab" + key, title: title, icon: "layers", keys: key, do: func() { v.choose(i); v.win.focusView() }})
	}
	return out
}

// appRows are the applications as a list has them.
type appRows struct{ v *settingsView }

func (r appRows) Len() int            { return len(r.v.apps) }
func (r appRows) Key(i int) int64     { return int64(i + 1) }
func (r appRows) Index(key int64) int { return int(key) - 1 }

// appRow draws an application's name.
type appRow struct {
	view *settingsView
	name *kit.Words
}

func newAppRow(v *settingsView) *appRow { return &appRow{v, kit.NewWords(theme.SizeText)} }

// Objects implements kit.Row.
func (r *appRow) Objects() []fyne.CanvasObject { return r.name.Objects() }

// Bind implements kit.Row.
func (r *appRow) Bind(i int, s kit.RowState) {
	r.name.SetBold(s.Selected)
	r.name.Set(strings.TrimSpace(r.view.apps[i].Title), theme.Text)
}

// Place implements kit.Row.
func (r *appRow) Place(x, y, w, h float32) { r.name.Place(x+18, y+h/2, w-30) }
