//go:build nogui

package ui

import (
	"errors"
	"testing"
)

func TestTheServerBuildHasNoWindow(t *testing.T) {
	if err := Run(t.Context(), nil, Options{}); !errors.Is(err, ErrNoWindow) {
		t.Errorf("Run gives %v", err)
	}
	if err := CanOpen(func(string) string { return ":0" }); !errors.Is(err, ErrNoWindow) {
		t.Errorf("CanOpen gives %v", err)
	}
}
