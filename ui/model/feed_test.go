package model

import (
	"context"
	"errors"
	"testing"
	"time"

	"postroom.dev/mta"
)

func TestFeedMergesWhileTheWindowIsBusy(t *testing.T) {
	l := newLoop(t)
	var fn func([]mta.Event)
	var batches [][]mta.Event
	stopped := false
	f := NewFeed(func(f func([]mta.Event)) func() { fn = f; return func() { stopped = true } }, l.post, func(e []mta.Event) { batches = append(batches, e) })
	for id := range int64(100) {
		fn(event(mta.Stored, id))
	}
	if n := len(l.queue); n != 1 {
		t.Fatalf("%d functions wait for the window", n)
	}
	l.until("batch", func() bool { return len(batches) > 0 })
	if len(batches[0]) != 100 {
		t.Errorf("%d events in the batch", len(batches[0]))
	}
	fn(event(mta.Stored, 100))
	l.until("second batch", func() bool { return len(batches) == 2 })
	fn(event(mta.Stored, 101))
	f.Close()
	(<-l.queue)()
	if len(batches) != 2 || !stopped {
		t.Error("a batch after Close, or the watch goes on")
	}
}

func TestFeedThatOverflowsSaysResync(t *testing.T) {
	l := newLoop(t)
	var fn func([]mta.Event)
	var got []mta.Event
	f := NewFeed(func(f func([]mta.Event)) func() { fn = f; return func() {} }, l.post, func(e []mta.Event) { got = e })
	defer f.Close()
	fn(event(mta.Raise, 0))
	fn(make([]mta.Event, feedLimit))
	fn(event(mta.Stored, 7))
	(<-l.queue)()
	var kinds []mta.Kind
	for _, e := range got {
		kinds = append(kinds, e.Kind)
	}
	if len(kinds) != 3 || kinds[0] != mta.Resync || kinds[1] != mta.Raise || kinds[2] != mta.Stored {
		t.Errorf("got %v", kinds)
	}
}

func TestLatestShowsOnlyTheLastAnswer(t *testing.T) {
	l := newLoop(t)
	load := NewLatest[int](l.post)
	var shown []int
	ended := make(chan error, 1)
	load.Ask(func(ctx context.Context) (int, error) { <-ctx.Done(); ended <- ctx.Err(); return 1, nil }, func(v int, _ error) { shown = append(shown, v) })
	load.Ask(func(context.Context) (int, error) { return 2, nil }, func(v int, _ error) { shown = append(shown, v) })
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the older load ended with %v", err)
	}
	l.until("answer", func() bool { return len(shown) > 0 })
	load.Close()
	if len(shown) != 1 || shown[0] != 2 {
		t.Errorf("shown %v", shown)
	}
}

func TestPollShowsWhatDiffers(t *testing.T) {
	l := newLoop(t)
	answers := make(chan int)
	var shown []int
	p := NewPoll(l.post, time.Hour, func(ctx context.Context) (int, error) {
		select {
		case v := <-answers:
			return v, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}, func(a, b int) bool { return a == b }, func(v int, _ error) { shown = append(shown, v) })
	next := func(v int) {
		for sent := false; !sent; {
			p.Nudge()
			select {
			case answers <- v:
				sent = true
			case fn := <-l.queue:
				fn()
			}
		}
	}
	for _, v := range []int{1, 1, 2, 2, 3} {
		next(v)
	}
	l.until("last answer", func() bool { return len(shown) == 3 })
	p.Close()
	if shown[0] != 1 || shown[1] != 2 || shown[2] != 3 {
		t.Errorf("shown %v", shown)
	}
}
