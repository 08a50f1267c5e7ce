package address

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseListReadsHeaderFields(t *testing.T) {
	named := func(name, local, domain string) Named { return Named{name, Address{local, domain}} }
	for _, c := range []struct {
		field string
		want  []Named
	}{
		{"", nil},
		{" , ,", nil},
		{"a@x", []Named{named("", "a", "x")}},
		{"a@x, b", []Named{named("", "a", "x"), named("", "b", "")}},
		{"a@x; b@x", []Named{named("", "a", "x"), named("", "b", "x")}},
		{"alice bob@x", []Named{named("", "alice", ""), named("", "bob", "x")}},
		{"Ada Lovelace <ada@x>", []Named{named("Ada Lovelace", "ada", "x")}},
		{"\"Lovelace, Ada\" <ada@x>,\r\n b@x", []Named{named("Lovelace, Ada", "ada", "x"), named("", "b", "x")}},
		{"ada@x (Ada (of) Lovelace)", []Named{named("Ada (of) Lovelace", "ada", "x")}},
		{"=?utf-8?q?J=C3=BCrgen?= <j@x>", []Named{named("Jürgen", "j", "x")}},
		{`"=?gb2312?B?1tDOxA==?=" <j@x>`, []Named{named("中文", "j", "x")}},
		{"=?utf-8?B?5Lit?= =?utf-8?B?5paH?= <j@x>", []Named{named("中文", "j", "x")}},
		{"J\xfcrgen <j@x>", []Named{named("Jürgen", "j", "x")}},
		{"friends: a@x, b@x;", []Named{named("", "a", "x"), named("", "b", "x")}},
		{"friends: a@x, b@x; , c@x", []Named{named("", "a", "x"), named("", "b", "x"), named("", "c", "x")}},
		{"\"my, friends\": A <a@x>;", []Named{named("A", "a", "x")}},
		{"friends: a@x", []Named{named("", "a", "x")}},
		{"mailto:a@x, b@x", []Named{named("", "a", "x"), named("", "b", "x")}},
		{"<@r,@s:u@h>, @r,@s:v@h", []Named{named("", "u", "h"), named("", "v", "h")}},
		{"u@[IPv6:::1], v@[1.2.3.4]", []Named{named("", "u", "[IPv6:::1]"), named("", "v", "[1.2.3.4]")}},
		{":include:/etc/hosts, /tmp/file", []Named{named("", ":include:/etc/hosts", ""), named("", "/tmp/file", "")}},
		{"(nobody), a@x", []Named{named("", "a", "x")}},
		{"A\tB <a@x>", []Named{named("A B", "a", "x")}},
		{"[Bugs] A <a@x>", []Named{named("[Bugs] A", "a", "x")}},
		{`"a,b"@x`, []Named{named("", "a,b", "x")}},
	} {
		got, problems := ParseList(c.field)
		if d := cmp.Diff(c.want, got); d != "" || problems != nil {
			t.Errorf("ParseList(%q): %v\n%s", c.field, problems, d)
		}
	}
}

func TestParseListKeepsTheGoodEntries(t *testing.T) {
	for _, c := range []struct {
		field string
		good  string
		bad   error
		entry string
	}{
		{"a@x, b@, c@x", "a@x c@x", ErrHostnameRequired, "b@"},
		{"a@x, @, c@x", "a@x c@x", ErrGroup, "@"},
		{"a@x, b@y@z, c@x", "a@x c@x", ErrRoute, "b@y@z"},
		{"a@x, joe shop, c@x", "a@x c@x", ErrSyntax, "joe shop"},
		{`a@x, "b <b@x>, c@x`, "a@x c@x", ErrUnbalanced, `"b <b@x>`},
		{"a@x, (b, c@x", "a@x c@x", ErrUnbalanced, "(b"},
		{"a@x, <b, c@x", "a@x c@x", ErrUnbalanced, "<b"},
		{"a@x, b>, c@x", "a@x c@x", ErrUnbalanced, "b>"},
		{"a@x, <>, c@x", "a@x c@x", ErrUserRequired, "<>"},
		{"undisclosed-recipients:;", "", ErrGroup, "undisclosed-recipients:;"},
		{"a@x, none:;, c@x", "a@x c@x", ErrGroup, "none:;"},
		{"a@x, " + strings.Repeat("b", 256) + "@x, c@x", "a@x c@x", ErrTooLong, strings.Repeat("b", 256) + "@x"},
	} {
		got, problems := ParseList(c.field)
		var good []string
		for _, n := range got {
			good = append(good, n.Address.String())
		}
		if strings.Join(good, " ") != c.good {
			t.Errorf("ParseList(%.40q) = %q, want %q", c.field, good, c.good)
		}
		if len(problems) != 1 || !errors.Is(problems[0], c.bad) || problems[0].Entry != c.entry {
			t.Errorf("ParseList(%.40q): problems %v, want %q: %v", c.field, problems, c.entry, c.bad)
		}
	}
}

func TestParseListHasLimits(t *testing.T) {
	got, problems := ParseList(strings.Repeat("a@x,", MaxEntries+2))
	if len(got) != MaxEntries || len(problems) != 1 || !errors.Is(problems[0], ErrTooMany) {
		t.Errorf("%d entries, problems %v", len(got), problems)
	}
	_, problems = ParseList(strings.Repeat(" ", MaxList) + "a@x")
	if len(problems) != 1 || !errors.Is(problems[0], ErrTooLong) {
		t.Errorf("problems of a long field: %v", problems)
	}
	// each of these is searched to its end a few times, not once for each of its entries
	for _, unit := range []string{"(a,", "<a,", "\"a,\\\",", "a:", "@a,", "((((", "=?x?q?,", ",;:", "a:;"} {
		ParseList(strings.Repeat(unit, MaxList/8/len(unit)))
	}
}

func TestNamedPrintsWhatParseListReads(t *testing.T) {
	for _, n := range []Named{
		{"", Address{"a", "x"}},
		{"Ada Lovelace", Address{"a b", "x"}},
		{`Lovelace, "Ada" \o/`, Address{"a", ""}},
		{"中文", Address{"用户", "x"}},
		{" two  blanks ", Address{"a", "x"}},
	} {
		got, problems := ParseList(n.String())
		n.Name = strings.TrimSpace(n.Name)
		if len(got) != 1 || got[0] != n || problems != nil {
			t.Errorf("ParseList(%q) = %v, %v", n.String(), got, problems)
		}
	}
}
