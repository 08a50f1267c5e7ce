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
	// SendTest sends a message to one of our own listeners, as an application would, and gives its subject. With a name it logs in. model.ErrLoginNeeded.
	SendTest(ctx context.Context, address, name, password string) (subject string, err error)

	// Ports gives the listeners as the settings file has them, and what came of each.
	Ports(ctx context.Context) ([]model.Port, error)
	// CheckPort says what is wrong with a listener, in the place of was, or of none where that is nil. Nothing is changed.
	CheckPort(ctx context.Context, was *model.Port, p model.Port) error
	// SetPort writes a listener into the file, in the place of was, or a new one where that is nil, and opens it. One that makes no sense
	// changes nothing. model.ErrTableChanged.
	SetPort(ctx context.Context, was *model.Port, p model.Port) error
	// RemovePort takes a listener out of the file and closes it. model.ErrTableChanged.
	RemovePort(ctx context.Context, was model.Port) error
	// Certificate gives what listeners with TLS show; it is made where there is none.
	Certificate(ctx context.Context) (model.Certificate, error)
}
