//go:build !nogui

package ui

import (
	"bytes"
	"io"
	"sync"
)

// noise passes a log on without what Fyne reports as errors and are none. Every Write is one line, as package log writes; a report is a line and some that
// explain it.
type noise struct {
	to io.Writer

	mu       sync.Mutex
	dropping bool
}

// Write implements io.Writer.
func (n *noise) Write(line []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case bytes.Contains(line, []byte("Fyne error:")):
		n.dropping = isNoise(line)
	case bytes.Contains(line, []byte("  Cause: ")), bytes.Contains(line, []byte("  At: ")):
	default:
		n.dropping = false
	}
	if n.dropping {
		return len(line), nil
	}
	return n.to.Write(line)
}

// isNoise knows: a home without a folder for videos; a locale named C; preferences that Fyne, watching their file, reads while it
// writes them. Nothing but the window's size is in them.
func isNoise(line []byte) bool {
	for _, s := range []string{"Getting favorite locations", "parsing user locale", "Preferences load error"} {
		if bytes.Contains(line, []byte(s)) {
			return true
		}
	}
	return false
}
