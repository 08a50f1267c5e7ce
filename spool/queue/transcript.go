package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// MaxTranscript is how many octets of a transcript are kept.
const MaxTranscript = 1 << 20

// Transcript is the xf of a message: what was said during the attempt that is going on, for a report to the
// sender. Its methods may be called from any goroutine while the Entry is locked.
type Transcript struct {
	mu   sync.Mutex
	disk disk
	file *os.File
	path string
	size int
}

// Transcript gives the transcript of this attempt. The first call makes the file, in the place of one that an
// attempt before left when it crashed; Close and Remove of the Entry take it away.
func (e *Entry) Transcript() (*Transcript, error) {
	if e.file == nil {
		return nil, fmt.Errorf("queue: entry %s is closed", e.ID)
	}
	if e.transcript != nil {
		return e.transcript, nil
	}
	path := e.q.path("xf", e.ID)
	if _, err := os.Lstat(path); err == nil {
		if err := e.q.disk.remove(path); err != nil {
			return nil, full(err)
		}
	}
	f, err := e.q.disk.create(path, e.q.mode)
	if err != nil {
		return nil, full(err)
	}
	e.transcript = &Transcript{disk: e.q.disk, file: f, path: path}
	return e.transcript, nil
}

// Write appends. What goes beyond MaxTranscript is dropped, and is no error.
func (t *Transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return 0, fs.ErrClosed
	}
	keep := p[:min(len(p), MaxTranscript-t.size)]
	n, err := t.disk.write(t.file, keep)
	if t.size += n; err != nil {
		return n, full(err)
	}
	return len(p), nil
}

// Text gives what was written so far.
func (t *Transcript) Text() ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil, fs.ErrClosed
	}
	return io.ReadAll(io.NewSectionReader(t.file, 0, int64(t.size)))
}

func (e *Entry) endTranscript() error {
	t := e.transcript
	if t == nil {
		return nil
	}
	e.transcript = nil
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.file.Close()
	t.file = nil
	if rerr := t.disk.remove(t.path); !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	return err
}
