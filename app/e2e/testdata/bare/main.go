//go:build !nogui

// Command bare is the least that a window of Fyne's costs: 1280 by 800 pixels, as many short texts as its argument says, and nothing
// else, painted again on every tick for three seconds. It prints, for each frame, when it began and how long it took, in microseconds.
// The benchmark of the window puts its frames beside ours.
package main

import (
	"fmt"
	"image/color"
	"io"
	"log"
	"os"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

const runs = 3 * time.Second

func main() {
	texts, err := strconv.Atoi(os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	log.SetOutput(io.Discard)
	w := app.NewWithID("dev.postroom.bare").NewWindow("bare")
	w.SetPadded(false)
	f := &frames{}
	all := []fyne.CanvasObject{f}
	for i := range texts {
		t := canvas.NewText(fmt.Sprintf("message %d", i), color.White)
		t.TextSize = 12
		t.Resize(t.MinSize())
		t.Move(fyne.NewPos(float32(10+i%10*120), float32(10+i/10*20)))
		all = append(all, t)
	}
	w.SetContent(container.New(stay{}, all...))
	w.Resize(fyne.NewSize(1280, 800))
	fyne.CurrentApp().Lifecycle().SetOnStarted(func() {
		go func() {
			time.Sleep(time.Second) // until it is on the screen
			for end := time.Now().Add(runs); time.Now().Before(end); time.Sleep(time.Millisecond) {
				fyne.DoAndWait(func() { canvas.Refresh(f) })
			}
			fyne.Do(fyne.CurrentApp().Quit)
		}()
	})
	w.ShowAndRun()
}

// stay is a layout that leaves everything in its place.
type stay struct{}

func (stay) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(100, 100) }
func (stay) Layout([]fyne.CanvasObject, fyne.Size) {}

// frames is asked for its least size once before each frame, and then what it posts runs after it.
type frames struct{ canvas.Rectangle }

func (f *frames) MinSize() fyne.Size {
	began := time.Now()
	fyne.Do(func() { fmt.Println("frame", began.UnixMicro(), time.Since(began).Microseconds()) })
	return fyne.Size{}
}
