//go:build nogui

package ui

import "context"

// Run opens no window in this build: ErrNoWindow.
func Run(context.Context, Backend, Options) error { return ErrNoWindow }

// CanOpen says that Run opens no window: ErrNoWindow.
func CanOpen(func(name string) string) error { return ErrNoWindow }
