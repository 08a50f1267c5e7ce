// Package imports takes what a production machine's sendmail is set up with into a home: a sendmail.mc, the tables that it names, single
// tables, or a whole /etc/mail.
//
// Read says what each line of the sendmail.mc comes to: it is taken (a setting or a table), already the default, or not supported, and what that
// means. Plan compares it with the home: settings that the user set otherwise, and tables with entries of the user's, are not
// overwritten unless that is forced, and then a copy stays beside them (FILE.before-import). Apply writes.
//
// What is imported lets no mail out: a smart host is named but external mail goes on being caught, and lines of the mailertable that
// name another machine get "hold:" in front, so that such mail waits until it is released. Ports that only root may use become 1000 more,
// and only the loopback is listened on.
//
// Paths in a sendmail.mc are those of its machine: /etc/mail/access is looked for beside the sendmail.mc.
package imports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postroom.dev/mta/mc"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/table/edit"
	"postroom.dev/mta/table/live"
)

// Verdict says what became of a line.
type Verdict string

// The verdicts.
const (
	Taken       Verdict = "taken"
	Already     Verdict = "already the default"
	Unsupported Verdict = "not supported"
)

// Finding is what became of one statement of a sendmail.mc, or of one file.
type Finding struct {
	File    string  `json:"file"`
	Line    int     `json:"line,omitempty"`
	Text    string  `json:"text"`
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note,omitempty"` // what it becomes, or what it means that it is not supported
}

// Setting is one key of postroom.toml.
type Setting struct {
	Section, Key string
	Value        string // as TOML
}

// Table is one table that is imported.
type Table struct {
	Name string // "access"
	Text []byte
}

// Reading is what was understood of the files that were named.
type Reading struct {
	Findings []Finding
	Problems []table.Problem // of the sendmail.mc and of the tables, as check tells them
	Settings []Setting
	Tables   []Table
}

// Read reads what the paths name: a sendmail.mc (any *.mc), a table by its name, or a directory with them. Errors are about paths
// that are none of these or cannot be read.
func Read(paths []string) (*Reading, error) {
	r := &reader{out: &Reading{}, classes: map[string]*class{}}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch name := filepath.Base(path); {
		case err != nil:
			return nil, err
		case info.IsDir():
			err = r.directory(path)
		case strings.HasSuffix(name, ".mc"):
			err = r.config(path)
		case slices.Contains(check.Names(), name):
			err = r.file(name, path)
		case strings.HasSuffix(name, ".cf"):
			err = fmt.Errorf("%s: a sendmail.cf is made of a sendmail.mc; import that", path)
		case strings.HasSuffix(name, ".db"):
			err = fmt.Errorf("%s: a built map; import the file that it was made of, or write it with: makemap -u hash %s > %s", path, strings.TrimSuffix(path, ".db"), strings.TrimSuffix(name, ".db"))
		default:
			err = fmt.Errorf("%s: neither a sendmail.mc nor a table; tables are called %s", path, strings.Join(check.Names(), ", "))
		}
		if err != nil {
			return nil, err
		}
	}
	r.finish()
	return r.out, nil
}

// reader gathers what is understood.
type reader struct {
	out     *Reading
	dir     string            // of the sendmail.mc
	defs    map[string]string // what it defines
	daemons []string          // addresses to listen on
	classes map[string]*class
	seen    map[string]bool // FEATUREs
}

// class is a file of words that several lines make.
type class struct{ text []byte }

func (r *reader) note(f Finding) { r.out.Findings = append(r.out.Findings, f) }

// set takes a setting; a later one counts.
func (r *reader) set(section, key, value string) {
	r.out.Settings = slices.DeleteFunc(r.out.Settings, func(s Setting) bool { return s.Section == section && s.Key == key })
	r.out.Settings = append(r.out.Settings, Setting{section, key, value})
}

// table takes the text of a table; a later one counts.
func (r *reader) table(name string, text []byte) {
	if name == check.Mailers {
		text = held(text)
	}
	r.out.Tables = slices.DeleteFunc(r.out.Tables, func(t Table) bool { return t.Name == name })
	r.out.Tables = append(r.out.Tables, Table{name, text})
}

// file imports one table.
func (r *reader) file(name, path string) error {
	s, err := live.Take(path)
	if err != nil {
		return err
	}
	r.table(name, s.Text)
	r.note(Finding{File: path, Text: name, Verdict: Taken, Note: describe(name, s.Text)})
	return nil
}

// directory imports an /etc/mail: its sendmail.mc decides which of its tables are in force there.
func (r *reader) directory(dir string) error {
	path := filepath.Join(dir, "sendmail.mc")
	_, err := os.Stat(path)
	switch {
	case err == nil:
		if err := r.config(path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	found := err == nil
	for _, name := range check.Names() {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil || r.has(name) {
			continue
		}
		if found && name != check.Aliases && name != check.RelayDomains {
			r.note(Finding{File: path, Text: name, Verdict: Unsupported, Note: "sendmail.mc there does not use it, so that it is not in force; name the file itself to import it"})
			continue
		}
		if err := r.file(name, path); err != nil {
			return err
		}
	}
	if !found && len(r.out.Tables) == 0 {
		return fmt.Errorf("%s: there is no sendmail.mc and no table in it; tables are called %s", dir, strings.Join(check.Names(), ", "))
	}
	return nil
}

// has says that a table was taken.
func (r *reader) has(name string) bool {
	_, isClass := r.classes[name]
	return isClass || slices.ContainsFunc(r.out.Tables, func(t Table) bool { return t.Name == name })
}

// config imports a sendmail.mc.
func (r *reader) config(path string) error {
	s, err := live.Take(path)
	if err != nil {
		return err
	}
	if !s.Exists() {
		return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	r.dir, r.defs, r.seen = filepath.Dir(path), map[string]string{}, map[string]bool{}
	statements, problems := mc.Parse(path, string(s.Text), func(name string) (string, error) {
		s, err := live.Take(r.local(name))
		if err == nil && !s.Exists() {
			err = &fs.PathError{Op: "include", Path: name, Err: fs.ErrNotExist}
		}
		return string(s.Text), err
	})
	r.out.Problems = append(r.out.Problems, problems...)
	for _, st := range statements { // a later definition counts, wherever it is used
		if st.Name == "define" {
			r.defs[st.Arg(0)] = st.Arg(1)
		}
	}
	for _, st := range statements {
		verdict, note := r.statement(st)
		r.note(Finding{File: st.File, Line: st.Line, Text: st.String(), Verdict: verdict, Note: note})
	}
	r.absent(path)
	return nil
}

// local is where a file of the sendmail.mc's machine is here: below the same root when the sendmail.mc is in a copy of /etc/mail, else beside it.
func (r *reader) local(path string) string {
	if !filepath.IsAbs(path) {
		return filepath.Join(r.dir, path)
	}
	abs, err := filepath.Abs(r.dir)
	if err != nil {
		abs = r.dir
	}
	if root, ok := strings.CutSuffix(abs, filepath.FromSlash("/etc/mail")); ok {
		return filepath.Join(root+string(filepath.Separator), path)
	}
	if rel, ok := strings.CutPrefix(path, "/etc/mail/"); ok {
		return filepath.Join(r.dir, rel)
	}
	return filepath.Join(r.dir, filepath.Base(path))
}

// finish puts together what several lines made.
func (r *reader) finish() {
	for _, name := range check.Names() {
		if c, ok := r.classes[name]; ok {
			r.table(name, c.text)
		}
	}
	if len(r.daemons) > 0 {
		r.set("smtp", "listen", list(r.daemons))
	}
}

// describe counts a table's entries.
func describe(name string, text []byte) string {
	t, err := edit.Read(edit.KindOf(name), text)
	if err != nil {
		return err.Error()
	}
	n := len(t.Entries())
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
