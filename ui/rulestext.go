//go:build !nogui

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
)

// ruleText is a table's own text, to be edited, and below it what is wrong with its lines.
type ruleText struct {
	view     *rulesView
	field    *textField
	problems *kit.Lines
	wait     func() // what was typed is not in the model yet
	filling  bool
	content  *fyne.Container
}

const (
	maxRuleText   = 24 << 10 // octets that are edited as text: Fyne's entry lays out all of its text at each key
	ruleTextPause = 250 * time.Millisecond
)

func newRuleText(v *rulesView) *ruleText {
	t := &ruleText{view: v, field: newTextField(v.win.keys), problems: kit.NewLines(20).Proportional()}
	t.problems.SetWrap(true)
	t.problems.Keys = v.win.keys
	t.field.OnChanged = func(string) {
		if t.filling {
			return
		}
		if t.wait != nil {
			t.wait()
		}
		t.wait = v.win.later(ruleTextPause, t.flush)
	}
	line := kit.NewLine()
	t.content = container.New(freeLayout{fyne.NewSize(200, 80), func(s fyne.Size) {
		below := float32(0)
		if n := len(v.rules.Problems()); n > 0 {
			below = min(24+20*float32(min(n, 5)), s.Height/2)
		}
		put(t.field, 6, 2, s.Width-12, s.Height-below-4)
		put(line, 0, s.Height-below, s.Width, 1)
		put(t.problems, 0, s.Height-below+1, s.Width, max(0, below-1))
		show(line, below > 0)
		show(t.problems, below > 0)
	}}, t.field, line, t.problems)
	return t
}

// flush takes what was typed into the model.
func (t *ruleText) flush() {
	if t.wait == nil {
		return
	}
	t.wait()
	t.wait = nil
	t.view.rules.SetText([]byte(t.field.Text))
}

// follow shows the model's text, where it is another.
func (t *ruleText) follow() {
	text := string(t.view.rules.Text())
	if !t.view.asText || t.wait != nil || text == t.field.Text || len(text) > maxRuleText {
		return
	}
	t.filling = true
	row, column := t.field.CursorRow, t.field.CursorColumn
	t.field.SetText(text)
	t.field.CursorRow, t.field.CursorColumn = row, column
	t.field.Refresh()
	t.filling = false
}

func (t *ruleText) showProblems() {
	if !t.view.asText {
		return
	}
	t.problems.SetSource(colored(t.view.rules.ProblemLines()))
	t.content.Layout.Layout(t.content.Objects, t.content.Size())
}

// textField is Fyne's entry of many lines, which hands on what it has no use for.
type textField struct {
	widget.Entry
	keys kit.Keys
}

func newTextField(keys kit.Keys) *textField {
	f := &textField{keys: keys}
	f.MultiLine, f.Wrapping = true, fyne.TextWrapOff
	f.TextStyle.Monospace = true
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey implements fyne.Focusable.
func (f *textField) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5:
		f.keys.Key(e)
	default:
		f.Entry.TypedKey(e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (f *textField) TypedShortcut(s fyne.Shortcut) {
	if c, ok := s.(*desktop.CustomShortcut); ok && c.Modifier&fyne.KeyModifierShortcutDefault != 0 && len(c.KeyName) == 1 {
		f.keys.Shortcut(s)
		return
	}
	f.Entry.TypedShortcut(s)
}
