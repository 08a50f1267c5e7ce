package maillog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// everything gives the lines of path and its old files, the oldest first.
func everything(t *testing.T, path string, keep int) (lines []string) {
	t.Helper()
	for n := keep; n >= 0; n-- {
		name := path
		if n > 0 {
			name = fmt.Sprintf("%s.%d", path, n)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if len(b) > 0 && b[len(b)-1] != '\n' {
			t.Errorf("%s ends in half a line", name)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")...)
	}
	return lines
}

func TestRotationKeepsSoManyFiles(t *testing.T) {
	l, path := newLog(t, func(o *Options) { o.MaxSize, o.Keep = 3*int64(len(prefix)+3), 2 })
	for i := range 20 {
		l.Free(fmt.Sprintf("%02d", i))
	}
	got := everything(t, path, 5)
	var want []string
	for i := 12; i < 20; i++ { // two whole files of three, and two lines
		want = append(want, fmt.Sprintf("%s%02d", prefix, i))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if _, err := os.Stat(path + ".3"); err == nil {
		t.Error("there is a third old file")
	}
}

func TestALineLongerThanTheFileMayBeIsWritten(t *testing.T) {
	l, path := newLog(t, func(o *Options) { o.MaxSize = 1 })
	l.Free("one")
	l.Free("two")
	if got := everything(t, path, DefaultKeep); len(got) != 2 || got[0] != prefix+"one" {
		t.Errorf("%q", got)
	}
}

func TestManyWritersLoseNoLine(t *testing.T) {
	const writers, each, keep = 16, 100, 1000
	dir := filepath.Join(t.TempDir(), "maillog")
	// Two logs on one file, as two processes have it. Only one of them rotates.
	one, path := newLog(t, func(o *Options) { o.Path, o.MaxSize, o.Keep = dir, 5_000, keep })
	two, _ := newLog(t, func(o *Options) { o.Path, o.Keep = dir, keep })
	var wait sync.WaitGroup
	for w := range writers {
		l := one
		if w%4 == 0 {
			l = two
		}
		wait.Go(func() {
			for i := range each {
				l.Line(fmt.Sprintf("W%d", w), fmt.Sprintf("line %d of many", i))
			}
		})
	}
	wait.Wait()
	seen := map[string]int{}
	for _, line := range everything(t, path, keep) {
		seen[line]++
	}
	for w := range writers {
		for i := range each {
			line := fmt.Sprintf("%sW%d: line %d of many", prefix, w, i)
			if seen[line] != 1 {
				t.Fatalf("%q stands %d times", line, seen[line])
			}
		}
	}
	if len(seen) != writers*each {
		t.Errorf("%d lines, not %d", len(seen), writers*each)
	}
	if _, err := os.Stat(path + ".5"); err != nil {
		t.Errorf("the log was hardly rotated: %v", err)
	}
}

func TestAFileThatWasMovedAwayIsBegunAgain(t *testing.T) {
	now := start
	l, path := newLog(t, func(o *Options) { o.Now = func() time.Time { return now } })
	l.Free("old")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Skip("this system does not move open files:", err)
	}
	now = now.Add(recheck)
	l.Free("new")
	for name, want := range map[string]string{path + ".old": "old", path: "new"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != prefix+want+"\n" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestALogThatCannotBeRotatedGoesOn(t *testing.T) {
	var told int
	l, path := newLog(t, func(o *Options) { o.MaxSize, o.Keep = 1, 1; o.Problem = func(error) { told++ } })
	if err := os.MkdirAll(filepath.Join(path+".1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		l.Free(text)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "\n") != 3 || told != 1 {
		t.Errorf("%q, %v, told %d times", b, err, told)
	}
}
