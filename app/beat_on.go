//go:build uiwatch

package app

import (
	"fmt"
	"os"
	"time"
)

// beats gives what takes the window's measurements: in builds with the tag uiwatch, it appends them to the file that
// POSTROOM_UI_WATCH names, a line each: microseconds that a function waited for the painting goroutine, and what kept that when it was long.
func beats() func(waited time.Duration, busy string) {
	path := os.Getenv("POSTROOM_UI_WATCH")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil
	}
	return func(waited time.Duration, busy string) { fmt.Fprintln(f, waited.Microseconds(), busy) }
}
