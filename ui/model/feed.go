package model

import (
	"sync"

	"postroom.dev/mta"
)

// Feed hands events over to the painting goroutine. Batches that come while
// it is busy become one: a slow window never has more than one waiting.
type Feed struct {
	post  Post
	apply func([]mta.Event)
	stop  func()

	mu     sync.Mutex
	batch  []mta.Event
	posted bool
	closed bool
}

// feedLimit is the number of events that wait; more of them become one Resync.
const feedLimit = 50_000

// NewFeed watches with watch, and calls apply on the painting goroutine.
func NewFeed(watch func(fn func([]mta.Event)) (stop func()), post Post, apply func([]mta.Event)) *Feed {
	f := &Feed{post: post, apply: apply}
	f.stop = watch(f.take)
	return f
}

func (f *Feed) take(events []mta.Event) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return
	}
	if len(f.batch)+len(events) > feedLimit {
		f.batch = f.lose(append(f.batch, events...))
	} else {
		f.batch = append(f.batch, events...)
	}
	post := !f.posted
	f.posted = true
	f.mu.Unlock()
	if post {
		f.post(f.deliver)
	}
}

// lose puts Resync in the place of all that reading everything again tells too.
func (f *Feed) lose(events []mta.Event) []mta.Event {
	kept := []mta.Event{{Time: events[len(events)-1].Time, Kind: mta.Resync}}
	for _, e := range events {
		if e.Kind == mta.Raise {
			return append(kept, e)
		}
	}
	return kept
}

func (f *Feed) deliver() {
	f.mu.Lock()
	events, closed := f.batch, f.closed
	f.batch, f.posted = nil, false
	f.mu.Unlock()
	if !closed {
		f.apply(events)
	}
}

// Close stops watching. apply is not called after it.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
}
