package model

import (
	"slices"
	"sync"
	"time"

	"postroom.dev/mta"
)

// Feed hands events over to the painting goroutine. Batches that come while
// it is busy become one: a slow window never has more than one waiting. After a
// batch of many it rests, because each shows as another picture of the whole
// window: nobody reads more than some of them a second.
type Feed struct {
	post  Post
	later func(d time.Duration, fn func()) (cancel func())
	apply func([]mta.Event)
	stop  func()
	wake  func() // ends the rest; nil when there is none

	mu      sync.Mutex
	batch   []mta.Event
	posted  bool
	resting bool
	closed  bool
}

const (
	feedMany = 8
	feedRest = 250 * time.Millisecond
)

// feedLimit is the number of events that wait; more of them become one Resync.
const feedLimit = 50_000

// NewFeed watches with watch, and calls apply on the painting goroutine. later runs a function there when d has passed, unless it is cancelled.
func NewFeed(watch func(fn func([]mta.Event)) (stop func()), post Post, later func(d time.Duration, fn func()) (cancel func()), apply func([]mta.Event)) *Feed {
	f := &Feed{post: post, later: later, apply: apply}
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
	post := !f.posted && (!f.resting || urgent(events))
	f.posted = f.posted || post
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

// urgent tells of events that the user waits for.
func urgent(events []mta.Event) bool {
	return slices.ContainsFunc(events, func(e mta.Event) bool { return e.Kind == mta.Raise || e.Kind == mta.Problem })
}

func (f *Feed) deliver() {
	f.mu.Lock()
	events, closed := f.batch, f.closed
	f.batch, f.posted = nil, false
	rest := len(events) >= feedMany && !closed
	f.resting = f.resting || rest
	f.mu.Unlock()
	if closed || len(events) == 0 {
		return
	}
	f.apply(events)
	if rest && f.wake == nil {
		f.wake = f.later(feedRest, func() {
			f.wake = nil
			f.mu.Lock()
			f.resting = false
			f.mu.Unlock()
			f.deliver()
		})
	}
}

// Close stops watching. apply is not called after it. It is called on the painting goroutine.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	if f.wake != nil {
		f.wake()
	}
	f.stop()
}
