package model

import (
	"context"
	"time"
)

// Poll reads a value again and again, and at once when Nudge says that it may
// have changed. An answer like the one before is not shown.
type Poll[V any] struct {
	tasks *tasks
	nudge chan struct{}
}

// NewPoll reads with load, first at once, then every interval, and calls show on the painting goroutine when same
// says that the answer differs from the last one shown.
func NewPoll[V any](post Post, every time.Duration, load func(context.Context) (V, error), same func(a, b V) bool, show func(V, error)) *Poll[V] {
	p := &Poll[V]{tasks: newTasks(post), nudge: make(chan struct{}, 1)}
	p.tasks.run(func(ctx context.Context) {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		var last V
		var lastErr error
		shown := false
		for ctx.Err() == nil {
			v, err := load(ctx)
			if !shown || !sameError(lastErr, err) || err == nil && !same(last, v) {
				p.tasks.show(ctx, func() { show(v, err) })
				last, lastErr, shown = v, err, true
			}
			select {
			case <-ticker.C:
			case <-p.nudge:
			case <-ctx.Done():
			}
		}
	})
	return p
}

// Nudge has the value read soon.
func (p *Poll[V]) Nudge() {
	select {
	case p.nudge <- struct{}{}:
	default:
	}
}

// Close ends reading and waits.
func (p *Poll[V]) Close() { p.tasks.close() }

func sameError(a, b error) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error()
}
