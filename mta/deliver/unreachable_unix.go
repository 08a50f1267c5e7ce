//go:build !windows

package deliver

import "syscall"

// What a dial says when nobody is there.
const (
	errRefused   = syscall.ECONNREFUSED
	errNoRoute   = syscall.EHOSTUNREACH
	errNoNetwork = syscall.ENETUNREACH
)
