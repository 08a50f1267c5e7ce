package safe

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWhatOthersMayWriteIsUnsafe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	for _, test := range []struct {
		dir, file fs.FileMode
		want      string
	}{
		{0o700, 0o600, ""},
		{0o755, 0o644, ""},
		{0o700, 0o664, "Group writable file"},
		{0o700, 0o666, "World writable file"},
		{0o770, 0o600, "Group writable directory"},
		{0o777 | fs.ModeSticky, 0o600, "World writable directory"},
	} {
		dir := filepath.Join(t.TempDir(), "mail")
		path := filepath.Join(dir, "aliases")
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, nil, 0o600), os.Chmod(path, test.file), os.Chmod(dir, test.dir)); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := Check(path); err != nil {
			got = err.Error()
			if u := (*Unsafe)(nil); !errors.As(err, &u) || !errors.Is(err, fs.ErrPermission) || u.Cure() != "chmod go-w "+u.Path {
				t.Errorf("%#v", err)
			}
		}
		if got != test.want {
			t.Errorf("directory %v, file %v: %q, want %q", test.dir, test.file, got, test.want)
		}
	}
	if err := Check(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestAFileWithPasswordsIsForItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	for mode, want := range map[fs.FileMode]string{0o600: "", 0o400: "", 0o640: "World readable file", 0o604: "World readable file", 0o700: "World readable file", 0o620: "Group writable file"} {
		dir := filepath.Join(t.TempDir(), "mail")
		path := filepath.Join(dir, "authinfo")
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, nil, 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := Secret(path); err != nil {
			got = err.Error()
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%#v", err)
			}
		}
		if got != want {
			t.Errorf("%v: %q, want %q", mode, got, want)
		}
	}
}
