package live

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"postroom.dev/mta/table"
)

// ErrChanged says that a file is not as it was read: somebody else wrote it meanwhile.
var ErrChanged = errors.New("changed by somebody else meanwhile; read it again")

// newMode is the mode of a file that was not there before.
const newMode = 0o600

// Snapshot is a file as it was at one moment, for those who edit it: what they save takes its place only while it is still the same.
type Snapshot struct {
	Text []byte // what it says; nil when it is not there

	path   string // where the file is, links followed
	exists bool
	mode   fs.FileMode
	sum    [sha256.Size]byte
}

// Take reads the file at path. One that is not there is empty, and is made by Save. A link is followed: the file that it names is read and replaced.
func Take(path string) (Snapshot, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	s := Snapshot{path: path, mode: newMode}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return s, err
	case !info.Mode().IsRegular():
		return s, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	case info.Size() > table.MaxSize:
		return s, &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("larger than %d octets", table.MaxSize)}
	}
	s.exists, s.mode = true, info.Mode().Perm()
	if s.Text, err = io.ReadAll(io.LimitReader(f, table.MaxSize+1)); err != nil {
		return s, err
	}
	s.sum = sha256.Sum256(s.Text)
	return s, nil
}

// Path is where the file is.
func (s Snapshot) Path() string { return s.path }

// Exists says that the file was there.
func (s Snapshot) Exists() bool { return s.exists }

// Save puts text in the file's place, whole and durable, with the mode that it had, and gives the new Snapshot. When the file
// is not what s says any more, it stays, and the error is an ErrChanged. What is looked at is the content: that somebody saved the same again does no harm.
func (s Snapshot) Save(text []byte) (Snapshot, error) {
	err := replace(s.path, s.mode, func(w io.Writer) error {
		if err := s.unchanged(); err != nil { // before anything is written, for the likely case
			return err
		}
		_, err := w.Write(text)
		return err
	}, s.unchanged)
	if err != nil {
		return s, err
	}
	saved := s
	saved.Text, saved.exists, saved.sum = bytes.Clone(text), true, sha256.Sum256(text)
	return saved, nil
}

// unchanged says that the file still is what it was.
func (s Snapshot) unchanged() error {
	now, err := Take(s.path)
	if err != nil {
		return err
	}
	if now.exists != s.exists || now.sum != s.sum {
		return fmt.Errorf("%s: %w", s.path, ErrChanged)
	}
	return nil
}
