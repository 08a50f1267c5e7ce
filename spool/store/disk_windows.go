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
