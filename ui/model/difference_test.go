package model

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestADifferenceIsToldByLines(t *testing.T) {
	for _, tt := range []struct{ was, now, want string }{
		{"", "", ""},
		{"a\n", "a\n", ""},
		{"", "a\n", "+ a\n"},
		{"a\n", "", "- a\n"},
		{"1\n2\n3\nx\n4\n5\n6\n", "1\n2\n3\ny\n4\n5\n6\n", "  2\n  3\n- x\n+ y\n  4\n  5\n"},
		{"a\nb\nc\n", "x\nb\ny\n", "- a\n+ x\n  b\n- c\n+ y\n"},
		{"a\nb", "a\nb\nb", "  a\n  b\n+ b\n"},
	} {
		if got := Difference([]byte(tt.was), []byte(tt.now)); got != tt.want {
			t.Errorf("%q to %q:\n%s\nnot\n%s", tt.was, tt.now, got, tt.want)
		}
	}
	long := strings.Repeat("x\n", 2*maxDifference)
	if got := Difference([]byte(long), []byte("y\n")); got != strings.Repeat("- x\n", 2*maxDifference)+"+ y\n" {
		t.Errorf("%.100q", got)
	}
}

func TestADifferenceMakesOneTextOfTheOther(t *testing.T) {
	lines := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c"}))
	rapid.Check(t, func(t *rapid.T) {
		was, now := lines.Draw(t, "was"), lines.Draw(t, "now")
		text := func(l []string) []byte {
			if len(l) == 0 {
				return nil
			}
			return []byte(strings.Join(l, "\n") + "\n")
		}
		minus, plus := 0, 0
		for l := range strings.Lines(Difference(text(was), text(now))) {
			switch l[0] {
			case '-':
				minus++
			case '+':
				plus++
			}
		}
		if len(was)-minus+plus != len(now) {
			t.Fatalf("%d lines less and %d more do not make %q of %q", minus, plus, now, was)
		}
	})
}
