//go:build !nogui

package kit

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/ui/document"
	"postroom.dev/ui/theme"
)

// Editor is a text of many lines that can be changed, of any length: a Lines over a document.Text, with the numbers of the lines in a
// gutter, a cursor, and marks that say beside a line what is wrong with it.
//
// Keys: the cursor keys, Home, End, PgUp and PgDn, with Ctrl by words and to the text's ends, with Shift to select; Ctrl+A, C, X, V, Z, Y
// and Ctrl+Shift+Z; Ctrl+Up and Ctrl+Down scroll. Tab writes a tab, Shift+Tab leaves. Undo and redo go to Keys when there is none here. The
// mouse selects as in Lines, in the gutter whole lines. All else goes to Keys. Lines do not wrap.
type Editor struct {
	Lines

	// OnChanged is told that the user changed the text, OnMoved that the cursor is elsewhere.
	OnChanged, OnMoved func()
	// Quiet says which lines are in the second rank: comments. Nil is none.
	Quiet func(line string) bool

	doc   *document.Text
	marks map[int]Mark
	want  float64 // the pixel at which the cursor goes up and down, -1 for where it is
	lines bool    // the mouse selects whole lines
}

// Mark is what is to be said about a line.
type Mark struct {
	Text  string
	Color fyne.ThemeColorName
}

const (
	gutterDigits         = 3  // there is room for as many
	gutterRoom   float32 = 24 // pixels of it beside the digits
)

// NewEditor makes an editor of an empty text in the monospaced face, with lines of rowHeight pixels.
func NewEditor(rowHeight float32) *Editor {
	e := &Editor{OnChanged: func() {}, OnMoved: func() {}, doc: document.New(nil), want: -1}
	e.begin(e, &editorSource{editor: e}, rowHeight)
	e.gutter = e.gutterWidth()
	return e
}

// editorSource has the lines of an Editor, and its marks beside them.
type editorSource struct {
	editor *Editor
	runs   [2]Run
}

// Lines implements LineSource.
func (s *editorSource) Lines() int { return s.editor.doc.Lines() }

// Line implements LineSource.
func (s *editorSource) Line(i int) []Run {
	line := s.editor.doc.Line(i)
	s.runs[0] = Run{Text: line, Color: theme.Text}
	if s.editor.Quiet != nil && s.editor.Quiet(line) {
		s.runs[0].Color = theme.Dim
	}
	m, ok := s.editor.marks[i]
	if !ok || m.Text == "" {
		return s.runs[:1]
	}
	s.runs[1] = Run{Text: "    " + m.Text, Color: m.Color, Beside: true}
	return s.runs[:]
}

// SetText puts another text in the place of this one, with nothing to be taken back. The cursor and the view stay as far as they can.
func (e *Editor) SetText(text []byte) {
	anchor, head := e.doc.Anchor(), e.doc.Cursor()
	e.doc, e.marks, e.widest = document.New(text), nil, 0
	e.doc.Select(anchor, head)
	e.follow()
}

// Bytes gives the text.
func (e *Editor) Bytes() []byte { return e.doc.Bytes() }

// Caret gives the line and the character at which the cursor stands, both from 0.
func (e *Editor) Caret() (line, column int) {
	p := e.doc.Cursor()
	return p.Line, len([]rune(e.doc.Line(p.Line)[:p.Off]))
}

// SetMarks says what stands beside lines, by their number from 0. Until the next call marks move with their lines.
func (e *Editor) SetMarks(marks map[int]Mark) {
	e.marks = marks
	e.Refresh()
}

// GoToLine puts the cursor to the start of a line, counted from 0, and brings that into the middle of the view.
func (e *Editor) GoToLine(i int) {
	e.doc.GoTo(document.Pos{Line: i}, false)
	e.center()
	e.went()
}

// Find selects the next place with these words, or the one before, round the ends of the text, and says whether there is one.
func (e *Editor) Find(words string, back bool) bool {
	from, to := e.doc.Selection()
	if !back {
		from = to
	}
	at, end, ok := e.doc.Find(words, from, back)
	if ok {
		e.doc.Select(at, document.Pos{Line: at.Line, Off: end})
		if y := float64(at.Line) * float64(e.rowHeight); y < e.offset || y > e.offset+float64(e.Size().Height)-2*float64(e.rowHeight) {
			e.center()
		}
		e.went()
	}
	return ok
}

// CanUndo and CanRedo say that a change can be taken back, or made again.
func (e *Editor) CanUndo() bool { return e.doc.CanUndo() }

// CanRedo says that a change that was taken back can be made again.
func (e *Editor) CanRedo() bool { return e.doc.CanRedo() }

// Undo takes the last change back.
func (e *Editor) Undo() { e.change(e.doc.Undo) }

// Redo makes a change again that was taken back.
func (e *Editor) Redo() { e.change(e.doc.Redo) }

// change does something to the text, and follows it.
func (e *Editor) change(do func()) {
	n := e.doc.Lines()
	from, _ := e.doc.Selection()
	do()
	if by := e.doc.Lines() - n; by != 0 && len(e.marks) > 0 {
		e.shiftMarks(min(from.Line, e.doc.Cursor().Line), by)
	}
	e.OnChanged()
	e.went()
}

// shiftMarks moves the marks below a line behind which there are more lines now, or fewer.
func (e *Editor) shiftMarks(line, by int) {
	marks := map[int]Mark{}
	for i, m := range e.marks {
		switch {
		case i > line && i+by <= line: // gone with its line
			continue
		case i > line:
			i += by
		}
		marks[i] = m
	}
	e.marks = marks
}

// went follows a cursor that was moved, but not up or down.
func (e *Editor) went() {
	e.want = -1
	e.follow()
}

// follow shows where the cursor is now.
func (e *Editor) follow() {
	a, h := e.doc.Anchor(), e.doc.Cursor()
	e.anchor, e.head = textPos{a.Line, a.Off}, textPos{h.Line, h.Off}
	e.gutter = e.gutterWidth()
	e.reveal()
	e.Refresh()
	e.OnMoved()
}

// gutterWidth is the room that the number of the last line needs.
func (e *Editor) gutterWidth() float32 {
	digits := 1
	for n := e.doc.Lines(); n >= 10; n /= 10 {
		digits++
	}
	return whole(float32(max(digits, gutterDigits))*e.face.widths().Advance('0') + gutterRoom)
}

// reveal scrolls as far as is needed for the cursor to be in view.
func (e *Editor) reveal() {
	size := e.Size()
	if size.Height <= 0 {
		return
	}
	row, y := float64(e.rowHeight), float64(linesTop)+float64(e.head.line)*float64(e.rowHeight)
	e.offset = max(min(e.offset, y), y+row+float64(linesTop)-float64(size.Height))
	if e.head.line == 0 {
		e.offset = 0
	}
	x, room := e.xOf(rowRef{line: int32(e.head.line), to: -1}, e.head.off), float64(e.viewWidth(size.Width))
	e.widest = max(e.widest, x+float64(caretWidth)+2)
	switch {
	case x < e.side:
		e.side = math.Round(max(0, x-room/4))
	case x > e.side+room-float64(caretWidth):
		e.side = math.Round(x - room*3/4)
		e.widest = max(e.widest, e.side+room)
	}
	e.clamp()
}

// center scrolls so that the cursor's line is in the middle, unless it is near an end of the text.
func (e *Editor) center() {
	e.offset = float64(e.doc.Cursor().Line)*float64(e.rowHeight) - float64(e.Size().Height-e.rowHeight)/2
	e.clamp()
}

var (
	_ fyne.Scrollable    = (*Editor)(nil)
	_ fyne.Draggable     = (*Editor)(nil)
	_ fyne.Focusable     = (*Editor)(nil)
	_ fyne.Tabbable      = (*Editor)(nil)
	_ fyne.Shortcutable  = (*Editor)(nil)
	_ desktop.Mouseable  = (*Editor)(nil)
	_ desktop.Cursorable = (*Editor)(nil)
)
