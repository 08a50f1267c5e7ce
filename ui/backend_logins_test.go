//go:build !nogui

package ui

import (
	"context"
	"errors"
	"slices"
	"sync"

	"postroom.dev/ui/model"
)

// testLogins are those who may log in, in memory.
type testLogins struct {
	held      sync.Mutex
	users     []model.Login
	passwords map[string]string
}

func (b *testLogins) Logins(context.Context) (model.Logins, error) {
	b.held.Lock()
	defer b.held.Unlock()
	return model.Logins{Path: "/home/etc/mail/auth-users", Users: slices.Clone(b.users), Asked: true}, nil
}

func (b *testLogins) SetLogin(_ context.Context, name, password string, plain bool) error {
	if name == "" || password == "" {
		return errors.New("the password is empty")
	}
	_ = b.RemoveLogin(context.Background(), name)
	b.held.Lock()
	defer b.held.Unlock()
	if b.passwords == nil {
		b.passwords = map[string]string{}
	}
	b.users, b.passwords[name] = append(b.users, model.Login{Name: name, Plain: plain, Line: len(b.users) + 1}), password
	return nil
}

func (b *testLogins) RemoveLogin(_ context.Context, name string) error {
	b.held.Lock()
	defer b.held.Unlock()
	b.users = slices.DeleteFunc(b.users, func(u model.Login) bool { return u.Name == name })
	return nil
}

func (b *testLogins) password(name string) string {
	b.held.Lock()
	defer b.held.Unlock()
	return b.passwords[name]
}
