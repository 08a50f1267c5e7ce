//go:build !nogui

package gallery

import (
	"bytes"
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

func picture(t *testing.T, o fyne.CanvasObject, w, h float32) image.Image {
	t.Helper()
	win := test.NewTempWindow(t, container.NewStack(kit.NewFill(theme.Background), o))
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	return win.Canvas().Capture()
}

func TestComponentsLookAsTheyDid(t *testing.T) {
	for variant, v := range map[string]theme.Variant{"dark": theme.Dark, "light": theme.Light} {
		for _, c := range Components() {
			t.Run(c.Name+"-"+variant, func(t *testing.T) {
				test.NewTempApp(t).Settings().SetTheme(theme.New(v))
				test.AssertImageMatches(t, c.Name+"-"+variant+".png", picture(t, c.Build(), c.Size.Width, c.Size.Height))
			})
		}
	}
}

// A window that changed from light to dark must look like one that was dark from the start.
func TestAChangeOfThemeRepaintsEverything(t *testing.T) {
	for _, c := range Components() {
		t.Run(c.Name, func(t *testing.T) {
			th := theme.New(theme.Light)
			app := test.NewTempApp(t)
			app.Settings().SetTheme(th)
			o, w, h := c.Build(), c.Size.Width, c.Size.Height
			picture(t, o, w, h)
			th.SetVariant(theme.Dark)
			test.ApplyTheme(t, th)
			changed := picture(t, o, w, h)
			if !bytes.Equal(pixels(changed), pixels(picture(t, c.Build(), w, h))) {
				test.AssertImageMatches(t, c.Name+"-dark.png", changed)
				t.Error("the changed window looks different from a new one")
			}
		})
	}
}

func pixels(m image.Image) []byte { return m.(*image.NRGBA).Pix }

func TestTheGalleryHoldsTogether(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	win := test.NewTempWindow(t, New(never))
	win.Resize(fyne.NewSize(1280, 800))
	if s := win.Content().MinSize(); s.Width > 1280 || s.Height > 800 {
		t.Errorf("it asks for %v", s)
	}
	for _, o := range test.LaidOutObjects(win.Content()) {
		if tabs, ok := o.(*kit.TabBar); ok {
			for i := range 7 {
				tabs.OnSelect(i)
			}
		}
	}
	win.Canvas().Capture()
}
