package smtpd

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However a text is cut into pieces, its header and lines are as long as they are.
func TestLengthsDoNotDependOnThePieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\r\n", "a", "bb", ":", " ", "Subject: x\r\n", "ccccc"})).Draw(t, "text"), "")
		maxHeader, maxLine := rapid.Int64Range(0, 30).Draw(t, "header"), rapid.Int64Range(0, 12).Draw(t, "line")
		var whole, pieces measure
		header, line := whole.look([]byte(text), maxHeader, maxLine)
		var gotHeader, gotLine bool
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			h, l := pieces.look([]byte(rest[:n]), maxHeader, maxLine)
			gotHeader, gotLine, rest = gotHeader || h, gotLine || l, rest[n:]
		}
		if gotHeader != header || gotLine != line {
			t.Errorf("%q: header %v, want %v; line %v, want %v", text, gotHeader, header, gotLine, line)
		}
		want := false // as plainly as can be
		for l := range strings.SplitSeq(text, "\n") {
			want = want || maxLine > 0 && int64(len(strings.TrimSuffix(l, "\r"))) > maxLine
		}
		if line != want {
			t.Errorf("%q: a line is longer than %d: %v", text, maxLine, line)
		}
	})
}
