//go:build !nogui

package ui

import (
	"strings"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/theme"
)

// linkedLines are lines in which addresses of the web can be clicked. They are looked for in the lines in sight.
type linkedLines struct {
	kit.LineSource
	runs []kit.Run
}

// longestLinked is the length of the longest line, in octets, that is searched for addresses each time it is drawn.
const longestLinked = 32 << 10

func withLinks(lines kit.LineSource) kit.LineSource { return &linkedLines{LineSource: lines} }

// Line implements kit.LineSource.
func (l *linkedLines) Line(i int) []kit.Run {
	runs := l.LineSource.Line(i)
	if len(runs) != 1 || len(runs[0].Text) > longestLinked || !strings.Contains(runs[0].Text, "://") {
		return runs
	}
	l.runs = l.runs[:0]
	rest, color := runs[0].Text, runs[0].Color
	for {
		from, to := model.NextLink(rest)
		if from < 0 {
			break
		}
		if from > 0 {
			l.runs = append(l.runs, kit.Run{Text: rest[:from], Color: color})
		}
		l.runs = append(l.runs, kit.Run{Text: rest[from:to], Color: theme.Accent, Link: rest[from:to]})
		rest = rest[to:]
	}
	if rest != "" || len(l.runs) == 0 {
		l.runs = append(l.runs, kit.Run{Text: rest, Color: color})
	}
	return l.runs
}
