package store

import (
	"errors"

	"golang.org/x/sys/windows"
)

// noSpace says that the volume has no room for us.
func noSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// syncDir does nothing: NTFS journals names itself, and a directory cannot be synced.
func syncDir(string) error { return nil }

// freeSpace gives how many octets the volume of dir has for us; false when it does not say.
func freeSpace(dir string) (int64, bool) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(path, &free, nil, nil) != nil {
		return 0, false
	}
	return int64(min(free, 1<<62)), true
}
