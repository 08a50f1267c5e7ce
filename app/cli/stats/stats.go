// Package stats is the commands mailstats, hoststat and purgestat, with sendmail's output and exit codes.
//
// mailstats has its own options, read here:
//
//	mailstats [-C cffile] [-c] [-P] [-f stfile] [-o] [-p]
//
// -p and -P print for programs, and -p clears the statistics; -o leaves the mailers' names out; -f names the file; -c
// asks about the submission program, which counts nothing by itself. -C is taken for the file's existence alone.
// hoststat and purgestat are sendmail -bh and -bH: package sendmail of app/cli reads their options.
package stats

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"postroom.dev/mta/stats"
)

// Exit codes, as in sysexits.h.
const (
	exitOK      = 0
	exitUsage   = 64
	exitNoInput = 66
	exitOSErr   = 71
	exitIOErr   = 74
)

// HostTimeout is Timeout.hoststatus: for how long a host's status is of use.
const HostTimeout = 30 * time.Minute

// Command is one call of one of the commands.
type Command struct {
	Name   string   // argv[0]: what a wrong option is blamed on
	Args   []string // of mailstats, without its name
	Counts string   // the statistics file
	Client string   // that of the submission program, for mailstats -c
	Hosts  string   // the host status file
	// Verbose is -v of hoststat: results are not cut.
	Verbose bool
	Now     time.Time // its zone is that of the times printed

	Stdout, Stderr io.Writer
}

const usage = "usage: mailstats [-C cffile] [-c] [-P] [-f stfile] [-o] [-p]\n"

// Mailstats prints the statistics and gives the exit code: 0, 64 for a wrong option, 66 where the file is missing, 71
// where it is not one of ours, 74 where it cannot be read or the output not be written.
func (c Command) Mailstats() int {
	o, wrong := c.options()
	if wrong {
		fmt.Fprint(c.Stderr, usage)
		return exitUsage
	}
	if o.config != "" {
		if _, err := os.Stat(o.config); err != nil {
			return c.complain(o.config, err)
		}
	}
	counts, err := stats.ReadCounts(o.file)
	if err != nil {
		return c.complain(o.file, err)
	}
	if err := counts.Print(c.Stdout, o.form, c.Now); err != nil {
		return c.complain("standard output", err)
	}
	if o.clear {
		if err := stats.Clear(o.file); err != nil {
			return c.complain(o.file, err)
		}
	}
	return exitOK
}

// Hoststat prints what is remembered of other hosts and gives the exit code: 0, also when there is nothing to print.
func (c Command) Hoststat() int {
	hosts, err := stats.ReadHosts(c.Hosts)
	if errors.Is(err, fs.ErrNotExist) {
		return exitOK
	}
	if err != nil {
		return c.complain(c.Hosts, err)
	}
	if err := stats.PrintHosts(c.Stdout, hosts, c.Now, c.Verbose); err != nil {
		return c.complain("standard output", err)
	}
	return exitOK
}

// Purgestat forgets the hosts whose status has expired, in silence, and gives the exit code.
func (c Command) Purgestat() int {
	if err := stats.Purge(c.Hosts, c.Now, HostTimeout); err != nil {
		return c.complain(c.Hosts, err)
	}
	return exitOK
}

type options struct {
	file, config string
	form         stats.Form
	clear        bool
}

// options reads the arguments as getopt does: letters may be joined, a value may stand apart. What is wrong is said on
// standard error.
func (c Command) options() (o options, wrong bool) {
	o.file = c.Counts
	args := c.Args
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		word := args[0][1:]
		args = args[1:]
		if word == "-" {
			break
		}
		for word != "" {
			letter := word[0]
			word = word[1:]
			switch letter {
			case 'c':
				o.file = c.Client
			case 'o':
				o.form.Nameless = true
			case 'P':
				o.form.Program = true
			case 'p':
				o.form.Program, o.clear = true, true
			case 'C', 'f':
				if word == "" {
					if len(args) == 0 {
						fmt.Fprintf(c.Stderr, "%s: option requires an argument -- '%c'\n", c.Name, letter)
						return o, true
					}
					word, args = args[0], args[1:]
				}
				if letter == 'C' {
					o.config = word
				} else {
					o.file = word
				}
				word = ""
			default:
				fmt.Fprintf(c.Stderr, "%s: invalid option -- '%c'\n", c.Name, letter)
				return o, true
			}
		}
	}
	return o, len(args) > 0
}

// complain says on standard error what is wrong, as mailstats does, and gives the exit code.
func (c Command) complain(path string, err error) int {
	name := c.Name[strings.LastIndexAny(c.Name, `/\`)+1:]
	text, code := err.Error(), exitIOErr
	var number syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text, code = path+": No such file or directory", exitNoInput
	case errors.Is(err, stats.ErrFormat):
		text, code = fmt.Sprintf("%v in %s", stats.ErrFormat, path), exitOSErr
	case errors.As(err, &number):
		text = path + ": " + number.Error()
	}
	fmt.Fprintf(c.Stderr, "%s: %s\n", name, text)
	return code
}
