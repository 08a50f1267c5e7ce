//go:build !nogui

package ui

import (
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// What the buttons and keys of the rules do, in the grid, in the text and among those who may log in.

func (v *rulesView) canSave() bool { return !v.who && v.rules.Dirty() && !v.rules.Conflict() }

func (v *rulesView) canRemove() bool {
	if v.who {
		return len(v.logins.chosen.List()) > 0
	}
	return !v.asText && len(v.chosen.List()) > 0
}

// addNew and removeNow add to what is in sight, and take out of it what is selected.
func (v *rulesView) addNew() {
	if v.who {
		v.logins.add()
		return
	}
	v.begin("", "")
}

func (v *rulesView) removeNow() {
	if v.who {
		v.logins.remove()
		return
	}
	v.removeChosen()
}

// saveNow puts the table in sight in force.
func (v *rulesView) saveNow() {
	v.text.flush()
	name := v.rules.Name()
	v.rules.Save(func() { v.win.notify(say.T("%s is saved and in force", name)) })
}

// switchMode goes from the grid to the text and back.
func (v *rulesView) switchMode() {
	line := v.lineNow()
	v.text.flush()
	v.asText = !v.asText
	v.rules.AsText(v.asText)
	v.mode.SetIcon("file-text")
	v.mode.SetText(say.T("As text"))
	if v.asText {
		v.mode.SetIcon("list")
		v.mode.SetText(say.T("As a grid"))
	}
	v.showParts()
	v.text.follow()
	v.text.showProblems()
	v.showButtons()
	v.showPath()
	v.relayout()
	switch { // the same entry stays in sight
	case line == 0:
	case v.asText:
		v.text.field.GoToLine(line - 1)
	default:
		v.showLine(line)
	}
	v.win.focusView()
}

// find shows the entries with words, or selects them in the text.
func (v *rulesView) find(words string) {
	if !v.asText {
		v.rules.Find(words)
	}
}

// found goes to the next place with words in the text, or to the entries that were found.
func (v *rulesView) found(words string, back bool) {
	if v.asText {
		v.text.find(words, back)
		return
	}
	v.rules.Find(words)
	v.win.focusView()
}

// showPath shows which file it is, and where in it the cursor is.
func (v *rulesView) showPath() {
	text := v.rules.Path()
	switch {
	case v.who:
		text = v.logins.list.All().Path
	case v.asText:
		text += "   " + v.text.place()
	}
	v.path.SetText(text)
}

// undoNow and redoNow take back, or make again, what was typed last, and then what was changed before.
func (v *rulesView) undoNow() {
	if v.asText && v.text.field.CanUndo() {
		v.text.field.Undo()
		return
	}
	v.rules.Undo()
}

func (v *rulesView) redoNow() {
	if v.asText && v.text.field.CanRedo() {
		v.text.field.Redo()
		return
	}
	v.rules.Redo()
}

func (v *rulesView) canUndo() bool {
	return !v.who && (v.rules.CanUndo() || v.asText && v.text.field.CanUndo())
}

func (v *rulesView) canRedo() bool {
	return !v.who && (v.rules.CanRedo() || v.asText && v.text.field.CanRedo())
}

// showDifference shows what somebody else saved, beside what is here.
func (v *rulesView) showDifference() {
	v.text.flush()
	text := model.Difference(v.rules.Text(), v.rules.Theirs())
	if text == "" {
		text = say.T("They say the same.")
	}
	v.win.showText(say.T("From here (-) to what somebody else saved (+)"), text)
}
