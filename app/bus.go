package app

import (
	"sync"
	"time"

	"postroom.dev/mta"
)

// Bounds of the bus: how many events wait at most for a batch, and how often batches come.
const (
	busRing   = 8192
	busPeriod = 100 * time.Millisecond
)

// bus carries events from whoever produces them to whoever watches. Producers never block: they append to a
// ring. At most every busPeriod each watcher gets what came since as one batch; where more
// came than the ring holds, the batch is one Resync. Events are hints: a watcher that must know reads the store.
type bus struct {
	mu       sync.Mutex
	pending  []mta.Event
	overflow bool
	watchers map[*watcher]bool
	wake     chan struct{}
	done     chan struct{}
	ended    sync.WaitGroup
	rate     rate
	now      func() time.Time
}

type watcher struct {
	fn      func([]mta.Event)
	mu      sync.Mutex // held while fn runs, so that stop can wait for it
	stopped bool
}

func newBus(now func() time.Time) *bus {
	b := &bus{
		watchers: map[*watcher]bool{},
		wake:     make(chan struct{}, 1),
		done:     make(chan struct{}),
		now:      now,
	}
	b.ended.Go(b.run)
	return b
}

// emit takes an event. It is the program's mta.Sink.
func (b *bus) emit(e mta.Event) {
	b.mu.Lock()
	if e.Kind == mta.Stored {
		b.rate.add(b.now())
	}
	switch {
	case len(b.watchers) == 0:
	case len(b.pending) < busRing:
		b.pending = append(b.pending, e)
	default:
		b.overflow = true
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// watch calls fn with batches until stop. stop waits for a call that is under way.
func (b *bus) watch(fn func([]mta.Event)) (stop func()) {
	w := &watcher{fn: fn}
	b.mu.Lock()
	b.watchers[w] = true
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		delete(b.watchers, w)
		b.mu.Unlock()
		w.mu.Lock()
		w.stopped = true
		w.mu.Unlock()
	}
}

func (b *bus) run() {
	for {
		select {
		case <-b.done:
			return
		case <-b.wake:
		}
		b.deliver()
		select {
		case <-b.done:
			return
		case <-time.After(busPeriod):
		}
	}
}

func (b *bus) deliver() {
	b.mu.Lock()
	batch := b.pending
	if b.overflow {
		batch = []mta.Event{{Time: b.now(), Kind: mta.Resync}}
	}
	b.pending, b.overflow = nil, false
	watchers := make([]*watcher, 0, len(b.watchers))
	for w := range b.watchers {
		watchers = append(watchers, w)
	}
	b.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	for _, w := range watchers {
		w.mu.Lock()
		if !w.stopped {
			w.fn(batch)
		}
		w.mu.Unlock()
	}
}

// perSecond gives the messages a second over the last ten seconds.
func (b *bus) perSecond() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rate.perSecond(b.now())
}

func (b *bus) close() {
	close(b.done)
	b.ended.Wait()
}

// rateSpan is the span that a rate looks back over, in seconds.
const rateSpan = 10

// rate counts what happened in each of the last seconds.
type rate struct {
	second [rateSpan]int64
	count  [rateSpan]int
}

func (r *rate) add(now time.Time) {
	s := now.Unix()
	i := s % rateSpan
	if r.second[i] != s {
		r.second[i], r.count[i] = s, 0
	}
	r.count[i]++
}

func (r *rate) perSecond(now time.Time) float64 {
	n := 0
	for i, s := range r.second {
		if s > now.Unix()-rateSpan && s <= now.Unix() {
			n += r.count[i]
		}
	}
	return float64(n) / rateSpan
}
