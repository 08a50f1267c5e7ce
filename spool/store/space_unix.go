//go:build linux || darwin

package store

import "golang.org/x/sys/unix"

// freeSpace gives how many octets the file system of dir has for us; false when it does not say.
func freeSpace(dir string) (int64, bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
