package document

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Move is a way the cursor can go.
type Move uint8

// The moves that need no pixels.
const (
	Left Move = iota
	Right
	WordLeft
	WordRight
	LineStart // before the first character that is no blank, from there to the line's start
	LineEnd
	TextStart
	TextEnd
)

// Go moves the cursor; with extend, what is selected grows or shrinks. Without it, Left and Right go to the ends of what is selected.
func (t *Text) Go(m Move, extend bool) {
	from, to := t.Selection()
	if from != to && !extend && (m == Left || m == Right) {
		if m == Right {
			from = to
		}
		t.Select(from, from)
		return
	}
	p := t.head
	switch m {
	case Left:
		p = t.left(p)
	case Right:
		p = t.right(p)
	case WordLeft:
		p = t.wordLeft(p)
	case WordRight:
		p = t.wordRight(p)
	case LineStart:
		l := t.lines[p.Line]
		first := len(l) - len(strings.TrimLeft(l, " \t"))
		if p.Off == first {
			first = 0
		}
		p.Off = first
	case LineEnd:
		p.Off = len(t.lines[p.Line])
	case TextStart:
		p = Pos{}
	case TextEnd:
		p = t.last()
	}
	t.GoTo(p, extend)
}

// GoTo puts the cursor to a place; with extend, what is selected reaches there.
func (t *Text) GoTo(p Pos, extend bool) {
	anchor := p
	if extend {
		anchor = t.anchor
	}
	t.Select(anchor, p)
}

func (t *Text) left(p Pos) Pos {
	if p.Off == 0 {
		if p.Line == 0 {
			return p
		}
		return Pos{p.Line - 1, len(t.lines[p.Line-1])}
	}
	return Pos{p.Line, start(t.lines[p.Line], p.Off-1)}
}

func (t *Text) right(p Pos) Pos {
	l := t.lines[p.Line]
	if p.Off == len(l) {
		if p.Line == len(t.lines)-1 {
			return p
		}
		return Pos{p.Line + 1, 0}
	}
	return Pos{p.Line, p.Off + step1(l[p.Off:])}
}

// wordLeft goes over blanks and then over characters of one sort.
func (t *Text) wordLeft(p Pos) Pos {
	if p.Off == 0 {
		return t.left(p)
	}
	l := t.lines[p.Line]
	sort := blank
	for p.Off > 0 {
		at := start(l, p.Off-1)
		s := sortOf(l[at:])
		if sort != blank && s != sort {
			break
		}
		p.Off, sort = at, s
	}
	return p
}

// wordRight goes over characters of one sort and then over blanks.
func (t *Text) wordRight(p Pos) Pos {
	l := t.lines[p.Line]
	if p.Off == len(l) {
		return t.right(p)
	}
	sort := sortOf(l[p.Off:])
	for p.Off < len(l) {
		s := sortOf(l[p.Off:])
		if s != sort {
			if s != blank {
				break
			}
			sort = blank
		}
		p.Off += step1(l[p.Off:])
	}
	return p
}

// The sorts of characters that words are told apart by.
const (
	blank = iota
	word
	sign
)

func sortOf(s string) int {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r):
		return blank
	case unicode.IsLetter(r), unicode.IsDigit(r), r == '_', r == '-':
		return word
	}
	return sign
}

// joins says that a rune belongs to the character before it.
func joins(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me) || r == joiner || r >= 0x1f3fb && r <= 0x1f3ff // the last are skin colours
}

const joiner = 0x200d // what stands behind it belongs to the character, too

// step1 is how many bytes the first character of s has.
func step1(s string) int {
	last, n := utf8.DecodeRuneInString(s)
	for n < len(s) {
		r, m := utf8.DecodeRuneInString(s[n:])
		if r < 0x300 || r == utf8.RuneError || last != joiner && !joins(r) {
			break
		}
		last = r
		n += m
	}
	return n
}

// farBack is how many bytes before a place a character is sought that the place is inside of.
const farBack = 64

// start is where the character begins that has byte off of s; len(s) for the end.
func start(s string, off int) int {
	if off >= len(s) {
		return len(s)
	}
	// A character begins for certain at an ASCII one; from there it is counted.
	at := max(0, off-farBack)
	for i := off; i >= at; i-- {
		if s[i] < utf8.RuneSelf {
			at = i
			break
		}
	}
	for at < off && at > 0 && !utf8.RuneStart(s[at]) {
		at++
	}
	for at < off {
		n := step1(s[at:])
		if at+n > off {
			break
		}
		at += n
	}
	return at
}

// Find gives the next place behind from, and from the start of the text on, where words stand, whatever their case.
func (t *Text) Find(words string, from Pos, back bool) (at Pos, to int, ok bool) {
	words = strings.ToLower(words)
	if words == "" {
		return Pos{}, 0, false
	}
	from = t.clamp(from)
	n := len(t.lines)
	for i := range n + 1 {
		line := (from.Line + i) % n
		if back {
			line = (from.Line - i + n) % n
		}
		low, high := 0, len(t.lines[line])
		switch {
		case i == 0 && !back, i == n && back:
			low = from.Off
		case i == 0 && back, i == n && !back:
			high = from.Off
		}
		if low > high {
			continue
		}
		if off, size := index(t.lines[line][low:high], words, back); off >= 0 {
			return Pos{line, low + off}, low + off + size, true
		}
	}
	return Pos{}, 0, false
}

// index finds low in s, whatever the case of s, and how many bytes of s it is.
func index(s, low string, last bool) (at, size int) {
	lower := strings.ToLower(s)
	find := strings.Index
	if last {
		find = strings.LastIndex
	}
	at = find(lower, low)
	if at < 0 || len(lower) == len(s) {
		return at, len(low)
	}
	// Some letters are longer in lower case; there are as many of them.
	from := runes(s, utf8.RuneCountInString(lower[:at]))
	return from, runes(s[from:], utf8.RuneCountInString(low))
}

// runes is how many bytes the first n runes of s have.
func runes(s string, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}
