package words

import (
	"testing"
	"unicode/utf8"
)

func TestSpread(t *testing.T) {
	tests := []struct{ rule, in, want string }{
		{"ASCII stays", "plain <text>", "plain <text>"},
		{"Latin and Cyrillic stay", "Grüße привет", "Grüße привет"},
		{"Han is set apart", "a邮件b", "a 邮  件 b"},
		{"kana are set apart with their sound mark", "メール", " メ  ー  ル "},
		{"Thai is set apart", "ไทย", " ไ  ท  ย "},
		{"Hangul has spaces of its own", "한국어 메일", "한국어 메일"},
		{"emoji are set apart", "ok😀", "ok 😀 "},
		{"symbols below the emoji too", "x©y", "x © y"},
		{"Arabic marks are left out", "مُحَمَّد", "محمد"},
		{"Hebrew points are left out", "שָׁלוֹם", "שלום"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := Spread(tt.in); got != tt.want {
				t.Errorf("Spread(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// FuzzSpread checks that what is valid stays valid.
func FuzzSpread(f *testing.F) {
	for _, s := range []string{"", "plain", "邮件 ok", "\u0301x", "😀a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) && !utf8.ValidString(Spread(s)) {
			t.Fatalf("Spread(%q) is no UTF-8", s)
		}
	})
}
