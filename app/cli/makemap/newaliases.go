package makemap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"postroom.dev/mta/alias"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/live"
)

// Newaliases is newaliases, or sendmail -bi: it checks aliases files, says how much is in them and
// writes FILE.db beside each. The caller has read the command line.
type Newaliases struct {
	Files   []string                 // paths of the aliases files
	Local   func(domain string) bool // says which domains are local; nil: localhost alone
	Verbose bool                     // -v: look at Dirs, too
	Dirs    []string                 // directories that nobody else should be able to write: the queue
	Stdout  io.Writer                // all that sendmail says in this mode goes to standard output
}

// Run does all files and gives the exit status. A file that is missing or unsafe is told and no error, as
// sendmail has it; one in a directory that others may write gets no map, which is an error.
func (c Newaliases) Run() int {
	exit := exOK
	if c.Verbose {
		for _, dir := range c.Dirs {
			c.warnOf(dir)
		}
	}
	for _, path := range c.Files {
		exit = max(exit, c.file(path))
	}
	return exit
}

func (c Newaliases) file(path string) int {
	db, problems, err := c.read(path)
	if err != nil {
		fmt.Fprintf(c.Stdout, "newaliases: cannot open %s: %s\n", path, reason(err))
		if unsafe := (*unsafeError)(nil); errors.As(err, &unsafe) {
			fmt.Fprintf(c.Stdout, "newaliases: cure: chmod go-w %s\n", path)
		}
		return exOK
	}
	exit := exOK
	for _, p := range problems {
		if p.Ours {
			continue
		}
		if !p.Warning {
			exit = exSoftware
		}
		fmt.Fprintf(c.Stdout, "%s: line %d: %s\n", path, p.Line, p.Text)
	}
	if c.warnOf(filepath.Dir(path)) {
		fmt.Fprintf(c.Stdout, "WARNING: cannot open alias database %s\nCannot create database for alias file %s\nnewaliases: cure: chmod go-w %s\n", path, path, filepath.Dir(path))
		return exSoftware
	}
	err = live.Replace(path+".db", mapMode, func(w io.Writer) error { return db.Map().Write(w, "hash") })
	if err != nil {
		fmt.Fprintf(c.Stdout, "WARNING: cannot open alias database %s: %s\nCannot create database for alias file %s\n", path, reason(err), path)
		return exSoftware
	}
	n := db.Count()
	fmt.Fprintf(c.Stdout, "%s: %d aliases, longest %d bytes, %d bytes total\n", path, n.Aliases, n.Longest, n.Bytes)
	return exit
}

// warnOf warns of a directory that others may write, and says whether it is one.
func (c Newaliases) warnOf(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	who := writableBy(info)
	if who != "" {
		fmt.Fprintf(c.Stdout, "WARNING: %s writable directory %s\n", who, dir)
	}
	return who != ""
}

func (c Newaliases) read(path string) (*alias.DB, []table.Problem, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("regular files only")
	}
	if who := writableBy(info); who != "" {
		return nil, nil, &unsafeError{who}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	db, problems := alias.Parse(path, f, c.Local)
	return db, problems, nil
}

// unsafeError says that others may write a file.
type unsafeError struct{ who string }

func (e *unsafeError) Error() string { return e.who + " writable file" }

// writableBy says, in sendmail's words, who besides the owner may write a file or directory; "" for nobody.
func writableBy(info fs.FileInfo) string {
	switch mode := info.Mode().Perm(); {
	case runtime.GOOS == "windows": // modes say nothing there
		return ""
	case mode&0o002 != 0:
		return "World"
	case mode&0o020 != 0:
		return "Group"
	}
	return ""
}
