package query

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool"
)

var now = time.Date(2026, 3, 5, 12, 30, 0, 0, time.FixedZone("", 2*3600))

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, now.Location()) }

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
		{"flags", "has:attachment IS:Unread", Question{Conditions: []Condition{{Kind: Attachment}, {Kind: Unread}}}},
		{"minus turns flags round", "-has:attachment -is:unread", Question{Conditions: []Condition{{Kind: Attachment, Exclude: true}, {Kind: Unread, Exclude: true}}}},
		{"other words with colons are words", "https://example.com Re: 10:30", Question{Terms: []Term{{Text: "https://example.com"}, {Text: "Re:"}, {Text: "10:30", Prefix: true}}}},
		{"names of two letters and what is no name are words", "re:x 5pm:a x-y:z C:\\dir", Question{Terms: []Term{{Text: "re:x"}, {Text: "5pm:a"}, {Text: "x-y:z"}, {Text: "C:\\dir", Prefix: true}}}},
		{"links are words", "mailto:a@b cid:x ftp://h", Question{Terms: []Term{{Text: "mailto:a@b"}, {Text: "cid:x"}, {Text: "ftp://h", Prefix: true}}}},
		{"what an operator looks like is a word in quotation marks", `"error:disk full"`, Question{Terms: []Term{{Text: "error:disk full"}}}},
		{"marks", "is:starred -is:Read tag:Work tag:\"to do\"", Question{Conditions: []Condition{{Kind: Starred}, {Kind: Unread}, {Kind: Tag, Text: "work"}, {Kind: Tag, Text: "to do"}}}},
		{"states", "is:bounced -state:Caught", Question{Conditions: []Condition{{Kind: State, Text: "bounced"}, {Kind: State, Text: "caught", Exclude: true}}}},
		{"where it came from", "program:PHP user:www-data port:1025 dir:/srv/Shop/", Question{Conditions: []Condition{{Kind: Program, Text: "php"}, {Kind: User, Text: "www-data"}, {Kind: Port, Text: "1025"}, {Kind: Dir, Text: "/srv/Shop"}}}},
		{"a recipient as it is", "rcpt:Ada@example.com", Question{Conditions: []Condition{{Kind: Rcpt, Text: "ada@example.com"}}}},
		{"sizes", "larger:1.5k -smaller:2MB larger:7", Question{Conditions: []Condition{{Kind: Larger, Octets: 1536}, {Kind: Smaller, Octets: 2 << 20, Exclude: true}, {Kind: Larger, Octets: 7}}}},
		{"days", "after:2026-01-31 before:2026-02", Question{Conditions: []Condition{{Kind: After, Time: day(2026, 1, 31)}, {Kind: Before, Time: day(2026, 2, 1)}}}},
		{"days by name", "after:yesterday before:Today", Question{Conditions: []Condition{{Kind: After, Time: day(2026, 3, 4)}, {Kind: Before, Time: day(2026, 3, 5)}}}},
		{"how long ago", "after:90min after:4h after:2d after:1w", Question{Conditions: []Condition{{Kind: After, Time: now.Add(-90 * time.Minute)}, {Kind: After, Time: now.Add(-4 * time.Hour)}, {Kind: After, Time: now.AddDate(0, 0, -2)}, {Kind: After, Time: now.AddDate(0, 0, -7)}}}},
		{"a condition at the end leaves no prefix", "inv is:unread", Question{Terms: []Term{{Text: "inv"}}, Conditions: []Condition{{Kind: Unread}}}},
		{"terms without letters are passed over", "a & -- b", Question{Terms: []Term{{Text: "a"}, {Text: "b"}}}},
		{"a quotation mark inside a word is part of it", `5"x`, Question{Terms: []Term{{Text: `5"x`}}}},
		{"operators of FTS5 are words", "AND NOT x", Question{Terms: []Term{{Text: "AND"}, {Text: "NOT"}, {Text: "x"}}}},
		{"NUL separates", "a\x00b", Question{Terms: []Term{{Text: "a"}, {Text: "b"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := Parse(tt.text, now)
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
		{"an unknown has:", "has:wings", "has:wings is not known; there is has:attachment"},
		{"an unknown is:", "-is:blue", "is:blue is not known; there are is:unread is:read is:starred is:bounced"},
		{"an unknown state", "state:gone", "state:gone is not known; there are state:bounced"},
		{"an unknown operator", "subjekt:order x", `subjekt: is not known; there are from: to: cc: subject:`},
		{"the words of an unknown operator", "subjekt:order x", `in quotation marks: "subjekt:order"`},
		{"an operator without a value", "tag: x", "tag: needs a word directly behind it, such as tag:work"},
		{"an empty value", `tag:""`, "tag: is not understood; write it like tag:work"},
		{"a day that is none", "before:2026-13-01", "before:2026-13-01 is not understood; write it like before:2026-01-31"},
		{"a size that is none", "larger:big", "larger:big is not understood; write it like larger:1M"},
		{"a size below zero", "smaller:-1", "is not understood"},
		{"an endless size", "larger:infk", "is not understood"},
		{"only punctuation", "- & !", "no letter or digit to look for"},
		{"an empty phrase", `""`, "no letter or digit to look for"},
		{"too many words", strings.Repeat("x ", MaxTerms+1), "more than 50 words"},
		{"too long a question", strings.Repeat("x", MaxLength+1), "longer than 2000 octets"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			q, err := Parse(tt.text, now)
			if !errors.Is(err, spool.ErrQuery) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want ErrQuery with %q", err, tt.want)
			}
			if !q.Empty() {
				t.Errorf("a refused question still asks %v", q)
			}
		})
	}
}

func TestADirectoryHoldsWhatIsBelowIt(t *testing.T) {
	for _, c := range []struct {
		asked, is string
		want      bool
	}{
		{"/srv/shop", "/srv/shop", true}, {"/srv/shop", "/srv/shop/public", true}, {"/srv/shop", "/srv/shopping", false}, {"shop", "/srv/shop", true},
		{"shop", "/srv/workshop", false}, {"/", "/srv", true}, {"srv", "/srv/shop", false}, {"/srv/shop/public", "/srv/shop", false},
	} {
		if got := (Condition{Kind: Dir, Text: c.asked}).Matches(c.is); got != c.want {
			t.Errorf("dir:%s and %s: %t", c.asked, c.is, got)
		}
	}
	if !(Condition{Kind: Program, Text: "php"}).Matches("PHP") || (Condition{Kind: Program, Text: "php"}).Matches("php8.2") {
		t.Error("a program is matched otherwise than by its whole name in any case")
	}
}

func TestSuggestions(t *testing.T) {
	known := func(operator, beginning string) []string {
		return map[string][]string{"tag": {"Work", "to do", "töpfe"}, "program": {"php", "python3"}, "rcpt": {"ada@example.com"}}[operator]
	}
	for _, c := range []struct {
		rule, text string
		want       []string
	}{
		{"an operator by its beginning", "fr", []string{"from:"}},
		{"a value by its beginning", "unr", []string{"is:unread"}},
		{"a value behind its operator", "is:b", []string{"is:bounced"}},
		{"what is excluded keeps its minus", "x -is:st", []string{"x -is:starred"}},
		{"what stands before stays", `"a b" subj`, []string{`"a b" subject:`}},
		{"known values, in any case", "tag:w", []string{"tag:Work"}},
		{"values with spaces get quotation marks", "tag:t", []string{`tag:"to do"`, "tag:töpfe"}},
		{"a quoted value that is being typed", `x tag:"to d`, []string{`x tag:"to do"`}},
		{"a phrase that is being typed", `"fr`, nil},
		{"an unknown operator", "foo:b", nil},
		{"a word of a text", "hello", nil},
		{"days", "after:y", []string{"after:yesterday"}},
		{"sizes", "larger:1M", []string{"larger:1M"}},
	} {
		var got []string
		for _, s := range Suggest(c.text, known) {
			got = append(got, s.Text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q gives %q, want %q", c.rule, c.text, got, c.want)
		}
	}
	if all := Suggest("", nil); len(all) != maxSuggestions || all[0].Word != "from:" || all[0].Hint == "" || !all[0].More {
		t.Errorf("an empty field is offered %+v", all)
	}
}

// FuzzParse checks what any question must keep to: no panic, errors are ErrQuery, terms are valid UTF-8 without NUL and have
// something to look for; and that what is suggested for it can be read where it is complete.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a b", `"a b`, `-from:"x y" z*`, "has:attachment -is:unread", "from:", "邮件 \xff\x00", `a"b"c`, "-", "--x", "is:", `subject:""`,
		"before:2026-01 after:7d larger:1e9G smaller:nan", `tag:"a b" dir:/ program:x`, "foo:bar", "İs:unread"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		values := func(string, string) []string { return []string{"a b", "ü", `q"q`} }
		for _, g := range Suggest(s, values) {
			if !strings.HasSuffix(g.Text, g.Word) {
				t.Fatalf("%q does not end in %q", g.Text, g.Word)
			}
			if _, err := Parse(g.Word, now); err != nil && !g.More {
				t.Fatalf("suggests %q: %v", g.Word, err)
			}
		}
		q, err := Parse(s, now)
		if err != nil {
			if !errors.Is(err, spool.ErrQuery) {
				t.Fatalf("%v is not ErrQuery", err)
			}
			return
		}
		if len(q.Terms)+len(q.Conditions) > MaxTerms {
			t.Fatalf("%d terms", len(q.Terms))
		}
		for _, term := range q.Terms {
			if letters(term.Text) == 0 || !utf8.ValidString(term.Text) || strings.Contains(term.Text, "\x00") {
				t.Fatalf("term %q", term.Text)
			}
			if term.Prefix && term.Exclude {
				t.Fatal("an excluded prefix")
			}
		}
		for _, c := range q.Conditions {
			if c.Kind == "" || c.Octets < 0 || !utf8.ValidString(c.Text) {
				t.Fatalf("condition %+v", c)
			}
		}
	})
}
