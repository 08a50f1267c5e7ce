package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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

func stampOf(path string) (stamp, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamped(info), nil
}

func stamped(info fs.FileInfo) stamp {
	return stamp{uint64(info.Size()), info.ModTime().UnixNano(), info.Mode().IsRegular()}
}

// look reads a control file for a listing: what is in it, its stamp, and with locks whether somebody has the
// message in hand.
func look(path string, _ []byte, locks bool) (text []byte, s stamp, held bool, err error) {
	f, err := openFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, s, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, s, false, err
	}
	if s = stamped(info); !s.regular() {
		return nil, s, false, fmt.Errorf("%w: %s is %s", ErrKind, path, kindOf(info.Mode()))
	}
	if locks {
		far := windows.Overlapped{OffsetHigh: 0x7fffffff}
		err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &far)
		held = errors.Is(err, windows.ERROR_LOCK_VIOLATION)
	}
	text, err = io.ReadAll(io.LimitReader(f, qf.MaxSize+1))
	return text, s, held, err
}
