package alias

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta/table"
)

// exampleCom is local.
func exampleCom(domain string) bool { return strings.EqualFold(domain, "example.com") }

func said(problems []table.Problem) (list []string) {
	for _, p := range problems {
		if !p.Ours {
			list = append(list, fmt.Sprintf("%d: %s", p.Line, p.Text))
		}
	}
	return list
}

// All wants were printed by sendmail 8.17.1.9: newaliases, then praliases.
func TestFilesAreReadAsNewaliasesReadsThem(t *testing.T) {
	for _, test := range []struct {
		name, file string
		want       []string
		said       []string
		count      Count
	}{
		{"the kinds of entries", "postmaster: root\nteam: alice, bob,\n    carol\nprog: \"|/usr/bin/filter -x\"\nfile: /var/tmp/archive\nlist: :include:/etc/mail/lists/staff\nowner-list: bob\nkeep: \\alice, u@ok.example\n\"a b\": x\nKey:  Full Name <u@h> (c)   \n",
			[]string{`"a b":x`, "file:/var/tmp/archive", `keep:\alice, u@ok.example`, "key:Full Name <u@h> (c)   ", "list::include:/etc/mail/lists/staff",
				"owner-list:bob", "postmaster:root", `prog:"|/usr/bin/filter -x"`, "team:alice, bob,    carol"}, nil, Count{9, 30, 185}},
		{"the last of two counts, both are counted", "x: a\nX: b\nx : c\n", []string{"x:c"},
			[]string{"2: X... Warning: duplicate alias name x", "3: x ... Warning: duplicate alias name x"}, Count{3, 1, 6}},
		{"a line without a colon", "x\ny: a\n", []string{"y:a"}, []string{"1: missing colon"}, Count{1, 1, 2}},
		{"a name without a value", "x:\ny:   \nz: a\n", []string{"z:a"},
			[]string{"1: x:... missing value for alias", "2: y:   ... missing value for alias"}, Count{1, 1, 2}},
		{"an indented first line, told at the end of what continues it", "  x: a\n y\nz: a\n", []string{"z:a"},
			[]string{"2: Non-continuation line starts with space"}, Count{1, 1, 2}},
		{"a value without a name", ": alice\nz: a\n", []string{"z:a"}, []string{"1: : alice... illegal alias name"}, Count{1, 1, 2}},
		{"names with domains", "foo@ok.example: a\nbar@example.com: b\nBaz@EXAMPLE.com: c\nFull <foo@ok.example>: b\n", []string{"bar:b", "baz:c"},
			[]string{"1: foo@ok.example... cannot alias non-local names", "4: Full <foo@ok.example>... cannot alias non-local names"}, Count{2, 1, 8}},
		{"a comment begins a line, and goes on as a line does", "a: b # c\n#d: e\n a: c\n", []string{"a:b # c"}, nil, Count{1, 5, 6}},
		{"a comment ends an entry", "a: b,\n# comment\n c\nd: e\n", []string{"a:b,", "d:e"}, nil, Count{2, 2, 5}},
		{"and so does an empty line", "a: b,\n\n c\nd: e\n", []string{"a:b,", "d:e"}, []string{"3: Non-continuation line starts with space"}, Count{2, 2, 5}},
		{"blank lines with blanks continue", "a: b\n\tc\n   \nd: e\n", []string{"a:b\tc   ", "d:e"}, nil, Count{2, 6, 9}},
		{"the last line need not end", "a: b\nc: d", []string{"a:b", "c:d"}, nil, Count{2, 1, 4}},
		{"a backslash continues a line", "a: b\\\nc: d\n#x\\\ny: z\n", []string{"a:bc: d"}, nil, Count{1, 5, 6}},
		{"names as addresses are written", "d  :e\n(comm) f: g\nFull <h>: i\n<k>: v\n", []string{"d:e", "f:g", "h:i", "k:v"}, nil, Count{4, 1, 8}},
		{"a missing colon may hide in the next line", "x\n y: z\nq:\n r\n", []string{"q:r", `"x y":z`}, nil, Count{2, 1, 6}},
		{"programs and files have no aliases", "|p: q\n/f: r\n\"|prog\": q\n\"/f\": r\n", nil,
			[]string{"1: |p... cannot alias non-local names", "2: /f... cannot alias non-local names", `3: "|prog"... cannot alias non-local names`, `4: "/f"... cannot alias non-local names`}, Count{}},
		{"names with blanks", "\"a b\": c\n\"A B\": d\n", []string{`"a b":d`}, []string{`2: "A B"... Warning: duplicate alias name "a b"`}, Count{2, 1, 12}},
		{"values are not looked into", "a: <bob\nb: \"unclosed\nc: (x\n", []string{"a:<bob", `b:"unclosed`, "c:(x"}, nil, Count{3, 9, 18}},
		{"a quote in a name reaches over the colon", "\"d: e\n", []string{`"d: e":e`}, []string{`1: "d: e... Unbalanced '"'`}, Count{1, 1, 7}},
		{"long names are cut in the message", strings.Repeat("a", 63) + ":\n", nil, []string{"1: " + strings.Repeat("a", 40) + "... missing value for alias"}, Count{}},
		{"names that are too long", strings.Repeat("a", 300) + ": b\nc: d\n", []string{"c:d"}, []string{"1: " + strings.Repeat("a", 40) + "... illegal alias name"}, Count{1, 1, 2}},
		{"lines that are too long", "a: " + strings.Repeat("b", 8188) + "\nc: d\ne: f\n" + strings.Repeat(" gggggggg,\n", 5000) + "h: i\n", []string{"c:d", "h:i"},
			[]string{"1: alias line too long", "5003: alias line too long"}, Count{2, 1, 4}},
		{"eight-bit names", "\xc3\x84: b\n\xc4: c\n", []string{"\xc3\x84:b", "\xc4:c"}, nil, Count{2, 1, 5}},
		{"CR LF ends a line", "a: b\r\nc: d,\r\n e\r\n", []string{"a:b", "c:d, e"}, nil, Count{2, 4, 7}},
		{"nothing", "", nil, nil, Count{}},
		{"the user's students", students(), strings.Fields(students()), nil, Count{10, 8, 160}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, problems := Parse("aliases", iotest.HalfReader(strings.NewReader(test.file)), exampleCom)
			var got []string
			for e := range db.Sorted() {
				got = append(got, Quote(e.Key)+":"+e.Value)
			}
			want := test.want
			if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.said, said(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if db.Count() != test.count {
				t.Errorf("%+v, want %+v", db.Count(), test.count)
			}
			for _, p := range problems {
				if p.Cure == "" || p.File != "aliases" || p.Line == 0 {
					t.Errorf("%+v: no cure, file or line", p)
				}
			}
		})
	}
}

func sorted(list []string) map[string]bool {
	m := make(map[string]bool)
	for _, s := range list {
		m[s] = true
	}
	return m
}

func students() string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "student%d:student%d\n", i, i)
	}
	return b.String()
}

func TestOurOwnProblemsHaveLinesAndCures(t *testing.T) {
	file := "loop1: loop2\nalice: alice, bob\nloop2: x, loop3\nloop3: Loop1\nbad: a@, joe\nopen: <bob, joe\n"
	db, problems := Parse("aliases", strings.NewReader(file), nil)
	var got []string
	for _, p := range problems {
		if !p.Ours || !p.Warning {
			t.Errorf("%+v: sendmail says nothing of it and uses the line", p)
		}
		got = append(got, p.String())
	}
	const form = `; write targets with commas between them; "|program arguments" in quotes`
	want := []string{
		"aliases:5: a@... Hostname required" + form,
		"aliases:6: <bob, joe... Unbalanced '<'" + form,
		"aliases:1: alias loop: loop1 -> loop2 -> loop3 -> loop1; take one of them out; unless one is a user, mail to them is returned",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if db.Len() != 6 {
		t.Errorf("%d names", db.Len())
	}
}

func TestALongChainIsNoLoop(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "a%d: a%d\n", i, i+1)
	}
	if _, problems := Parse("aliases", strings.NewReader(b.String()), nil); problems != nil {
		t.Errorf("%v", problems[0])
	}
	b.WriteString("a20000: a0\n")
	if _, problems := Parse("aliases", strings.NewReader(b.String()), nil); len(problems) != 1 || problems[0].Line != 1 {
		t.Errorf("%v", problems)
	}
}

func TestAnErrorWhileReadingIsAProblem(t *testing.T) {
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a: b\nc: d\n")))
	if _, problems := Parse("aliases", r, nil); len(problems) == 0 || problems[len(problems)-1].Warning {
		t.Errorf("%v", problems)
	}
}

func TestLookupKnowsDetails(t *testing.T) {
	db, _ := Parse("aliases", strings.NewReader("joe: a\nann: b\nann+*: c\nann+x: d\n"), nil)
	for name, want := range map[string]string{"joe": "a", "JOE": "a", "joe+x": "a", "ann+x": "d", "ann+y": "c", "ann": "b", "+joe": "", "bob": ""} {
		if e, _ := db.Lookup(name); e.Value != want {
			t.Errorf("%s: %q, want %q", name, e.Value, want)
		}
	}
}

func TestAMapThatNewaliasesBuiltIsTheSameWithoutLines(t *testing.T) {
	db, _ := Parse("aliases", strings.NewReader("\"a b\": x\nTeam: joe, ann\n"), nil)
	var file bytes.Buffer
	if err := db.Map().Write(&file, "hash"); err != nil {
		t.Fatal(err)
	}
	m, _, err := table.Read("aliases.db", &file)
	if err != nil {
		t.Fatal(err)
	}
	again := FromMap(m, nil)
	if again.Count() != db.Count() {
		t.Errorf("%+v, want %+v", again.Count(), db.Count())
	}
	if e, ok := again.Lookup("team"); !ok || e.Value != "joe, ann" {
		t.Errorf("%+v", e)
	}
}

func TestNearMisses(t *testing.T) {
	db, _ := Parse("aliases", strings.NewReader("postmaster: root\nweb-master: root\nsales: joe\nteam: ann\nsalse2: x\n"), nil)
	for name, want := range map[string]string{
		"postmastr": "postmaster", "psotmaster": "postmaster", "postmasterr": "postmaster", "Webmaster": "web-master",
		"sale": "sales", "ale": "", "nobody": "", "te": "",
	} {
		var got []string
		for _, e := range db.Near(name) {
			got = append(got, e.Key)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestANilFileIsEmpty(t *testing.T) {
	var db *DB
	if _, ok := db.Lookup("a"); ok || db.Len() != 0 || db.Count() != (Count{}) || db.Near("abc") != nil {
		t.Error("a nil DB has something in it")
	}
	if _, found := (Expander{}).Expand("a"); found {
		t.Error("expanded")
	}
}
