// Package makemap is sendmail's commands that build and print tables: makemap, newaliases
// (sendmail -bi) and praliases.
//
// Postroom reads the text of a table whenever it was changed (package mta/table/live), so nobody needs these
// commands; scripts and habit do, and they check. What makemap writes is read where there is no text beside
// it. Options, texts and exit statuses are those of sendmail 8.17, with these differences: a map is listed in
// the order of its keys, not of a hash; a line that is too long is left out whole; -N, -c, -i, -l of a cffile and -s are taken and change nothing.
package makemap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode"

	"postroom.dev/mta/table"
	"postroom.dev/mta/table/live"
)

// The exit statuses of sysexits(3) that these commands use.
const (
	exOK        = 0
	exUsage     = 64
	exDataErr   = 65 // lines of the source were left out
	exNoInput   = 66
	exSoftware  = 70 // lines of the aliases file were left out
	exCantCreat = 73
	exIOErr     = 74
)

// mapMode is the mode of what these commands write, sendmail's.
const mapMode = 0o640

const makemapUsage = `Usage: makemap [-C cffile] [-N] [-c cachesize] [-D commentchar]
               [-d] [-e] [-f] [-i type] [-l] [-o] [-r] [-s] [-t delimiter]
               [-u] [-v] type mapname
`

// Makemap is one call of makemap.
type Makemap struct {
	Argv   []string // with the name that complaints begin with
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// makemapCall is what a command line of makemap says.
type makemapCall struct {
	syntax                table.Syntax
	list, add, dump, chat bool
	config, kind, name    string
}

// path is the file that the map is in: a ".db" that was typed is not doubled.
func (call makemapCall) path() string { return strings.TrimSuffix(call.name, ".db") + ".db" }

// Run does what the command line says and gives the exit status.
func (c Makemap) Run() int {
	options, operands, complaint := getopt(c.Argv, "C:Nc:t:D:defi:lorsuv")
	call := readMakemap(options)
	switch {
	case complaint != "":
		fmt.Fprintf(c.Stderr, "%s\n%s", complaint, makemapUsage)
		return exUsage
	case call.list:
		for _, kind := range table.Types() {
			fmt.Fprintln(c.Stdout, kind)
		}
		return exOK
	case len(operands) != 2:
		fmt.Fprint(c.Stderr, makemapUsage)
		return exUsage
	}
	call.kind, call.name = operands[0], operands[1]
	if call.config != "" { // nothing in it concerns us, but a wrong name is a mistake
		f, err := os.Open(call.config)
		if err != nil {
			fmt.Fprintf(c.Stderr, "makemap: %s: %s\n", call.config, reason(err))
			return exNoInput
		}
		f.Close()
	}
	switch {
	case call.kind == "dbm":
		fmt.Fprintln(c.Stderr, "makemap: Need to recompile with -DNDBM for dbm support")
		return exCantCreat
	case !slices.Contains(table.Types(), call.kind):
		return c.cannotOpen(call, errType)
	case call.dump:
		return c.dump(call)
	}
	return c.build(call)
}

func readMakemap(options []option) (call makemapCall) {
	for _, o := range options {
		switch o.letter {
		case 'C':
			call.config = o.value
		case 'D':
			call.syntax.Comment = o.value[0]
		case 't':
			call.syntax.Separator = o.value[0]
		case 'd':
			call.syntax.Duplicates = true
		case 'e':
			call.syntax.AllowEmpty = true
		case 'f':
			call.syntax.KeepCase = true
		case 'r':
			call.syntax.Replace = true
		case 'l':
			call.list = true
		case 'o':
			call.add = true
		case 'u':
			call.dump = true
		case 'v':
			call.chat = true
		}
	}
	return call
}

var (
	errType    = errors.New("unknown database type") // reason gives it its capital
	errInvalid = errors.New("invalid argument")
)

// cannotOpen says so in sendmail's words; where they hide the cure, it follows.
func (c Makemap) cannotOpen(call makemapCall, err error) int {
	why := err
	if errors.Is(err, table.ErrForeign) || errors.Is(err, table.ErrDamaged) {
		why = errInvalid
	}
	fmt.Fprintf(c.Stderr, "makemap: error opening type %s map %s: %s\n", call.kind, call.name, reason(why))
	if why != err {
		fmt.Fprintf(c.Stderr, "makemap: %s: %v\n", call.path(), err)
	}
	return exCantCreat
}

// open reads the map that is there, of the type that was asked for.
func (call makemapCall) open() (*table.Map, error) {
	f, err := os.Open(call.path())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, kind, err := table.Read(call.path(), f)
	if err == nil && (kind == "btree") != (call.kind == "btree") { // implicit is a hash
		err = errInvalid
	}
	return m, err
}

// dump prints a map.
func (c Makemap) dump(call makemapCall) int {
	m, err := call.open()
	if err != nil {
		return c.cannotOpen(call, err)
	}
	separator := call.syntax.Separator
	if separator == 0 {
		separator = '\t'
	}
	out := bufio.NewWriter(c.Stdout)
	for e := range m.Sorted() {
		fmt.Fprintf(out, "%s%c%s\n", e.Key, separator, e.Value)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintf(c.Stderr, "makemap: %s: %s\n", call.name, reason(err))
		return exIOErr
	}
	return exOK
}

// build makes a map of standard input. The map is in place, whole, when all is read.
func (c Makemap) build(call makemapCall) int {
	b := table.NewBuilder(call.name, call.syntax)
	if call.add {
		old, err := call.open()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c.cannotOpen(call, err)
		}
		for e := range old.Sorted() {
			if err := b.Add([]byte(e.Key), []byte(e.Value), 0); err != nil {
				return c.cannotOpen(call, err)
			}
		}
	}
	exit := exOK
	err := live.Replace(call.path(), mapMode, func(w io.Writer) error {
		var err error
		if exit, err = c.read(call, b); err != nil {
			return err
		}
		return b.Map().Write(w, call.kind)
	})
	if read := (*inputError)(nil); errors.As(err, &read) {
		fmt.Fprintf(c.Stderr, "makemap: %s: %s\n", call.name, reason(read.err))
		return exIOErr
	}
	if err != nil {
		return c.cannotOpen(call, err)
	}
	return exit
}

// inputError is what went wrong with standard input: the old map stays.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }

// read adds the lines of standard input and complains of those that are no entries.
func (c Makemap) read(call makemapCall, b *table.Builder) (exit int, err error) {
	out := bufio.NewWriter(c.Stdout)
	defer out.Flush()
	s := table.NewScanner(c.Stdin, call.syntax)
	complain := func(text string) {
		exit = exDataErr
		fmt.Fprintf(c.Stderr, "makemap: %s: line %d: %s\n", call.name, s.Line(), text)
	}
	for s.Scan() {
		if p := s.Problem(); p != nil {
			complain(p.Text)
			continue
		}
		if call.chat {
			fmt.Fprintf(out, "key=`%s', val=`%s'\n", s.Key(), s.Value())
		}
		switch err := b.Add(s.Key(), s.Value(), s.Line()); {
		case errors.Is(err, table.ErrDuplicate):
			complain(fmt.Sprintf("key %s: duplicate key", s.Key()))
		case err != nil:
			return exit, &inputError{err}
		}
	}
	if err := s.Err(); err != nil {
		return exit, &inputError{err}
	}
	return exit, nil
}

// reason is an error without the operation and the path, with a capital as strerror(3) has it.
func reason(err error) string {
	text := err.Error()
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		text = pe.Err.Error()
	}
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		text = le.Err.Error()
	}
	r := []rune(text)
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}
