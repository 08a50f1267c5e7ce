//go:build !nogui

package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta/table"
	"postroom.dev/mta/table/edit"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// ruleLine stands under the grid: the entry that is being written, and what is wrong with it as one types.
type ruleLine struct {
	view       *rulesView
	key, value *kit.Entry
	do         *kit.IconButton
	note       *kit.Label
	old        string // the key of the entry that is changed, "" for a new one
	filling    bool   // the fields are being filled, not typed into
	wait       func()
	check      *model.Latest[ruleLook]
	content    *fyne.Container
}

// ruleLook is what is wrong with an entry that is being written: why it cannot be, or a problem of it.
type ruleLook struct {
	refused error
	problem table.Problem // zero for none
}

const (
	ruleLineHeight float32 = 64
	ruleCheckPause         = 150 * time.Millisecond
)

func newRuleLine(v *rulesView) *ruleLine {
	l := &ruleLine{view: v, check: model.NewLatest[ruleLook](v.win.post)}
	keys := kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			l.clear()
			v.win.focusView()
			return
		}
		v.win.keys.Key(e)
	}, Shortcut: v.win.keys.Shortcut}
	field := func(hint string) *kit.Entry {
		e := kit.NewEntry(v.win.later, hint)
		e.Plain, e.Icon, e.Keys = true, nil, keys
		e.TextStyle.Monospace = true
		e.OnTyped = func(string) { l.typed() }
		e.OnSubmitted = func(string) { l.put() }
		return e
	}
	l.key, l.value = field(say.T("Key")), field(say.T("Value"))
	l.do = kit.NewIconButton("check", say.T("Add"), l.put)
	l.do.Keys = v.win.keys
	l.note = kit.NewLabel("", theme.SizeMedium, theme.Dim).Shrink()
	line := kit.NewLine()
	l.content = container.New(freeLayout{fyne.NewSize(300, ruleLineHeight), func(s fyne.Size) {
		put(line, 0, 0, s.Width, 1)
		button := l.do.MinSize().Width
		room := s.Width - button - 36
		key := room / 2
		if v.rules.IsList() {
			key = room
		}
		put(l.key, 12, 6, key, 32)
		put(l.value, 18+key, 6, room-key, 32)
		show(l.value, room-key > 1)
		put(l.do, s.Width-button-12, 8, button, 28)
		put(l.note, 16, 42, s.Width-32, 18)
	}}, line, l.key, l.value, l.do, l.note)
	return l
}

func (l *ruleLine) close() { l.check.Close() }

// fill puts an entry into the fields; old is the key of the one that is changed, "" for a new one.
func (l *ruleLine) fill(old, key, value string) {
	l.filling = true
	l.old = old
	l.key.SetQuery(key)
	l.value.SetQuery(value)
	l.filling = false
	word := say.T("Add")
	if old != "" {
		word = say.T("Change")
	}
	l.do.SetText(word)
	l.content.Layout.Layout(l.content.Objects, l.content.Size())
	l.look()
}

// clear empties the fields, for a new entry of the table in sight.
func (l *ruleLine) clear() {
	key, value := say.T("Key"), say.T("Value")
	if edit.KindOf(l.view.rules.Name()) == edit.Script {
		key, value = say.T("Stage and conditions"), say.T("Answer")
	}
	l.key.SetPlaceHolder(key)
	l.value.SetPlaceHolder(value)
	l.fill("", "", "")
}

func (l *ruleLine) focusValue() {
	f := l.value
	if l.view.rules.IsList() {
		f = l.key
	}
	l.view.win.frame.Canvas().Focus(f)
}

// change gives what the fields ask for.
func (l *ruleLine) change() func(t *edit.Text) error {
	kind := edit.KindOf(l.view.rules.Name())
	old, key, value := l.old, strings.TrimSpace(l.key.Text), strings.TrimSpace(l.value.Text)
	if l.view.rules.IsList() {
		value = ""
	}
	return func(t *edit.Text) error {
		switch {
		case key == "":
			return errors.New("an entry has a key")
		case old == "":
			return t.Add(key, value)
		case kind.Fold(key) != kind.Fold(old):
			if err := t.Rename(old, key); err != nil {
				return err
			}
		}
		return t.Change(key, value)
	}
}

func (l *ruleLine) typed() {
	if l.filling {
		return
	}
	if l.wait != nil {
		l.wait()
	}
	l.wait = l.view.win.later(ruleCheckPause, l.look)
}

// look says what would be wrong with the entry in the fields.
func (l *ruleLine) look() {
	l.check.Cancel()
	r := l.view.rules
	key := strings.TrimSpace(l.key.Text)
	l.do.SetDisabled(key == "" || !r.Loaded())
	if key == "" || !r.Loaded() {
		l.say("", theme.Dim)
		return
	}
	change, name, text, backend := l.change(), r.Name(), r.Text(), l.view.win.backend
	l.check.Ask(func(ctx context.Context) (look ruleLook, err error) {
		doc, err := edit.Read(edit.KindOf(name), text)
		if err == nil {
			err = change(doc)
		}
		if err != nil {
			return ruleLook{refused: err}, nil
		}
		list, err := backend.CheckTable(ctx, name, doc.Bytes())
		e, _ := doc.Find(key)
		if i := slices.IndexFunc(list, func(p table.Problem) bool { return p.Line >= e.First && p.Line <= e.Last }); i >= 0 {
			look.problem = list[i]
		}
		return look, err
	}, func(look ruleLook, err error) {
		l.do.SetDisabled(look.refused != nil)
		switch {
		case look.refused != nil:
			l.say(look.refused.Error(), theme.Err)
		case err == nil && look.problem.Text != "":
			l.say(model.ProblemText(look.problem), problemColor(look.problem))
		default:
			l.say("", theme.Dim)
		}
	})
}

func (l *ruleLine) say(text string, color fyne.ThemeColorName) {
	l.note.SetColor(color)
	l.note.SetText(text)
}

// put makes the change in the table's text. It is in force when the table is saved. Whoever types fast presses Enter before look has
// looked at the fields.
func (l *ruleLine) put() {
	key := strings.TrimSpace(l.key.Text)
	if key == "" || !l.view.rules.Loaded() {
		return
	}
	if err := l.view.rules.Edit(l.change()); err != nil {
		l.say(err.Error(), theme.Err)
		return
	}
	l.clear()
	l.view.selectKey(key)
	l.view.win.focusView() // where Ctrl+Z is about the table, not about the empty field
}

// selectKey selects the entry with a key, once it is read.
func (v *rulesView) selectKey(key string) {
	v.want = key
	if !v.rules.Ready() {
		return
	}
	v.want = ""
	for i := range v.rules.Len() {
		if v.rules.Entry(i).Key == edit.KindOf(v.rules.Name()).Fold(key) {
			v.chosen.Only(v.rules.Key(i))
			v.grid.Rows.SetCursor(i)
			v.grid.Rows.Reveal(i)
			v.grid.Rows.SelectionChanged()
			v.showButtons()
			return
		}
	}
}

// begin writes a new entry, or the one that is there for the key.
func (v *rulesView) begin(key, value string) {
	if v.asText {
		v.switchMode()
	}
	old := ""
	for i := range v.rules.Len() {
		if e := v.rules.Entry(i); key != "" && e.Key == edit.KindOf(v.rules.Name()).Fold(key) {
			old = e.Key
			break
		}
	}
	v.line.fill(old, key, value)
	f := v.line.key
	if key != "" {
		f = v.line.value
	}
	v.win.frame.Canvas().Focus(f)
}

// rowChosen puts the selected entry into the fields.
func (v *rulesView) rowChosen() {
	v.grid.Rows.SelectionChanged()
	v.showButtons()
	if keys := v.chosen.List(); len(keys) == 1 {
		if i := v.rules.Index(keys[0]); i >= 0 {
			e := v.rules.Entry(i)
			v.line.fill(e.Key, e.Key, e.Value)
		}
		return
	}
	v.line.clear()
}

// removeChosen takes the selected entries out.
func (v *rulesView) removeChosen() {
	var names []string
	for _, key := range v.chosen.List() {
		if i := v.rules.Index(key); i >= 0 {
			names = append(names, v.rules.Entry(i).Key)
		}
	}
	err := v.rules.Edit(func(t *edit.Text) error {
		for _, name := range names {
			if err := t.Remove(name); err != nil && !errors.Is(err, edit.ErrAbsent) { // it was there twice
				return err
			}
		}
		return nil
	})
	if err != nil {
		v.win.problem(err)
		return
	}
	v.chosen.Range(0, -1)
	v.line.clear()
	v.showButtons()
}
