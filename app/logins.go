package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"postroom.dev/app/cli"
	"postroom.dev/app/config"
	"postroom.dev/mta/authusers"
	"postroom.dev/mta/table/live"
)

// authUsers is the file in etc/mail with those who may log in by SMTP AUTH.
const authUsers = "auth-users"

// openAuthUsers keeps the file of authusers at path in force.
func openAuthUsers(path string) *live.File[*authusers.Users] {
	return live.Open(path, time.Now, live.Parser[*authusers.Users]{Source: authusers.Parse})
}

// logins gives who may log in, nil where [smtp] auth is off.
func logins(auth string, users *live.File[*authusers.Users]) func() *authusers.Users {
	switch auth {
	case config.AuthOff:
		return nil
	case config.AuthAny:
		return authusers.Anyone
	}
	return func() *authusers.Users {
		u, err := users.Get()
		if err != nil {
			return nil // keepTables tells why
		}
		return u
	}
}

// saltSize is how many octets of salt a hash gets.
const saltSize = 16

// setAuthUser writes a user into a home's auth-users, or takes one out of it.
func setAuthUser(home string, u cli.AuthUser) (done cli.AuthUserDone, err error) {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return done, err
	}
	if err := h.Create(); err != nil {
		return done, err
	}
	settings, err := config.Load(h.Settings())
	if err != nil {
		return done, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	line := ""
	if !u.Remove {
		if line, err = authusers.Line(u.Name, u.Password, salt, u.Plain); err != nil {
			return done, cli.Status{Code: cli.ExitDataErr, Err: fmt.Errorf("setup: %w", err)}
		}
	}
	done = cli.AuthUserDone{Name: u.Name, File: h.Table(authUsers), Auth: settings.SMTP.Auth}
	if err := os.Chmod(done.File, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) { // it has passwords
		return done, err
	}
	snapshot, err := live.Take(done.File)
	if err != nil {
		return done, err
	}
	text, found := authusers.Set(snapshot.Text, u.Name, line)
	switch {
	case u.Remove && !found:
		return done, cli.Status{Code: cli.ExitFailure, Err: fmt.Errorf("setup: there is no user %q in %s", u.Name, done.File)}
	case u.Remove:
		done.Action = "removed"
	case found:
		done.Action = "changed"
	default:
		done.Action = "added"
	}
	_, err = snapshot.Save(text)
	return done, err
}
