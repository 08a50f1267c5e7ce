//go:build !nogui

package ui

import (
	"image"
	"sync"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/mailhtml/paint"
	"postroom.dev/ui/model"
)

// stripPainter draws the strips of a page on a goroutine of its own, in the order they are asked for. What is asked of another generation
// than the last is left out.
type stripPainter struct {
	post model.Post
	give func(generation, number int, picture *image.RGBA)

	mu         sync.Mutex
	queue      []strip
	generation int
	painter    *paint.Painter // of the document that is shown
	running    bool
	closed     bool
	wg         sync.WaitGroup
}

// strip is one strip to draw.
type strip struct {
	of      kit.Strips
	number  int
	painter *paint.Painter
}

func newStripPainter(post model.Post, give func(generation, number int, picture *image.RGBA)) *stripPainter {
	return &stripPainter{post: post, give: give}
}

// use says what the next strips are drawn with.
func (s *stripPainter) use(p *paint.Painter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.painter, s.queue = p, nil
}

// ask has strips drawn.
func (s *stripPainter) ask(want kit.Strips) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.painter == nil {
		return
	}
	if want.Generation != s.generation {
		s.generation, s.queue = want.Generation, nil
	}
	for _, n := range want.Numbers {
		s.queue = append(s.queue, strip{want, n, s.painter})
	}
	if !s.running {
		s.running = true
		s.wg.Go(s.run)
	}
}

// run draws until nothing is left to draw.
func (s *stripPainter) run() {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 || s.closed {
			s.running = false
			s.mu.Unlock()
			return
		}
		next := s.queue[0]
		s.queue = s.queue[1:]
		s.mu.Unlock()
		if picture, err := next.draw(); err == nil {
			s.post(func() { s.give(next.of.Generation, next.number, picture) })
		}
	}
}

// draw draws one strip.
func (s strip) draw() (_ *image.RGBA, err error) {
	defer guard(&err)
	return s.painter.Paint(s.of.List, s.of.Region(s.number), s.of.Zoom*s.of.Scale), nil
}

// close waits for what is being drawn.
func (s *stripPainter) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.wg.Wait()
}
