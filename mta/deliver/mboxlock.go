package deliver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const lockSuffix = ".lock"

// maxLock is how much of a lock file is read, in octets.
const maxLock = 8 << 10

// errLocked is a mailbox that somebody else has.
var errLocked = errors.New("locked by another process")

// mbox is an open mailbox with all its locks held.
//
// The lock file is also the note for whoever comes after a crash: "PID\n", and before the first octet is written
// "SIZE LENGTH FIRST\n": how long the mailbox was, how long the entry is, and (quoted) what the entry begins with. The next
// delivery cuts off an entry that is shorter than that. A power failure may lose the note; then a piece of a message that nobody was told
// of may stay, as an entry of its own.
type mbox struct {
	path string
	file *os.File
	note *os.File
}

// openMbox opens and locks a mailbox; errLocked when somebody else has it. flock comes first: it keeps us apart from other
// processes of our own while an old lock file is cleared away.
func openMbox(path string, stale time.Duration, links bool) (*mbox, error) {
	f, err := openRegular(path, links)
	if err != nil {
		return nil, err
	}
	b := &mbox{path: path, file: f}
	if err := b.lockAll(stale); err != nil {
		_ = f.Close()
		return nil, err
	}
	return b, nil
}

func (b *mbox) lockAll(stale time.Duration) error {
	if err := lockFile(b.file); err != nil {
		return err
	}
	mine, err := b.file.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(b.path); err != nil || !os.SameFile(mine, now) {
		return errLocked // a reader removed or replaced it before we had the lock
	}
	b.note, err = b.claim()
	if errors.Is(err, fs.ErrExist) {
		if err := b.clear(stale); err != nil {
			return err
		}
		if b.note, err = b.claim(); errors.Is(err, fs.ErrExist) {
			return errLocked
		}
	}
	return err
}

// claim makes the lock file, with our number in it from the first moment: an empty one that a crash left behind would be
// nobody's. The other name needs no lock, that is what the flock is for.
func (b *mbox) claim() (*os.File, error) {
	dir, user := filepath.Split(b.path)
	draft := filepath.Join(dir, "."+user+lockSuffix)
	lock := b.path + lockSuffix
	if err := os.WriteFile(draft, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Link(draft, lock), os.Remove(draft)); err != nil {
		return nil, err
	}
	return os.OpenFile(lock, os.O_WRONLY|os.O_APPEND, 0)
}

// clear removes a lock file whose owner is gone, and takes back what that one left half done.
func (b *mbox) clear(stale time.Duration) error {
	f, err := os.Open(b.path + lockSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return errLocked // gone just now: try again
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxLock))
	if err != nil {
		return err
	}
	owner, rest, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(owner))
	// Our own number can only be that of a process before us (in a container they repeat): we hold the flock.
	dead := err == nil && pid > 0 && (pid == os.Getpid() || !alive(pid))
	if !dead && time.Since(info.ModTime()) < stale {
		return errLocked
	}
	if err := b.recover(rest); err != nil {
		return err
	}
	return os.Remove(b.path + lockSuffix)
}

// recover cuts off an entry that is not whole, if it is without doubt the one that the note tells of.
func (b *mbox) recover(note string) error {
	var size, length int64
	var first string
	if n, err := fmt.Sscanf(note, "%d %d %q\n", &size, &length, &first); n != 3 || err != nil || size < 0 || first == "" {
		return nil // nothing was written yet
	}
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	left := info.Size() - size
	if left <= 0 || left >= length {
		return nil
	}
	if whole, err := b.isOurs(size, left, first); err != nil || !whole {
		return err
	}
	if err := b.file.Truncate(size); err != nil {
		return err
	}
	return b.file.Sync()
}

// isOurs says that the last octets of the file begin as first does, and that no other entry begins in them.
func (b *mbox) isOurs(size, left int64, first string) (bool, error) {
	tail := io.NewSectionReader(b.file, size, left)
	head := make([]byte, min(left, int64(len(first))))
	if _, err := io.ReadFull(tail, head); err != nil {
		return false, err
	}
	if !strings.HasPrefix(first, string(head)) {
		return false, nil
	}
	mark := []byte("\n" + fromWord)
	block := make([]byte, 32<<10)
	kept := 0 // octets of the last block that a mark may have begun in
	for {
		n, err := tail.Read(block[kept:])
		n += kept
		if bytes.Contains(block[:n], mark) {
			return false, nil
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(block, block[max(0, n-len(mark)+1):n])
	}
}

// announce writes the note.
func (b *mbox) announce(size, length int64, first string) error {
	_, err := fmt.Fprintf(b.note, "%d %d %q\n", size, length, first)
	return err
}

// unlock gives everything back. Errors mean nothing here: what had to be kept is kept already. A lock file that
// somebody else put in the place of ours stays.
func (b *mbox) unlock() {
	mine, err := b.note.Stat()
	_ = b.note.Close()
	if now, nerr := os.Stat(b.path + lockSuffix); err == nil && nerr == nil && os.SameFile(mine, now) {
		_ = os.Remove(b.path + lockSuffix)
	}
	_ = b.file.Close()
}
