package edit

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postroom.dev/mta/alias"
	"postroom.dev/mta/table"
)

func read(t testing.TB, kind Kind, text string) *Text {
	t.Helper()
	e, err := Read(kind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEdits(t *testing.T) {
	add := func(key, value string) func(*Text) error { return func(x *Text) error { return x.Add(key, value) } }
	change := func(key, value string) func(*Text) error {
		return func(x *Text) error { return x.Change(key, value) }
	}
	rename := func(key, to string) func(*Text) error { return func(x *Text) error { return x.Rename(key, to) } }
	remove := func(key string) func(*Text) error { return func(x *Text) error { return x.Remove(key) } }
	tests := []struct {
		name   string
		kind   Kind
		before string
		do     func(*Text) error
		after  string
	}{
		{"a new entry goes last, with the blanks of the one before", Map, "# access\na  \t OK\n\n# end\n", add("b", "REJECT"), "# access\na  \t OK\n\n# end\nb  \t REJECT\n"},
		{"an empty text gets a tab", Map, "", add("b", "OK"), "b\tOK\n"},
		{"a missing last line end stays missing", Map, "a OK", add("b", "OK"), "a OK\nb OK"},
		{"CRLF stays CRLF", Map, "a OK\r\n", add("b", "OK"), "a OK\r\nb OK\r\n"},
		{"a changed value leaves the key and the blanks as written", Map, "# x\nExample.COM \t OK\nb OK\n", change("example.com", "550 no  "), "# x\nExample.COM \t 550 no  \nb OK\n"},
		{"of two keys that one changes that is in force", Map, "a 1\nA 2\n", change("a", "3"), "a 3\nA 2\n"},
		{"removing takes all of a key, and no comment", Map, "# about a\na 1\n\nb 2\nA 2\n", remove("a"), "# about a\n\nb 2\n"},
		{"removing the last line leaves no line end where there was none", Map, "a 1\nb 2", remove("b"), "a 1"},
		{"a key is renamed in place", Map, "a\t1\nb\t2\n", rename("a", "c"), "c\t1\nb\t2\n"},
		{"lines that are mistakes stay", Map, " lead\nnovalue\na 1\n", change("a", "2"), " lead\nnovalue\na 2\n"},

		{"an alias is added as the others are written", Aliases, "root:\t\talice\n", add("team", "alice, bob"), "root:\t\talice\nteam:\t\talice, bob\n"},
		{"a name with blanks is quoted", Aliases, "", add("big boss", "alice"), "\"big boss\": alice\n"},
		{"a changed alias loses its continuation lines", Aliases, "a: b,\n  c,\n  d\n# x\ne: f\n", change("a", "g"), "a: g\n# x\ne: f\n"},
		{"of two aliases the last one changes", Aliases, "a: b\nA: c\n", change("a", "d"), "a: b\nA: d\n"},
		{"a name keeps its quotes and domain", Aliases, "\"Big Boss\" : b\nx@Local: c\n", func(x *Text) error { return errors.Join(x.Change("big boss", "d"), x.Change("x@local", "e")) }, "\"Big Boss\" : d\nx@Local: e\n"},
		{"a renamed alias keeps its lines", Aliases, "a: b,\n  c\n", rename("a", "z"), "z: b,\n  c\n"},
		{"an alias is removed with its lines", Aliases, "# a\na: b,\n\tc\n\nd: e\n", remove("a"), "# a\n\nd: e\n"},
		{"a value on the next line moves up", Aliases, "a:\n  b\n", change("a", "c"), "a: c\n"},

		{"a rule is added behind the others", Script, "# try\nrcpt first=3   451 try again\n", add("rcpt to=full@example.com", "452 full"), "# try\nrcpt first=3   451 try again\nrcpt to=full@example.com  452 full\n"},
		{"a changed answer leaves the conditions as written", Script, "  dot subject=\"Lose Me\" \tdisconnect \n", change("dot subject=\"Lose Me\"", "552 5.3.4 too big"), "dot subject=\"Lose Me\" \t552 5.3.4 too big\n"},
		{"other conditions keep the answer", Script, "rcpt first=3 451 try again\n", rename("rcpt first=3", "rcpt greylist=5m"), "rcpt greylist=5m 451 try again\n"},
		{"a rule that only waits gets an answer", Script, "data delay=30s\n", change("data delay=30s", "451 busy"), "data delay=30s  451 busy\n"},
		{"a rule loses its answer", Script, "data delay=30s 451 busy\n", change("data delay=30s", ""), "data delay=30s\n"},
		{"a rule is removed", Script, "mail 421 no\n# x\nrcpt first=3 451 a\n", remove("rcpt first=3"), "mail 421 no\n# x\n"},

		{"a name is added to a list", List, "# names\nexample.com # ours\n", add("example.org", ""), "# names\nexample.com # ours\nexample.org\n"},
		{"a name is removed from a list", List, "a\n b # x\nc\n", remove("B"), "a\nc\n"},
		{"what stands around a name stays", List, "  a\t# x\n", rename("a", "b"), "  b\t# x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := read(t, tt.kind, tt.before)
			if err := tt.do(x); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, string(x.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name string
		kind Kind
		text string
		do   func(*Text) error
		want error
	}{
		{"a key that is there is not added", Map, "a 1\n", func(x *Text) error { return x.Add("A", "2") }, ErrExists},
		{"nor is another renamed to it", Map, "a 1\nb 2\n", func(x *Text) error { return x.Rename("b", "a") }, ErrExists},
		{"a key that is not there is not changed", Map, "a 1\n", func(x *Text) error { return x.Change("b", "2") }, ErrAbsent},
		{"nor removed", Map, "a 1\n", func(x *Text) error { return x.Remove("b") }, ErrAbsent},
		{"a key has no blanks", Map, "", func(x *Text) error { return x.Add("a b", "2") }, ErrKey},
		{"a key is no comment", Map, "", func(x *Text) error { return x.Add("#a", "2") }, ErrKey},
		{"a value has one line", Map, "", func(x *Text) error { return x.Add("a", "2\nb 3") }, ErrValue},
		{"a value is not empty", Map, "a 1\n", func(x *Text) error { return x.Change("a", "") }, ErrValue},
		{"a line is not too long", Map, "", func(x *Text) error { return x.Add("a", strings.Repeat("x", table.MaxLine)) }, ErrValue},
		{"an alias has no colon", Aliases, "", func(x *Text) error { return x.Add("a:b", "c") }, ErrKey},
		{"an alias does not swallow the next line", Aliases, "", func(x *Text) error { return x.Add("a", `b\`) }, ErrValue},
		{"a backslash at the end would swallow the new alias", Aliases, "a: b\\\n", func(x *Text) error { return x.Add("c", "d") }, ErrPlace},
		{"a program is no name of an alias", Aliases, "", func(x *Text) error { return x.Add("", "d") }, ErrKey},
		{"a list has no values", List, "", func(x *Text) error { return x.Add("a", "b") }, ErrValue},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := read(t, tt.kind, tt.text)
			if err := tt.do(x); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got := string(x.Bytes()); got != tt.text {
				t.Errorf("the text became %q", got)
			}
		})
	}
}

// source makes texts of what tables are made of.
func source() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "b", "C", "a.b", "#", " ", "\t", "\n", "\r\n", ":", ": ", "\\", "\"", ",", "|", "/x", "\n\n", "a: b\n", "b c\n", "# n\n", " , d\n", "x\r", "c=d "})
	return rapid.Map(rapid.SliceOfN(piece, 0, 30), func(p []string) string { return strings.Join(p, "") })
}

func TestMapEntriesAreThoseOfThePackageThatReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := source().Draw(t, "text")
		var want []Entry
		for s := table.NewScanner(strings.NewReader(text), table.Syntax{}); s.Scan(); {
			if s.Problem() == nil {
				want = append(want, Entry{string(s.Key()), string(s.Value()), s.Line(), s.Line()})
			}
		}
		x, _ := Read(Map, []byte(text))
		if diff := cmp.Diff(want, x.Entries()); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}

func TestAliasesInForceAreThoseOfThePackageThatReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := source().Draw(t, "text")
		db, _ := alias.Parse("aliases", strings.NewReader(text), nil)
		x, _ := Read(Aliases, []byte(text))
		for e := range db.Sorted() {
			got, ok := x.Find(e.Key)
			if strings.ContainsAny(e.Key, `":`) {
				continue // an unbalanced quote: nothing to edit by its name
			}
			if !ok || strings.TrimRight(got.Value, "\r") != strings.TrimRight(e.Value, "\r") || got.Last != e.Line {
				t.Fatalf("%q: %+v, want %+v", text, got, e)
			}
		}
	})
}

func TestAnEditLeavesEverythingElseAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Map, Aliases, List, Script}).Draw(t, "kind")
		text := source().Draw(t, "text")
		x, _ := Read(kind, []byte(text))
		key := rapid.SampledFrom([]string{"a", "b", "c", "a.b", "zz"}).Draw(t, "key")
		value := "new"
		if kind == List {
			value = ""
		}
		others := func() (out []string) { // all lines but those of the key, without the text's last line end
			mine := map[int]bool{}
			for _, e := range x.Entries() {
				for n := e.First; n <= e.Last && e.Key == key; n++ {
					mine[n] = true
				}
			}
			for i, l := range x.lines {
				if !mine[i+1] {
					out = append(out, l.text)
				}
			}
			return out
		}
		before, list := others(), x.Entries()
		_, had := x.Find(key)
		switch rapid.SampledFrom([]string{"set", "remove", "add and remove"}).Draw(t, "do") {
		case "set":
			if err := x.Set(key, value); err != nil {
				return
			}
			if e, ok := x.Find(key); !ok || e.Value != value {
				t.Fatalf("%q: %q has %+v after it was set", text, key, e)
			}
		case "remove":
			if err := x.Remove(key); err != nil {
				return
			}
			if _, ok := x.Find(key); ok {
				t.Fatalf("%q: %q is still there", text, key)
			}
		default:
			if had || x.Add(key, value) != nil {
				return
			}
			if len(x.Entries()) != len(list)+1 {
				t.Fatalf("%q: %d entries of %d", text, len(x.Entries()), len(list))
			}
			if err := x.Remove(key); err != nil {
				t.Fatal(err)
			}
			if got := string(x.Bytes()); got != text {
				t.Fatalf("%q became %q", text, got)
			}
		}
		if diff := cmp.Diff(before, others()); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
		again, _ := Read(kind, x.Bytes())
		if diff := cmp.Diff(x.Entries(), again.Entries()); diff != "" {
			t.Fatalf("%q: read again: %s", text, diff)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(uint8(0), "# x\na\tOK\r\nb  REJECT", "a", "v")
	f.Add(uint8(1), "a: b,\n c\nd: e\\\nf\n", "a", "v")
	f.Add(uint8(2), "a # b\n\nc", "c", "")
	f.Add(uint8(3), "# x\nrcpt first=3 to=\"a b\"  451 x\ndata delay=3s", "rcpt first=2", "disconnect")
	f.Fuzz(func(t *testing.T, kind uint8, text, key, value string) {
		x, err := Read(Kind(kind%4), []byte(text))
		if err != nil || string(x.Bytes()) != text {
			t.Fatalf("%v: the text became %q", err, x.Bytes())
		}
		for _, do := range []func() error{func() error { return x.Set(key, value) }, func() error { return x.Rename(key, value) }, func() error { return x.Remove(key) }} {
			before := string(x.Bytes())
			if err := do(); err != nil && string(x.Bytes()) != before {
				t.Fatalf("refused (%v), and yet the text became %q", err, x.Bytes())
			}
		}
	})
}
