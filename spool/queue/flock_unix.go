//go:build unix

package queue

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// renameOpen says that an open file can be renamed over.
const renameOpen = true

// openFile opens a file itself, never what a symbolic link points to, and does not wait for the
// other end of a pipe.
func openFile(path string, flag int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, mode)
}

// flock takes the lock that sendmail takes; ErrLocked when another has it.
func flock(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lock error
	if err := c.Control(func(fd uintptr) {
		for {
			if lock = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB); lock != unix.EINTR {
				return
			}
		}
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
