package document

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plain is what a Text should be, as one string with offsets in it.
type plain struct {
	text         string
	anchor, head int
}

// offset gives the offset of a place in the text with LF ends.
func offset(t *Text, p Pos) int {
	n := p.Off
	for i := range p.Line {
		n += len(t.Line(i)) + 1
	}
	return n
}

func (m *plain) replace(with string) {
	from, to := min(m.anchor, m.head), max(m.anchor, m.head)
	m.text = m.text[:from] + with + m.text[to:]
	m.anchor, m.head = from+len(with), from+len(with)
}

// edges gives where characters of the line round off begin, counted from its start, and the line's end.
func (m *plain) edges(off int) []int {
	from := strings.LastIndexByte(m.text[:off], '\n') + 1
	to := len(m.text)
	if i := strings.IndexByte(m.text[off:], '\n'); i >= 0 {
		to = off + i
	}
	var list []int
	for from < to {
		list = append(list, from)
		from += step1(m.text[from:to])
	}
	return append(list, to)
}

func (m *plain) right(off int) int {
	for _, e := range m.edges(off) {
		if e > off {
			return e
		}
	}
	return min(off+1, len(m.text))
}

func (m *plain) left(off int) int {
	at := max(0, off-1)
	for _, e := range m.edges(off) {
		if e < off {
			at = e
		}
	}
	return at
}

var pieces = rapid.SampledFrom([]string{"a", "b c", "\n", "x\ny", "é", "e\u0301", "中文", "👩‍👩‍👧", "👍🏽", "\xff", "\xe4\xb8", "\t", "key\tvalue\n", "", "\u200d", "\u0301"})

func TestATextIsWhatAStringWouldBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := plain{text: strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "text"), "")}
		d := New([]byte(m.text))
		first := m.text
		t.Repeat(map[string]func(*rapid.T){
			"select": func(t *rapid.T) {
				a, h := rapid.IntRange(-1, d.Lines()).Draw(t, "line"), rapid.IntRange(-1, d.Lines()).Draw(t, "line")
				d.Select(Pos{a, rapid.IntRange(-1, 9).Draw(t, "off")}, Pos{h, rapid.IntRange(-1, 9).Draw(t, "off")})
				m.anchor, m.head = offset(d, d.Anchor()), offset(d, d.Cursor())
			},
			"type": func(t *rapid.T) {
				r := rapid.SampledFrom([]rune("ab 中\u0301\n\t")).Draw(t, "rune")
				d.Type(r)
				m.replace(string(r))
			},
			"insert": func(t *rapid.T) {
				s := pieces.Draw(t, "text")
				d.Insert(s)
				m.replace(s)
			},
			"backspace": func(t *rapid.T) {
				d.Backspace(false)
				if m.anchor == m.head {
					m.anchor = m.left(m.head)
				}
				m.replace("")
			},
			"delete": func(t *rapid.T) {
				d.Delete(false)
				if m.anchor == m.head {
					m.head = m.right(m.head)
				}
				m.replace("")
			},
			"words": func(t *rapid.T) {
				if rapid.Bool().Draw(t, "back") {
					d.Backspace(true)
				} else {
					d.Delete(true)
				}
				m = plain{string(d.Bytes()), offset(d, d.Anchor()), offset(d, d.Cursor())}
			},
			"move": func(t *rapid.T) {
				way, extend := Move(rapid.IntRange(0, int(TextEnd)).Draw(t, "way")), rapid.Bool().Draw(t, "extend")
				before := m
				d.Go(way, extend)
				m.anchor, m.head = offset(d, d.Anchor()), offset(d, d.Cursor())
				if before.anchor != before.head {
					return
				}
				want := map[Move]int{Left: before.left(before.head), Right: before.right(before.head), TextStart: 0, TextEnd: len(m.text)}
				if at, ok := want[way]; ok && m.head != at {
					t.Fatalf("move %d from %d of %q leads to %d, not %d", way, before.head, m.text, m.head, at)
				}
			},
			"undo": func(t *rapid.T) {
				if d.CanUndo() {
					d.Undo()
					m = plain{string(d.Bytes()), offset(d, d.Anchor()), offset(d, d.Cursor())}
				}
			},
			"": func(t *rapid.T) {
				if got := string(d.Bytes()); got != m.text {
					t.Fatalf("%q, not %q", got, m.text)
				}
				if from, to := min(m.anchor, m.head), max(m.anchor, m.head); d.Selected() != m.text[from:to] {
					t.Fatalf("selected: %q, not %q", d.Selected(), m.text[from:to])
				}
			},
		})
		for d.CanUndo() {
			d.Undo()
		}
		if got := string(d.Bytes()); got != first {
			t.Fatalf("all taken back: %q, not %q", got, first)
		}
		for d.CanRedo() {
			d.Redo()
		}
		if d.size != size(d) {
			t.Fatalf("%d octets are counted, %d kept", d.size, size(d))
		}
	})
}

func size(d *Text) (n int) {
	for _, s := range d.undo {
		n += s.size()
	}
	return n
}

func TestWhatWasTakenBackIsMadeAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := New([]byte("one two\nthree\n"))
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			d.Select(Pos{rapid.IntRange(0, 3).Draw(t, "line"), rapid.IntRange(0, 9).Draw(t, "off")}, Pos{rapid.IntRange(0, 3).Draw(t, "line"), rapid.IntRange(0, 9).Draw(t, "off")})
			d.Insert(pieces.Draw(t, "text"))
		}
		want := string(d.Bytes())
		n := rapid.IntRange(0, 20).Draw(t, "steps")
		for range n {
			d.Undo()
		}
		for range n {
			d.Redo()
		}
		if got := string(d.Bytes()); got != want {
			t.Fatalf("%q, not %q", got, want)
		}
	})
}

func TestATextThatNobodyChangesStaysAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", "\r", "\n", "\r\n", "\xff", "中"})).Draw(t, "text"), ""))
		if got := New(text).Bytes(); !bytes.Equal(got, text) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestLineEndsAreKept(t *testing.T) {
	for text, want := range map[string]string{"a\r\nb\r\n": "x\r\na\r\nb\r\n", "a\nb\n": "x\na\nb\n", "a\r\nb\n": "x\na\r\nb\n", "a": "x\na", "": "x\n"} {
		d := New([]byte(text))
		d.Insert("x\r\n")
		if got := string(d.Bytes()); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}

func TestWhatIsTypedInOneGoIsOneStep(t *testing.T) {
	d := New([]byte("one"))
	d.Go(TextEnd, false)
	for _, r := range " two" {
		d.Type(r)
	}
	d.Backspace(false)
	d.Backspace(false)
	d.Go(TextStart, false)
	d.Type('x')
	for _, want := range []string{"one t", "one two", "one"} {
		if d.Undo(); string(d.Bytes()) != want {
			t.Errorf("%q, not %q", d.Bytes(), want)
		}
	}
	if d.CanUndo() || !d.CanRedo() {
		t.Error("there is more to take back")
	}
	d.Type('y')
	if d.CanRedo() {
		t.Error("what was taken back comes into another text")
	}
}

func TestUndoForgetsTheOldest(t *testing.T) {
	d := New(nil)
	big := strings.Repeat("x", MaxUndoSize/4)
	for range 6 {
		d.Insert(big)
	}
	n := 0
	for ; d.CanUndo(); n++ {
		d.Undo()
	}
	if n != 4 {
		t.Errorf("%d steps", n)
	}
}

func TestWordsAreGoneOver(t *testing.T) {
	d := New([]byte("  ada.lovelace@example.com   esmtp:[192.0.2.1]\nnext"))
	var right, left []int
	for d.Cursor().Line == 0 {
		d.Go(WordRight, false)
		right = append(right, d.Cursor().Off)
	}
	d.Select(Pos{0, 46}, Pos{0, 46})
	for d.Cursor().Off > 0 {
		d.Go(WordLeft, false)
		left = append(left, d.Cursor().Off)
	}
	if want := []int{2, 5, 6, 14, 15, 22, 23, 29, 34, 36, 39, 40, 41, 42, 43, 44, 45, 46, 0}; !slices.Equal(right, want) {
		t.Errorf("to the right: %v", right)
	}
	if want := []int{45, 44, 43, 42, 41, 40, 39, 36, 34, 29, 23, 22, 15, 14, 6, 5, 2, 0}; !slices.Equal(left, want) {
		t.Errorf("to the left: %v", left)
	}
}

func TestWordsAreFoundWhateverTheirCase(t *testing.T) {
	d := New([]byte("Far.example\nİstanbul FAR.example\nnear"))
	at, to, ok := d.Find("far.EX", Pos{0, 1}, false)
	if !ok || at.Line != 1 || d.Line(1)[at.Off:to] != "FAR.ex" {
		t.Errorf("%v %d %t", at, to, ok)
	}
	if at, _, _ = d.Find("far.ex", Pos{1, at.Off + 1}, false); at != (Pos{0, 0}) {
		t.Errorf("round the end: %v", at)
	}
	if at, _, _ = d.Find("far.ex", at, true); at.Line != 1 {
		t.Errorf("back round the start: %v", at)
	}
	if _, _, ok = d.Find("nowhere", Pos{}, false); ok {
		t.Error("found what is not there")
	}
	if _, _, ok = d.Find("", Pos{}, false); ok {
		t.Error("found nothing")
	}
}

func BenchmarkTypeIn5MB(b *testing.B) {
	d := New([]byte(strings.Repeat("someone@example.com     somebody@far.example.net\n", 100_000)))
	d.GoTo(Pos{50_000, 3}, false)
	b.ReportAllocs()
	for b.Loop() {
		d.Type('x')
		d.Type('\n')
		d.Backspace(false)
	}
}

func BenchmarkBytesOf5MB(b *testing.B) {
	d := New([]byte(strings.Repeat("someone@example.com     somebody@far.example.net\n", 100_000)))
	for b.Loop() {
		d.Bytes()
	}
}
