package smtpd

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// quickAck makes the kernel acknowledge at once what has come. It holds until
// the kernel changes its mind, so it is asked for before each read that should have it.
func quickAck(raw syscall.RawConn) {
	if raw == nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
	})
}
