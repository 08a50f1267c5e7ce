//go:build unix

package app

import (
	"io/fs"
	"os"
	"strconv"
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

// ownerOf gives the uid of a file's owner, "" when it is not known.
func ownerOf(info fs.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(stat.Uid), 10)
	}
	return ""
}
