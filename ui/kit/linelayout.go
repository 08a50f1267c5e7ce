//go:build !nogui

package kit

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/theme"
)

// lineFace is the face of a Lines. In a shaped face the width of a text is not the sum of its characters, so it is measured.
type lineFace struct {
	size   float32
	style  fyne.TextStyle
	shaped bool
}

func monoFace() lineFace {
	return lineFace{size: theme.SizeMedium, style: fyne.TextStyle{Monospace: true}}
}

const (
	tabColumns   = 8
	pieceColumns = 400     // characters in one drawn text: a wider texture is more than some GPUs take
	shapedBytes  = 4096    // longer rows are measured by adding up, whatever they hold
	wrapBytes    = 4 << 20 // longer texts are not wrapped
	rowPieces    = 64      // texts drawn in a row
)

// widths gives the table of the face's characters.
func (f lineFace) widths() *theme.Face { return theme.Current().Face(f.size, f.style) }

// advance gives the width of r that stands at x of its row.
func advance(w *theme.Face, r rune, x float64) float32 {
	switch {
	case r >= ' ' && r < 0x7f:
		return w.Advance(r)
	case r == '\t':
		stop := tabColumns * float64(w.Advance(' '))
		return float32(stop - math.Mod(x, stop))
	case r < ' ' || r == 0x7f:
		return w.Advance(controlDot)
	case r >= 0x300 && unicode.Is(unicode.Mn, r):
		return 0
	}
	return w.Advance(r)
}

// controlDot is drawn for a control character: the pictures of Unicode are in few fonts.
const controlDot = '·'

// rowRef is a row of the view: bytes from..to of a line; to -1 is the line's end.
type rowRef struct {
	line, from, to int32
	indent         float32 // pixels left of it
}

// wrapLine cuts a text into rows of at most width pixels, after the last space that fits, else anywhere. The rows behind the first
// are indented by the width of the first margin bytes, at most by half of what there is.
func wrapLine(w *theme.Face, rows []rowRef, line int, s string, margin int, width float32) []rowRef {
	indent := float32(0)
	for _, r := range s[:margin] {
		indent += advance(w, r, float64(indent))
	}
	indent = min(indent, width/2)
	start, space, x, in := 0, 0, float32(0), float32(0)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		a := advance(w, r, float64(x))
		if x+a > width && i > start && r != ' ' {
			cut := i
			if space > start {
				cut = space
			}
			rows = append(rows, rowRef{int32(line), int32(start), int32(cut), in})
			in = indent
			start, i, x = cut, cut, in
			continue
		}
		x += a
		i += n
		if (r == ' ' || r == '\t') && i > margin {
			space = i
		}
	}
	return append(rows, rowRef{int32(line), int32(start), -1, in})
}

// rewrap makes the rows for a view of this width, unless they are there.
func (l *Lines) rewrap(width float32) {
	room := max(8*l.face.size, l.viewWidth(width))
	if l.wrapped == room {
		return
	}
	l.wrapped = room
	l.rows = nil
	if !l.wrap || width <= 0 {
		return
	}
	w, rows, bytes := l.face.widths(), []rowRef{}, 0
	for i := range l.src.Lines() {
		s := l.text(i)
		if bytes += len(s); bytes > wrapBytes {
			return
		}
		rows = wrapLine(w, rows, i, s, marginOf(l.src.Line(i)), room)
	}
	l.rows = rows
}

// marginOf gives the bytes of a line's margin.
func marginOf(runs []Run) (n int) {
	for _, r := range runs {
		if !r.Margin {
			break
		}
		n += len(r.Text)
	}
	return n
}

// piece is a text that is drawn: bytes from..to of a line, at x of its row.
type piece struct {
	shown    string // what is drawn for the bytes
	from, to int
	x        float64
	width    float32
	color    fyne.ThemeColorName
	tag      bool
	measured bool // x inside it is found by measuring
}

// pieces cuts a row into what is drawn of it between left and right, pixels of the row, and gives the row's width.
// Pieces outside are left out.
func (l *Lines) pieces(row rowRef, left, right float64) (ps []piece, width float64) {
	runs, f, w := l.src.Line(int(row.line)), l.face, l.face.widths()
	to := int(row.to)
	if to < 0 {
		to = len(joined(runs))
	}
	shaped := to-int(row.from) <= shapedBytes
	x, at := float64(row.indent), 0
	for _, run := range runs {
		if run.Beside {
			if row.to < 0 && len(ps) < rowPieces {
				p := f.piece(w, run.Text, x, true)
				p.from, p.to, p.color, p.tag = to, to, run.Color, run.Tag
				ps, x = append(ps, p), x+float64(p.width)
			}
			continue
		}
		from, end := max(at, int(row.from)), min(at+len(run.Text), to)
		base := at
		at += len(run.Text)
		for from < end {
			p := f.piece(w, run.Text[from-base:end-base], x, shaped)
			p.from, p.to, p.color, p.tag = from, from+p.to, run.Color, run.Tag
			from, x = p.to, x+float64(p.width)
			if x >= left && p.x <= right && len(ps) < rowPieces {
				ps = append(ps, p)
			}
			if x > right && to-from > shapedBytes { // the width of the rest is guessed, not read
				return ps, x + float64(to-from)*float64(w.Advance('0'))
			}
		}
	}
	return ps, x
}

// piece takes the first characters of s, as many as go into one drawn text, to stand at x. Its to is how many bytes it took.
func (f lineFace) piece(w *theme.Face, s string, x float64, shaped bool) piece {
	p, end, columns, plain := piece{x: x}, x, 0, true
	for p.to < len(s) && columns < pieceColumns {
		r, n := utf8.DecodeRuneInString(s[p.to:])
		if r == '\t' {
			if columns == 0 { // a tab is a piece by itself
				p.to, p.width, p.shown = n, advance(w, r, x), " "
				return p
			}
			break
		}
		plain = plain && r >= ' ' && r != 0x7f && (r != utf8.RuneError || n > 1)
		p.measured = p.measured || joins(r)
		end += float64(advance(w, r, end))
		p.to += n
		columns++
	}
	p.shown, p.width = s[:p.to], float32(end-x)
	if !plain {
		p.shown = visible(p.shown)
	}
	p.measured = shaped && (p.measured || f.shaped)
	if p.measured {
		p.width = fyne.MeasureText(p.shown, f.size, f.style).Width
	}
	return p
}

// visible puts dots for control characters and U+FFFD for each byte that is not UTF-8, so that as many characters are drawn as counted.
func visible(s string) string {
	return strings.Map(func(r rune) rune { // a bad byte comes as U+FFFD
		if r < ' ' || r == 0x7f {
			return controlDot
		}
		return r
	}, s)
}

// joins tells whether the width of r depends on its neighbours: marks, scripts whose letters join, emoji.
func joins(r rune) bool {
	switch {
	case r < 0x300, r >= 0x370 && r < 0x530, r >= 0x2010 && r < 0x2028, r >= 0x2030 && r < 0x2060:
		return false
	case r >= 0x2070 && r < 0x20d0, r >= 0x2100 && r < 0x2c00, r >= 0x2e80 && r < 0xa000, r >= 0xac00 && r < 0xd7b0, r >= 0xff00 && r < 0xfff0:
		return false
	case r == utf8.RuneError:
		return false
	}
	return true
}

// xOf gives the pixel of a byte offset in a row of pieces; s is the text of the line.
func (f lineFace) xOf(ps []piece, s string, off int) float64 {
	x, w := 0.0, f.widths()
	for _, p := range ps {
		if off <= p.from {
			return p.x
		}
		if off < p.to {
			return p.x + f.prefix(w, p, s[p.from:off])
		}
		x = p.x + float64(p.width)
	}
	return x
}

// prefix gives the width of s, the first bytes of p.
func (f lineFace) prefix(w *theme.Face, p piece, s string) float64 {
	if p.measured {
		return float64(fyne.MeasureText(visible(s), f.size, f.style).Width)
	}
	x := p.x
	for _, r := range s {
		x += float64(advance(w, r, x))
	}
	return x - p.x
}

// offAt gives the byte offset nearest to pixel x in a row of pieces; s is the text of the line.
func (f lineFace) offAt(ps []piece, s string, x float64) int {
	if len(ps) == 0 {
		return 0
	}
	w := f.widths()
	for _, p := range ps {
		if x >= p.x+float64(p.width) {
			continue
		}
		before := p.x
		for i := p.from; i < p.to; {
			_, n := utf8.DecodeRuneInString(s[i:p.to])
			after := p.x + f.prefix(w, p, s[p.from:i+n])
			if x < (before+after)/2 {
				return i
			}
			before = after
			i += n
		}
		return p.to
	}
	return ps[len(ps)-1].to
}

// width gives the width of a text that stands alone.
func (f lineFace) width(s string) float32 {
	if len(s) <= shapedBytes {
		return fyne.MeasureText(visible(s), f.size, f.style).Width
	}
	return theme.Current().Width(s, f.size, f.style)
}
