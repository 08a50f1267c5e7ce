//go:build !nogui

package ui

import "testing"

func TestOnlyTheFirstGoroutinePaints(t *testing.T) {
	if onMain() { // tests run on others
		t.Error("a test's goroutine is taken for the first one")
	}
}
