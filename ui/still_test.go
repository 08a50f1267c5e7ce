//go:build !nogui

package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// countingApp counts the animations that are started.
type countingApp struct {
	fyne.App
	started *int
}

func (a countingApp) Driver() fyne.Driver { return countingDriver{a.App.Driver(), a.started} }

type countingDriver struct {
	fyne.Driver
	started *int
}

func (d countingDriver) StartAnimation(a *fyne.Animation) {
	*d.started++
	d.Driver.StartAnimation(a)
}

func TestTheCursorOfTheSearchFieldStandsStill(t *testing.T) {
	for _, c := range []struct {
		name string
		app  func(fyne.App) fyne.App
		want int
	}{
		{"in Fyne's app it blinks", func(a fyne.App) fyne.App { return a }, 1},
		{"in ours it does not", func(a fyne.App) fyne.App { return stillApp{a} }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			app, started := test.NewTempApp(t), 0
			app.Settings().SetTheme(theme.New(theme.Dark))
			fyne.SetCurrentApp(c.app(countingApp{app, &started}))
			field := kit.NewEntry(func(time.Duration, func()) func() { return func() {} }, "")
			win := test.NewTempWindow(t, field)
			win.Resize(fyne.NewSize(200, 40))
			field.FocusGained()
			if started != c.want {
				t.Errorf("%d animations", started)
			}
		})
	}
}
