//go:build !linux

package app

import (
	"net"
	"os"

	"postroom.dev/mta"
)

// identify knows nothing of the peer where the kernel has no simple way to ask.
func identify(_ net.Conn, o *mta.Origin) { o.UID = -1 }

// callerOf knows only the process itself.
func callerOf(pid int) (int, []string) { return pid, os.Args }
