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
	"postroom.dev/spool/query"
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

// command is one word of the command line.
type command struct {
	name, args, help string
	do               func(r *run, ctx context.Context, words []string) error
}

func commands() []command {
	return []command{
		{"", "[--hidden | FILE.eml…]", "open the window, with the mail server inside: as an icon in the tray, or with files of mail, which are kept", (*run).window},
		{"serve", "[--listen HOST:PORT]… [--no-listen] [--queue 30m]", "run the mail server without a window, until interrupted", (*run).serve},
		{"list", "[--json] [--rcpt ADDRESS] [--state STATE] [--unread] [--starred] [--tag NAME] [--sort arrived|from|subject|size] [--reverse] [--limit N]", "list messages, newest first", (*run).list},
		{"search", "[--json] [--limit N] WORDS", "list the messages in which all words occur", (*run).search},
		{"tag", "[--json] | [--off] NAME ID… | --rename NEW NAME | --delete NAME", "list the tags, put one on messages or take it off, or change one", (*run).tag},
		{"star", "[--off] ID…", "put a star on messages, or take it off", (*run).star},
		{"show", "[--json] ID | FILE.eml", "show a message: envelope, header, text, parts, problems", (*run).show},
		{"raw", "ID | --rcpt ADDRESS", "print the exact bytes received (of the newest one to ADDRESS), or with --sent those that leave", (*run).raw},
		{"delete", "ID…", "delete messages for good; what still waits of them is not sent", (*run).remove},
		{"release", "ID [--to ADDRESS]… [--from ADDRESS] [--dry-run] [--yes] [--json]", "let a caught message go out, to its recipients or those named; shows who would get it by which host, and asks first", (*run).release},
		{"forward", "ID --to ADDRESS… [--from ADDRESS] [--dry-run] [--yes] [--json]", "hand a message on to somebody new, with Resent- fields before it", (*run).forward},
		{"redeliver", "ID… [--json]", "have messages go through the tables again, as if they came now", (*run).redeliver},
		{"sessions", "[--json] [--failed] [--limit N] [WORDS]", "list the clients' sessions, newest first: with --failed only those refused or broken off, with the reason", (*run).sessions},
		{"sessions", "show [--json] ID", "print one session: who it was, how it ended, and all that was said", (*run).sessions},
		{"queue", "[list] [--json] | run|hold|release|return|delete ID…", "list what waits or is held in the queue, or do something with it", (*run).queue},
		{"queue", "redirect ID OLD=NEW…", "change the recipients of a message that waits: OLD= takes one out, =NEW adds one", (*run).queue},
		{"queue", "orphans|repair [--json] [ID…]", "show what is odd in the queue directories, or put right what can be without loss", (*run).queue},
		{"clock", "[+4h | reset]", "move the queue's clock ahead: retries, warnings and returns happen now", (*run).clock},
		{"trace", "ADDRESS | --with TABLE=FILE --all [--from ADDRESS] [--client [NAME=]IP] [--with TABLE=FILE]… [--json]", "say what happens to an address, step by step; or which kept messages an edited table treats otherwise", (*run).trace},
		{"table", "[--json] NAME [set KEY VALUE | remove KEY | rename KEY NEW]", "list a table such as access, or change one entry and leave the rest of the file as it is", (*run).table},
		{"check", "[--json] [FILE…]", "find what is wrong with the settings and tables, as file:line: problem; cure", (*run).check},
		{"import", "[--dry-run] [--force] [--json] PATH…", "take a sendmail.mc, tables or a whole /etc/mail into the home, and say what each line comes to; or keep mail: .eml files, an mbox, a Maildir", (*run).imports},
		{"setup", "auth-user NAME [--plain | --remove] [--json]", "let NAME log in by SMTP AUTH, with the password on standard input; --plain keeps the password itself, which CRAM-MD5 needs", (*run).setup},
		{"setup", "php|laravel|symfony|…", "print the lines that make an application send its mail here: also magento, wordpress, rails, django, node, spring, go, docker", (*run).setup},
		{"setup", "tls [--ca] [--json]", "show the certificate of the listeners with TLS, and what an application needs to believe it; --ca prints the CA", (*run).setup},
		{"version", "", "print the version", (*run).version},
		{"help", "", "print this", (*run).help},
	}
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
	set.StringVar(&r.home, "home", r.home, "")
	if define != nil {
		define(set)
	}
	for {
		if err := set.Parse(words); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, r.usage(name)
			}
			return nil, usagef("%s: %v; see postroom help", name, err)
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

// usage prints what one command takes.
func (r *run) usage(name string) error {
	for _, c := range commands() {
		if c.name == name {
			fmt.Fprintf(r.Stdout, "postroom %s %s\n        %s\n", c.name, c.args, c.help)
		}
	}
	return exitStatus(ExitOK)
}

func (r *run) window(ctx context.Context, _ []string) error {
	return r.Window(ctx, r.home, WindowOptions{})
}

func (r *run) serve(ctx context.Context, words []string) error {
	var o ServeOptions
	rest, err := r.flags("serve", words, func(f *flag.FlagSet) {
		f.Var((*stringList)(&o.Listen), "listen", "")
		f.BoolVar(&o.NoListen, "no-listen", false, "")
		f.DurationVar(&o.Interval, "queue", 0, "")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("serve: %s: unexpected word; see postroom help", rest[0])
	}
	return r.Serve(ctx, r.home, o, r.Stdout)
}

func (r *run) version(context.Context, []string) error {
	_, err := fmt.Fprintln(r.Stdout, r.Version)
	return err
}

func (r *run) help(context.Context, []string) error {
	fmt.Fprint(r.Stdout, "Postroom catches the mail of an app in development and shows what happened to it.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(r.Stdout, "%s\n        %s\n", strings.TrimRight("postroom "+c.name+" "+c.args, " "), c.help)
	}
	_, err := fmt.Fprintf(r.Stdout, `
The mail commands, by these names or as postroom sendmail …:
        %s

--home DIR chooses the home; else $POSTROOM_HOME, else the user's own.
Words to search for: "a phrase" -not, and
%s`, strings.Join(r.Aliases, " "), operators())
	return err
}

// operators lists what can stand before a colon in a search.
func operators() string {
	var b strings.Builder
	for _, o := range query.Operators() {
		fmt.Fprintf(&b, "        %-24s %s\n", o.Name+":"+o.Example, o.Meaning)
	}
	return b.String()
}

type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ",") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }
