package ui

import "errors"

// The errors of Run that callers branch on.
var (
	ErrNoDisplay = errors.New("ui: no display")                         // neither DISPLAY nor WAYLAND_DISPLAY is set
	ErrNoWindow  = errors.New("ui: this program was built without one") // -tags nogui
)

// Options are what Run needs beside the Backend.
type Options struct {
	Title   string // of the window
	Version string // of the program, shown to the user
	Program string // path of the postroom program, for the lines that a user may copy; "" for the one that runs
	Ready   func() // called once, on another goroutine, when the first page of mail has been painted; may be nil
}
