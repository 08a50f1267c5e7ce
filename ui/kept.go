//go:build !nogui

package ui

import (
	"encoding/json"
	"os"
	"time"
)

// How long the end of the program waits for its preferences to be written: so many times, for so long.
const (
	keptTries    = 5
	keptPatience = 400 * time.Millisecond
)

// awaitKept waits until the file of Fyne's preferences has these, and now and then calls again, which has Fyne write them once more. Fyne
// writes what changes within 100 ms of a write only afterwards, does so on goroutines that nobody waits for, two of them at the same
// time when its loop ends, and may leave out the last write: who ends at once loses the sizes of the window, or half the file.
func awaitKept(path string, want map[string]any, patience time.Duration, again func()) bool {
	for i := range keptTries {
		if i > 0 {
			again()
		}
		for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			if hasKept(path, want) {
				return true
			}
			if time.Now().After(end) {
				break
			}
		}
	}
	return false
}

func hasKept(path string, want map[string]any) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var has map[string]any
	if json.Unmarshal(text, &has) != nil {
		return false // it is being written
	}
	for key, v := range want {
		if has[key] != v {
			return false
		}
	}
	return true
}
