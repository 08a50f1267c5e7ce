//go:build !nogui

package kit

import (
	"math"
	"sort"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Lines shows text that cannot be changed, of any length: only the lines in view exist, so 100 MB open as fast as a postcard.
//
// It wraps softly at spaces, or scrolls sideways. Text is selected by dragging, by a double click (a word), by Shift+click; Ctrl+A and
// Ctrl+C do what they should, and so does the menu of the right button. The cursor keys scroll. All other keys go to Keys.
//
// Limits: text over 4 MB is not wrapped; of a line over 64 pieces of colour in view the rest is not drawn; right-to-left text is drawn
// properly, but the mark of a selection inside it stands as if it ran left to right.
type Lines struct {
	widget.BaseWidget

	Keys Keys
	Held func() fyne.KeyModifier // the modifier keys that are down; set by NewLines

	OnLink func(link string)                  // a run with a link was clicked
	OnMenu func(link string) []*fyne.MenuItem // what the menu of the right button has before what it always has; link is what it was opened on, or ""

	self      fyne.Widget // what is in the window: the Lines, or an Editor round it
	src       LineSource
	face      lineFace
	rowHeight float32
	gutter    float32 // pixels at the left edge that are not for text
	wrap      bool

	rows    []rowRef // the rows when wrapped; nil says row i is line i
	wrapped float32  // the width that rows were made for; 0 for not yet
	offset  float64  // pixels from the top of the text to the top of the view
	side    float64  // pixels scrolled sideways
	widest  float64  // the widest row seen so far, in pixels

	anchor, head textPos // the selection, in the order it was made
	focused      bool
	selecting    bool
	bar          scrollBar
	click        doubleClick
	moved        bool
	overLink     bool // the pointer is on a run with a link
}

// textPos is a place in the text: a line and an offset in its bytes.
type textPos struct{ line, off int }

func (p textPos) before(q textPos) bool {
	return p.line < q.line || p.line == q.line && p.off < q.off
}

const (
	linesInset float32 = 18 // pixels left of the text
	linesTop   float32 = 8  // pixels over the first row
)

// NewLines makes an empty view in the monospaced face of 12 pixels, with rows of rowHeight pixels, not wrapped.
func NewLines(rowHeight float32) *Lines {
	l := &Lines{}
	l.begin(l, NewTextLines("", theme.Text), rowHeight)
	return l
}

// begin makes a zero Lines one that shows src as the widget self.
func (l *Lines) begin(self fyne.Widget, src LineSource, rowHeight float32) {
	l.self, l.src, l.rowHeight, l.face, l.Held = self, src, rowHeight, monoFace(), modifiers
	l.click.now = time.Now
	l.ExtendBaseWidget(self)
}

// Proportional makes the view use the proportional face of 13 pixels, and gives it back.
func (l *Lines) Proportional() *Lines {
	l.face = lineFace{size: theme.SizeText, shaped: true}
	return l
}

// SetSource shows another text from its top, with nothing selected.
func (l *Lines) SetSource(src LineSource) {
	l.src, l.offset, l.side = src, 0, 0
	l.anchor, l.head = textPos{}, textPos{}
	l.Changed()
}

// Update shows another text in the place of one like it, and stays where the view is. Nothing is selected then.
func (l *Lines) Update(src LineSource) {
	l.src, l.anchor, l.head = src, textPos{}, textPos{}
	l.Changed()
}

// Changed says that the source has other lines now.
func (l *Lines) Changed() {
	l.wrapped, l.widest = 0, 0
	l.Refresh()
}

// SetWrap switches soft wrapping on or off.
func (l *Lines) SetWrap(on bool) {
	if on != l.wrap {
		top := l.topLine()
		l.wrap, l.wrapped, l.side = on, 0, 0
		l.rewrap(l.Size().Width)
		l.showLine(top)
		l.Refresh()
	}
}

// Wrap tells whether the view wraps.
func (l *Lines) Wrap() bool { return l.wrap }

// ToTop scrolls to the first line.
func (l *Lines) ToTop() { l.scroll(0, 0) }

// TopLine gives the first line in view.
func (l *Lines) TopLine() int { return l.topLine() }

// ShowLine scrolls so that line i is the first in view, as far as there is text below it.
func (l *Lines) ShowLine(i int) {
	l.showLine(i)
	l.reflow()
}

// SelectAll selects the whole text.
func (l *Lines) SelectAll() {
	last := l.src.Lines() - 1
	if last < 0 {
		return
	}
	l.anchor, l.head = textPos{}, textPos{last, len(l.text(last))}
	l.reflow()
}

// Selected gives the selected text, lines ended by \n.
func (l *Lines) Selected() string {
	from, to := l.selection()
	if from == to {
		return ""
	}
	var b strings.Builder
	for i := from.line; i <= to.line && i < l.src.Lines(); i++ {
		t := l.text(i)
		start, end := 0, len(t)
		if i == from.line {
			start = min(from.off, end)
		}
		if i == to.line {
			end = max(start, min(to.off, end))
		}
		b.WriteString(t[start:end])
		if i < to.line {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Copy puts the selected text on the clipboard; nothing selected leaves it alone.
func (l *Lines) Copy() {
	if s := l.Selected(); s != "" {
		fyne.CurrentApp().Clipboard().SetContent(s)
	}
}

func (l *Lines) selection() (from, to textPos) {
	if l.head.before(l.anchor) {
		return l.head, l.anchor
	}
	return l.anchor, l.head
}

// text gives the whole text of a line.
func (l *Lines) text(i int) string { return joined(l.src.Line(i)) }

// row gives what stands in row i of the view. Its to is -1 for the end of the line.
func (l *Lines) row(i int) rowRef {
	if l.rows == nil {
		return rowRef{line: int32(i), to: -1}
	}
	return l.rows[i]
}

func (l *Lines) rowCount() int {
	if l.rows == nil {
		return l.src.Lines()
	}
	return len(l.rows)
}

// total is the height of all rows, with the space over the first and under the last.
func (l *Lines) total() float64 {
	return float64(l.rowCount())*float64(l.rowHeight) + 2*float64(linesTop)
}

// view gives the first row in view and where it stands.
func (l *Lines) view() (first int, top float32) {
	first = max(0, int((l.offset-float64(linesTop))/float64(l.rowHeight)))
	return first, float32(float64(first)*float64(l.rowHeight) + float64(linesTop) - l.offset)
}

func (l *Lines) topLine() int {
	i := int((l.offset - float64(linesTop)) / float64(l.rowHeight))
	if n := l.rowCount(); n == 0 {
		return 0
	} else {
		return int(l.row(max(0, min(i, n-1))).line)
	}
}

func (l *Lines) showLine(i int) {
	if l.rows != nil {
		i = sort.Search(len(l.rows), func(k int) bool { return int(l.rows[k].line) >= i })
	}
	l.offset = 0
	if i > 0 {
		l.offset = float64(i)*float64(l.rowHeight) + float64(linesTop)
	}
	l.clamp()
}

// inset is where text begins, in pixels from the left edge.
func (l *Lines) inset() float32 { return linesInset + l.gutter }

// viewWidth is the room for text in a view of this width.
func (l *Lines) viewWidth(width float32) float32 { return max(0, width-l.inset()-barGrip-4) }

func (l *Lines) clamp() {
	l.offset = max(0, min(l.offset, l.total()-float64(l.Size().Height)))
	l.side = max(0, min(l.side, l.widest-float64(l.viewWidth(l.Size().Width))))
}

func (l *Lines) scroll(offset, side float64) {
	l.offset, l.side = offset, math.Round(side)
	l.clamp()
	l.reflow()
}

func (l *Lines) reflow() {
	l.moved = true
	l.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (l *Lines) MinSize() fyne.Size { return fyne.NewSize(80, l.rowHeight*2) }

var (
	_ fyne.Scrollable    = (*Lines)(nil)
	_ fyne.Draggable     = (*Lines)(nil)
	_ fyne.Focusable     = (*Lines)(nil)
	_ fyne.Shortcutable  = (*Lines)(nil)
	_ desktop.Mouseable  = (*Lines)(nil)
	_ desktop.Cursorable = (*Lines)(nil)
	_ desktop.Hoverable  = (*Lines)(nil)
)
