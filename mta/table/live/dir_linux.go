package live

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"postroom.dev/mta/localfs"
)

// Dir hears from the kernel that something happens in a directory (inotify(7)), whoever does it: what was done before generation
// is called is in its answer. Where there are many questions at a time, as under load, what happens may be in the answers a moment
// later (busy).
type Dir struct {
	mu     sync.Mutex
	fd     int // -1 when nothing is heard any more
	number uint64
	since  time.Time  // when the current moment began
	asked  int        // questions in it
	events [4096]byte // which ones they are does not matter
}

// Watch begins to listen to a directory. It gives nil where the system cannot, or would not tell of every change.
func Watch(path string) *Dir {
	if !localfs.Is(path) {
		return nil
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	const changes = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_MODIFY | unix.IN_ATTRIB |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	if _, err := unix.InotifyAddWatch(fd, path, changes); err != nil {
		unix.Close(fd)
		return nil
	}
	return &Dir{fd: fd}
}

// A moment in which the kernel was asked busy times is over before it is asked again: a message has some thirty questions, and one to
// the kernel costs more than all that is done with the answer.
const (
	busy   = 16
	moment = time.Millisecond
)

// generation is another number whenever something happened since the call before.
func (d *Dir) generation() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd < 0 {
		d.number++
		return d.number
	}
	if d.asked++; d.asked > busy {
		now := time.Now()
		if now.Sub(d.since) < moment {
			return d.number
		}
		d.since, d.asked = now, 1
	}
	for {
		n, err := unix.Read(d.fd, d.events[:])
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return d.number
		case err != nil || n <= 0:
			d.close()
			d.number++
			return d.number
		default:
			d.number++
		}
	}
}

// Close ends listening; files that were Watched look for themselves again. Closing again, or a nil Dir, does nothing.
func (d *Dir) Close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.close()
}

func (d *Dir) close() error {
	if d.fd < 0 {
		return nil
	}
	err := unix.Close(d.fd)
	d.fd = -1
	return err
}
