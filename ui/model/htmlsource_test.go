package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTMLSpans(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a tag with values", `<a href="x" class='y'>go</a>`, `A<a |Dhref=|O"x"|D class=|O'y'|A>|Pgo|A</a>`},
		{"text alone", "a < b && c > d", "Pa < b && c > d"},
		{"a value over lines", "<p title=\"one\ntwo\">x", "A<p |Dtitle=|O\"one\nOtwo\"|A>|Px"},
		{"a comment over lines", "a<!-- b\n<i> --><b>", "Pa|D<!-- b\nD<i> -->|A<b>"},
		{"a tag over lines", "<br\nclear>x", "A<br\nDclear|A>|Px"},
		{"a doctype", "<!DOCTYPE html>", "A<!DOCTYPE |Dhtml|A>"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lines []string
			state := HTMLText
			for line := range strings.SplitSeq(c.source, "\n") {
				var spans []Span
				var words []string
				spans, state = HTMLSpans(line, state)
				for _, s := range spans {
					words = append(words, map[Tone]string{Plain: "P", Accent: "A", Dim: "D", OK: "O"}[s.Tone]+s.Text)
				}
				lines = append(lines, strings.Join(words, "|"))
			}
			if d := cmp.Diff(c.want, strings.Join(lines, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzHTMLSpans(f *testing.F) {
	f.Add("<a href=\"x\">y</a><!-- z", byte(HTMLText))
	f.Add("x' y=\"", byte(HTMLSingle))
	f.Fuzz(func(t *testing.T, line string, state byte) {
		spans, next := HTMLSpans(line, HTMLState(state%byte(HTMLComment+1)))
		if next > HTMLComment || next == HTMLName {
			t.Fatalf("%q ends in state %d", line, next)
		}
		all := ""
		for _, s := range spans {
			all += s.Text
		}
		if all != line {
			t.Fatalf("%q became %q", line, all)
		}
	})
}
