package app

import (
	"context"
	"fmt"
	"time"
)

// adoptTold is how often the log is told how far the adoption of a large queue is.
const adoptTold = 10 * time.Second

// adopt gives records to mail that something else put into the queue directory, and says in the log how far it is where that takes long.
func (r *Room) adopt(ctx context.Context) {
	ended := make(chan struct{})
	r.running.Go(func() {
		told := false
		for {
			select {
			case <-ended:
				if a := r.daemon.Adopting(); told && a.Done == a.Of {
					r.log.Warn(fmt.Sprintf("queue: all %d messages of others have their records", a.Of))
				}
				return
			case <-time.After(adoptTold):
			}
			told = true
			a := r.daemon.Adopting()
			r.log.Warn(fmt.Sprintf("queue: %d of %d messages of others have their records", a.Done, a.Of))
		}
	})
	defer close(ended)
	if err := r.daemon.Adopt(ctx); err != nil && ctx.Err() == nil {
		r.problem("queue: " + err.Error())
	}
}
