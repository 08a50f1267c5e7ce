// Package safe says whether a table may be believed: whoever may write it, or the directory that it is in, decides where mail
// goes. sendmail 8 refuses such files, and its words are used here: "World writable file", "Group writable directory".
//
// Only modes are looked at, of the file and of the directory that it stands in; what lies above is checked where the
// home is opened. Where modes mean nothing (Windows), everything is safe.
package safe

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Unsafe says that others may write a file or a directory.
type Unsafe struct {
	Who  string // "World" or "Group"
	What string // "file" or "directory"
	Path string
}

// Error is sendmail's: "World writable file".
func (u *Unsafe) Error() string { return u.Who + " writable " + u.What }

// Is makes it a matter of permission, which waiting does not mend: errors.Is(u, fs.ErrPermission).
func (u *Unsafe) Is(target error) bool { return target == fs.ErrPermission }

// Cure is what to do about it.
func (u *Unsafe) Cure() string { return "chmod go-w " + u.Path }

// Check gives an *Unsafe for a file that others may write or exchange, nil for a safe one, and the error of looking.
func Check(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := look(path, "file", info); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if info, err = os.Stat(dir); err != nil {
		return err
	}
	return look(dir, "directory", info)
}

// Readable says that others may read a file with passwords.
type Readable struct{ Path string }

// Error is sendmail's: "World readable file", with the group among the world.
func (r *Readable) Error() string { return "World readable file" }

// Is makes it a matter of permission.
func (r *Readable) Is(target error) bool { return target == fs.ErrPermission }

// Cure is what to do about it.
func (r *Readable) Cure() string { return "chmod 600 " + r.Path }

// Secret is Check for a file with passwords: nobody but its owner may read it, either. It gives a *Readable where others may.
func Secret(path string) error {
	if err := Check(path); err != nil || runtime.GOOS == "windows" {
		return err
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&^0o600 != 0 {
		err = &Readable{path}
	}
	return err
}

func look(path, what string, info fs.FileInfo) error {
	switch mode := info.Mode().Perm(); {
	case mode&0o002 != 0:
		return &Unsafe{"World", what, path}
	case mode&0o020 != 0:
		return &Unsafe{"Group", what, path}
	}
	return nil
}
