//go:build !nogui

// Command show opens a window with every widget of ui/kit in every state, or writes their pictures:
//
//	go run ./ui/kit/gallery/show [-light]
//	go run ./ui/kit/gallery/show -save DIR      # needs no display
//
// The parts of the window that are made of these widgets have their pictures in ui/testdata; go test ./ui compares them.
package main

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/kit/gallery"
	"postroom.dev/ui/theme"
)

func main() {
	light := flag.Bool("light", false, "in the light theme")
	dir := flag.String("save", "", "write the pictures of both themes into this directory, and open no window")
	flag.Parse()
	if err := run(*light, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func run(light bool, dir string) error {
	a := app.NewWithID("dev.postroom.Gallery")
	if dir != "" {
		return save(a, dir)
	}
	variant := theme.Dark
	if light {
		variant = theme.Light
	}
	a.Settings().SetTheme(theme.New(variant))
	w := a.NewWindow("Gallery")
	w.SetPadded(false)
	w.SetContent(gallery.New(later))
	w.Resize(fyne.NewSize(1280, 800))
	w.ShowAndRun()
	return nil
}

// later runs fn on the painting goroutine.
func later(d time.Duration, fn func()) (cancel func()) {
	t := time.AfterFunc(d, func() { fyne.Do(fn) })
	return func() { t.Stop() }
}

// save writes a picture of each component in both themes.
func save(a fyne.App, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, v := range map[string]theme.Variant{"dark": theme.Dark, "light": theme.Light} {
		look := theme.New(v)
		a.Settings().SetTheme(look)
		for _, c := range gallery.Components() {
			canvas := software.NewCanvas()
			canvas.SetPadded(false)
			canvas.SetContent(container.NewStack(kit.NewFill(theme.Background), c.Build()))
			canvas.Resize(c.Size)
			f, err := os.Create(filepath.Join(dir, c.Name+"-"+name+".png"))
			if err != nil {
				return err
			}
			if err := png.Encode(f, canvas.Capture()); err != nil {
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}
