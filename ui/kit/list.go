//go:build !nogui

package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Source is what a List shows: rows in order, each with a key that stays the same while rows come and go round it.
// It is asked on the goroutine that paints, many times a frame: it must answer from memory.
type Source interface {
	Len() int
	Key(i int) int64
	Index(key int64) int // -1 when there is no such row
}

// Selection is the set of selected rows, held by the list's owner. The list tells it what the user did. Keys satisfies it.
type Selection interface {
	Has(key int64) bool
	Only(key int64)     // this row and no other
	Toggle(key int64)   // in or out
	Range(from, to int) // the rows from..to and no others, from <= to
	All()
}

// Row draws one row by primitives that the list owns the place of. Rows are reused.
type Row interface {
	// Objects gives all primitives, back to front, the same at every call.
	Objects() []fyne.CanvasObject
	// Bind sets texts and colours for row i. It is called again when the theme changes, so it looks colours up.
	// All objects are visible when it is called after the row was hidden; it may hide some.
	Bind(i int, s RowState)
	// Place puts the primitives into this rectangle of the list.
	Place(x, y, w, h float32)
}

// RowState is how a row stands. The list itself paints the selection and hover behind the row.
type RowState struct {
	Selected bool
	Hover    bool
	Focused  bool // the list has the keyboard
	Cursor   bool // the keyboard is on this row
}

// Dim is the colour for second-rank text in a row of this state. Faint text must not be used on selected rows.
func (s RowState) Dim() fyne.ThemeColorName { return theme.Dim }

// Faint is the colour for decoration in a row of this state.
func (s RowState) Faint() fyne.ThemeColorName {
	if s.Selected {
		return theme.Dim
	}
	return theme.Faint
}

// List shows rows of one fixed height, any number of them: only those in view exist. Rows may come, go and change at any time; tell it
// by Changed. What was in view stays in view, unless the list is at its top, where it follows.
//
// Mouse: click, Ctrl+click, Shift+click, double click or Enter to open, right click for a menu, wheel three rows a notch, scroll bar.
// Keys: Up Down PageUp PageDown Home End, with Shift to extend; Ctrl+A; Left and Right with OnSide. All others go to Keys.
type List struct {
	widget.BaseWidget

	Keys     Keys
	OnCursor func(i int)                   // the user moved to row i
	OnSelect func()                        // the user changed the selection
	OnOpen   func(i int)                   // Enter or double click
	OnClick  func(i int)                   // a plain click
	OnMenu   func(i int, at fyne.Position) // right click or Menu key; at is absolute
	OnTop    func(atTop bool)              // the list came to, or left, its top
	OnFocus  func(focused bool)            // the list got or lost the keyboard
	OnSide   func(by float32)              // the wheel or Left and Right would scroll sideways by so many pixels; nil leaves the keys to Keys
	Held     func() fyne.KeyModifier       // the modifier keys that are down; set by NewList

	src       Source
	sel       Selection
	newRow    func() Row
	rowHeight float32
	empty     string

	offset   float64 // pixels from the top of row 0 to the top of the view
	cursor   mark
	anchor   mark
	pointer  float32 // where the pointer is, -1 for outside
	focused  bool
	bar      scrollBar
	click    doubleClick
	moved    bool // the next Refresh need not bind rows again
	wasBelow bool // what OnTop was told last
}

// mark remembers a row by its key, and by its place for when the key is gone.
type mark struct {
	set   bool
	key   int64
	index int
}

// NewList makes a list of rows that are rowHeight pixels high.
func NewList(rowHeight float32, src Source, sel Selection, newRow func() Row) *List {
	l := &List{src: src, sel: sel, newRow: newRow, rowHeight: rowHeight, pointer: -1, Held: modifiers}
	l.click.now = time.Now
	l.ExtendBaseWidget(l)
	return l
}

// SetEmpty sets the text that stands in a list without rows.
func (l *List) SetEmpty(text string) {
	l.empty = text
	l.Refresh()
}

// Changed says that rows were added, removed or changed. Call it once for a batch.
func (l *List) Changed() {
	l.Refresh()
	l.tellTop()
}

// Reset says that the source now shows something else: the list goes to its top and forgets the cursor.
func (l *List) Reset() {
	l.offset, l.cursor, l.anchor = 0, mark{}, mark{}
	l.Refresh()
	l.tellTop()
}

// SelectionChanged says that the owner changed the selection by itself.
func (l *List) SelectionChanged() { l.reflow() }

// Cursor gives the row that the keyboard is on, or -1. Where that row is gone, it is the row now in its place.
func (l *List) Cursor() int { return l.resolve(&l.cursor) }

// SetCursor puts the keyboard on a row and brings it into view. The selection stays as it is; nothing is called back.
func (l *List) SetCursor(i int) {
	l.mark(&l.cursor, i)
	l.anchor = l.cursor
	l.Reveal(i)
}

// AtTop tells whether the first row is wholly in view, so that new rows show as they come.
func (l *List) AtTop() bool { return l.offset <= 0 }

// ToTop scrolls to the first row.
func (l *List) ToTop() { l.ScrollTo(0) }

// Offset gives how far the list is scrolled, in pixels.
func (l *List) Offset() float64 { return l.offset }

// ScrollTo scrolls to this many pixels below the top of the first row, as far as there are rows.
func (l *List) ScrollTo(pixels float64) {
	l.offset = pixels
	l.clamp()
	l.reflow()
	l.tellTop()
}

// Reveal scrolls as little as needed to show row i.
func (l *List) Reveal(i int) {
	if i < 0 {
		return
	}
	h := float64(l.rowHeight)
	top, view := float64(i)*h, float64(l.Size().Height)
	switch {
	case top < l.offset:
		l.ScrollTo(top)
	case top+h-view > l.offset && view > 0:
		l.ScrollTo(top + h - view)
	default:
		l.reflow()
	}
}

// InView gives the rows in view, from inclusive, to exclusive.
func (l *List) InView() (from, to int) {
	from = int(l.offset / float64(l.rowHeight))
	to = int((l.offset+float64(l.Size().Height))/float64(l.rowHeight)) + 1
	return from, min(to, l.src.Len())
}

func (l *List) mark(m *mark, i int) {
	if i < 0 || i >= l.src.Len() {
		*m = mark{}
		return
	}
	*m = mark{set: true, key: l.src.Key(i), index: i}
}

// resolve gives the index of a mark, noting where its row is now.
func (l *List) resolve(m *mark) int {
	if !m.set {
		return -1
	}
	if i := l.src.Index(m.key); i >= 0 {
		m.index = i
		return i
	}
	return min(m.index, l.src.Len()-1)
}

func (l *List) total() float64 { return float64(l.src.Len()) * float64(l.rowHeight) }

func (l *List) clamp() {
	l.offset = max(0, min(l.offset, l.total()-float64(l.Size().Height)))
}

// reflow shows a new offset, hover, cursor or selection without binding rows that did not change.
func (l *List) reflow() {
	l.moved = true
	l.Refresh()
}

func (l *List) tellTop() {
	if below := !l.AtTop(); below != l.wasBelow {
		l.wasBelow = below
		if l.OnTop != nil {
			l.OnTop(!below)
		}
	}
}

// rowAt gives the row at this height of the view, or -1.
func (l *List) rowAt(y float32) int {
	i := int((l.offset + float64(y)) / float64(l.rowHeight))
	if y < 0 || i < 0 || i >= l.src.Len() {
		return -1
	}
	return i
}

// CreateRenderer implements fyne.Widget.
func (l *List) CreateRenderer() fyne.WidgetRenderer {
	r := &listRenderer{list: l, bar: canvas.NewRectangle(nil), cursor: canvas.NewRectangle(nil), empty: NewWords(theme.SizeText)}
	r.bar.CornerRadius = barWidth / 2
	if l.Size().Height > 0 { // Fyne forgets renderers of what is long out of sight, and lays out a new one only where it has objects
		r.update()
	}
	return r
}

// MinSize implements fyne.CanvasObject: two rows.
func (l *List) MinSize() fyne.Size { return fyne.NewSize(80, l.rowHeight*2) }

var (
	_ fyne.Scrollable   = (*List)(nil)
	_ fyne.Draggable    = (*List)(nil)
	_ fyne.Focusable    = (*List)(nil)
	_ fyne.Shortcutable = (*List)(nil)
	_ desktop.Hoverable = (*List)(nil)
	_ desktop.Mouseable = (*List)(nil)
)
