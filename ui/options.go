package ui

import (
	"errors"
	"time"
)

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
	Window  Manner
	Show    int64  // the message to begin with; 0 for none
	Ready   func() // called once, on another goroutine, when the first page of mail has been painted; may be nil
	// Beat is told, some times a second and on any goroutine, how busy the goroutine that paints is. Nil measures nothing.
	Beat func(Beat)
	// Sight is given a function that tells what stands in the window, nothing but in builds with the tag uiwatch, and not after stop. It runs on a
	// goroutine of its own that Run waits for. May be nil.
	Sight func(stop <-chan struct{}, look func() []Seen)
}

// Beat is one measurement of the goroutine that paints: of a frame, or of a function that was posted to it.
type Beat struct {
	Frame    bool
	At       time.Time     // when the frame began, or the function was posted
	Took     time.Duration // for the frame, or until the function had run
	Painting time.Duration // what of a function's wait went into frames
	Busy     string        // what kept a function long, the innermost call first
}

// Manner is how the window behaves on its desktop.
type Manner struct {
	Language string  // as package say has it; "" for the system's
	Scale    float64 // of everything that is drawn; 0 for the desktop's
	Notify   bool    // the desktop is told of mail that comes while the window is not in front
	Tray     bool    // an icon in the tray, where there is one, and closing the window hides it there
	Hidden   bool    // with a tray, the window is not shown at the start
}
