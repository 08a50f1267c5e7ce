//go:build !uiwatch

package app

import "postroom.dev/ui"

// beats measures nothing in this build.
func beats() func(ui.Beat) { return nil }

// sights lets nobody look in this build.
func sights() func(stop <-chan struct{}, look func() []ui.Seen) { return nil }
