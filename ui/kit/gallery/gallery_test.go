//go:build !nogui

package gallery

import (
	"bytes"
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// never is a Later whose time does not come.
func never(time.Duration, func()) func() { return func() {} }

func picture(t *testing.T, o fyne.CanvasObject, w, h float32) image.Image {
	t.Helper()
	win := test.NewTempWindow(t, container.NewStack(kit.NewFill(theme.Background), o))
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	return win.Canvas().Capture()
}

// components are what is compared with its picture, Latin text only: other scripts come from the machine's fonts.
func components() map[string]func() (o fyne.CanvasObject, w, h float32) {
	return map[string]func() (fyne.CanvasObject, float32, float32){
		"controls": func() (fyne.CanvasObject, float32, float32) { return Controls(never, kit.NewTips(never)), 560, 420 },
		"sidebar":  func() (fyne.CanvasObject, float32, float32) { return SampleSidebar(), 186, 320 },
		"status":   func() (fyne.CanvasObject, float32, float32) { return SampleStatusBar(), 620, 24 },
		"list": func() (fyne.CanvasObject, float32, float32) {
			l, _ := SampleList(100)
			l.FocusGained()
			l.SetCursor(3)
			return l, 366, 270
		},
		"transcript": func() (fyne.CanvasObject, float32, float32) {
			l := Transcript()
			l.FocusGained()
			l.SelectAll()
			return l, 560, 200
		},
		"editor": func() (fyne.CanvasObject, float32, float32) { return SampleEditor(), 600, 130 },
		"editor-cursor": func() (fyne.CanvasObject, float32, float32) {
			e := SampleEditor()
			e.GoToLine(4)
			return e, 300, 80 // scrolled
		},
		"tabs": func() (fyne.CanvasObject, float32, float32) {
			b := kit.NewTabBar("Text", "HTML", "Headers", "Parts (3)", "Raw", "SMTP")
			b.Select(2)
			b.FocusGained()
			return b, 460, 34
		},
	}
}

func TestComponentsLookAsTheyDid(t *testing.T) {
	for variant, v := range map[string]theme.Variant{"dark": theme.Dark, "light": theme.Light} {
		for name, build := range components() {
			t.Run(name+"-"+variant, func(t *testing.T) {
				test.NewTempApp(t).Settings().SetTheme(theme.New(v))
				o, w, h := build()
				test.AssertImageMatches(t, name+"-"+variant+".png", picture(t, o, w, h))
			})
		}
	}
}

// A window that changed from light to dark must look like one that was dark from the start.
func TestAChangeOfThemeRepaintsEverything(t *testing.T) {
	for name, build := range components() {
		t.Run(name, func(t *testing.T) {
			th := theme.New(theme.Light)
			app := test.NewTempApp(t)
			app.Settings().SetTheme(th)
			o, w, h := build()
			picture(t, o, w, h)
			th.SetVariant(theme.Dark)
			test.ApplyTheme(t, th)
			changed := picture(t, o, w, h)
			fresh, w, h := build()
			if !bytes.Equal(pixels(changed), pixels(picture(t, fresh, w, h))) {
				test.AssertImageMatches(t, name+"-dark.png", changed)
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
			for i := range 6 {
				tabs.OnSelect(i)
			}
		}
	}
	win.Canvas().Capture()
}
