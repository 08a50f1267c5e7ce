//go:build unix

package app

import (
	"os"
	"syscall"
)

// owns says that the caller owns the directory, as whoever made the home does.
func owns(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
