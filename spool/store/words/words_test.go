package words

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool"
)

func TestParse(t *testing.T) {
	tests := []struct {
		rule, text string
		want       Question
	}{
		{"nothing asks nothing", "", Question{}},
		{"white space asks nothing", " \t\u3000", Question{}},
		{"all words must occur", "in voice", Question{Terms: []Term{{Text: "in"}, {Text: "voice", Prefix: true}}}},
		{"only the last word is a prefix", "invoice order", Question{Terms: []Term{{Text: "invoice"}, {Text: "order", Prefix: true}}}},
		{"white space behind the last word leaves it the last", "order ", Question{Terms: []Term{{Text: "order", Prefix: true}}}},
		{"two letters are no prefix", "or", Question{Terms: []Term{{Text: "or"}}}},
		{"letters count, not octets", "äö", Question{Terms: []Term{{Text: "äö"}}}},
		{"quotation marks make a phrase", `"two words"`, Question{Terms: []Term{{Text: "two words"}}}},
		{"a phrase ends at its quotation mark", `"two words"more`, Question{Terms: []Term{{Text: "two words"}, {Text: "more", Prefix: true}}}},
		{"a field looks in one place", "from:ada x", Question{Terms: []Term{{Field: "from", Text: "ada"}, {Text: "x"}}}},
		{"fields are in any case", "Subject:Hi!", Question{Terms: []Term{{Field: "subject", Text: "Hi!"}}}},
		{"a field takes a phrase", `body:"a b" cc:x to:y`, Question{Terms: []Term{{Field: "body", Text: "a b"}, {Field: "cc", Text: "x"}, {Field: "to", Text: "y"}}}},
		{"minus excludes a word", "-spam", Question{Terms: []Term{{Text: "spam", Exclude: true}}}},
		{"minus excludes a field", `-from:"bob b"`, Question{Terms: []Term{{Field: "from", Text: "bob b", Exclude: true}}}},
		{"minus within a word is part of it", "e-mail x", Question{Terms: []Term{{Text: "e-mail"}, {Text: "x"}}}},
		{"flags", "has:attachment IS:Unread", Question{Flags: []Flag{{Name: HasAttachment}, {Name: IsUnread}}}},
		{"minus turns flags round", "-has:attachment -is:unread", Question{Flags: []Flag{{HasAttachment, true}, {IsUnread, true}}}},
		{"other words with colons are words", "https://example.com Re: 10:30", Question{Terms: []Term{{Text: "https://example.com"}, {Text: "Re:"}, {Text: "10:30", Prefix: true}}}},
		{"terms without letters are passed over", "a & -- b", Question{Terms: []Term{{Text: "a"}, {Text: "b"}}}},
		{"a quotation mark inside a word is part of it", `5"x`, Question{Terms: []Term{{Text: `5"x`}}}},
		{"operators of FTS5 are words", "AND NOT x", Question{Terms: []Term{{Text: "AND"}, {Text: "NOT"}, {Text: "x"}}}},
		{"NUL separates", "a\x00b", Question{Terms: []Term{{Text: "a"}, {Text: "b"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ rule, text, want string }{
		{"an open quotation mark", `x "two words`, "a quotation mark is not closed"},
		{"an open quotation mark behind a field", `from:"`, "a quotation mark is not closed"},
		{"a field without a word", "from: ada", "from: needs a word directly behind it"},
		{"a field at the end", "x to:", "to: needs a word directly behind it"},
		{"an unknown has:", "has:wings", "has:wings is not known; there are has:attachment and is:unread"},
		{"an unknown is:", "-is:read", "is:read is not known"},
		{"only punctuation", "- & !", "no letter or digit to look for"},
		{"an empty phrase", `""`, "no letter or digit to look for"},
		{"too many words", strings.Repeat("x ", MaxTerms+1), "more than 50 words"},
		{"too long a question", strings.Repeat("x", MaxLength+1), "longer than 2000 octets"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			q, err := Parse(tt.text)
			if !errors.Is(err, spool.ErrQuery) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want ErrQuery with %q", err, tt.want)
			}
			if !q.Empty() {
				t.Errorf("a refused question still asks %v", q)
			}
		})
	}
}

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

// FuzzParse checks what any question must keep to: no panic, errors are
// ErrQuery, terms are valid UTF-8 without NUL and have something to look for.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a b", `"a b`, `-from:"x y" z*`, "has:attachment -is:unread", "from:", "邮件 \xff\x00", `a"b"c`, "-", "--x", "is:", `subject:""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Parse(s)
		if err != nil {
			if !errors.Is(err, spool.ErrQuery) {
				t.Fatalf("%v is not ErrQuery", err)
			}
			return
		}
		if len(q.Terms)+len(q.Flags) > MaxTerms {
			t.Fatalf("%d terms", len(q.Terms))
		}
		for _, term := range q.Terms {
			if letters(term.Text) == 0 || !utf8.ValidString(term.Text) || strings.Contains(term.Text, "\x00") {
				t.Fatalf("term %q", term.Text)
			}
			if term.Prefix && term.Exclude {
				t.Fatal("an excluded prefix")
			}
			if !utf8.ValidString(Spread(term.Text)) {
				t.Fatal("Spread made invalid UTF-8")
			}
		}
	})
}
