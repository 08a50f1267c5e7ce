//go:build !linux

package smtpd

import "syscall"

// quickAck does nothing: only Linux delays acknowledgements in a way that a server can change.
func quickAck(syscall.RawConn) {}
