//go:build !nogui

package ui

import (
	"net/url"
	"time"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// desk is what the window needs of the desktop it stands on, so that tests can stand in for it.
type desk struct {
	post      model.Post
	prefs     fyne.Preferences
	settings  fyne.Settings
	look      *theme.Theme
	clipboard fyne.Clipboard
	now       func() time.Time
	openURL   func(*url.URL) error // in the browser, or whatever the desktop has for it
}

// The preferences: how the window stands, and nothing else. All other settings are in the program's own files.
const (
	prefWidth  = "window.width"
	prefHeight = "window.height"
	prefSide   = "split.sidebar"
	prefList   = "split.list"
	prefTheme  = "theme"
)

// later runs fn on the painting goroutine once d has passed.
func (d *desk) later(after time.Duration, fn func()) (cancel func()) {
	cancelled := false // read and written on the painting goroutine
	t := time.AfterFunc(after, func() {
		d.post(func() {
			if !cancelled {
				fn()
			}
		})
	})
	return func() {
		cancelled = true
		t.Stop()
	}
}

// number gives a remembered length in pixels, or the usual one where none or nonsense is remembered.
func (d *desk) number(key string, usual, least float32) float32 {
	v := float32(d.prefs.FloatWithFallback(key, float64(usual)))
	if !(v >= least && v < 10_000) {
		return usual
	}
	return v
}

// variantNamed gives the variant that the preferences name: "light", "dark", anything else for the desktop's own.
func variantNamed(s string) theme.Variant {
	switch s {
	case "light":
		return theme.Light
	case "dark":
		return theme.Dark
	}
	return theme.System
}

// nextLook goes from the desktop's own look to light, dark, and back.
func (d *desk) nextLook() {
	v, name := theme.System, ""
	switch d.look.Variant() {
	case theme.System:
		v, name = theme.Light, "light"
	case theme.Light:
		v, name = theme.Dark, "dark"
	}
	d.look.SetVariant(v)
	d.settings.SetTheme(d.look)
	d.prefs.SetString(prefTheme, name)
}

// lookNow gives the icon and the words for the look that is chosen.
func (d *desk) lookNow() (icon, words string) {
	switch d.look.Variant() {
	case theme.Light:
		return "sun", say.T("Light")
	case theme.Dark:
		return "moon", say.T("Dark")
	}
	return "contrast", say.T("As the desktop")
}
