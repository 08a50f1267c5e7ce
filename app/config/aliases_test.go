package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom.dev/mta/alias"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
)

func TestTheExampleOfAliasesIsRightOnceItIsUncommented(t *testing.T) {
	db, problems := alias.Parse("aliases", strings.NewReader(ExampleAliases), nil)
	if db.Len() != 0 || len(problems) != 0 {
		t.Errorf("%d aliases, %v", db.Len(), problems)
	}
	var b strings.Builder
	for line := range strings.Lines(ExampleAliases) {
		if text, ok := strings.CutPrefix(line, "#"); ok && strings.Contains(text, ":") && !strings.HasPrefix(text, " ") {
			b.WriteString(text)
		}
	}
	db, problems = alias.Parse("aliases", strings.NewReader(b.String()), nil)
	if db.Len() != 7 || len(problems) != 0 {
		t.Errorf("%d aliases, %v", db.Len(), problems)
	}
}

func TestAliasesThatWereTakenAwayStayAway(t *testing.T) {
	h := Home{filepath.Join(t.TempDir(), "home")}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(h.Aliases()); err != nil {
		t.Fatal(err)
	}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(h.Aliases()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("made again: %v", err)
	}
}

func TestExampleTablesSayNothingAndTheirExamplesAreGood(t *testing.T) {
	for _, e := range exampleTables {
		entries := ""
		for line := range strings.Lines(e.text) {
			if !strings.HasPrefix(line, "#") {
				t.Errorf("%s: %q is no comment", e.name, line)
			}
			if rest := strings.TrimPrefix(line, "#"); rest != "\n" && !strings.HasPrefix(rest, " ") {
				entries += rest
			}
		}
		if e.name == "simulate" {
			if s, problems := simulate.Parse(e.name, strings.NewReader(entries)); s.Len() < 5 || problems != nil {
				t.Errorf("%s: %d rules %v", e.name, s.Len(), problems)
			}
			continue
		}
		class := strings.HasSuffix(e.name, "s") && !strings.HasSuffix(e.name, "access")
		if class {
			if c, problems := table.ParseClass(e.name, strings.NewReader(entries)); c.Len() != 1 || problems != nil {
				t.Errorf("%s: %d words %v", e.name, c.Len(), problems)
			}
			continue
		}
		if m, problems := table.Parse(e.name, strings.NewReader(entries), table.Syntax{}); m.Len() < 3 || problems != nil {
			t.Errorf("%s: %d entries %v", e.name, m.Len(), problems)
		}
	}
}
