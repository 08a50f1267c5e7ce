// Package cli is Postroom's own command line: postroom serve, list, show, raw, search, delete …
//
// It parses words, asks a control.Desk and prints; it opens no home itself: what
// it needs of the program it is given as a Program. The sendmail command, with
// its own grammar and manners, is package app/cli/sendmail.
//
// Results go to standard output, everything else to standard error as
// "postroom: …"; exit statuses are those of sysexits.h (exit.go).
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/app/cli/imports"
	"postroom.dev/app/control"
	"postroom.dev/mta/table"
	"postroom.dev/ui"
)

// Program is what the commands need of the program around them. home is the value of --home, "" when not given.
type Program struct {
	Version string
	Window  func(ctx context.Context, home string, o WindowOptions) error               // opens the window, or raises the one that is open
	Serve   func(ctx context.Context, home string, o ServeOptions, out io.Writer) error // runs until ctx ends
	Desk    func(ctx context.Context, home string) (control.Desk, io.Closer, error)
	Read    func(path string) (ui.Message, error)                           // reads an .eml file as the store would
	Alias   func(ctx context.Context, home, name string, args []string) int // runs sendmail, mailq …
	Check   func(home string, files []string) ([]table.Problem, error)      // checks the settings and the tables, or the files that are named
	Table   func(home, name string, create bool) (path string, err error)   // where a table is; create makes a home that is not there
	Trace   func(home string, with map[string]string) (Worlds, error)       // the tables, and with files in the place of some
	Import  func(home string, paths []string, o ImportOptions) (*imports.Reading, []imports.Change, error)

	TLS      func(home string) (TLS, error)                      // tells of the certificate of a home's listeners, which it makes when there is none
	AuthUser func(home string, u AuthUser) (AuthUserDone, error) // writes a user into a home's auth-users, or takes one out
}

// WindowOptions are what the window can be told.
type WindowOptions struct {
	Files  []string // of mail, to keep and show
	Hidden bool     // start with the tray's icon alone, where there is a tray
}

// ServeOptions are what serve can be told.
type ServeOptions struct {
	Listen   []string      // addresses instead of the settings'
	NoListen bool          // take no mail by SMTP
	Interval time.Duration // between queue runs, 0 for the settings'
}

// Call is one call of the command line.
type Call struct {
	Args    []string // without the program's name
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Aliases []string // the names of the mail commands: sendmail …
}

// Run does what the words say and gives the exit status.
func (p Program) Run(ctx context.Context, c Call) int {
	r := run{Program: p, Call: c}
	err := r.dispatch(ctx)
	var exit exitStatus
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &exit):
		return int(exit)
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(c.Stderr, "postroom: %s\n", strings.TrimSuffix(line, "\n"))
	}
	return exitOf(err)
}

// exitStatus ends the program with this status and without a word: it has all been said.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

type run struct {
	Program
	Call
	home string
}

func (r *run) dispatch(ctx context.Context) error {
	words, err := r.leadingFlags(r.Args)
	if err != nil {
		return err
	}
	name := ""
	if len(words) > 0 {
		name, words = words[0], words[1:]
	}
	for _, alias := range r.Aliases {
		if name == alias {
			return exitStatus(r.Alias(ctx, r.home, name, words))
		}
	}
	switch name {
	case "--help", "-h", "-help":
		name = "help"
	case "--version", "-version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			return c.do(r, ctx, words)
		}
	}
	if name == "--hidden" && len(words) == 0 {
		return r.Window(ctx, r.home, WindowOptions{Hidden: true})
	}
	var o WindowOptions
	for _, path := range append([]string{name}, words...) {
		files, err := mailFiles(path)
		if err != nil || len(files) == 0 {
			return usagef("%s: unknown command; see postroom help", name)
		}
		o.Files = append(o.Files, files...)
	}
	return r.Window(ctx, r.home, o)
}

// leadingFlags takes --home from before the command's name.
func (r *run) leadingFlags(words []string) ([]string, error) {
	for len(words) > 0 {
		switch value, attached := strings.CutPrefix(words[0], "--home="); {
		case attached:
			r.home, words = value, words[1:]
		case words[0] == "--home":
			if len(words) < 2 {
				return nil, usagef("--home needs a directory")
			}
			r.home, words = words[1], words[2:]
		default:
			return words, nil
		}
	}
	return words, nil
}

// flags parses the words of one command: flags may stand before, between and after the others.
func (r *run) flags(name string, words []string, define func(*flag.FlagSet)) (rest []string, err error) {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&r.home, "home", r.home, "`DIR` is the home; else $POSTROOM_HOME, else the user's own")
	if define != nil {
		define(set)
	}
	for {
		if err := set.Parse(words); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, r.usage(name, set)
			}
			return nil, usagef("%s: %s; see postroom help %s", name, flagProblem(set, err), name)
		}
		if set.NArg() == 0 {
			return rest, nil
		}
		// Parse stops at the first word that is no flag, and behind "--".
		if consumed := len(words) - set.NArg(); consumed > 0 && words[consumed-1] == "--" {
			return append(rest, set.Args()...), nil
		}
		rest, words = append(rest, set.Arg(0)), set.Args()[1:]
	}
}

func (r *run) window(ctx context.Context, _ []string) error {
	return r.Window(ctx, r.home, WindowOptions{})
}

func (r *run) serve(ctx context.Context, words []string) error {
	var o ServeOptions
	rest, err := r.flags("serve", words, func(f *flag.FlagSet) {
		f.Var((*stringList)(&o.Listen), "listen", "take mail by SMTP on `HOST:PORT` instead of on what the settings say; may be given again")
		f.BoolVar(&o.NoListen, "no-listen", false, "take no mail by SMTP: only by sendmail")
		f.DurationVar(&o.Interval, "queue", 0, "run the queue every `TIME`, such as 30m, instead of as often as the settings say")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("serve: %s: unexpected word; see postroom help serve", rest[0])
	}
	return r.Serve(ctx, r.home, o, r.Stdout)
}

type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ",") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }
