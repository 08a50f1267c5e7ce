//go:build unix

package deliver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openRegular opens or makes a mailbox. A pipe or device in its place is not waited for, and refused; so is a link, unless links are followed.
func openRegular(path string, links bool) (*os.File, error) {
	flags := os.O_RDWR | os.O_CREATE | unix.O_NONBLOCK
	if !links {
		flags |= unix.O_NOFOLLOW
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// lockFile takes flock and, where there is one that belongs to the open file, the fcntl lock.
func lockFile(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lock error
	if err := c.Control(func(fd uintptr) {
		for lock = unix.EINTR; lock == unix.EINTR; {
			lock = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB)
		}
		if lock == nil {
			lock = lockRange(int(fd))
		}
	}); err != nil {
		return err
	}
	switch {
	case errors.Is(lock, unix.EWOULDBLOCK), errors.Is(lock, unix.EACCES):
		return errLocked
	case lock != nil:
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: lock}
	}
	return nil
}

// alive says that a process exists.
func alive(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
