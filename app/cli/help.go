package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"postroom.dev/spool/query"
)

// usage prints what one command takes, and ends the program well. set has its options, with their meanings; it may be nil.
func (r *run) usage(name string, set *flag.FlagSet) error {
	for _, c := range commands() {
		if c.name == name {
			fmt.Fprint(r.Stdout, c.synopsis())
		}
	}
	if set != nil {
		fmt.Fprint(r.Stdout, "\n", options(set))
	}
	if name == "search" {
		fmt.Fprint(r.Stdout, "\nWords to search for: \"a phrase\" -not, and\n", operators())
	}
	return exitStatus(ExitOK)
}

// synopsis is the command's line and, below it, what it is for.
func (c command) synopsis() string {
	line := "postroom"
	for _, word := range []string{c.name, c.args} {
		if word != "" {
			line += " " + word
		}
	}
	return fmt.Sprintf("%s\n        %s\n", line, c.help)
}

// options lists what the flags of a set mean.
func options(set *flag.FlagSet) string {
	var b strings.Builder
	set.VisitAll(func(f *flag.Flag) {
		value, meaning := flag.UnquoteUsage(f)
		fmt.Fprintf(&b, "        %-24s %s\n", strings.TrimSpace("--"+f.Name+" "+value), meaning)
	})
	return b.String()
}

// operators lists what can stand before a colon in a search.
func operators() string {
	var b strings.Builder
	for _, o := range query.Operators() {
		fmt.Fprintf(&b, "        %-24s %s\n", o.Name+":"+o.Example, o.Meaning)
	}
	return b.String()
}

// flagProblem says what is wrong with the options, in the words in which they were written: package flag speaks of flags with one dash.
func flagProblem(set *flag.FlagSet, err error) string {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return "--" + name + ": no such option"
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		value, _ := flag.UnquoteUsage(set.Lookup(name))
		return fmt.Sprintf("--%s: write %s behind it", name, value)
	}
	_, invalid, _ := strings.Cut(text, "invalid ")
	if quoted, rest, ok := strings.Cut(strings.TrimPrefix(invalid, "boolean "), " for "); ok {
		name, why, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(rest, "flag "), "-"), ": ")
		value := strings.Trim(strings.TrimPrefix(quoted, "value "), `"`)
		return fmt.Sprintf("--%s %s: %s", name, value, reason(set.Lookup(name), why))
	}
	return text
}

// reason puts "parse error" into words.
func reason(f *flag.Flag, why string) string {
	if why != "parse error" {
		return why
	}
	getter, ok := f.Value.(flag.Getter)
	if !ok {
		return why
	}
	switch getter.Get().(type) {
	case int:
		return "not a number"
	case bool:
		return "takes no value"
	default:
		return "not a time such as 30m or 1h"
	}
}

func (r *run) version(_ context.Context, words []string) error {
	if len(words) > 0 {
		return usagef("version: %s: unexpected word", words[0])
	}
	_, err := fmt.Fprintln(r.Stdout, r.Version)
	return err
}

func (r *run) help(ctx context.Context, words []string) error {
	if len(words) > 0 {
		return r.helpOn(ctx, words[0])
	}
	fmt.Fprint(r.Stdout, "Postroom catches the mail of an app in development and shows what happened to it.\n\n")
	for _, c := range commands() {
		fmt.Fprint(r.Stdout, c.synopsis())
	}
	_, err := fmt.Fprintf(r.Stdout, `
The mail commands, by these names or as postroom sendmail …:
        %s

--home DIR chooses the home; else $POSTROOM_HOME, else the user's own.
Results go to standard output, complaints to standard error. Exit statuses:
         0  done
         1  no such message
        64  the command line is not understood
        65  the input is not
        66  no such file
        69  not possible here: no display, nothing has run in the home
        75  not now: a Postroom runs already, the disk is full, somebody else is at work
        77  not permitted
        78  the settings, a table or the store are not in order
`, strings.Join(r.Aliases, " "))
	return err
}

// helpOn tells what the command of that name takes. Its options are known to the command itself, which is asked for them.
func (r *run) helpOn(ctx context.Context, name string) error {
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		if name == "version" || name == "help" || name == "" {
			return r.usage(name, nil)
		}
		return c.do(r, ctx, []string{"--help"})
	}
	for _, alias := range r.Aliases {
		if name == alias {
			_, err := fmt.Fprintf(r.Stdout, "postroom %s takes what sendmail 8's %s takes: see its manual page\n", name, name)
			return err
		}
	}
	return usagef("help: %s: unknown command; see postroom help", name)
}
