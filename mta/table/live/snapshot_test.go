package live

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestSnapshot(t *testing.T) {
	take := func(t *testing.T, path string) Snapshot {
		t.Helper()
		s, err := Take(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write := func(t *testing.T, path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	check := func(t *testing.T, path, want string) {
		t.Helper()
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v; want %q", path, text, err, want)
		}
	}

	t.Run("saving keeps the mode and goes on from there", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "access")
		write(t, path, "a OK\n", 0o640)
		s, err := take(t, path).Save([]byte("b OK\n"))
		if err != nil {
			t.Fatal(err)
		}
		check(t, path, "b OK\n")
		if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v", info.Mode())
		}
		if _, err := s.Save([]byte("c OK\n")); err != nil {
			t.Error(err)
		}
		check(t, path, "c OK\n")
	})
	t.Run("a change that somebody else made stays", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "access")
		write(t, path, "a OK\n", 0o600)
		s := take(t, path)
		write(t, path, "a NO\n", 0o600) // as long as before, and perhaps at the same time
		if _, err := s.Save([]byte("b OK\n")); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v, want ErrChanged", err)
		}
		check(t, path, "a NO\n")
	})
	t.Run("so does a file that appeared, and one that was removed is not made again", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "access")
		none := take(t, path)
		write(t, path, "", 0o600)
		if _, err := none.Save([]byte("b OK\n")); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v, want ErrChanged", err)
		}
		empty := take(t, path)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := empty.Save([]byte("b OK\n")); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v, want ErrChanged", err)
		}
	})
	t.Run("a change while the new text is written stays, too", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "access")
		write(t, path, "a OK\n", 0o600)
		s := take(t, path)
		err := replace(path, 0o600, func(w io.Writer) error {
			write(t, path, "a NO\n", 0o600)
			_, err := w.Write([]byte("b OK\n"))
			return err
		}, s.unchanged)
		if !errors.Is(err, ErrChanged) {
			t.Errorf("got %v, want ErrChanged", err)
		}
		check(t, path, "a NO\n")
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("a link stays a link, and its file is written", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("links need rights there")
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, "real"), "a: b\n", 0o600)
		if err := os.Symlink("real", filepath.Join(dir, "aliases")); err != nil {
			t.Fatal(err)
		}
		if _, err := take(t, filepath.Join(dir, "aliases")).Save([]byte("a: c\n")); err != nil {
			t.Fatal(err)
		}
		check(t, filepath.Join(dir, "real"), "a: c\n")
		if info, err := os.Lstat(filepath.Join(dir, "aliases")); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Error("the link is gone")
		}
	})
}
