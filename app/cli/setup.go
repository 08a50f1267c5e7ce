package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"postroom.dev/app/control"
	"postroom.dev/ui/connect"
)

// AuthUser is what setup auth-user is to do.
type AuthUser struct {
	Name, Password string
	Plain          bool // keep the password itself, for CRAM-MD5
	Remove         bool
}

// AuthUserDone is what it did.
type AuthUserDone struct {
	Name   string `json:"name"`
	Action string `json:"action"` // "added", "changed" or "removed"
	File   string `json:"file"`
	Auth   string `json:"auth"` // [smtp] auth
}

// setup makes what a home needs beyond its files: the users of SMTP AUTH, and a certificate.
func (r *run) setup(ctx context.Context, words []string) error {
	if slices.Contains(words, "tls") && !slices.Contains(words, "auth-user") {
		return r.setupTLS(words)
	}
	if len(words) == 1 && slices.Contains(connect.Names(), strings.ToLower(words[0])) {
		return r.setupApp(ctx, words[0])
	}
	var u AuthUser
	asJSON := false
	rest, err := r.flags("setup", words, func(f *flag.FlagSet) {
		f.BoolVar(&u.Plain, "plain", false, "keep the password itself, which CRAM-MD5 needs")
		f.BoolVar(&u.Remove, "remove", false, "take the user out")
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	})
	switch {
	case err != nil:
		return err
	case len(rest) != 2 || rest[0] != "auth-user":
		return usagef("setup: write tls, or auth-user NAME; the password is read from standard input; or an application: %s", strings.Join(connect.Names(), ", "))
	}
	u.Name = rest[1]
	if !u.Remove {
		if u.Password, err = r.password(ctx); err != nil {
			return err
		}
	}
	done, err := r.AuthUser(r.home, u)
	switch {
	case err != nil:
		return err
	case asJSON:
		return printJSON(r.Stdout, done)
	}
	if done.Auth != "users" {
		fmt.Fprintf(r.Stderr, "postroom: [smtp] auth is %q: it is not asked who is in %s\n", done.Auth, done.File)
	}
	_, err = fmt.Fprintf(r.Stdout, "%s: %s %s\n", done.File, printable(done.Name), done.Action)
	return err
}

// setupApp prints the lines that make an application send its mail here.
func (r *run) setupApp(ctx context.Context, name string) error {
	return r.onDesk(ctx, func(d control.Desk) error {
		status, err := d.Status(ctx)
		if err != nil {
			return err
		}
		address := ""
		for _, l := range status.Listeners {
			if l.Protocol == "SMTP" && l.Err == "" && address == "" {
				address = l.Address
			}
		}
		if address == "" {
			fmt.Fprintln(r.Stderr, "postroom: nothing listens for SMTP just now; these lines have the usual address")
		}
		program, _ := os.Executable() // where it is not known, that line is left out
		app, _ := connect.Find(name, connect.ServerAt(address, program))
		_, err = fmt.Fprintf(r.Stdout, "%s: %s\n\n%s", app.Title, app.Where, app.Lines)
		return err
	})
}

// password reads the first line of standard input. From a terminal it is read twice, unseen. An interrupt ends it: the terminal
// shows again what is typed, and the read, which nothing interrupts, ends with the program.
func (r *run) password(ctx context.Context) (string, error) {
	in := bufio.NewReader(io.LimitReader(r.Stdin, 64<<10))
	f, ok := r.Stdin.(*os.File)
	if ok {
		info, err := f.Stat()
		ok = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if !ok {
		return passwordLine(ctx, in)
	}
	defer echo(f, "echo")
	echo(f, "-echo")
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(r.Stderr, prompt)
		var err error
		typed[i], err = passwordLine(ctx, in)
		fmt.Fprintln(r.Stderr)
		if err != nil {
			return "", err
		}
	}
	if typed[0] != typed[1] {
		return "", Status{ExitDataErr, errors.New("setup: the two passwords are not the same")}
	}
	return typed[0], nil
}

func passwordLine(ctx context.Context, in *bufio.Reader) (string, error) {
	var line string
	var err error
	read := make(chan struct{})
	go func() {
		defer close(read)
		line, err = in.ReadString('\n')
	}()
	select {
	case <-read:
	case <-ctx.Done():
		return "", Status{ExitFailure, errors.New("setup: interrupted; nothing was changed")}
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" && err != nil {
		return "", Status{ExitNoInput, errors.New("setup: no password on standard input")}
	}
	return line, nil
}

// echo switches a terminal's echo. Where there is no stty the password is seen.
func echo(terminal *os.File, how string) {
	c := exec.Command("stty", how)
	c.Stdin = terminal
	_ = c.Run()
}
