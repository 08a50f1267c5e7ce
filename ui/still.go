//go:build !nogui

package ui

import "fyne.io/fyne/v2"

// stillApp is an app without animations. The only one there would be is the blinking cursor of the search field, which
// has Fyne paint the whole window some 20 times a second for as long as the field has the keyboard.
type stillApp struct{ fyne.App }

// Settings implements fyne.App.
func (a stillApp) Settings() fyne.Settings { return stillSettings{a.App.Settings()} }

type stillSettings struct{ fyne.Settings }

// ShowAnimations implements fyne.Settings.
func (stillSettings) ShowAnimations() bool { return false }
