//go:build !nogui

package theme

import (
	"fmt"
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
)

// inkRows counts the rows of pixels that hold ink of s.
func inkRows(s string, size float32, style fyne.TextStyle) (rows int) {
	text := canvas.NewText(s, Color(Text))
	text.TextSize, text.TextStyle = size, style
	c := software.NewTransparentCanvas()
	c.SetPadded(false)
	c.SetContent(text)
	m := c.Capture()
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		if inked(m, y) {
			rows++
		}
	}
	return rows
}

func inked(m image.Image, y int) bool {
	for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
		if _, _, _, a := m.At(x, y).RGBA(); a > 0x3000 {
			return true
		}
	}
	return false
}

// Fyne draws a text into a picture as high as ascent and descent together, with the baseline at the ascent rounded up: what a
// font's descent says too little of is cut off, underscores first.
func TestWhatHangsBelowTheBaselineIsSeen(t *testing.T) {
	setUp(t, Dark)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}} {
		for _, size := range []float32{SizeTiny, SizeSmall, SizeMedium, SizeText, SizeSubject} {
			t.Run(fmt.Sprintf("%v-%+v", size, style), func(t *testing.T) {
				if inkRows("_", size, style) == 0 {
					t.Error("no ink in _")
				}
				flat := inkRows("x", size, style)
				for _, s := range []string{"g", "y", "p"} {
					if n := inkRows(s, size, style); n < flat+2 {
						t.Errorf("%s is %d pixels high, x is %d", s, n, flat)
					}
				}
			})
		}
	}
}
