//go:build !nogui

package ui

import (
	"runtime"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

const (
	beatEvery = 20 * time.Millisecond
	beatLong  = 50 * time.Millisecond // nothing may keep the painting goroutine longer
	pauseLong = time.Second           // a timer of beatLong that is later tells that the whole program stood still, or the machine
)

// watchPainting posts a function that does nothing, again and again until stop, and tells how long it waited. A pause of the whole
// program does not count.
func watchPainting(stop <-chan struct{}, frames *frameWatch, beat func(Beat)) {
	for {
		ran, began, busy := make(chan struct{}), time.Now(), ""
		painted, stopped := frames.painting(began), time.Duration(0)
		fyne.Do(func() { close(ran) })
		for waiting := true; waiting; {
			asleep := time.Now()
			select {
			case <-ran:
				waiting = false
			case <-stop:
				return
			case <-time.After(beatLong):
				if busy == "" {
					busy = paintingStack()
				}
			}
			stopped += max(0, time.Since(asleep)-pauseLong)
		}
		now := time.Now()
		beat(Beat{At: began, Took: now.Sub(began) - stopped, Painting: min(frames.painting(now)-painted, now.Sub(began)-stopped), Busy: busy})
		select {
		case <-time.After(beatEvery):
		case <-stop:
			return
		}
	}
}

// frameWatch is an object without a look that stands in the window while it is watched. Fyne tells nobody that it paints, but it asks
// every object for its least size before it paints a frame, and runs what was posted after it.
type frameWatch struct {
	canvas.Rectangle
	beat func(Beat)

	posted bool // a function is on its way that ends the frame

	mu    sync.Mutex
	began time.Time     // of the frame that is being painted; zero between frames
	total time.Duration // that earlier frames took
}

// object is what is put into the window. No layout asks the watch for its least size, which so is asked for once a frame.
func (f *frameWatch) object() fyne.CanvasObject {
	return container.New(freeLayout{place: func(fyne.Size) {}}, f)
}

// MinSize implements fyne.CanvasObject: a frame begins.
func (f *frameWatch) MinSize() fyne.Size {
	now := time.Now()
	f.end(now) // of the last frame: posted functions may have waited longer than the next tick
	f.mu.Lock()
	f.began = now
	f.mu.Unlock()
	if !f.posted { // where one frame follows the other, Fyne runs about one function a frame: more would pile up
		f.posted = true
		fyne.Do(func() {
			f.posted = false
			f.end(time.Now())
		})
	}
	return fyne.Size{}
}

func (f *frameWatch) end(now time.Time) {
	f.mu.Lock()
	began := f.began
	f.began = time.Time{}
	if !began.IsZero() {
		f.total += now.Sub(began)
	}
	f.mu.Unlock()
	if !began.IsZero() {
		f.beat(Beat{Frame: true, At: began, Took: now.Sub(began)})
	}
}

// painting gives how long frames took until now, all of them together.
func (f *frameWatch) painting(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.began.IsZero() {
		return f.total
	}
	return f.total + now.Sub(f.began)
}

// paintingStack gives the functions that the painting goroutine is in, the innermost first, apart by " < ". It is the program's first
// goroutine, which Fyne's driver locks to the main thread.
func paintingStack() string {
	text := make([]byte, 256<<10)
	text = text[:runtime.Stack(text, true)]
	for one := range strings.SplitSeq(string(text), "\n\n") {
		if !strings.HasPrefix(one, "goroutine 1 ") {
			continue
		}
		var calls []string
		for line := range strings.Lines(one) {
			if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "goroutine ") && len(calls) < 5 {
				calls = append(calls, callName(strings.TrimSpace(line)))
			}
		}
		return strings.Join(calls, " < ")
	}
	return ""
}

// callName gives the function of a line of a stack, without its arguments.
func callName(line string) string {
	for _, args := range []string{"({", "(0x", "(...", "()"} {
		line, _, _ = strings.Cut(line, args)
	}
	return line[strings.LastIndexByte(line, '/')+1:]
}
