//go:build !nogui && unix && !darwin

package ui

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"
)

// bus says what the desktop offers by D-Bus: anything at all, and a place for tray icons. Without a session's bus none is started.
func bus(env func(string) string) (any, tray bool) {
	if env("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(filepath.Join(env("XDG_RUNTIME_DIR"), "bus")); err != nil || env("XDG_RUNTIME_DIR") == "" {
			return false, false
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false, false
	}
	defer conn.Close()
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&tray)
	return true, err == nil && tray
}
