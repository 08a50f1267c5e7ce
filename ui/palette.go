//go:build !nogui

package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// palette lies over the window: a field, and below it the actions that what is typed there names. As the list of keys it shows
// every action that has one, also those that cannot be done now, and the keys that lists use themselves.
type palette struct {
	win    *window
	keys   bool
	all    []choice
	more   func(typed string) []action // actions that what was typed makes; nil for none
	made   []action
	shown  []choice
	chosen *kit.KeySet
	field  *kit.Entry
	rows   *kit.List
	box    *widget.PopUp
	back   fyne.Focusable // had the keyboard before
}

// choice is a row of the palette.
type choice struct {
	act  *action // nil for a key that needs no action
	head string
	can  bool
}

const (
	paletteRow  float32 = 32
	paletteRows float32 = 11 // in sight
)

// listKeys are keys that lists use themselves, for the list of keys.
func listKeys() []action {
	return []action{
		{title: say.T("Move"), keys: "Up Down PgUp PgDn Home End"}, {title: say.T("Select more"), keys: "Shift+Up Shift+Down Shift+Click"},
		{title: say.T("Select one more, or one less"), keys: "Ctrl+Click"}, {title: say.T("Open"), keys: "Enter"}, {title: say.T("Menu"), keys: "Menu Right-click"},
	}
}

// openPalette shows the palette, or the list of keys.
func (w *window) openPalette(keys bool) {
	p := &palette{win: w, keys: keys}
	p.gather()
	hint := say.T("What do you want to do?")
	if keys {
		hint = say.T("Keys")
	}
	p.open(hint)
}

// choose has the user choose one of some actions, and of those that more makes of what is typed.
func (w *window) choose(hint string, some []action, more func(typed string) []action) {
	p := &palette{win: w, more: more}
	for i := range some {
		p.all = append(p.all, choice{&some[i], "", true})
	}
	p.open(hint)
}

// askText has the user type a text, with initial in the field. do is called with it unless it is empty.
func (w *window) askText(hint, initial, verb string, do func(text string)) {
	p := &palette{win: w, more: func(typed string) []action {
		if typed == "" {
			return nil
		}
		return []action{{title: verb + ": " + typed, icon: "check", do: func() { do(typed) }}}
	}}
	p.open(hint)
	p.field.SetText(initial)
	p.field.TypedShortcut(&fyne.ShortcutSelectAll{})
}

func (p *palette) open(hint string) {
	w := p.win
	p.back = w.frame.Canvas().Focused()
	p.chosen = kit.NewKeySet(p)
	p.field = kit.NewEntry(w.later, hint)
	p.field.OnTyped = p.find
	p.field.OnSubmitted = func(string) { p.do() }
	p.rows = kit.NewList(paletteRow, p, p.chosen, func() kit.Row { return newPaletteRow(p) })
	p.rows.OnClick = func(int) { p.do() }
	p.rows.SetEmpty(p.emptyText())
	p.field.Keys = kit.Keys{Key: p.key}
	p.rows.Keys = kit.Keys{Key: p.key, Rune: func(r rune) {
		w.frame.Canvas().Focus(p.field)
		p.field.TypedRune(r)
	}}
	c := w.frame.Canvas()
	rows := paletteRows
	if p.more != nil {
		rows = min(rows, float32(len(p.all)+2))
	}
	size := fyne.NewSize(min(560, c.Size().Width-40), min(48+paletteRow*rows, c.Size().Height-60))
	p.box = widget.NewPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(p.field, 4, 4, s.Width-8, 32)
		put(p.rows, 0, 42, s.Width, s.Height-42)
	}}, p.field, p.rows), c)
	p.find("")
	p.box.ShowAtPosition(fyne.NewPos(float32(int((c.Size().Width-size.Width)/2)), min(90, (c.Size().Height-size.Height)/3)))
	c.Focus(p.field)
}

func (p *palette) emptyText() string {
	if p.more != nil {
		return say.T("Type a name")
	}
	return say.T("Nothing is called that")
}

func (p *palette) gather() {
	for _, s := range p.win.acts.sections {
		for i := range s.actions {
			act := &s.actions[i]
			can := p.win.acts.can(act)
			if p.keys && act.keys != "" || !p.keys && can && act.name != "palette" {
				p.all = append(p.all, choice{act, s.title, can})
			}
		}
	}
	if p.keys {
		for _, a := range listKeys() {
			p.all = append(p.all, choice{&a, say.T("Lists"), false})
		}
	}
}

// find shows what is named by what was typed, the best first.
func (p *palette) find(typed string) {
	points := make(map[*action]int, len(p.all))
	p.shown = p.shown[:0]
	for _, c := range p.all {
		if n := max(2*model.Fuzzy(typed, c.act.title), model.Fuzzy(typed, c.head+" "+c.act.title)); n > 0 {
			points[c.act] = n
			p.shown = append(p.shown, c)
		}
	}
	if p.more != nil {
		p.made = p.more(strings.TrimSpace(typed))
		for i := range p.made {
			p.shown = append(p.shown, choice{&p.made[i], "", true})
		}
	}
	if strings.TrimSpace(typed) != "" {
		slices.SortStableFunc(p.shown, func(a, b choice) int { return points[b.act] - points[a.act] })
	}
	p.chosen.Range(0, -1)
	p.rows.Reset()
	if len(p.shown) > 0 {
		p.chosen.Only(0)
		p.rows.SetCursor(0)
	}
}

// key takes the keys that the field has no use for.
func (p *palette) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		p.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.do()
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		p.rows.TypedKey(e)
	}
}

func (p *palette) leave() {
	p.box.Hide()
	if p.back != nil {
		p.win.frame.Canvas().Focus(p.back)
	}
}

// do leaves the palette and does the chosen action.
func (p *palette) do() {
	i := p.rows.Cursor()
	if i < 0 || !p.shown[i].can {
		return
	}
	p.leave()
	p.shown[i].act.do()
}

// Len, Key and Index implement kit.Source: a row is its own key.
func (p *palette) Len() int        { return len(p.shown) }
func (p *palette) Key(i int) int64 { return int64(i) }
func (p *palette) Index(key int64) int {
	if key < 0 || key >= int64(len(p.shown)) {
		return -1
	}
	return int(key)
}

// paletteLine draws an action: icon, title, section, keys.
type paletteLine struct {
	palette           *palette
	icon              *kit.Glyph
	title, head, keys *kit.Words
}

func newPaletteRow(p *palette) *paletteLine {
	return &paletteLine{
		palette: p, icon: kit.NewGlyph(16), title: kit.NewWords(theme.SizeText),
		head: kit.NewWords(theme.SizeSmall), keys: kit.NewWords(theme.SizeSmall),
	}
}

// Objects implements kit.Row.
func (l *paletteLine) Objects() []fyne.CanvasObject {
	return slices.Concat([]fyne.CanvasObject{l.icon.Object()}, l.title.Objects(), l.head.Objects(), l.keys.Objects())
}

// Bind implements kit.Row.
func (l *paletteLine) Bind(i int, s kit.RowState) {
	c := l.palette.shown[i]
	front := theme.Text
	if !c.can && c.act.do != nil {
		front = s.Dim()
	}
	icon := c.act.icon
	if c.act.on != nil && c.act.on() {
		icon = "check"
	}
	l.icon.Set(icon, s.Dim())
	l.title.Set(c.act.title, front)
	l.head.Set(c.head, s.Dim())
	l.keys.Set(keysWords(c.act.keys, l.palette.keys), s.Dim())
}

// keysWords gives the chords of an action as they are shown: all of them, or the first.
func keysWords(keys string, all bool) string {
	var out []string
	for k := range strings.FieldsSeq(keys) {
		out = append(out, chordWords(k))
		if !all {
			break
		}
	}
	return strings.Join(out, "   ")
}

// Place implements kit.Row.
func (l *paletteLine) Place(x, y, w, h float32) {
	middle := y + h/2
	l.icon.Place(x+14, middle)
	end := x + w - 18
	end -= l.keys.PlaceRight(end, middle) + 16
	title := min(l.title.Width(), end-x-42)
	l.title.Place(x+42, middle, title)
	l.head.Place(x+42+title+12, middle, max(end-x-54-title, 0))
}
