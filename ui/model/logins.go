package model

import (
	"context"
	"reflect"
	"time"

	"postroom.dev/mta/table"
)

// Logins are those who may log in by SMTP AUTH.
type Logins struct {
	Path     string
	Users    []Login
	Problems []table.Problem
	Asked    bool // [smtp] auth asks them
}

// Login is one of them.
type Login struct {
	Name  string
	Plain bool // the file has the password itself, not a hash
	Line  int
}

// LoginsSource is what the list of logins asks of the program.
type LoginsSource interface {
	Logins(ctx context.Context) (Logins, error)
	SetLogin(ctx context.Context, name, password string, plain bool) error
	RemoveLogin(ctx context.Context, name string) error
}

// LoginList is the logins as a list shows them, one a row. What somebody else changes is seen soon.
type LoginList struct {
	OnChange  func()
	OnProblem func(error)

	source LoginsSource
	tasks  *tasks
	poll   *Poll[Logins] // nil while nobody looks
	all    Logins
}

// NewLoginList makes a list that is empty until Watch.
func NewLoginList(source LoginsSource, post Post) *LoginList {
	return &LoginList{OnChange: func() {}, OnProblem: func(error) {}, source: source, tasks: newTasks(post)}
}

// Close waits for what was ordered.
func (l *LoginList) Close() {
	l.Unwatch()
	l.tasks.close()
}

// Watch begins to read the logins, Unwatch ends it.
func (l *LoginList) Watch() {
	if l.poll != nil {
		return
	}
	l.poll = NewPoll(l.tasks.post, 2*time.Second, l.source.Logins, func(a, b Logins) bool { return reflect.DeepEqual(a, b) }, func(all Logins, err error) {
		if err != nil {
			l.OnProblem(err)
			return
		}
		l.all = all
		l.OnChange()
	})
}

// Unwatch ends reading.
func (l *LoginList) Unwatch() {
	if l.poll != nil {
		l.poll.Close()
		l.poll = nil
	}
}

// All is what was read last.
func (l *LoginList) All() Logins { return l.all }

// Len, Key and Index make it a list.
func (l *LoginList) Len() int { return len(l.all.Users) }

// Key names a row.
func (l *LoginList) Key(i int) int64 { return keyOf(l.all.Users[i].Name) }

// Index finds a row, -1 when it is not there.
func (l *LoginList) Index(key int64) int {
	for i := range l.all.Users {
		if l.Key(i) == key {
			return i
		}
	}
	return -1
}

// Set gives somebody a password, and then says how that ended.
func (l *LoginList) Set(name, password string, plain bool, then func(error)) {
	l.do(func(ctx context.Context) error { return l.source.SetLogin(ctx, name, password, plain) }, then)
}

// Remove takes logins out, all or those before the first that cannot be, and then says how that ended.
func (l *LoginList) Remove(names []string, then func(error)) {
	l.do(func(ctx context.Context) error {
		for _, name := range names {
			if err := l.source.RemoveLogin(ctx, name); err != nil {
				return err
			}
		}
		return nil
	}, then)
}

func (l *LoginList) do(what func(context.Context) error, then func(error)) {
	l.tasks.run(func(ctx context.Context) {
		err := what(context.WithoutCancel(ctx))
		l.tasks.show(ctx, func() {
			then(err)
			if l.poll != nil {
				l.poll.Nudge()
			}
		})
	})
}
