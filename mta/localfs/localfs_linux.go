package localfs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Is says that only this machine's kernel changes and locks files at path, so that it knows of all that is done there.
func Is(path string) bool {
	var st unix.Statfs_t
	for {
		switch err := unix.Statfs(path, &st); {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false
		}
		break
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.F2FS_SUPER_MAGIC:
		return true
	}
	return false
}
