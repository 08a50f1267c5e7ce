package keys

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/app/config"
)

func TestSet(t *testing.T) {
	tests := []struct{ name, text, section, key, value, want string }{
		{"a value is replaced in place, and its comment stays", "[smtp]\n# where\nlisten = [\"a:1\"]  # mine\nmax = 1\n", "smtp", "listen", `["b:2"]`,
			"[smtp]\n# where\nlisten = [\"b:2\"]  # mine\nmax = 1\n"},
		{"a key goes behind its default", "[a]\n# what\n#x = 1\n\n#y = 2\n[b]\n", "a", "x", "3", "[a]\n# what\n#x = 1\nx = 3\n\n#y = 2\n[b]\n"},
		{"a key of another section is left alone", "[a]\nx = 1\n[b]\nx = 2\n", "b", "x", "3", "[a]\nx = 1\n[b]\nx = 3\n"},
		{"a key without a default goes to its section's end", "[a]\ny = 1\n\n[b]\n", "a", "x", "3", "[a]\ny = 1\nx = 3\n\n[b]\n"},
		{"a section that is not there is made", "y = 1", "a", "x", "3", "y = 1\n\n[a]\nx = 3\n"},
		{"an empty text gets a section", "", "a", "x", "3", "[a]\nx = 3\n"},
		{"a key may stand before all sections", "#strict = false\n\n[a]\n", "", "strict", "true", "#strict = false\nstrict = true\n\n[a]\n"},
		{"a value of several lines is replaced whole", "[a]\nx = [\n  \"[b]\", # one\n  \"2\",\n]\ny = 1\n", "a", "x", "[]", "[a]\nx = []\ny = 1\n"},
		{"CRLF stays", "[a]\r\nx = 1\r\n", "a", "y", "2", "[a]\r\nx = 1\r\ny = 2\r\n"},
		{"a # in a value is no comment", "[a]\nx = \"#\"\n", "a", "x", `"b"`, "[a]\nx = \"b\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Set([]byte(tt.text), tt.section, tt.key, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	tests := []struct{ name, text, value string }{
		{"what is no TOML", "[a\n", "1"},
		{"what is no value", "", "b c"},
		{"a value that brings other keys", "", "1\ny = 2"},
		{"a section that is written as a key", "a = {x = 1}\n", "2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if out, err := Set([]byte(tt.text), "a", "x", tt.value); err == nil {
				t.Errorf("got %q", out)
			}
		})
	}
	if _, err := Set([]byte("a = {x = 1}\n"), "a", "x", "2"); !errors.Is(err, ErrText) {
		t.Errorf("got %v, want ErrText", err)
	}
	if _, err := Set(nil, "a", "x", "many"); !errors.Is(err, ErrValue) || !strings.HasPrefix(err.Error(), "x: many is no value: write a number, ") {
		t.Errorf("got %v, want ErrValue", err)
	}
}

func TestTheExampleTakesEveryKeyBehindItsDefault(t *testing.T) {
	text, err := Set([]byte(config.Example), "delivery", "smart_host", `"relay.example"`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := config.Parse("postroom.toml", text)
	if err != nil || s.Delivery.SmartHost != "relay.example" {
		t.Errorf("%+v, %v", s.Delivery, err)
	}
	if v, ok, err := Get(text, "delivery", "smart_host"); err != nil || !ok || v != "relay.example" {
		t.Errorf("%v, %v, %v", v, ok, err)
	}
	if _, ok, _ := Get(text, "smtp", "listen"); ok {
		t.Error("a default behind a # counts as set")
	}
}

func FuzzSet(f *testing.F) {
	f.Add(config.Example, "smtp", "listen", "[]")
	f.Add("[a]\nx = [\n1,\n2]\n[b]", "a", "x", "\"\"\"\n\"\"\"")
	f.Fuzz(func(t *testing.T, text, section, key, value string) {
		if len(text) > 4000 {
			return
		}
		out, err := Set([]byte(text), section, key, value)
		if err != nil {
			return
		}
		if _, ok, err := Get(out, section, key); err != nil || !ok {
			t.Fatalf("%q: not set in %q: %v", key, out, err)
		}
	})
}
