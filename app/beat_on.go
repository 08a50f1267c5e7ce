//go:build uiwatch

package app

import (
	"encoding/json"
	"fmt"
	"net"
	"os"

	"postroom.dev/ui"
)

// beats gives what takes the window's measurements: in builds with the tag uiwatch, it appends them to the file that POSTROOM_UI_WATCH
// names, a line each, all in microseconds: "frame", when it began, how long it took; or "wait", when a function was posted, how long it
// waited for the painting goroutine, what of that went into frames, and what kept the goroutine when it was long.
func beats() func(ui.Beat) {
	path := os.Getenv("POSTROOM_UI_WATCH")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil
	}
	return func(b ui.Beat) {
		if b.Frame {
			fmt.Fprintln(f, "frame", b.At.UnixMicro(), b.Took.Microseconds())
			return
		}
		fmt.Fprintln(f, "wait", b.At.UnixMicro(), b.Took.Microseconds(), b.Painting.Microseconds(), b.Busy)
	}
}

// sights gives what answers on the socket that POSTROOM_UI_SIGHT names, in builds with the tag uiwatch: whoever connects gets what stands in
// the window, as JSON.
func sights() func(stop <-chan struct{}, look func() []ui.Seen) {
	path := os.Getenv("POSTROOM_UI_SIGHT")
	if path == "" {
		return nil
	}
	return func(stop <-chan struct{}, look func() []ui.Seen) {
		l, err := net.Listen("unix", path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		ended := make(chan struct{})
		go func() {
			<-stop
			l.Close()
			close(ended)
		}()
		for {
			conn, err := l.Accept()
			if err != nil {
				<-ended
				return
			}
			_ = json.NewEncoder(conn).Encode(look()) // whoever asked and went away is told nothing
			conn.Close()
		}
	}
}
