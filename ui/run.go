//go:build !nogui

package ui

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"postroom.dev/assets"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// appID names Postroom to the desktop, and the folder of its preferences.
const appID = "dev.postroom.Postroom"

// Run opens the window and returns when it is closed or ctx ends: ErrNoDisplay where there is nowhere to open it. It
// must be called on the main goroutine, at most once in a program.
func Run(ctx context.Context, backend Backend, o Options) error {
	if err := CanOpen(os.Getenv); err != nil {
		return err // asked first: without a display, GLFW panics
	}
	if o.Program == "" {
		o.Program, _ = os.Executable() // where it is not known, that line is left out
	}
	if o.Window.Scale != 0 {
		os.Setenv("FYNE_SCALE", strconv.FormatFloat(o.Window.Scale, 'f', -1, 64)) // Fyne reads it when the window is made
	}
	old := log.Writer() // Fyne writes to the standard log
	log.SetOutput(&noise{to: old})
	defer log.SetOutput(old)
	keepFrameHeap()
	a := stillApp{app.NewWithID(appID)}
	fyne.SetCurrentApp(a)
	speak(o.Window.Language)
	a.SetIcon(fyne.NewStaticResource("postroom.png", assets.MarkPNG()))
	look := theme.New(variantNamed(a.Preferences().String(prefTheme)))
	a.Settings().SetTheme(look)

	// The desk ends before Fyne's queue does: what is posted after that, Fyne runs at once on the goroutine that
	// posts, where it must not touch a widget.
	var closed atomic.Bool
	d := &desk{
		post: func(fn func()) {
			if closed.Load() {
				return
			}
			fyne.Do(func() {
				if !closed.Load() && onMain() {
					fn()
				}
			})
		},
		prefs: a.Preferences(), look: look, settings: a.Settings(), clipboard: a.Clipboard(), now: time.Now, openURL: a.OpenURL,
	}
	w := a.NewWindow(o.Title)
	w.SetPadded(false)
	w.SetMaster()
	win := newWindow(w, backend, o, d)
	frames := &frameWatch{beat: o.Beat}
	if o.Beat != nil {
		win.content.Objects = slices.Insert(win.content.Objects, 0, frames.object()) // asked before all others
	}
	w.SetContent(win.content)
	w.Resize(win.size())
	w.SetOnDropped(win.dropped)
	outside, place := bus(os.Getenv)
	win.front = true
	if outside && o.Window.Notify {
		win.notifier = newNotifier(win, a.SendNotification)
	}
	if trays, ok := a.App.(desktop.App); ok && place && o.Window.Tray {
		win.startTray(trays, w.Close)
		win.front = !o.Window.Hidden
	}
	win.wanted = o.Show
	var kept map[string]any
	w.SetOnClosed(func() {
		kept = win.remember()
		closed.Store(true)
	})

	var wg sync.WaitGroup
	stop := make(chan struct{})
	a.Lifecycle().SetOnEnteredForeground(func() {
		win.front = true
		if win.notifier != nil {
			win.notifier.notices.Seen()
		}
	})
	a.Lifecycle().SetOnExitedForeground(func() { win.front = false })
	a.Lifecycle().SetOnStarted(func() {
		fitScreen(w)
		win.start()
		wg.Go(func() {
			select {
			case <-ctx.Done():
				fyne.Do(func() {
					if onMain() {
						w.Close()
					}
				})
			case <-stop:
			}
		})
		if o.Beat != nil {
			wg.Go(func() { watchPainting(stop, frames, o.Beat) })
		}
		if o.Sight != nil {
			wg.Go(func() { o.Sight(stop, func() []Seen { return see(w.Canvas(), stop) }) })
		}
		if o.Ready != nil {
			wg.Go(func() { awaitPaint(win.firstPage, stop, o.Ready) })
		}
	})
	if win.front {
		w.Show()
	}
	a.Run()
	closed.Store(true)
	close(stop)
	win.close()
	wg.Wait()
	if kept == nil { // on SIGTERM, Fyne may end its loop before the window could be closed
		kept = win.remember()
	}
	awaitKept(filepath.Join(a.Storage().RootURI().Path(), "preferences.json"), kept, keptPatience, func() {
		a.Preferences().RemoveValue(prefWidth)
		a.Preferences().SetFloat(prefWidth, kept[prefWidth].(float64))
	})
	return nil
}

// onMain tells whether it is called on the program's first goroutine, which paints. Fyne ends its loop on SIGTERM by itself, and after that
// fyne.Do runs a function at once on whichever goroutine posts it, where it must not touch a widget.
func onMain() bool {
	var text [16]byte
	n := runtime.Stack(text[:], false)
	return strings.HasPrefix(string(text[:n]), "goroutine 1 ")
}

// speak chooses the language: the one that the user chose, else the system's.
func speak(chosen string) {
	locale := say.Locale(os.Getenv)
	if locale == "" {
		locale = string(lang.SystemLocale()) // macOS and Windows name it elsewhere
	}
	words, err := say.Read(assets.FS(), say.Choose(chosen, locale))
	if err != nil {
		log.Print(err) // English is understood too
	}
	say.Use(words)
}

// awaitPaint calls ready when the frame after the first page is on the screen. Fyne tells nobody that it painted; but its loop
// paints on a tick of 16 ms and runs posted functions between ticks, so that a function posted two ticks later runs after the paint.
func awaitPaint(page, stop <-chan struct{}, ready func()) {
	select {
	case <-page:
	case <-stop:
		return
	}
	for range 2 {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-stop:
			return
		}
		ran := make(chan struct{})
		fyne.Do(func() { close(ran) })
		select {
		case <-ran:
		case <-stop:
			return
		}
	}
	ready()
}

// see asks the painting goroutine what stands in the window; nil after stop.
func see(c fyne.Canvas, stop <-chan struct{}) []Seen {
	seen := make(chan []Seen, 1)
	fyne.Do(func() { seen <- inSight(c) })
	select {
	case s := <-seen:
		return s
	case <-stop:
		return nil
	}
}

// CanOpen says whether Run can open a window in this environment: ErrNoDisplay when it cannot.
func CanOpen(env func(name string) string) error {
	switch runtime.GOOS {
	case "windows", "darwin":
		return nil // always have a desktop
	}
	if env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "" {
		return ErrNoDisplay
	}
	return nil
}
