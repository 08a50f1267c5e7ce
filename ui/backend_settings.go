package ui

import (
	"context"

	"postroom.dev/ui/model"
)

// SettingsBackend is what the window asks of the settings.
type SettingsBackend interface {
	// Settings gives every key of the settings file.
	Settings(ctx context.Context) (model.Settings, error)
	// CheckSetting says what is wrong with a value, written as TOML, nil for nothing. Nothing is changed.
	CheckSetting(ctx context.Context, section, key, value string) error
	// SetSetting writes a value into the file, where all else stays as it is, and puts it in force. A value that makes no sense changes nothing.
	SetSetting(ctx context.Context, section, key, value string) error
	// SendTest sends a message to one of our own SMTP listeners, as an application would, and gives its subject.
	SendTest(ctx context.Context, address string) (subject string, err error)
}
