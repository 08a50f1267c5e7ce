//go:build unix

package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"postroom.dev/spool/qf"
)

// stamp tells two states of a file apart.
type stamp struct {
	inode, size uint64
	mtime       int64 // ns
	mode        uint32
}

func (s stamp) modified() time.Time { return time.Unix(0, s.mtime) }

func (s stamp) regular() bool { return s.mode&unix.S_IFMT == unix.S_IFREG }

// perm gives the permissions.
func (s stamp) perm() fs.FileMode { return fs.FileMode(s.mode & 0o777) }

func stampOf(path string) (stamp, error) {
	var st unix.Stat_t
	if err := again(func() error { return unix.Lstat(path, &st) }); err != nil {
		return stamp{}, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return stamped(&st), nil
}

func stamped(st *unix.Stat_t) stamp {
	return stamp{st.Ino, uint64(st.Size), time.Unix(st.Mtim.Unix()).UnixNano(), uint32(st.Mode)}
}

// look reads a control file for a listing: what is in it, in buf where that is large enough, its stamp, and with
// locks whether somebody has the message in hand. It makes no os.File: a cold listing of
// 100,000 messages is system calls and little else.
func look(path string, buf []byte, locks bool) (text []byte, s stamp, held bool, err error) {
	fail := func(op string, err error) ([]byte, stamp, bool, error) {
		return nil, s, held, &fs.PathError{Op: op, Path: path, Err: err}
	}
	var fd int
	if err := again(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		return err
	}); err != nil {
		if info, lerr := os.Lstat(path); lerr == nil && !info.Mode().IsRegular() {
			return nil, s, false, fmt.Errorf("%w: %s is %s", ErrKind, path, kindOf(info.Mode()))
		}
		return fail("open", err)
	}
	defer unix.Close(fd) // and with it the shared lock
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fail("stat", err)
	}
	if s = stamped(&st); !s.regular() {
		return nil, s, false, fmt.Errorf("%w: %s", ErrKind, path)
	}
	if locks {
		held = errors.Is(unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
	}
	if int64(len(buf)) <= st.Size {
		buf = make([]byte, min(st.Size, qf.MaxSize)+1)
	}
	n := 0
	for n < len(buf) {
		var m int
		if err := again(func() (err error) { m, err = unix.Read(fd, buf[n:]); return err }); err != nil {
			return fail("read", err)
		}
		n += m
		if m == 0 || n >= int(st.Size) {
			break // what is appended meanwhile changes the stamp
		}
	}
	return buf[:n], s, held, nil
}

// again repeats a call that a signal broke off.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
