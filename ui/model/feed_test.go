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
	f := NewFeed(func(f func([]mta.Event)) func() { fn = f; return func() { stopped = true } }, l.post, noRest(l), func(e []mta.Event) { batches = append(batches, e) })
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

// noRest gives a rest that is over as soon as the window has done what it had to.
func noRest(l *loop) func(time.Duration, func()) func() {
	return func(_ time.Duration, fn func()) func() {
		l.post(fn)
		return func() {}
	}
}

func TestFeedRestsAfterManyEventsAndLosesNone(t *testing.T) {
	l := newLoop(t)
	var fn func([]mta.Event)
	var wake func()
	var batches [][]mta.Event
	cancelled := false
	f := NewFeed(func(f func([]mta.Event)) func() { fn = f; return func() {} }, l.post, func(d time.Duration, over func()) func() {
		if d != feedRest {
			t.Errorf("it rests %v", d)
		}
		wake = over
		return func() { cancelled = true }
	}, func(e []mta.Event) { batches = append(batches, e) })
	stored := func(n int) {
		var all []mta.Event
		for i := range n {
			all = append(all, event(mta.Stored, int64(i))...)
		}
		fn(all)
	}
	stored(feedMany - 1)
	l.until("a few", func() bool { return len(batches) == 1 })
	stored(1)
	l.until("one more, at once", func() bool { return len(batches) == 2 })
	stored(feedMany)
	l.until("many", func() bool { return len(batches) == 3 })
	for range 5 {
		stored(50)
	}
	if n := len(l.queue); n != 0 {
		t.Fatalf("%d functions wait for the window while the feed rests", n)
	}
	wake()
	if len(batches) != 4 || len(batches[3]) != 250 {
		t.Fatalf("after the rest there were %d batches, the last of %d events", len(batches), len(batches[len(batches)-1]))
	}
	stored(1)
	fn(event(mta.Raise, 0))
	l.until("what the user waits for", func() bool { return len(batches) == 5 && len(batches[4]) == 2 })
	wake()
	if len(batches) != 5 {
		t.Error("a batch of nothing")
	}
	stored(feedMany)
	l.until("many again", func() bool { return len(batches) == 6 })
	f.Close()
	if !cancelled {
		t.Error("the rest goes on after Close")
	}
}

func TestFeedThatOverflowsSaysResync(t *testing.T) {
	l := newLoop(t)
	var fn func([]mta.Event)
	var got []mta.Event
	f := NewFeed(func(f func([]mta.Event)) func() { fn = f; return func() {} }, l.post, noRest(l), func(e []mta.Event) { got = e })
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
