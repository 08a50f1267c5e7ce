//go:build !nogui

package ui

import (
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"
)

const (
	beatEvery = 20 * time.Millisecond
	beatLong  = 50 * time.Millisecond // nothing may keep the painting goroutine longer
)

// watchPainting posts a function that does nothing, again and again until stop, and tells how long it waited.
func watchPainting(stop <-chan struct{}, beat func(waited time.Duration, busy string)) {
	for {
		ran, began, busy := make(chan struct{}), time.Now(), ""
		fyne.Do(func() { close(ran) })
		select {
		case <-ran:
		case <-stop:
			return
		case <-time.After(beatLong):
			busy = paintingStack()
			select {
			case <-ran:
			case <-stop:
				return
			}
		}
		beat(time.Since(began), busy)
		select {
		case <-time.After(beatEvery):
		case <-stop:
			return
		}
	}
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
