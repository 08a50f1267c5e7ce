package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"

	"postroom.dev/spool/qf"
)

// stamp tells two states of a file apart. There is no inode: a control file that replaces another has its own time.
type stamp struct {
	size  uint64
	mtime int64 // ns
	file  bool  // a regular one
}

func (s stamp) regular() bool { return s.file }

func (s stamp) modified() time.Time { return time.Unix(0, s.mtime) }

// perm gives the permissions, which are access lists here.
func (s stamp) perm() fs.FileMode { return 0o600 }

// ino is the same for all: any file may be the one that is meant.
func (s stamp) ino() uint64 { return 0 }

func stamped(info fs.FileInfo) stamp {
	return stamp{uint64(info.Size()), info.ModTime().UnixNano(), info.Mode().IsRegular()}
}

// folder is a directory.
type folder string

func openFolder(path string) (folder, error) { return folder(path), nil }

func (f folder) close() {}

// names gives all names in their order.
func (f folder) names() ([]string, error) {
	dir, err := os.Open(string(f))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// stamp looks at a file itself, never at what a symbolic link points to.
func (f folder) stamp(name string) (stamp, error) {
	info, err := os.Lstat(filepath.Join(string(f), name))
	if err != nil {
		return stamp{}, err
	}
	return stamped(info), nil
}

// held says that somebody has a file locked.
func (f folder) held(name string) bool {
	file, err := openFile(filepath.Join(string(f), name), os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	return isHeld(file)
}

func isHeld(file *os.File) bool {
	far := windows.Overlapped{OffsetHigh: 0x7fffffff}
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &far)
	return errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}

// look reads a control file for a listing: what is in it, its stamp, and if it is among locks, whether somebody has the
// message in hand.
func (f folder) look(name string, _ []byte, l locks) (text []byte, s stamp, held bool, err error) {
	path := filepath.Join(string(f), name)
	file, err := openFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, s, false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, s, false, err
	}
	if s = stamped(info); !s.regular() {
		return nil, s, false, fmt.Errorf("%w: %s is %s", ErrKind, path, kindOf(info.Mode()))
	}
	held = l.may(s) && isHeld(file)
	text, err = io.ReadAll(io.LimitReader(file, qf.MaxSize+1))
	return text, s, held, err
}
