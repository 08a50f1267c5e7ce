//go:build !nogui

package ui

import (
	"log"
	"strings"
	"testing"
)

func TestNoiseIsDroppedAndErrorsAreNot(t *testing.T) {
	var b strings.Builder
	l := log.New(&noise{to: &b}, "", log.LstdFlags)
	for _, line := range []string{
		"Fyne error:  Getting favorite locations", "  Cause: this computer does not define a VIDEOS folder", "  At: dialog/file.go:396",
		"Fyne error:  unable to load image", "  Cause: unexpected end", "  At: image.go:1",
		"Fyne error:  Preferences load error:", "  Cause: EOF", "  At: preferences.go:1",
		"Fyne error:  Error parsing user locale C", "  Cause: not well-formed",
		"*** Error in Fyne call thread ***",
	} {
		l.Print(line)
	}
	got := b.String()
	for _, want := range []string{"unable to load image", "unexpected end", "image.go", "call thread"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from %q", want, got)
		}
	}
	if strings.Contains(got, "VIDEOS") || strings.Contains(got, "file.go:396") || strings.Contains(got, "locale") || strings.Contains(got, "EOF") {
		t.Errorf("noise in %q", got)
	}
}
