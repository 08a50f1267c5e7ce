//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// fitScreen makes a window smaller that is larger than the screen's part that windows may use: a window manager does that, where there is
// one. It belongs on the goroutine that paints, once GLFW runs.
func fitScreen(w fyne.Window) {
	monitor := glfw.GetPrimaryMonitor()
	if monitor == nil {
		return
	}
	_, _, width, height := monitor.GetWorkarea()
	if to, is := fitted(w.Canvas().Size(), w.Canvas().Scale(), width, height); is {
		w.Resize(to)
	}
}

// fitted gives the size of a window on a screen of so many pixels, and says whether it is another one.
func fitted(size fyne.Size, scale float32, width, height int) (fyne.Size, bool) {
	if width <= 0 || height <= 0 || !(scale > 0) {
		return size, false
	}
	to := size.Min(fyne.NewSize(float32(width)/scale, float32(height)/scale))
	return to, to != size
}
