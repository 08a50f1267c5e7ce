package keys

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestSections(t *testing.T) {
	const two = "# mine\n[smtp]\nlisten = [\"a\"]\n\n# the app's\n[[listener]] # one\naddress = \"b\" # port\ntls = \"none\"\n\n# old\n[[listener]]\naddress = \"c\"\nhide = [\n  \"X\", # [[listener]]\n]\n# end\n\n[window]\nscale = 1.0\n"
	add := func(pairs ...Pair) func(string) ([]byte, error) {
		return func(s string) ([]byte, error) { return AddSection([]byte(s), "listener", pairs) }
	}
	set := func(n int, pairs ...Pair) func(string) ([]byte, error) {
		return func(s string) ([]byte, error) { return SetSection([]byte(s), "listener", n, pairs) }
	}
	remove := func(n int) func(string) ([]byte, error) {
		return func(s string) ([]byte, error) { return RemoveSection([]byte(s), "listener", n) }
	}
	for _, tt := range []struct {
		name, before string
		do           func(string) ([]byte, error)
		after        string
	}{
		{"the first section", "", add(Pair{"address", `"a"`}, Pair{"tls", ""}), "[[listener]]\naddress = \"a\"\n"},
		{"another stands at the end", "a = 1\n[smtp]\nx = 2", add(Pair{"address", `"a"`}, Pair{"strict", "true"}), "a = 1\n[smtp]\nx = 2\n\n[[listener]]\naddress = \"a\"\nstrict = true\n"},
		{"line ends are kept", "a = 1\r\n", add(Pair{"address", `"a"`}), "a = 1\r\n\r\n[[listener]]\r\naddress = \"a\"\r\n"},
		{"a value is changed where it stands", two, set(0, Pair{"address", `"z"`}),
			"# mine\n[smtp]\nlisten = [\"a\"]\n\n# the app's\n[[listener]] # one\naddress = \"z\" # port\ntls = \"none\"\n\n# old\n[[listener]]\naddress = \"c\"\nhide = [\n  \"X\", # [[listener]]\n]\n# end\n\n[window]\nscale = 1.0\n"},
		{"keys come and go", two, set(1, Pair{"hide", ""}, Pair{"tls", `"implicit"`}),
			"# mine\n[smtp]\nlisten = [\"a\"]\n\n# the app's\n[[listener]] # one\naddress = \"b\" # port\ntls = \"none\"\n\n# old\n[[listener]]\naddress = \"c\"\n# end\ntls = \"implicit\"\n\n[window]\nscale = 1.0\n"},
		{"the first goes", two, remove(0),
			"# mine\n[smtp]\nlisten = [\"a\"]\n\n# the app's\n\n# old\n[[listener]]\naddress = \"c\"\nhide = [\n  \"X\", # [[listener]]\n]\n# end\n\n[window]\nscale = 1.0\n"},
		{"the second goes", two, remove(1), "# mine\n[smtp]\nlisten = [\"a\"]\n\n# the app's\n[[listener]] # one\naddress = \"b\" # port\ntls = \"none\"\n\n# old\n# end\n\n[window]\nscale = 1.0\n"},
		{"the only one goes", "a = 1\n\n[[listener]]\nb = 2\n\n[c]\n", remove(0), "a = 1\n\n[c]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.do(tt.before)
			if err != nil || string(got) != tt.after {
				t.Errorf("%v\n%s\nnot\n%s", err, got, tt.after)
			}
		})
	}
	for name, do := range map[string]func(string) ([]byte, error){
		"no such section": set(2, Pair{"address", `"z"`}), "nor before the first": remove(-1), "no value": set(0, Pair{"tls", "]"}), "no value of a new one": add(Pair{"tls", "1\nb = 2"}),
	} {
		if got, err := do(two); !errors.Is(err, ErrText) {
			t.Errorf("%s: %v %s", name, err, got)
		}
	}
}

func TestASectionThatIsAddedAndRemovedLeavesTheRestAsItWas(t *testing.T) {
	piece := rapid.SampledFrom([]string{"# x\n", "\n", "a = 1\n", "b = [\n1, # [\n]\n", "[[listener]]\naddress = \"x\"\n", "[[listener]]\n", "[smtp]\n", "[other] # y\n", "tls = \"none\"\n"})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, p := range rapid.SliceOfN(piece, 0, 8).Draw(t, "text") {
			if _, err := read([]byte(text + p)); err == nil { // no key, no section twice
				text += p
			}
		}
		added, err := AddSection([]byte(text), "listener", []Pair{{"address", `"new"`}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		all, _ := read(added)
		n := len(all["listener"].([]any)) - 1
		changed, err := SetSection(added, "listener", n, []Pair{{"address", `"newer"`}, {"strict", "true"}})
		if err != nil {
			t.Fatalf("%q: %v", added, err)
		}
		gone, err := RemoveSection(changed, "listener", n)
		if err != nil {
			t.Fatalf("%q: %v", changed, err)
		}
		before, _ := read([]byte(text))
		after, _ := read(gone)
		if fmt.Sprint(before) != fmt.Sprint(after) || len(gone) < len(text) || string(gone[:len(text)]) != text {
			t.Fatalf("%q became %q", text, gone)
		}
	})
}

func FuzzSections(f *testing.F) {
	f.Add("[[listener]]\naddress = \"a\"\n# x\n[b]\nc = 1\n", 0, `"z"`)
	f.Add("a = 1\n[[listener]]\n[[listener]]\nhide = [\"x\",\n]", 1, "true")
	f.Fuzz(func(t *testing.T, text string, n int, value string) {
		if len(text) > 4096 || len(value) > 1024 {
			return
		}
		for _, do := range []func() ([]byte, error){
			func() ([]byte, error) { return AddSection([]byte(text), "listener", []Pair{{"k", value}}) },
			func() ([]byte, error) { return SetSection([]byte(text), "listener", n, []Pair{{"k", value}}) },
			func() ([]byte, error) { return RemoveSection([]byte(text), "listener", n) },
		} {
			if got, err := do(); err == nil {
				if _, err := read(got); err != nil {
					t.Fatalf("%q became %q: %v", text, got, err)
				}
			}
		}
	})
}
