package app

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"postroom.dev/app/cli/makemap"
	"postroom.dev/app/cli/sendmail"
	"postroom.dev/app/cli/stats"
	"postroom.dev/app/config"
	"postroom.dev/app/config/account"
	"postroom.dev/spool/qf"
)

// mailCommands are the names by which sendmail's users call the program.
var mailCommands = []string{"sendmail", "mailq", "hoststat", "purgestat", "mailstats", "smtpd", "makemap", "newaliases", "praliases"}

// defaultSMTP is where a Postroom with default settings listens: the last resort of a user who has no home.
const defaultSMTP = "127.0.0.1:1025"

// dialTime is how long an SMTP listener may take to let a call in that could leave its mail in the client queue.
const dialTime = 3 * time.Second

// calledAs gives the mail command whose name the program was called by, "" for Postroom itself.
func calledAs(argv0 string) string {
	name := strings.TrimSuffix(filepath.Base(argv0), ".exe")
	if slices.Contains(mailCommands, name) {
		return name
	}
	return ""
}

// runAlias runs the mail command name and gives its exit status.
func runAlias(ctx context.Context, home, name string, args []string) int {
	if name == "makemap" { // it needs no home
		return makemap.Makemap{Argv: append([]string{name}, args...), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}.Run()
	}
	place, err := whereMailGoes(home, os.Getenv, config.SystemFile)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 78 // EX_CONFIG
	}
	now := time.Now
	if name == "praliases" {
		return praliases(place.at, append([]string{name}, args...))
	}
	if name == "mailstats" {
		return stats.Command{
			Name: name, Args: args, Counts: place.at.Statistics(), Client: place.at.Statistics(), Hosts: place.at.HostStatus(),
			Now: now(), Stdout: os.Stdout, Stderr: os.Stderr,
		}.Mailstats()
	}
	return sendmail.Command{
		Argv:  append([]string{name}, args...),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Now: now,
		UID: os.Getuid(), Accounts: account.System, Hostname: hostname,
		Home: place.home, SMTP: place.smtp,
		Dial: func(network, address string) (net.Conn, error) {
			if network == "unix" {
				return dialUnix(ctx, address)
			}
			d := net.Dialer{Timeout: dialTime}
			return d.DialContext(ctx, network, address)
		},
		QueueID:  qf.NewIDs(now, os.Getpid(), now().Nanosecond()).Next,
		Software: strings.ReplaceAll(software(), " ", "/"),
		PID:      os.Getpid(),
		CalledBy: func() (int, []string) { return callerOf(os.Getpid()) },
		Trusted:  func() bool { return owns(place.at.Dir) },
		ClassT:   func(user string) bool { return isTrusted(place.at, user) },
		MTA:      mtaDoor{place.at},
	}.Run(ctx)
}

// place is where the mail of a call goes: to the program that runs on a home, else to an SMTP listener, else into the home's client queue.
type place struct {
	at   config.Home
	home sendmail.Home
	smtp string
}

// whereMailGoes finds the place for a caller's mail. A home that was named is made where it is not there yet. The user's own default home
// counts only when it exists: a web server's user must not start one that nobody looks into, and
// reaches the developer's Postroom by SMTP instead.
func whereMailGoes(home string, getenv func(string) string, systemFile string) (place, error) {
	system, err := config.LoadSystem(systemFile)
	if err != nil {
		return place{}, err
	}
	smtp := getenv("POSTROOM_SMTP")
	if smtp == "" {
		smtp = system.SMTP
	}
	named := home != "" || getenv("POSTROOM_HOME") != ""
	h, err := config.FindHome(home, getenv)
	if !named && system.Home != "" {
		h, err, named = config.Home{Dir: system.Home}, nil, true
	}
	switch _, missing := os.Stat(h.ClientQueue()); {
	case err == nil && missing == nil:
	case err == nil && named && smtp == "":
		if err := h.Create(); err != nil {
			return place{}, err
		}
	case smtp == "":
		smtp = defaultSMTP
	}
	return place{h, sendmail.Home{
		Submit: h.SubmitSocket(), ClientQueue: h.ClientQueue(), Queue: h.Queue(), Settings: h.Settings(), PID: h.PidFile(),
	}, smtp}, nil
}

// hostname is the machine's own name.
func hostname() string {
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "localhost"
}
