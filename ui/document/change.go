package document

import "strings"

// kind is what sort of change a step is.
type kind uint8

const (
	none     kind = iota
	typing        // characters one after the other
	deleting      // before the cursor
	erasing       // behind it
)

// step is a change that can be taken back: at from, removed stood where added stands now.
type step struct {
	from           Pos
	removed, added string
	anchor, head   Pos // before it
}

func (s step) size() int { return len(s.removed) + len(s.added) }

// after is where a text ends that begins at p.
func (p Pos) after(text string) Pos {
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		return Pos{p.Line + strings.Count(text, "\n"), len(text) - i - 1}
	}
	return Pos{p.Line, p.Off + len(text)}
}

// change puts a text in the place of from..to, and the cursor behind it. It joins the step before where that is the same kind.
func (t *Text) change(from, to Pos, with string, k kind) {
	removed := t.between(from, to)
	if removed == "" && with == "" {
		return
	}
	s := step{from, removed, with, t.anchor, t.head}
	t.redo = nil
	end := t.replace(from, to, with)
	t.anchor, t.head = end, end
	if !t.join(s, k) {
		t.undo = append(t.undo, s)
	}
	t.size += s.size()
	for len(t.undo) > MaxUndo || t.size > MaxUndoSize && len(t.undo) > 1 {
		t.size -= t.undo[0].size()
		t.undo[0] = step{}
		t.undo = t.undo[1:]
	}
	t.kind = k
}

// join makes a change part of the last step, when it goes on where that ended.
func (t *Text) join(s step, k kind) bool {
	if k == none || k != t.kind || len(t.undo) == 0 {
		return false
	}
	last := &t.undo[len(t.undo)-1]
	switch {
	case k == typing && s.removed == "" && last.from.after(last.added) == s.from:
		last.added += s.added
	case k == deleting && s.from.after(s.removed) == last.from && last.added == "":
		last.from, last.removed = s.from, s.removed+last.removed
	case k == erasing && s.from == last.from && last.added == "":
		last.removed += s.removed
	default:
		return false
	}
	return true
}

// CanUndo says that a change can be taken back.
func (t *Text) CanUndo() bool { return len(t.undo) > 0 }

// CanRedo says that a change can be made again.
func (t *Text) CanRedo() bool { return len(t.redo) > 0 }

// Undo takes the last step back, and selects what was selected before it.
func (t *Text) Undo() {
	if !t.CanUndo() {
		return
	}
	s := t.undo[len(t.undo)-1]
	t.undo, t.redo = t.undo[:len(t.undo)-1], append(t.redo, s)
	t.size -= s.size()
	t.replace(s.from, s.from.after(s.added), s.removed)
	t.Select(s.anchor, s.head)
}

// Redo makes a step again that was taken back.
func (t *Text) Redo() {
	if !t.CanRedo() {
		return
	}
	s := t.redo[len(t.redo)-1]
	t.redo, t.undo = t.redo[:len(t.redo)-1], append(t.undo, s)
	t.size += s.size()
	end := t.replace(s.from, s.from.after(s.removed), s.added)
	t.Select(end, end)
}

// Type puts a character in the place of what is selected. A line's end is a step of its own.
func (t *Text) Type(r rune) {
	from, to := t.Selection()
	if from != to {
		t.kind = none
	}
	k := typing
	if r == '\n' {
		k = none
	}
	t.change(from, to, string(r), k)
}

// Insert puts a text in the place of what is selected, as one step; its lines may end in LF or CRLF.
func (t *Text) Insert(text string) {
	from, to := t.Selection()
	t.change(from, to, strings.ReplaceAll(text, "\r\n", "\n"), none)
}

// Backspace takes out what is selected, or the character before the cursor; with word, all to the word's start.
func (t *Text) Backspace(word bool) {
	from, to := t.Selection()
	k := none
	if from == to {
		from, k = t.left(to), deleting
		if word {
			from, k = t.wordLeft(to), none
		}
	}
	t.change(from, to, "", k)
}

// Delete takes out what is selected, or the character behind the cursor; with word, all to the next word.
func (t *Text) Delete(word bool) {
	from, to := t.Selection()
	k := none
	if from == to {
		to, k = t.right(from), erasing
		if word {
			to, k = t.wordRight(from), none
		}
	}
	t.change(from, to, "", k)
}
