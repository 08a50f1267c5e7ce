//go:build !nogui

package ui

import (
	"strings"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/theme"
)

// htmlLines is the source of HTML in colours. Only where each line begins is kept; what is drawn is coloured then.
type htmlLines struct {
	*kit.TextLines
	states []model.HTMLState // of the lines' beginnings
	line   int               // the one whose runs are at hand, -1 for none: the rows of a long line are drawn one after the other
	runs   []kit.Run
}

// The limits of what is coloured, in octets: a source, and a line of it. More is shown in one colour.
const (
	coloredSource = 512 << 10
	coloredLine   = 32 << 10
)

// htmlSource gives the lines of a source of HTML.
func htmlSource(text string) kit.LineSource {
	plain := kit.NewTextLines(text, theme.Text)
	if len(text) > coloredSource {
		return plain
	}
	h := &htmlLines{TextLines: plain, states: make([]model.HTMLState, plain.Lines()), line: -1}
	state := model.HTMLText
	for i := range h.states {
		h.states[i] = state
		_, state = model.HTMLSpans(plain.Line(i)[0].Text, state)
	}
	return h
}

// Line implements kit.LineSource.
func (h *htmlLines) Line(i int) []kit.Run {
	if i == h.line {
		return h.runs
	}
	plain := h.TextLines.Line(i)
	if len(plain[0].Text) > coloredLine || strings.IndexByte(plain[0].Text, '<') < 0 && h.states[i] == model.HTMLText {
		return plain
	}
	h.line, h.runs = i, h.runs[:0]
	spans, _ := model.HTMLSpans(plain[0].Text, h.states[i])
	for _, s := range spans {
		h.runs = append(h.runs, kit.Run{Text: s.Text, Color: tone(s.Tone)})
	}
	if len(h.runs) == 0 {
		h.runs = append(h.runs, kit.Run{Color: theme.Text})
	}
	return h.runs
}
