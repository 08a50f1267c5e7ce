//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// rawLines is a kit.LineSource over a message of any size: it knows where every so-manieth line begins and reads a few lines when they
// come into view, so that 100 MB cost what a screen of them does. A line that is longer than anybody sees is shown as several.
type rawLines struct {
	content mta.Content
	starts  []int64 // of lines 0, rawStride, 2*rawStride …
	lines   int
	size    int64

	groups map[int][]string // lines that were read last, by their number / rawStride
	order  []int            // of groups, the oldest first
	run    [1]kit.Run
}

const (
	rawStride   = 32   // lines read at once
	rawLongest  = 2000 // octets of a line; RFC 5322 allows 998
	rawGroups   = 16   // kept
	rawBlock    = 256 << 10
	rawInMemory = 1 << 20 // smaller messages are one text
)

// newRawLines looks through the content for its lines. It may take as long as reading it.
func newRawLines(ctx context.Context, content mta.Content) (*rawLines, error) {
	r, err := content.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	l := &rawLines{content: content, size: content.Size(), groups: map[int][]string{}, run: [1]kit.Run{{Color: theme.Text}}}
	block := make([]byte, rawBlock)
	at, start := int64(0), int64(0) // of the block, and of the line that goes on into it
	for ctx.Err() == nil {
		n, err := io.ReadFull(r, block)
		for i := 0; i < n; {
			if at+int64(i) == start {
				l.begin(start)
			}
			room := int(start + rawLongest - at)
			end := bytes.IndexByte(block[i:min(n, room)], '\n')
			switch {
			case end >= 0:
				i += end + 1
				start = at + int64(i)
			case n >= room: // the line is cut here
				i = room
				start = at + int64(i)
			default:
				i = n
			}
		}
		at += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return l, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// begin notes that a line begins.
func (l *rawLines) begin(at int64) {
	if l.lines%rawStride == 0 {
		l.starts = append(l.starts, at)
	}
	l.lines++
}

// Lines implements kit.LineSource.
func (l *rawLines) Lines() int { return l.lines }

// Line implements kit.LineSource.
func (l *rawLines) Line(i int) []kit.Run {
	g := i / rawStride
	lines, ok := l.groups[g]
	if !ok {
		lines = l.read(g)
		if len(l.order) == rawGroups {
			delete(l.groups, l.order[0])
			l.order = l.order[1:]
		}
		l.groups[g], l.order = lines, append(l.order, g)
	}
	l.run[0].Text = ""
	if k := i % rawStride; k < len(lines) {
		l.run[0].Text = lines[k]
	}
	return l.run[:]
}

// read reads the lines of a group. What cannot be read any more, because the message was deleted, says so in their place.
func (l *rawLines) read(g int) []string {
	end := l.size
	if g+1 < len(l.starts) {
		end = l.starts[g+1]
	}
	text := make([]byte, end-l.starts[g])
	r, err := l.content.Open()
	if err == nil {
		_, err = r.ReadAt(text, l.starts[g])
		r.Close()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return []string{"[" + err.Error() + "]"}
	}
	var lines []string
	for len(text) > 0 {
		n := bytes.IndexByte(text[:min(len(text), rawLongest)], '\n') + 1
		if n == 0 {
			n = min(len(text), rawLongest)
		}
		lines = append(lines, strings.TrimRight(string(text[:n]), "\r\n"))
		text = text[n:]
	}
	return lines
}
