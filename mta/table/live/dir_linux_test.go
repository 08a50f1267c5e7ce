package live

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"postroom.dev/mta/table"
)

// watched makes a File of path that a Dir speaks for, and whose clock is now.
func watched(t *testing.T, path string, now *time.Time) Table {
	t.Helper()
	d := Watch(filepath.Dir(path))
	if d == nil {
		t.Skip("the file system of the tests is not one that the kernel reports on")
	}
	t.Cleanup(func() { d.Close() })
	f := OpenTable(path, func() time.Time { return *now }, table.Syntax{})
	f.Watched(d)
	return f
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func says(t *testing.T, f Table, want string) {
	t.Helper()
	e, _, err := f.Get("key")
	if err != nil || e.Value != want {
		t.Errorf("%q, %v, want %q", e.Value, err, want)
	}
}

func TestAWatchedFileIsInForceAsSoonAsItIsSaved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access")
	now := time.Now().Add(time.Hour) // files are old enough to be taken at their time
	f := watched(t, path, &now)
	says(t, f, "")
	for _, step := range []struct {
		rule string
		do   func()
		want string
	}{
		{"it is made", func() { put(t, path, "key one\n") }, "one"},
		{"it is written", func() { put(t, path, "key two\n") }, "two"},
		{"another takes its name", func() { put(t, path+".new", "key three\n"); _ = os.Rename(path+".new", path) }, "three"},
		{"it goes", func() { _ = os.Remove(path) }, ""},
		{"it comes back", func() { put(t, path, "key four\n") }, "four"},
	} {
		t.Run(step.rule, func(t *testing.T) {
			step.do()
			says(t, f, step.want)
			says(t, f, step.want)
		})
	}
}

func TestAWatchedFileIsNotLookedAtWhileNothingHappens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access")
	now := time.Now().Add(time.Hour)
	put(t, path, "key one\n")
	f := watched(t, path, &now)
	says(t, f, "one")
	says(t, f, "one")
	looked := f.looked
	now = now.Add(trust / 2)
	says(t, f, "one")
	if f.looked != looked {
		t.Error("it was looked at though nothing happened")
	}
	now = now.Add(trust)
	says(t, f, "one")
	if f.looked == looked {
		t.Error("it was not looked at for too long")
	}
}

func TestWhatALinkLeadsToIsLookedAtEachTime(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "real")
	path := filepath.Join(t.TempDir(), "access")
	put(t, elsewhere, "key one\n")
	if err := os.Symlink(elsewhere, path); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(time.Hour)
	f := watched(t, path, &now)
	says(t, f, "one")
	put(t, elsewhere, "key other\n")
	says(t, f, "other")
}

func TestAClosedDirSpeaksForNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access")
	now := time.Now().Add(time.Hour)
	put(t, path, "key one\n")
	f := watched(t, path, &now)
	says(t, f, "one")
	f.dir.Close()
	put(t, path, "key two, longer\n")
	says(t, f, "two, longer")
}

func TestUnderLoadAChangeIsInForceAMomentLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access")
	now := time.Now().Add(time.Hour)
	f := watched(t, path, &now)
	put(t, path, "key one\n")
	for range 10 * busy {
		says(t, f, "one")
	}
	put(t, path, "key two\n")
	time.Sleep(2 * moment)
	for range 10 * busy {
		says(t, f, "two")
	}
}
