package ui

import (
	"context"

	"postroom.dev/ui/model"
)

// LoginsBackend is what the window asks of those who may log in by SMTP AUTH. Passwords go in and never come out.
type LoginsBackend interface {
	// Logins gives who may log in.
	Logins(ctx context.Context) (model.Logins, error)
	// SetLogin lets somebody log in with a password, or with another one than until now. plain keeps the password itself, which CRAM-MD5 needs.
	SetLogin(ctx context.Context, name, password string, plain bool) error
	// RemoveLogin lets somebody log in no more.
	RemoveLogin(ctx context.Context, name string) error
}
