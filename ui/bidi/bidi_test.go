package bidi

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLevelsOfCharacters(t *testing.T) {
	for _, c := range []struct {
		text  string
		right bool
		want  string // the level of each character, then the paragraph's
	}{
		{"abc", false, "0000"},
		{"abc", true, "2221"},
		{"אב c", false, "11000"},
		{"אב c", true, "11121"},
		{"אב 12", false, "111220"},
		{"a (אב) b", false, "000110000"},
		{"", true, "1"},
	} {
		levels := Levels(c.text, c.right)
		var got strings.Builder
		for i := range c.text {
			got.WriteByte('0' + levels[i])
		}
		got.WriteByte('0' + levels[len(c.text)])
		if got.String() != c.want {
			t.Errorf("%q: %s, want %s", c.text, got.String(), c.want)
		}
	}
}

func TestPiecesInTheOrderOfALine(t *testing.T) {
	for _, c := range []struct {
		levels []uint8
		want   []int
	}{
		{nil, nil},
		{[]uint8{0, 1, 0}, []int{0, 1, 2}},
		{[]uint8{1, 1, 1}, []int{2, 1, 0}},
		{[]uint8{0, 1, 2, 1, 0}, []int{0, 3, 2, 1, 4}},
	} {
		got := Order(c.levels)
		for i := range c.want {
			if got[i] != c.want[i] {
				t.Errorf("%v: %v, want %v", c.levels, got, c.want)
				break
			}
		}
	}
}

func FuzzLevelsAreThereForEveryOctet(f *testing.F) {
	for _, s := range []string{"", "abc", "מרחבא 12,5% (a)", "\xff\xfe", "a\u202eb", "٣٫٥ x"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, right bool) {
		levels := Levels(s, right)
		if len(levels) != len(s)+1 {
			t.Fatalf("%d levels for %d octets", len(levels), len(s))
		}
		for i, v := range levels {
			if v > 2 {
				t.Fatalf("level %d", v)
			}
			if i < len(s) && !utf8.RuneStart(s[i]) && utf8.ValidString(s) && levels[i-1] != v {
				t.Fatalf("a character of %q has two levels", s)
			}
		}
		seen := make([]bool, len(levels))
		for _, i := range Order(levels) {
			if seen[i] {
				t.Fatal("a piece stands twice")
			}
			seen[i] = true
		}
	})
}
