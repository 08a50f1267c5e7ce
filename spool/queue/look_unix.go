//go:build unix

package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// ino gives the number of the inode.
func (s stamp) ino() uint64 { return s.inode }

func stamped(st *unix.Stat_t) stamp {
	return stamp{st.Ino, uint64(st.Size), time.Unix(st.Mtim.Unix()).UnixNano(), uint32(st.Mode)}
}

// folder is an open directory: names in it need no walk along its path. It makes no os.File of what it opens: a cold
// listing of 100,000 messages is system calls and little else.
type folder struct {
	dir *os.File
	fd  int
}

func openFolder(path string) (folder, error) {
	dir, err := os.Open(path)
	if err != nil {
		return folder{}, err
	}
	return folder{dir, int(dir.Fd())}, nil
}

func (f folder) close() { f.dir.Close() }

// names gives all names in their order, once.
func (f folder) names() ([]string, error) { return f.dir.Readdirnames(-1) }

func (f folder) failed(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: filepath.Join(f.dir.Name(), name), Err: err}
}

// stamp looks at a file itself, never at what a symbolic link points to.
func (f folder) stamp(name string) (stamp, error) {
	var st unix.Stat_t
	if err := again(func() error { return unix.Fstatat(f.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) }); err != nil {
		return stamp{}, f.failed("lstat", name, err)
	}
	return stamped(&st), nil
}

func (f folder) open(name string) (fd int, err error) {
	err = again(func() (err error) {
		fd, err = unix.Openat(f.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		return err
	})
	return fd, err
}

// held says that somebody has a file locked. While it looks, it has a shared lock itself.
func (f folder) held(name string) bool {
	fd, err := f.open(name)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return isHeld(fd)
}

func isHeld(fd int) bool {
	return errors.Is(unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// look reads a control file for a listing: what is in it, in buf where that is large enough, its stamp, and if it is
// among locks, whether somebody has the message in hand.
func (f folder) look(name string, buf []byte, l locks) (text []byte, s stamp, held bool, err error) {
	fd, err := f.open(name)
	if err != nil {
		path := filepath.Join(f.dir.Name(), name)
		if info, lerr := os.Lstat(path); lerr == nil && !info.Mode().IsRegular() {
			return nil, s, false, fmt.Errorf("%w: %s is %s", ErrKind, path, kindOf(info.Mode()))
		}
		return nil, s, false, f.failed("open", name, err)
	}
	defer unix.Close(fd) // and with it the shared lock
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, s, false, f.failed("stat", name, err)
	}
	if s = stamped(&st); !s.regular() {
		path, kind := filepath.Join(f.dir.Name(), name), "no file"
		if info, err := os.Lstat(path); err == nil {
			kind = kindOf(info.Mode())
		}
		return nil, s, false, fmt.Errorf("%w: %s is %s", ErrKind, path, kind)
	}
	held = l.may(s) && isHeld(fd)
	if int64(len(buf)) <= st.Size {
		buf = make([]byte, min(st.Size, qf.MaxSize)+1)
	}
	n := 0
	for n < len(buf) {
		var m int
		if err := again(func() (err error) { m, err = unix.Read(fd, buf[n:]); return err }); err != nil {
			return nil, s, held, f.failed("read", name, err)
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
