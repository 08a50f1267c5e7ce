//go:build !nogui

package kit

import (
	"strings"

	"fyne.io/fyne/v2"
)

// Run is a piece of a line in one colour.
type Run struct {
	Text   string
	Color  fyne.ThemeColorName
	Tag    bool   // on a faint tint of the colour, as a Chip; spaces at its ends give the tint room
	Margin bool   // where the line wraps, its later rows begin behind this run and those of the kind before it
	Beside bool   // behind the line's end and no part of its text; never the first run
	Link   string // what a click on it is for, for OnLink; "" for nothing
}

// LineSource is what Lines shows. It is asked on the goroutine that paints for lines in view, and for all of them when the view wraps.
// What Line gives may be overwritten by the next call; its text has no line end in it, and may be any bytes.
type LineSource interface {
	Lines() int
	Line(i int) []Run
}

// TextLines is a LineSource over one text in one colour. It keeps the text and where its lines begin, nothing else.
type TextLines struct {
	text   string
	starts []int
	run    [1]Run
}

// NewTextLines makes a source of the lines of text, which end in LF or CRLF.
func NewTextLines(text string, c fyne.ThemeColorName) *TextLines {
	t := &TextLines{text: text, run: [1]Run{{Color: c}}}
	for at := 0; at < len(text); {
		t.starts = append(t.starts, at)
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	return t
}

// Lines implements LineSource.
func (t *TextLines) Lines() int { return len(t.starts) }

// Line implements LineSource.
func (t *TextLines) Line(i int) []Run {
	end := len(t.text)
	if i+1 < len(t.starts) {
		end = t.starts[i+1]
	}
	line := strings.TrimSuffix(t.text[t.starts[i]:end], "\n")
	t.run[0].Text = strings.TrimSuffix(line, "\r")
	return t.run[:]
}

// RunLines is a LineSource over lines that are at hand.
type RunLines [][]Run

// Lines implements LineSource.
func (r RunLines) Lines() int { return len(r) }

// Line implements LineSource.
func (r RunLines) Line(i int) []Run { return r[i] }

// joined gives the text of a line.
func joined(runs []Run) string {
	if len(runs) == 1 {
		return runs[0].Text
	}
	var b strings.Builder
	for _, r := range runs {
		if !r.Beside {
			b.WriteString(r.Text)
		}
	}
	return b.String()
}
