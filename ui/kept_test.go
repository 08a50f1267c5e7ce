//go:build !nogui

package ui

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTheEndWaitsForThePreferences(t *testing.T) {
	path := filepath.Join(t.TempDir(), "preferences.json")
	want := map[string]any{prefWidth: 1100.0, prefTheme: "dark"}
	asked := 0
	if awaitKept(path, want, 0, func() { asked++ }) || asked == 0 {
		t.Error("there is no file, or nobody was asked to write it again")
	}
	written := make(chan error, 1)
	go func() {
		for _, text := range []string{`{"window.width":1280,"theme":"dark"}`, `{"window.width":11`, `{"window.width":1100,"theme":"dark","other":true}`} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				written <- err
				return
			}
			time.Sleep(30 * time.Millisecond)
		}
		written <- nil
	}()
	if !awaitKept(path, want, time.Minute, func() {}) {
		t.Error("it was not waited for")
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}
