//go:build !nogui

package ui

import (
	"testing"

	"fyne.io/fyne/v2"
)

func TestAWindowFitsItsScreen(t *testing.T) {
	for _, c := range []struct {
		name          string
		size          fyne.Size
		scale         float32
		width, height int
		want          fyne.Size
	}{
		{"one that fits stays", fyne.NewSize(900, 600), 1, 1280, 800, fyne.NewSize(900, 600)},
		{"one that fits exactly stays", fyne.NewSize(1280, 800), 1, 1280, 800, fyne.NewSize(1280, 800)},
		{"one that hangs over an edge becomes smaller", fyne.NewSize(1280, 800), 1, 900, 600, fyne.NewSize(900, 600)},
		{"only where it hangs over", fyne.NewSize(1280, 500), 1, 900, 600, fyne.NewSize(900, 500)},
		{"a scale counts", fyne.NewSize(1280, 800), 2, 1920, 1080, fyne.NewSize(960, 540)},
		{"a screen that says nothing", fyne.NewSize(1280, 800), 1, 0, 0, fyne.NewSize(1280, 800)},
		{"a window that is not there yet", fyne.NewSize(1280, 800), 0, 900, 600, fyne.NewSize(1280, 800)},
	} {
		got, changed := fitted(c.size, c.scale, c.width, c.height)
		if got != c.want || changed != (c.want != c.size) {
			t.Errorf("%s: %v, %t; want %v", c.name, got, changed, c.want)
		}
	}
}
