//go:build !uiwatch

package app

import (
	"time"

	"postroom.dev/ui"
)

// beats measures nothing in this build.
func beats() func(waited time.Duration, busy string) { return nil }

// sights lets nobody look in this build.
func sights() func(stop <-chan struct{}, look func() []ui.Seen) { return nil }
