package smtpd

import (
	"slices"
	"testing"
)

// unstuffAll runs an unstuffer over wire, handed over in pieces that end at cuts.
func unstuffAll(wire []byte, piece int) (text []byte, used int, end bool) {
	u := newUnstuffer()
	var buf []byte
	at := 0
	for !end {
		if at == len(wire) {
			return text, at - len(buf), false
		}
		n := min(piece, len(wire)-at)
		buf = append(buf, wire[at:at+n]...)
		at += n
		var out []byte
		out, used, end = u.next(buf)
		text = append(text, out...)
		buf = slices.Clone(buf[used:])
	}
	return text, at - len(buf), end
}

func TestUnstuffer(t *testing.T) {
	tests := []struct {
		name, wire, text, rest string
		open                   bool // the text does not end
	}{
		{"an empty text", ".\r\nQUIT", "", "QUIT", false},
		{"a line", "a\r\n.\r\n", "a\r\n", "", false},
		{"a dot at a line's start is taken out", "..\r\n.a\r\n.\r\n", ".\r\na\r\n", "", false},
		{"a dot elsewhere stays", "a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n", "", false},
		{"dot LF does not end", ".\n.\r\n\r\n.\r\n", "\n.\r\n\r\n", "", false},
		{"LF dot LF does not end", "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", "", false},
		{"LF dot CR LF does not end", "a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", "", false},
		{"CR dot CR does not end", "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", "", false},
		{"CR LF dot LF does not end, and loses its dot", "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", "", false},
		{"CR LF dot CR CR LF does not end", "a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", "", false},
		{"CR LF dot CR x keeps its CR", "a\r\n.\rx\r\n.\r\n", "a\r\n\rx\r\n", "", false},
		{"dot dot CR LF", "..\r\n.\r\n", ".\r\n", "", false},
		{"CR CR LF is a line end", "a\r\r\n.\r\n", "a\r\r\n", "", false},
		{"no end", "a\r\n..\r\n", "a\r\n.\r\n", "", true},
		{"a dot that waits", "a\r\n.", "a\r\n", ".", true},
		{"a dot and a CR that wait", "a\r\n.\r", "a\r\n", ".\r", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for piece := 1; piece <= len(tt.wire); piece++ {
				text, used, end := unstuffAll([]byte(tt.wire), piece)
				if string(text) != tt.text || tt.wire[used:] != tt.rest && end || end == tt.open {
					t.Fatalf("in pieces of %d: text %q, rest %q, end %v", piece, text, tt.wire[used:], end)
				}
			}
		})
	}
}

func TestInspector(t *testing.T) {
	tests := []struct {
		name, text string
		want       []flaw
	}{
		{"clean text", "a\r\nb\r\n", nil},
		{"nothing", "", nil},
		{"a bare LF", "a\nb\r\n", []flaw{bareLF}},
		{"a bare LF at the start", "\n", []flaw{bareLF}},
		{"a bare CR", "a\rb\r\n", []flaw{bareCR}},
		{"CR CR LF", "a\r\r\n", []flaw{bareCR}},
		{"as many CR as LF, none together", "a\nb\rc\r\n", []flaw{bareLF, bareCR}},
		{"LF CR", "a\n\rb", []flaw{bareLF, bareCR}},
		{"NUL", "a\x00b\r\n", []flaw{nul}},
		{"each kind once, in order", "\x00a\rb\nc\x00\rd\n\r\n", []flaw{nul, bareCR, bareLF}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for piece := 1; piece <= max(len(tt.text), 1); piece++ {
				var p inspector
				var got []flaw
				for b := range slices.Chunk([]byte(tt.text), piece) {
					got = append(got, p.look(b)...)
				}
				if !slices.Equal(got, tt.want) {
					t.Fatalf("in pieces of %d: %v, want %v", piece, got, tt.want)
				}
			}
		})
	}
}

func TestXtext(t *testing.T) {
	tests := []struct {
		in, out string
		ok      bool
	}{
		{"", "", true}, {"plain", "plain", true}, {"a+20b+2B", "a b+", true}, {"+c3+A9", "é", true},
		{"+", "", false}, {"+2", "", false}, {"a+zz", "", false},
	}
	for _, tt := range tests {
		if out, ok := decodeXtext(tt.in); out != tt.out || ok != tt.ok {
			t.Errorf("decodeXtext(%q) = %q, %v", tt.in, out, ok)
		}
	}
}
