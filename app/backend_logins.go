package app

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"postroom.dev/app/cli"
	"postroom.dev/app/config"
	"postroom.dev/mta/authusers"
	"postroom.dev/mta/table/live"
	"postroom.dev/ui/model"
)

// Logins gives who may log in by SMTP AUTH.
func (r *Room) Logins(context.Context) (model.Logins, error) {
	out := model.Logins{Path: r.home.Table(authUsers), Asked: r.currentSettings().SMTP.Auth == config.AuthUsers}
	s, err := live.Take(out.Path)
	if err != nil {
		return out, err
	}
	users, problems := authusers.Parse(out.Path, bytes.NewReader(s.Text))
	for _, u := range users.All() {
		out.Users = append(out.Users, model.Login{Name: u.Name, Plain: u.Plain, Line: u.Line})
	}
	out.Problems = problems
	return out, nil
}

// SetLogin lets somebody log in with a password, or with another one than until now.
func (r *Room) SetLogin(_ context.Context, name, password string, plain bool) error {
	return r.setLogin(cli.AuthUser{Name: name, Password: password, Plain: plain})
}

// RemoveLogin lets somebody log in no more.
func (r *Room) RemoveLogin(_ context.Context, name string) error {
	return r.setLogin(cli.AuthUser{Name: name, Remove: true})
}

// setLogin does what postroom setup auth-user does.
func (r *Room) setLogin(u cli.AuthUser) error {
	_, err := setAuthUser(r.home.Dir, u)
	if err != nil {
		if text, ok := strings.CutPrefix(err.Error(), "setup: "); ok { // the command's own word
			return errors.New(text)
		}
	}
	return err
}
