package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
)

// socketPathMax is the longest path that fits the address of a unix socket on all systems (sun_path has 104 octets on macOS, 108 on Linux).
const socketPathMax = 103

// reachable gives a name for the socket at path that fits its address, and a func that ends the name's validity.
// A home deep in the tree is reached through its directory's descriptor.
func reachable(path string) (name string, release func(), err error) {
	if len(path) <= socketPathMax {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("%s: the path is too long for a socket (%d octets, at most %d); choose a shorter home with --home DIR", path, len(path), socketPathMax)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}

// listenUnix listens on the socket at path, for the home's owner alone. The caller holds the home's lock,
// so a socket that is there belongs to nobody.
func listenUnix(path string) (net.Listener, error) { return listenUnixMode(path, 0o600) }

// listenUnixMode is listenUnix for whom mode lets in.
func listenUnixMode(path string, mode fs.FileMode) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	name, release, err := reachable(path)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		release()
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // by then the descriptor in its name may be another's
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		release()
		return nil, err
	}
	return &unixListener{Listener: l, path: path, release: release}, nil
}

type unixListener struct {
	net.Listener
	path    string
	release func()
}

func (l *unixListener) Close() error {
	err := l.Listener.Close()
	os.Remove(l.path)
	l.release()
	return err
}

// dialUnix connects to the socket at path.
func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	name, release, err := reachable(path)
	if err != nil {
		return nil, err
	}
	defer release()
	var d net.Dialer
	return d.DialContext(ctx, "unix", name)
}
