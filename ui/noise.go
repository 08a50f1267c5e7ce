//go:build !nogui

package ui

import (
	"bytes"
	"io"
	"sync"
)

// noise passes a log on without what Fyne reports as errors and are none: a
// home without a folder for videos, for one. Every Write is one line, as package log writes; a report is a line and some that
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
		n.dropping = bytes.Contains(line, []byte("Getting favorite locations")) || bytes.Contains(line, []byte("parsing user locale"))
	case bytes.Contains(line, []byte("  Cause: ")), bytes.Contains(line, []byte("  At: ")):
	default:
		n.dropping = false
	}
	if n.dropping {
		return len(line), nil
	}
	return n.to.Write(line)
}
