//go:build !nogui

package ui

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// ruleText is a table's own text, to be edited, with what is wrong beside its lines.
type ruleText struct {
	view  *rulesView
	field *kit.Editor
	wait  func() // what was typed is not in the model yet
	given []byte // the text that the field and the model agreed on last
}

const (
	ruleTextLine  float32 = 18
	ruleTextPause         = 250 * time.Millisecond
)

func newRuleText(v *rulesView) *ruleText {
	t := &ruleText{view: v, field: kit.NewEditor(ruleTextLine)}
	t.field.Keys = v.win.keys
	t.field.Quiet = func(line string) bool { return strings.HasPrefix(line, "#") }
	t.field.OnMoved = v.showPath
	t.field.OnChanged = func() {
		if t.wait != nil {
			t.wait()
		}
		t.wait = v.win.later(ruleTextPause, t.flush)
		v.showButtons()
	}
	return t
}

// flush takes what was typed into the model.
func (t *ruleText) flush() {
	if t.wait == nil {
		return
	}
	t.wait()
	t.wait = nil
	t.given = t.field.Bytes()
	t.view.rules.Typed(t.given)
}

// same says that two texts are one and the same, or equal.
func same(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || bytes.Equal(a, b))
}

// follow shows the model's text, where it is another.
func (t *ruleText) follow() {
	text := t.view.rules.Text()
	if !t.view.asText || t.wait != nil || same(text, t.given) {
		return
	}
	t.given = text
	t.field.SetText(text)
}

// showProblems says beside the lines what is wrong.
func (t *ruleText) showProblems() {
	if !t.view.asText {
		return
	}
	marks := map[int]kit.Mark{}
	for _, p := range t.view.rules.Problems() {
		if m, ok := marks[p.Line-1]; !ok || m.Color == theme.Warn && !p.Warning {
			marks[p.Line-1] = kit.Mark{Text: model.ProblemText(p), Color: problemColor(p)}
		}
	}
	t.field.SetMarks(marks)
}

// find selects the next place with these words, or the one before.
func (t *ruleText) find(words string, back bool) {
	if words == "" {
		return
	}
	if !t.field.Find(words, back) {
		t.view.win.notify(say.T("“%s” is not in the table", model.Short(words, 40)))
	}
}

// goToLine asks for a line and goes there.
func (t *ruleText) goToLine() {
	line, _ := t.field.Caret()
	t.view.win.askText(say.T("Go to line"), strconv.Itoa(line+1), say.T("Go"), func(text string) {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
			t.field.GoToLine(n - 1)
		}
		t.view.win.focusView()
	})
}

// place says where the cursor is.
func (t *ruleText) place() string {
	line, column := t.field.Caret()
	return say.T("line %s, column %s", strconv.Itoa(line+1), strconv.Itoa(column+1))
}
