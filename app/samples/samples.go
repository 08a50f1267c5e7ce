// Package samples remembers how busy the program was: what came, what was delivered, and how long the queue is, over the last minute, the
// last hour and the last day. It reads no clock, and what it keeps never grows.
//
// [Rings.Take] is called once a second. Each ring adds up the seconds of one of its bars; of the queue's length, a bar has the largest.
package samples

import (
	"sync"
	"time"
)

// Second is what happened in one second.
type Second struct {
	Came     int // messages that were taken in
	Sent     int // recipients that were delivered to or handed on
	Deferred int // recipients that have to wait
	Failed   int // recipients that were given up
	Waiting  int // messages in the queue at its end
}

// Bar is what happened in the time of one bar.
type Bar = Second

// ring is the bars of one span.
type ring struct {
	step int64 // seconds of a bar
	bars []Bar
	last int64 // number of the newest bar, counted from the epoch; 0 for none
}

// Rings are the bars of all spans. Its methods may be called from any goroutine. The zero Rings is not ready; see New.
type Rings struct {
	mu    sync.Mutex
	rings []*ring
}

// The spans that are remembered, with the length of a bar.
var spans = [...]struct{ span, step time.Duration }{
	{time.Minute, time.Second}, {time.Hour, 30 * time.Second}, {24 * time.Hour, 15 * time.Minute},
}

// New makes empty rings.
func New() *Rings {
	r := &Rings{}
	for _, s := range spans {
		r.rings = append(r.rings, &ring{step: int64(s.step / time.Second), bars: make([]Bar, s.span/s.step)})
	}
	return r
}

// Take adds a second. One from before the newest bar is counted there: a clock that was set back loses nothing.
func (r *Rings) Take(now time.Time, s Second) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ring := range r.rings {
		ring.take(now.Unix(), s)
	}
}

func (g *ring) take(second int64, s Second) {
	n := int64(len(g.bars))
	at := max(second/g.step, g.last)
	for k := max(g.last+1, at-n+1); k <= at; k++ {
		g.bars[k%n] = Bar{}
	}
	g.last = at
	b := &g.bars[at%n]
	b.Came, b.Sent, b.Deferred, b.Failed = b.Came+s.Came, b.Sent+s.Sent, b.Deferred+s.Deferred, b.Failed+s.Failed
	b.Waiting = max(b.Waiting, s.Waiting)
}

// Bars gives the bars of a span, the oldest first, the last one being the one that now is in, and how long each is. The span is the shortest one
// that is remembered and is no shorter than what is asked for.
func (r *Rings) Bars(now time.Time, span time.Duration) (bars []Bar, step time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.rings[len(r.rings)-1]
	for i, s := range spans {
		if s.span >= span {
			g = r.rings[i]
			break
		}
	}
	n := int64(len(g.bars))
	at := max(now.Unix()/g.step, g.last)
	for k := at - n + 1; k <= at; k++ {
		b := Bar{}
		if k <= g.last && k > g.last-n && g.last > 0 {
			b = g.bars[k%n]
		}
		bars = append(bars, b)
	}
	return bars, time.Duration(g.step) * time.Second
}
