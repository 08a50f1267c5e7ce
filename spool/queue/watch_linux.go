package queue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"postroom.dev/mta/localfs"
)

// watch hears from the kernel what happens to the files of one queue directory (inotify(7)), whoever does it: what was
// done before changes is called is in its answer. It belongs to one goroutine at a time.
type watch struct {
	fd   int
	dirs []watched
}

// watched is one of the directories.
type watched struct {
	path string
	wd   int
	id   inode
}

// inode tells files apart.
type inode struct{ dev, ino uint64 }

// happens are the events that change what an index knows.
const happens = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_MODIFY | unix.IN_ATTRIB |
	unix.IN_ONLYDIR

// newWatch begins to watch; nil where the system cannot, or would not tell of all changes.
func newWatch(q *Queue) *watch {
	if !localfs.Is(q.qf) || !localfs.Is(q.df) {
		return nil
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	w := &watch{fd: fd}
	for _, path := range []string{q.qf, q.df} {
		if len(w.dirs) > 0 && path == q.qf {
			break
		}
		wd, err := unix.InotifyAddWatch(fd, path, happens)
		id, ok := inodeOf(path)
		if err != nil || !ok {
			w.close()
			return nil
		}
		w.dirs = append(w.dirs, watched{path, wd, id})
	}
	return w
}

func (w *watch) close() { unix.Close(w.fd) }

// changes gives what happened since the last call. false when that is not known: too much at once, or another directory
// is called so by now. A watch that says so is of no use any more.
func (w *watch) changes() (changes, bool) {
	var c changes
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(w.fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			// Last, so that a directory which was replaced before this call is noticed.
			return c, w.same()
		case err != nil || n < unix.SizeofInotifyEvent:
			return c, false
		case !w.take(buf[:n], &c):
			return c, false
		}
	}
}

// same says that the watched directories still have their names.
func (w *watch) same() bool {
	for _, d := range w.dirs {
		if id, ok := inodeOf(d.path); !ok || id != d.id {
			return false
		}
	}
	return true
}

// take reads events, which the kernel hands over whole.
func (w *watch) take(b []byte, c *changes) bool {
	for len(b) >= unix.SizeofInotifyEvent {
		wd := int(int32(binary.NativeEndian.Uint32(b)))
		mask := binary.NativeEndian.Uint32(b[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		if mask&(unix.IN_Q_OVERFLOW|unix.IN_IGNORED|unix.IN_UNMOUNT) != 0 || end > len(b) {
			return false
		}
		name, _, _ := bytes.Cut(b[unix.SizeofInotifyEvent:end], []byte{0})
		body := len(w.dirs) > 1 && wd == w.dirs[1].wd
		if isBody := bytes.HasPrefix(name, []byte("df")); len(w.dirs) == 1 || isBody == body {
			c.add(string(name), mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0)
		}
		b = b[end:]
	}
	return true
}

func inodeOf(path string) (inode, bool) {
	var st unix.Stat_t
	err := again(func() error { return unix.Stat(path, &st) })
	return inode{uint64(st.Dev), st.Ino}, err == nil
}

// rootPIDs is the inode of the kernel's first pid namespace (PROC_PID_INIT_INO).
const rootPIDs = "pid:[4026531836]"

// heldLocks gives which files in dir somebody may have locked. /proc/locks (proc(5)) has every lock of this
// machine, for who is in the first pid namespace; elsewhere each file has to be asked.
func heldLocks(dir string) locks {
	if space, err := os.Readlink("/proc/self/ns/pid"); err != nil || space != rootPIDs || !localfs.Is(dir) {
		return locks{all: true}
	}
	table, err := os.ReadFile("/proc/locks")
	if err != nil {
		return locks{all: true}
	}
	return parseLocks(string(table))
}

// parseLocks reads lines like "3: FLOCK  ADVISORY  WRITE 26824 fe:00:10019020 0 EOF"; one that waits for another has "->" behind
// its number.
func parseLocks(table string) locks {
	l := locks{inodes: map[uint64]bool{}}
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 6 || f[1] != "FLOCK" || f[3] != "WRITE" {
			continue
		}
		if n, err := strconv.ParseUint(f[5][strings.LastIndexByte(f[5], ':')+1:], 10, 64); err == nil {
			l.inodes[n] = true
		}
	}
	return l
}
