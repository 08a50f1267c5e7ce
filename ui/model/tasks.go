// Package model is what the window knows, without the window: the mail list,
// its selection, search, counters, and the texts that the viewer shows. It
// imports no Fyne.
//
// There is one rule for goroutines. All methods, and all On… functions, run on
// the goroutine that paints; whatever may take long runs on a goroutine of the
// model and comes back through Post. Close ends these goroutines and waits for
// them; nothing is called after it. Nothing here is locked except what the
// loaders share, and no method ever waits for the program behind Source.
package model

import (
	"context"
	"sync"
)

// Post runs fn on the goroutine that paints: later, in the order of the calls.
// It may be called from any goroutine and does not wait.
type Post func(fn func())

// tasks owns goroutines: each ends when ctx does.
type tasks struct {
	post   Post
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newTasks(post Post) *tasks {
	t := &tasks{post: post}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// run starts fn on a goroutine of its own. It is called on the painting goroutine, as close is.
func (t *tasks) run(fn func(ctx context.Context)) context.CancelFunc {
	ctx, cancel := context.WithCancel(t.ctx)
	t.wg.Go(func() {
		defer cancel()
		fn(ctx)
	})
	return cancel
}

// show posts fn and waits until it ran, so that a slow window slows its
// loaders instead of gathering their results. fn is left out when ctx has ended.
func (t *tasks) show(ctx context.Context, fn func()) {
	done := make(chan struct{})
	t.post(func() {
		if ctx.Err() == nil {
			fn()
		}
		close(done)
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func (t *tasks) close() {
	t.cancel()
	t.wg.Wait()
}

// Latest runs one load at a time: asking again cancels the one before, whose
// answer is then never seen.
type Latest[V any] struct {
	tasks *tasks
	stop  context.CancelFunc
}

// NewLatest makes a Latest; Close ends it.
func NewLatest[V any](post Post) *Latest[V] { return &Latest[V]{tasks: newTasks(post)} }

// Ask runs load on another goroutine and then hands its answer to then, on the painting one.
func (l *Latest[V]) Ask(load func(ctx context.Context) (V, error), then func(V, error)) {
	l.Cancel()
	l.stop = l.tasks.run(func(ctx context.Context) {
		v, err := load(ctx)
		l.tasks.show(ctx, func() { then(v, err) })
	})
}

// Cancel forgets the load that runs, if one does.
func (l *Latest[V]) Cancel() {
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// Close cancels and waits.
func (l *Latest[V]) Close() { l.tasks.close() }
