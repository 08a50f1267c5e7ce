package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom.dev/mta/alias"
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
