package deliver

import "golang.org/x/sys/windows"

// What a dial says when nobody is there.
const (
	errRefused   = windows.WSAECONNREFUSED
	errNoRoute   = windows.WSAEHOSTUNREACH
	errNoNetwork = windows.WSAENETUNREACH
)
