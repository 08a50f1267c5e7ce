//go:build !uiwatch

package app

import "time"

// beats measures nothing in this build.
func beats() func(waited time.Duration, busy string) { return nil }
