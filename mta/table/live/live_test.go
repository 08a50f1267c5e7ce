package live

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta/table"
)

// later is a clock on which every file is old.
func later() time.Time { return time.Now().Add(time.Hour) }

// ownDir is a directory that nobody else may write, whatever the umask is.
func ownDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeMap writes a map as makemap does.
func writeMap(t *testing.T, path, text string) {
	t.Helper()
	m, _ := table.Parse(path, strings.NewReader(text), table.Syntax{})
	if err := Replace(path, 0o640, func(w io.Writer) error { return m.Write(w, "hash") }); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, tab Table, key string) string {
	t.Helper()
	e, ok, err := tab.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "none"
	}
	return e.Value
}

func TestASavedFileIsInForceAtOnce(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	for name, now := range map[string]func() time.Time{"on a clock that is right": time.Now, "when files are old": later} {
		t.Run(name, func(t *testing.T) {
			tab := OpenTable(path, now, table.Syntax{})
			for i := range 50 { // the same size each time
				write(t, path, fmt.Sprintf("a.example v%02d\n", i))
				if old := time.Now().Add(time.Minute); now().After(old) {
					when := time.Now().Add(time.Duration(i) * time.Second)
					if err := os.Chtimes(path, when, when); err != nil {
						t.Fatal(err)
					}
				}
				if got, want := get(t, tab, "A.example"), fmt.Sprintf("v%02d", i); got != want {
					t.Fatalf("%s, want %s", got, want)
				}
			}
			if p := tab.Problems(); p != nil {
				t.Errorf("%v", p)
			}
		})
	}
}

func TestAFileThatIsNotThereIsEmpty(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	tab := OpenTable(path, later, table.Syntax{})
	if got := get(t, tab, "a"); got != "none" || tab.Problems() != nil {
		t.Errorf("%s %v", got, tab.Problems())
	}
	write(t, path, "a b\n")
	if got := get(t, tab, "a"); got != "b" {
		t.Error(got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := get(t, tab, "a"); got != "none" {
		t.Error(got)
	}
}

func TestAMistakeKeepsTheLastGoodState(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	write(t, path, "a old\n")
	tab := OpenTable(path, later, table.Syntax{})
	if got := get(t, tab, "a"); got != "old" {
		t.Fatal(got)
	}
	write(t, path, "a broken\nb\n")
	if got := get(t, tab, "a"); got != "old" {
		t.Errorf("%s is in force", got)
	}
	p := tab.Problems()
	if len(p) != 2 || !strings.Contains(p[0].Text, "not in force") || p[1].Line != 2 {
		t.Errorf("%v", p)
	}
	write(t, path, "a mended\nb c\na again\n") // a duplicate is only a warning
	if got := get(t, tab, "a"); got != "mended" {
		t.Errorf("%s is in force", got)
	}
	if p := tab.Problems(); len(p) != 1 || p[0].Line != 3 {
		t.Errorf("%v", p)
	}
}

func TestTheFirstReadingTakesTheLinesThatAreRight(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	write(t, path, "a b\nx\n")
	tab := OpenTable(path, later, table.Syntax{})
	if got := get(t, tab, "a"); got != "b" || len(tab.Problems()) != 1 {
		t.Errorf("%s %v", got, tab.Problems())
	}
}

func TestAMapIsReadWhereItIsTheOnlySource(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	writeMap(t, path+".db", "a map\n")
	tab := OpenTable(path, later, table.Syntax{})
	if got := get(t, tab, "a"); got != "map" {
		t.Error(got)
	}
	write(t, path, "a source\n")
	if got := get(t, tab, "a"); got != "source" {
		t.Errorf("%s: the source beside a map is in force", got)
	}
	if got := get(t, OpenTable(path+".db", later, table.Syntax{}), "a"); got != "map" {
		t.Errorf("%s: a map may be named", got)
	}
}

func TestBerkeleyDBIsRefused(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	write(t, path+".db", strings.Repeat("\x00", 12)+"\x61\x15\x06\x00"+strings.Repeat("\x00", 100))
	tab := OpenTable(path, later, table.Syntax{})
	if _, _, err := tab.Get("a"); !errors.Is(err, table.ErrForeign) {
		t.Errorf("%v", err)
	}
	if p := tab.Problems(); len(p) != 1 || !strings.Contains(p[0].String(), "Berkeley DB; keep the text beside it") {
		t.Errorf("%v", p)
	}
	write(t, path, "a b\n")
	if got := get(t, tab, "a"); got != "b" {
		t.Error(got)
	}
}

func TestADamagedMapKeepsTheLastGoodState(t *testing.T) {
	path := filepath.Join(ownDir(t), "access.db")
	writeMap(t, path, "a b\n")
	tab := OpenTable(path, later, table.Syntax{})
	if got := get(t, tab, "a"); got != "b" {
		t.Fatal(got)
	}
	write(t, path, "PRMAP1\r\nrubbish")
	if got := get(t, tab, "a"); got != "b" || len(tab.Problems()) != 1 {
		t.Errorf("%s %v", got, tab.Problems())
	}
}

func TestWhatIsNoFileIsAnError(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	tab := OpenTable(path, later, table.Syntax{})
	if _, _, err := tab.Get("a"); err == nil {
		t.Error("a directory is read")
	}
	if p := tab.Problems(); len(p) != 1 || p[0].Text != "not a regular file" {
		t.Errorf("%v", p)
	}
}

func TestManyMayAskWhileTheFileChanges(t *testing.T) {
	path := filepath.Join(ownDir(t), "access")
	writeText := func(i int) error {
		return Replace(path, 0o600, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "a %d\nb %d\n", i, i)
			return err
		})
	}
	if err := writeText(0); err != nil {
		t.Fatal(err)
	}
	tab := OpenTable(path, time.Now, table.Syntax{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if _, ok, err := tab.Get("b"); !ok || err != nil {
					t.Errorf("%v %v", ok, err)
					return
				}
			}
		})
	}
	for i := range 50 {
		if err := writeText(i); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

func TestAliasesAreLive(t *testing.T) {
	path := filepath.Join(ownDir(t), "aliases")
	write(t, path, "team: joe\n")
	file := OpenAliases(path, later, nil)
	db, err := file.Get()
	if e, ok := db.Lookup("team"); err != nil || !ok || e.File != path || e.Line != 1 {
		t.Errorf("%+v %v", e, err)
	}
	writeMap(t, path+".db", "all everybody\n")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if db, err = file.Get(); err != nil {
		t.Fatal(err)
	}
	if e, _ := db.Lookup("all"); e.Value != "everybody" {
		t.Errorf("%+v", e)
	}
}

func TestReplaceIsAllOrNothing(t *testing.T) {
	dir := ownDir(t)
	path := filepath.Join(dir, "x.db")
	write(t, path, "old")
	broken := errors.New("broken")
	err := Replace(path, 0o640, func(w io.Writer) error {
		io.WriteString(w, "half") // its error is not what is tested
		return broken
	})
	if text, _ := os.ReadFile(path); !errors.Is(err, broken) || string(text) != "old" {
		t.Errorf("%v, %q", err, text)
	}
	if err := Replace(path, 0o640, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "new" {
		t.Errorf("%q", text)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("%d files are left", len(names))
	}
	if err := Replace(filepath.Join(dir, "no", "x"), 0o640, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := Replace(dir, 0o640, nil); err == nil {
		t.Error("a directory was replaced")
	}
}
