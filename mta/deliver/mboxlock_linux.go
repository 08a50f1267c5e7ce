package deliver

import "golang.org/x/sys/unix"

// lockRange takes the fcntl lock that mutt and mail.local look at, in the form that belongs to the open file: the
// older form is lost as soon as any other descriptor of the file is closed. On NFS flock is that lock already.
func lockRange(fd int) error {
	var where unix.Statfs_t
	if err := unix.Fstatfs(fd, &where); err == nil && where.Type == unix.NFS_SUPER_MAGIC {
		return nil
	}
	return unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
}
