//go:build !linux

package app

import (
	"net"

	"postroom.dev/mta"
)

// identify knows nothing of the peer where the kernel has no simple way to ask.
func identify(_ net.Conn, o *mta.Origin) { o.UID = -1 }
