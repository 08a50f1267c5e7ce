package alias

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// lists are :include: files in memory.
type lists map[string]string

func (l lists) open(path string) (io.ReadCloser, error) {
	text, ok := l[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNoFile{}}
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// errNoFile is what an operating system says of a file that is not there.
type errNoFile struct{}

func (errNoFile) Error() string        { return "no such file or directory" }
func (errNoFile) Is(target error) bool { return target == fs.ErrNotExist }

// show prints a leaf: what it is, < how it was reached, and the copy's sender.
func show(l Leaf) string {
	s := string(l.Kind) + " "
	switch l.Kind {
	case Bad:
		s += l.Text + "... " + l.Status.Error()
	case User, Mailbox:
		s += l.Address.String()
	default:
		s += l.Path
	}
	for _, v := range l.Via {
		s += " < " + v.Local
	}
	if l.Owner != "" {
		s += " owner " + l.Owner
	}
	return s
}

func TestNamesAreExpanded(t *testing.T) {
	users := func(name string) bool { return name == "alice" || name == "bob" }
	for _, test := range []struct {
		name, file, start string
		lists             lists
		want              []string
	}{
		{"to users and addresses", "team: alice, Joe <joe@ok.example> (hi), bob@example.com", "TEAM", nil,
			[]string{"user alice < TEAM", "mailbox joe@ok.example < TEAM", "user bob < TEAM"}},
		{"through aliases", "a: b\nb: c, alice\nc: bob", "a", nil, []string{"user bob < a < b < c", "user alice < a < b"}},
		{"to programs and files", `p: "|/bin/filter -x, y", |"/bin/b c", |/bin/x, /var/mail/all, "/tmp/a b", \alice`, "p", nil,
			[]string{"program /bin/filter -x, y < p", "program /bin/b c < p", "program /bin/x < p", "file /var/mail/all < p", "file /tmp/a b < p", "user alice < p"}},
		{"an address may begin with a slash", "p: /c=de/@x400.example", "p", nil, []string{"mailbox /c=de/@x400.example < p"}},
		{`\name is not expanded further`, "alice: bob\nkeep: \\alice, alice", "keep", nil, []string{"user alice < keep", "user bob < keep < alice"}},
		{"a name that names itself ends there", "alice: alice, bob", "alice", nil, []string{"user alice < alice", "user bob < alice"}},
		{"whoever it is", "self: self", "self", nil, []string{"user self < self"}},
		{"a loop is broken", "loop1: loop2\nloop2: loop1", "loop1", nil, []string{"bad loop1... 554 5.4.6 aliasing/forwarding loop broken < loop1 < loop2"}},
		{"a loop ends at a user on it", "x: alice\nalice: y\ny: alice, joe@ok.example", "x", nil,
			[]string{"user alice < x < alice < y", "mailbox joe@ok.example < x < alice < y"}},
		{"ten deep and no deeper", chain(11), "a0", nil,
			[]string{"bad a10... 554 5.4.6 aliasing/forwarding loop broken (11 aliases deep; 10 max) < " + strings.Join(names(10), " < ")}},
		{"ten are allowed", chain(10), "a0", nil, []string{"user a10 < " + strings.Join(names(10), " < ")}},
		{"each target once", "team: a, b, Alice\na: alice\nb: alice, joe@ok.example, joe@OK.example", "team", nil,
			[]string{"user alice < team < a", "mailbox joe@ok.example < team < b"}},
		{"a list, line by line", "l: :include:/etc/l", "l", lists{"/etc/l": "# staff\nalice\n\nbob, joe@ok.example\n:include:/etc/m\n", "/etc/m": "carol # x\nann"},
			[]string{"user alice < l < :include:/etc/l", "user bob < l < :include:/etc/l", "mailbox joe@ok.example < l < :include:/etc/l",
				"bad carol # x... 553 5.1.3 Invalid address < l < :include:/etc/l < :include:/etc/m", "user ann < l < :include:/etc/l < :include:/etc/m"}},
		{"a list that is not there", "l: :include:/nonexistent/list, bob", "l", nil,
			[]string{"bad :include:/nonexistent/list... 550 5.2.4 Cannot open /nonexistent/list: No such file or directory < l < :include:/nonexistent/list", "user bob < l"}},
		{"a list that includes itself", "l: :include:/l", "l", lists{"/l": ":include:/l\nbob"},
			[]string{"bad :include:/l... 554 5.4.6 aliasing/forwarding loop broken < l < :include:/l", "user bob < l < :include:/l"}},
		{"a list that names its own alias", "l: :include:/l", "l", lists{"/l": "l\nbob"},
			[]string{"bad l... 554 5.4.6 aliasing/forwarding loop broken < l < :include:/l", "user bob < l < :include:/l"}},
		{"an owner is the sender of the copies", "list: alice, b\nowner-list: bob\nb: joe@ok.example", "list", nil,
			[]string{"user alice < list owner bob", "mailbox joe@ok.example < list < b owner bob"}},
		{"several owners are their alias", "list: alice\nowner-list: bob, joe@ok.example", "list", nil, []string{"user alice < list owner owner-list"}},
		{"owners have owner-owner", "owner-list: alice\nowner-owner: bob\nowner-owner-list: x", "owner-list", nil, []string{"user alice < owner-list owner bob"}},
		{"mail with a detail", "joe: alice", "joe+x", nil, []string{"user alice < joe+x"}},
		{"bad targets do not hurt the others", "x: a@, alice, <bob", "x", nil,
			[]string{"bad a@... 553 5.1.3 Hostname required < x", "user alice < x", "bad <bob... 553 5.0.0 Unbalanced '<' < x"}},
		{"empty targets are none", "x: ,, alice,", "x", nil, []string{"user alice < x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, _ := Parse("aliases", strings.NewReader(test.file), exampleCom)
			leaves, found := Expander{Aliases: db, User: users, Open: test.lists.open}.Expand(test.start)
			if !found {
				t.Fatal("not found")
			}
			var got []string
			for _, l := range leaves {
				got = append(got, show(l))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func names(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("a%d", i))
	}
	return list
}

func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: a%d\n", i, i+1)
	}
	return b.String()
}

func TestEachStepNamesItsFileAndLine(t *testing.T) {
	db, _ := Parse("etc/mail/aliases", strings.NewReader("# x\nteam: staff\nstaff: :include:/l\n"), nil)
	leaves, _ := Expander{Aliases: db, Open: lists{"/l": "\nalice, bob\n"}.open}.Expand("Team")
	want := []mta.Step{
		{Rule: "aliases", File: "etc/mail/aliases", Line: 2, Key: "team", In: "Team", Out: "staff"},
		{Rule: "aliases", File: "etc/mail/aliases", Line: 3, Key: "staff", In: "staff", Out: ":include:/l"},
		{Rule: ":include:", File: "/l", Line: 2, In: ":include:/l", Out: "alice, bob"},
	}
	if len(leaves) != 2 || leaves[1].List != "/l" {
		t.Fatalf("%+v", leaves)
	}
	for _, l := range leaves {
		if diff := cmp.Diff(want, l.Steps); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestANameThatIsNoAliasIsNotFound(t *testing.T) {
	db, _ := Parse("aliases", strings.NewReader("a: b\n"), nil)
	if leaves, found := (Expander{Aliases: db}).Expand("b"); found || leaves != nil {
		t.Errorf("%v", leaves)
	}
}

func TestAnExpansionHasALimit(t *testing.T) {
	var list strings.Builder
	for i := range MaxLeaves + 10 {
		fmt.Fprintf(&list, "u%d@ok.example\n", i)
	}
	db, _ := Parse("aliases", strings.NewReader("all: :include:/l, bob\n"), nil)
	leaves, _ := Expander{Aliases: db, Open: lists{"/l": list.String()}.open}.Expand("all")
	if len(leaves) != MaxLeaves+1 || leaves[MaxLeaves].Kind != Bad {
		t.Errorf("%d leaves", len(leaves))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a: b\n c\nb: \"|x y\", :include:/l, \\a\n", "a\nb, <c\n")
	f.Add("\"a: b\n<x@y>: (\n:z\n\\\n", "#\n\"")
	f.Add("a+*: b\nowner-a: c,d\nb: a+x", ":include:/l")
	f.Fuzz(func(t *testing.T, file, list string) {
		db, problems := Parse("aliases", strings.NewReader(file), exampleCom)
		if db.Len() > db.Count().Aliases {
			t.Fatalf("%d names of %+v", db.Len(), db.Count())
		}
		for _, p := range problems {
			if p.Text == "" || p.Cure == "" && !p.Ours {
				t.Fatalf("%+v", p)
			}
		}
		open := func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(list)), nil }
		for e := range db.Sorted() {
			leaves, found := Expander{Aliases: db, Open: open}.Expand(e.Key)
			if !found {
				t.Fatalf("%q is lost", e.Key)
			}
			for _, l := range leaves {
				if l.Kind == Include || l.Kind == Bad && l.Status.Code == 0 || len(l.Steps) > MaxDepth {
					t.Fatalf("%+v", l)
				}
			}
		}
	})
}

func TestPlainTargetsAreReadAsAnyAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[aB0.@+_-]{1,8}`).Draw(t, "text")
		a, ok := plain(text)
		if !ok {
			return
		}
		if want, err := address.Parse(text); err != nil || a != want {
			t.Fatalf("%q: %+v, want %+v %v", text, a, want, err)
		}
	})
}
