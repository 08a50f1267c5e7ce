//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// rulesView edits the tables, as a grid or as text; below stands what would happen to an address, with what is not saved yet in force. What
// is changed here counts only when it is saved. rulesedit.go has the line under the grid, rulestext.go the text, rulestrace.go the pane.
type rulesView struct {
	win   *window
	rules *model.Rules

	save, add, remove, undo, redo, preview, mode *kit.IconButton
	search                                       *kit.Entry
	path, purpose                                *kit.Label
	tables                                       *kit.Sidebar
	grid                                         *kit.Table
	chosen                                       *kit.KeySet
	line                                         *ruleLine
	text                                         *ruleText
	problems                                     *ruleProblems
	logins                                       *ruleLogins
	pane                                         *rulePane

	theirs, mine, differs *kit.IconButton // of the banner that tells of a conflict
	conflict              *kit.Label
	banner                *fyne.Container

	asText  bool
	who     bool   // the logins are in sight, no table
	wrong   int    // problems that the layout was made for
	gridOf  string // the table and the words that the grid shows
	gridHas []byte // the text whose entries can be selected there
	want    string // the key of an entry that is to be selected once it is there
	pending func() // what waits until the table is read
	content *fyne.Container
}

const (
	rulesTools  float32 = 42
	rulesTables float32 = 196
	rulePurpose float32 = 30
	leastRules  float32 = 560
)

func newRulesView(w *window) *rulesView {
	v := &rulesView{win: w, rules: model.NewRules(w.backend, w.post)}
	v.rules.OnProblem = w.problem
	button := func(icon, text, tip string, do func()) *kit.IconButton {
		b := kit.NewIconButton(icon, text, do).WithTip(w.tips, tip)
		b.Keys = w.keys
		return b
	}
	v.save = button("save", say.T("Save"), say.T("Put this table in force (Ctrl+S)"), v.saveNow).Primary()
	v.add = button("plus", say.T("Add"), say.T("Add an entry (Ctrl+N)"), v.addNew)
	v.remove = button("trash-2", say.T("Remove"), say.T("Take the selected entries out (Del)"), v.removeNow)
	v.undo = button("rotate-ccw", "", say.T("Undo (Ctrl+Z)"), v.undoNow)
	v.redo = button("refresh-cw", "", say.T("Do it again (Ctrl+Shift+Z)"), v.redoNow)
	v.preview = button("eye", say.T("Preview"), say.T("Which kept messages would fare otherwise"), func() { v.pane.showPreview() })
	v.mode = button("file-text", say.T("As text"), say.T("The grid, or the file's own text (Ctrl+E)"), v.switchMode)
	v.search = kit.NewEntry(w.later, say.T("Find in the table"))
	v.search.Keys, v.search.OnSearch = w.keys, v.find
	v.search.OnSubmitted = func(words string) { v.found(words, false) }
	v.path, v.purpose = kit.NewLabel("", theme.SizeSmall, theme.Dim).Shrink(), kit.NewLabel("", theme.SizeMedium, theme.Dim).Shrink()

	v.tables = kit.NewSidebar()
	v.tables.Keys, v.tables.OnSelect = w.keys, v.open
	v.chosen = kit.NewKeySet(v.rules)
	v.grid = kit.NewTable(queueRowHeight, ruleColumns(), v.rules, v.chosen, v.bind)
	v.grid.Rows.Keys = w.keys
	v.grid.Rows.OnSelect = v.rowChosen
	v.grid.Rows.OnOpen = func(int) { v.line.focusValue() }
	v.grid.Rows.OnMenu = func(_ int, at fyne.Position) { w.popUp(w.acts.menu(inRules), at) }
	v.grid.Arrange(w.prefs.String(prefColumns + "rules"))
	v.grid.OnLayout = func() { w.prefs.SetString(prefColumns+"rules", v.grid.Arrangement()) }
	v.line, v.text, v.problems, v.pane = newRuleLine(v), newRuleText(v), newRuleProblems(v), newRulePane(v)
	v.logins = newRuleLogins(v)
	v.makeBanner()
	v.build()
	v.rules.OnChange = v.changed
	v.showTables()
	v.open(w.backend.TableNames()[0])
	return v
}

// makeBanner makes what tells of a table that somebody else saved meanwhile.
func (v *rulesView) makeBanner() {
	v.conflict = kit.NewLabel(say.T("Somebody else has changed this file. What you changed is not saved."), theme.SizeMedium, theme.Warn).Shrink()
	v.theirs = kit.NewIconButton("", say.T("Take theirs"), v.rules.TakeTheirs)
	v.mine = kit.NewIconButton("", say.T("Keep mine"), v.rules.KeepMine)
	v.differs = kit.NewIconButton("", say.T("See the difference"), v.showDifference)
	v.theirs.Keys, v.mine.Keys, v.differs.Keys = v.win.keys, v.win.keys, v.win.keys
	back := kit.NewFill(theme.Raised)
	v.banner = container.New(freeLayout{fyne.NewSize(200, 36), func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		x, y := s.Width-8, s.Height-32
		for _, b := range []*kit.IconButton{v.mine, v.theirs, v.differs} {
			n := b.MinSize().Width
			x -= n
			put(b, x, y, n, 28)
			x -= 4
		}
		if y > 8 { // the words have a line of their own
			x = s.Width
		}
		put(v.conflict, 14, 9, max(0, x-20), 18)
	}}, back, v.conflict, v.differs, v.theirs, v.mine)
	v.banner.Hide()
}

// bannerHeight is how high the banner stands in so much room: its words and buttons side by side, or one above the other.
func (v *rulesView) bannerHeight(width float32) float32 {
	for _, b := range []*kit.IconButton{v.mine, v.theirs, v.differs} {
		width -= b.MinSize().Width + 4
	}
	words := theme.Current().Width(v.conflict.Text(), theme.SizeMedium, fyne.TextStyle{})
	if width < words+42 {
		return 64
	}
	return 36
}

// build puts everything into its place: tools, then the tables beside the editor, then the pane.
func (v *rulesView) build() {
	across, down := kit.NewLine(), kit.NewLine()
	v.content = container.New(freeLayout{fyne.NewSize(leastRules, 240), func(s fyne.Size) {
		x := float32(12)
		for _, b := range []*kit.IconButton{v.save, v.add, v.remove, v.undo, v.redo, v.preview} {
			n := b.MinSize().Width
			put(b, x, 7, n, 28)
			x += n + 4
		}
		mode := v.mode.MinSize().Width
		put(v.mode, s.Width-12-mode, 7, mode, 28)
		search := min(float32(220), s.Width-mode-x-36)
		show(v.search, search > 90 && !v.who)
		put(v.search, s.Width-20-mode-search, 7, search, 28)
		put(across, 0, rulesTools, s.Width, 1)

		pane := v.pane.height(s.Height - rulesTools - 1)
		top, bottom := rulesTools+1, s.Height-pane
		put(v.tables, 0, top, rulesTables, bottom-top)
		put(down, rulesTables, top, 1, bottom-top)
		left, width := rulesTables+1, s.Width-rulesTables-1
		if v.banner.Visible() {
			high := v.bannerHeight(width)
			put(v.banner, left, top, width, high)
			top += high
		}
		if !v.asText && !v.who { // the text says it in its comments
			put(v.purpose, left+10, top+6, width-20, 18)
			top += rulePurpose
		}
		put(v.path, left+14, bottom-22, width-28, 16)
		end := bottom - 26
		if !v.asText && !v.who {
			end -= ruleLineHeight
			put(v.line.content, left, end, width, ruleLineHeight)
		}
		wrong := v.problems.height(end - top)
		v.problems.place(left, end, width, wrong)
		put(v.text.field, left, top, width, end-wrong-top)
		put(v.grid, left, top, width, end-wrong-top)
		put(v.logins.content, left, top, width, end-wrong-top)
		put(v.pane.content, 0, bottom, s.Width, pane)
	}}, v.save, v.add, v.remove, v.undo, v.redo, v.preview, v.search, v.mode, across, v.tables, down, v.banner, v.path, v.purpose, v.grid, v.line.content, v.text.field, v.problems.line, v.problems.list, v.logins.content, v.pane.content)
	v.text.field.Hide()
}

func (v *rulesView) relayout() { v.content.Layout.Layout(v.content.Objects, v.content.Size()) }

func (v *rulesView) object() fyne.CanvasObject { return v.content }
func (v *rulesView) show() {
	v.rules.Watch()
	if v.who {
		v.logins.list.Watch()
	}
}
func (v *rulesView) hide() {
	v.rules.Unwatch()
	v.logins.list.Unwatch()
}
func (v *rulesView) keys() kit.Keys    { return kit.Keys{} }
func (v *rulesView) apply([]mta.Event) {}
func (v *rulesView) statusChanged()    {}

func (v *rulesView) focus() fyne.Focusable {
	switch {
	case v.who:
		return v.logins.table.Rows
	case v.asText:
		return v.text.field
	}
	return v.grid.Rows
}

func (v *rulesView) close() {
	v.rules.Close()
	v.logins.close()
	v.line.close()
	v.pane.close()
}

// showTables lists the tables, with a dot for those that were changed and not saved.
func (v *rulesView) showTables() {
	dirty := map[string]bool{}
	for _, name := range v.rules.DirtyNames() {
		dirty[name] = true
	}
	section := kit.Section{Title: say.T("TABLES")}
	for _, name := range v.win.backend.TableNames() {
		row := kit.SidebarRow{Key: name, Color: theme.None, Text: name}
		if dirty[name] {
			row.Color = theme.Warn
		}
		section.Rows = append(section.Rows, row)
	}
	section.Rows = append(section.Rows, kit.SidebarRow{Key: loginsTable, Color: theme.None, Text: loginsTable})
	v.tables.SetSections(section)
	v.tables.Select(v.rules.Name())
	if v.who {
		v.tables.Select(loginsTable)
	}
}

// open brings a table into sight.
func (v *rulesView) open(name string) {
	v.text.flush()
	v.chosen.Range(0, -1)
	v.problems.chosen.Range(0, -1)
	v.want = ""
	v.who = name == loginsTable
	v.showParts()
	if v.who {
		v.logins.list.Watch()
		v.changed(false)
	} else {
		v.rules.Open(name)
		v.purpose.SetText(model.TablePurpose(name))
		v.line.clear()
	}
	v.showTables()
	v.relayout()
}

// showParts shows what the table in sight is edited with.
func (v *rulesView) showParts() {
	show(v.grid, !v.asText && !v.who)
	show(v.line.content, !v.asText && !v.who)
	show(v.purpose, !v.asText && !v.who)
	v.purpose.SetText(model.TablePurpose(v.rules.Name()))
	show(v.text.field, v.asText && !v.who)
	show(v.logins.content, v.who)
}

// changed shows what became different.
func (v *rulesView) changed(reset bool) {
	v.grid.Rows.SetEmpty(v.emptyText())
	if reset {
		v.showEntries()
		v.text.follow()
	} else {
		v.grid.Rows.Changed()
	}
	v.grid.ShowColumn("value", !v.rules.IsList())
	v.text.showProblems()
	v.problems.list.Changed()
	v.showTables()
	v.showButtons()
	v.showPath()
	if n := v.problems.Len(); n != v.wrong {
		v.wrong = n
		v.relayout()
	}
	if conflict := v.rules.Conflict() && !v.who; conflict != v.banner.Visible() {
		show(v.banner, conflict)
		v.relayout()
	}
	v.line.look()
	if do := v.pending; do != nil && v.rules.Ready() {
		v.pending = nil
		do()
	}
	if reset {
		v.pane.again()
	}
}

// showEntries shows other entries. Of the same table and words they stay where they are; what was selected in another text is no more.
func (v *rulesView) showEntries() {
	if text := v.rules.Text(); !same(text, v.gridHas) {
		v.gridHas = text
		v.chosen.Range(0, -1)
	}
	if of := v.rules.Name() + " " + v.search.Text; of != v.gridOf {
		v.gridOf = of
		v.grid.Rows.Reset()
	} else {
		v.grid.Rows.Changed()
	}
	if v.want != "" && v.rules.Ready() {
		v.selectKey(v.want)
	}
}

func (v *rulesView) emptyText() string {
	switch {
	case !v.rules.Loaded():
		return ""
	case v.rules.Entries() > 0:
		return say.T("Nothing found")
	}
	return say.T("No entries yet. One would be:") + "   " + model.TableExample(v.rules.Name())
}

func (v *rulesView) showButtons() {
	v.save.SetDisabled(!v.canSave())
	v.undo.SetDisabled(!v.canUndo())
	v.redo.SetDisabled(!v.canRedo())
	v.add.SetDisabled(v.asText && !v.who)
	v.remove.SetDisabled(!v.canRemove())
	v.mode.SetDisabled(v.who)
	v.logins.password.SetDisabled(v.logins.one() == nil)
	v.preview.SetDisabled(len(v.rules.DirtyNames()) == 0)
}

func ruleColumns() []kit.Column {
	return []kit.Column{
		{Key: "key", Title: say.T("Key"), Width: 200, Mono: true, Fixed: true},
		{Key: "value", Title: say.T("Value"), Width: 220, Mono: true},
		{Key: "line", Title: say.T("Line"), Width: 54, Right: true},
		{Key: "check", Title: say.T("Check"), Width: 70, Tag: true},
		{Key: "note", Title: say.T("Note"), Width: 240},
	}
}

// bind fills the cells of an entry, in the order of ruleColumns.
func (v *rulesView) bind(i int, s kit.RowState, cells []kit.Cell) {
	r := v.rules.Row(i)
	cells[0], cells[1] = kit.Cell{Text: r.Key}, kit.Cell{Text: r.Value}
	cells[2] = kit.Cell{Text: r.Line, Color: s.Dim()}
	cells[3] = kit.Cell{Text: r.Check.Text, Color: tone(r.Check.Tone)}
	cells[4] = kit.Cell{Text: r.Note, Color: s.Dim()}
}
