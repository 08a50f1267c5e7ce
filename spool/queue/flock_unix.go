//go:build unix

package queue

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// renameOpen says that an open file can be renamed over.
const renameOpen = true

// openFile opens a file itself, never what a symbolic link points to, and does not wait for the
// other end of a pipe.
func openFile(path string, flag int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, mode)
}

// A lister has its shared lock for the moment of looking, so that one is worth waiting for: looks times lookTime.
const (
	looks    = 10
	lookTime = 2 * time.Millisecond
)

// flock takes the lock that sendmail takes; ErrLocked when another has it. A runner's is not waited for.
func flock(f *os.File) error {
	return outwait(func(how int) error { return tryLock(f, how) }, func() { time.Sleep(lookTime) })
}

// outwait is flock with its ways to try and to wait.
func outwait(try func(how int) error, wait func()) error {
	err := try(unix.LOCK_EX)
	for n := 0; n < looks && errors.Is(err, ErrLocked) && try(unix.LOCK_SH) == nil; n++ {
		if err := try(unix.LOCK_UN); err != nil {
			return err
		}
		wait()
		err = try(unix.LOCK_EX)
	}
	return err
}

// tryLock does what how says, without waiting.
func tryLock(f *os.File, how int) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lock error
	if err := c.Control(func(fd uintptr) {
		lock = again(func() error { return unix.Flock(int(fd), how|unix.LOCK_NB) })
	}); err != nil {
		return err
	}
	if errors.Is(lock, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	if lock != nil {
		return &fs.PathError{Op: "flock", Path: f.Name(), Err: lock}
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

func worldWritable(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// looser says that people other than mode allows may write the file.
func looser(info fs.FileInfo, mode fs.FileMode) bool { return info.Mode().Perm()&0o022&^mode != 0 }
