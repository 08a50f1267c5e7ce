package model

import (
	"bytes"
	"slices"

	"postroom.dev/mta/table/edit"
)

// maxUndo is how many changes of a table can be taken back, and maxUndoSize how many octets their texts may have together.
const (
	maxUndo     = 200
	maxUndoSize = 32 << 20
)

// put gives the table another text, which can be taken back, and of which doc is known, or nil.
func (r *Rules) put(t *ruleTable, text []byte, doc *edit.Text) {
	if bytes.Equal(text, t.text) {
		return
	}
	t.undo, t.redo, t.typing = append(t.undo, t.text), nil, false
	size := 0
	for i := len(t.undo) - 1; i >= 0; i-- {
		if size += len(t.undo[i]); size > maxUndoSize || len(t.undo)-i > maxUndo {
			t.undo = slices.Delete(t.undo, 0, i+1)
			break
		}
	}
	r.become(t, text, doc)
}

func (r *Rules) become(t *ruleTable, text []byte, doc *edit.Text) {
	t.text = text
	t.changed()
	if doc != nil {
		r.parse.Cancel()
		t.take(doc)
	}
	r.refresh(true)
	r.recheck()
}

// Typed gives the table in sight another text, as it is while somebody types: all that is typed until another change is one step of Undo.
func (r *Rules) Typed(text []byte) {
	t := r.now
	switch {
	case !r.Loaded() || bytes.Equal(text, t.text):
	case !t.typing:
		r.put(t, text, nil)
		t.typing = true
	case bytes.Equal(text, t.undo[len(t.undo)-1]): // all of it was taken back
		t.undo, t.typing = t.undo[:len(t.undo)-1], false
		r.become(t, text, nil)
	default:
		r.become(t, text, nil)
	}
}

// CanUndo and CanRedo say that a change of the table in sight can be taken back, or made again.
func (r *Rules) CanUndo() bool { return r.now != nil && len(r.now.undo) > 0 }

// CanRedo says that a change that was taken back can be made again.
func (r *Rules) CanRedo() bool { return r.now != nil && len(r.now.redo) > 0 }

// Undo takes the last change of the table in sight back, also when it was saved: then it is to be saved again.
func (r *Rules) Undo() {
	if t := r.now; r.CanUndo() {
		last := t.undo[len(t.undo)-1]
		t.undo, t.redo, t.typing = t.undo[:len(t.undo)-1], append(t.redo, t.text), false
		r.become(t, last, nil)
	}
}

// Redo makes a change again that was taken back.
func (r *Rules) Redo() {
	if t := r.now; r.CanRedo() {
		next := t.redo[len(t.redo)-1]
		t.redo, t.undo, t.typing = t.redo[:len(t.redo)-1], append(t.undo, t.text), false
		r.become(t, next, nil)
	}
}
