// Package live keeps what a file says in force: it reads the file again when it was changed.
//
// A file that others may write is not read (package safe).
//
// A File is asked, and looks at the file's size, time and identity first. Where a Dir hears from the kernel what happens in the
// directory (Watched), it looks only when something did, and now and then. When the file was changed and cannot be read without
// mistakes (problems other than warnings), what was in force stays in force, and Problems tells why;
// the first reading takes the lines that are right. A file that is not there is empty and no problem.
//
// Where FILE is not there and FILE.db is one of the maps that makemap writes, that one is read (package table,
// built.go). Source and map side by side: the source is in force, saved means done.
//
// Replace writes a file so that a reader, or a crash, sees all of it or the old one.
package live

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"postroom.dev/mta/table"
	"postroom.dev/mta/table/safe"
)

// Parser makes a T of a file. Source reads text; Built takes a map that makemap wrote. name is the path.
type Parser[T any] struct {
	Source func(name string, r io.Reader) (T, []table.Problem)
	Built  func(m *table.Map) (T, []table.Problem)
	Secret bool // it has passwords: a file that others may read is not read
}

// File is what a file says, as of now. It may be used by many goroutines.
type File[T any] struct {
	path  string
	parse Parser[T]
	now   func() time.Time

	mu       sync.Mutex
	seen     stamp
	value    T
	problems []table.Problem
	read     bool // something was taken into force

	dir        *Dir      // nil without one
	looked     time.Time // when the file itself was looked at last
	generation uint64    // of dir, before that

	brief atomic.Pointer[brief[T]] // what was found first in a rest of dir
}

// brief is what is in force as long as a rest goes on: under load it is what most questions are answered with.
type brief[T any] struct {
	rest  int64 // as Dir.resting gives it
	value T
}

// stamp is what a file looked like when it was read.
type stamp struct {
	path    string // "" when there was none
	info    fs.FileInfo
	settled bool // a later change cannot have the same time
	link    bool // a symbolic link: what it leads to may change unheard
}

// settling is how long after a change a file may change again without getting another time.
const settling = 100 * time.Millisecond

// Open makes a File. Nothing is read before it is asked. now is the wall clock, whatever the queue's says.
func Open[T any](path string, now func() time.Time, p Parser[T]) *File[T] {
	return &File[T]{path: path, parse: p, now: now}
}

// trust is how long a Dir is believed: changes by way of another name of the file, or of a directory above, are none in the directory.
const trust = time.Second

// Watched has f look at its file only when d says that something happened in its directory. It must come before the first question.
func (f *File[T]) Watched(d *Dir) { f.dir = d }

// Get gives what is in force. The error says that the file cannot be opened or read and that nothing was
// in force before: what depends on it must wait.
func (f *File[T]) Get() (T, error) {
	rest := int64(0)
	if f.dir != nil {
		rest = f.dir.resting()
	}
	if b := f.brief.Load(); rest != 0 && b != nil && b.rest == rest {
		return b.value, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh()
	if rest != 0 && err == nil && f.seen.settled && !f.seen.link {
		f.brief.Store(&brief[T]{rest, f.value})
	}
	return f.value, err
}

// Problems gives what is wrong with the file as it is now, nil when nothing is.
func (f *File[T]) Problems() []table.Problem {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refresh() // its error is among the problems
	return f.problems
}

// Reread has the file read again when it is asked next, whether it was changed or not. What is in force stays so until then, and
// longer where the file has mistakes.
func (f *File[T]) Reread() {
	f.mu.Lock()
	f.seen = stamp{}
	f.brief.Store(nil)
	f.mu.Unlock()
}

// Path is the file's path.
func (f *File[T]) Path() string { return f.path }

func (f *File[T]) refresh() error {
	if f.dir != nil {
		generation, now := f.dir.generation(), f.now()
		if age := now.Sub(f.looked); f.read && f.seen.settled && !f.seen.link && generation == f.generation && 0 <= age && age < trust {
			return nil
		}
		f.generation, f.looked = generation, now // before looking: what happens meanwhile is looked at again
	}
	path, info, err := f.which()
	if err != nil {
		return f.keep(stamp{}, table.Problem{File: f.path, Text: reason(err), Cure: "let it be read, or remove it"}, err)
	}
	if path == f.seen.path && f.seen.settled && f.read {
		if info == nil || same(info, f.seen.info) {
			return nil
		}
	}
	if info == nil {
		var empty T
		f.value, f.problems, f.read = empty, nil, true
		if f.parse.Source != nil {
			f.value, f.problems = f.parse.Source(f.path, strings.NewReader(""))
		}
		f.seen = stamp{settled: true}
		return nil
	}
	return f.load(path)
}

// which finds the file to read: the source, else the map that was built of it. No file at all is a nil info.
func (f *File[T]) which() (string, fs.FileInfo, error) {
	paths := []string{f.path}
	if f.parse.Built != nil && !strings.HasSuffix(f.path, ".db") {
		paths = append(paths, f.path+".db")
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return "", nil, err
		case !info.Mode().IsRegular():
			return "", nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
		}
		return path, info, nil
	}
	return "", nil, nil
}

// load reads the file at path and takes it into force when it is good.
func (f *File[T]) load(path string) error {
	check := safe.Check
	if f.parse.Secret {
		check = safe.Secret
	}
	if err := check(path); err != nil {
		p := table.Problem{File: path, Text: reason(err), Cure: "let it be read, or remove it"}
		if u, ok := errors.AsType[interface {
			error
			Cure() string
		}](err); ok {
			p.Cure = u.Cure()
		}
		return f.keep(stamp{}, p, fmt.Errorf("%s: %w", path, err))
	}
	file, err := os.Open(path)
	if err != nil {
		return f.keep(stamp{}, table.Problem{File: path, Text: reason(err), Cure: "let it be read, or remove it"}, err)
	}
	defer file.Close()
	info, err := file.Stat() // before reading: what is changed while we read is read again
	if err != nil {
		return f.keep(stamp{}, table.Problem{File: path, Text: reason(err)}, err)
	}
	seen := stamp{path: path, info: info}
	if own, err := os.Lstat(path); err != nil || own.Mode()&fs.ModeSymlink != 0 {
		seen.link = true
	}
	age := f.now().Sub(info.ModTime())
	seen.settled = age > settling || age < 0
	var value T
	var problems []table.Problem
	if strings.HasSuffix(path, ".db") {
		m, _, err := table.Read(path, file)
		if err != nil {
			text, cure, _ := strings.Cut(err.Error(), ": ")
			return f.keep(seen, table.Problem{File: path, Text: text, Cure: cure}, fmt.Errorf("%s: %w", path, err))
		}
		value, problems = f.parse.Built(m)
	} else {
		value, problems = f.parse.Source(path, file)
	}
	if f.read && broken(problems) {
		return f.keep(seen, table.Problem{File: path, Text: "not in force: lines could not be read",
			Cure: "mend them; until then the last good state stays", Warning: true}, nil, problems...)
	}
	f.seen, f.value, f.problems, f.read = seen, value, problems, true
	return nil
}

// keep leaves what is in force as it is, and says why. err is given only when nothing is.
func (f *File[T]) keep(seen stamp, p table.Problem, err error, more ...table.Problem) error {
	f.seen = seen
	f.problems = append([]table.Problem{p}, more...)
	if f.read {
		return nil
	}
	return err
}

func broken(problems []table.Problem) bool {
	for _, p := range problems {
		if !p.Warning {
			return true
		}
	}
	return false
}

func same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

// reason is an error without the operation and the path.
func reason(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// Table is a table in a file. It implements table.Table.
type Table struct{ *File[*table.Map] }

// OpenTable makes a Table of the file at path, or of the map path.db.
func OpenTable(path string, now func() time.Time, syntax table.Syntax) Table {
	return openTable(path, now, syntax, false)
}

// OpenSecret is OpenTable for a table with passwords: one that others may read is not read.
func OpenSecret(path string, now func() time.Time) Table {
	return openTable(path, now, table.Syntax{}, true)
}

func openTable(path string, now func() time.Time, syntax table.Syntax, secret bool) Table {
	return Table{Open(path, now, Parser[*table.Map]{
		Secret: secret,
		Source: func(name string, r io.Reader) (*table.Map, []table.Problem) { return table.Parse(name, r, syntax) },
		Built:  func(m *table.Map) (*table.Map, []table.Problem) { return m, nil },
	})}
}

// Map gives what is in force, for a search of several keys.
func (t Table) Map() (*table.Map, error) { return t.File.Get() }

// Get looks a key up in what is in force.
func (t Table) Get(key string) (table.Entry, bool, error) {
	m, err := t.File.Get()
	if err != nil {
		return table.Entry{}, false, err
	}
	return m.Get(key)
}

// OpenClass makes a File of the class at path, such as local-host-names.
func OpenClass(path string, now func() time.Time) *File[*table.Class] {
	return Open(path, now, Parser[*table.Class]{Source: table.ParseClass})
}
