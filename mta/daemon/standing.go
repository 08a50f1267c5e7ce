package daemon

import "time"

// Standing is how the queue's runs stand.
type Standing struct {
	Busy     bool            // a run of the whole queue by Serve goes on
	Last     time.Time       // when Serve began the last one; zero for none yet
	Next     time.Time       // when Serve begins the next one; zero where none is planned
	Interval time.Duration   // between runs; 0 for none
	MinAge   time.Duration   // a run leaves messages alone whose last attempt is younger
	Return   time.Duration   // age at which a message goes back
	InHand   map[string]bool // ids of messages that are being tried just now
}

// Standing tells how the queue's runs stand.
func (d *Daemon) Standing() Standing {
	rules := d.rules()
	s := Standing{Interval: rules.Interval, MinAge: rules.MinAge, Return: rules.Return, InHand: map[string]bool{}}
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	s.Busy, s.Last = d.runner.busy, d.runner.lastRun
	for id := range d.runner.plan.inHand {
		s.InHand[id] = true
	}
	if s.Interval > 0 && !s.Last.IsZero() {
		now := d.Now()
		s.Next = now.Add(wait(now, s.Last, s.Interval))
	}
	return s
}

// NextTry says when a message is tried again that was tried last at this time; zero for never.
func (s Standing) NextTry(lastTry time.Time) time.Time {
	if s.Next.IsZero() {
		return time.Time{}
	}
	next := s.Next
	if ripe := lastTry.Add(s.MinAge); !lastTry.IsZero() && ripe.After(next) {
		next = next.Add((ripe.Sub(next) + s.Interval - 1) / s.Interval * s.Interval)
	}
	return next
}

// ran notes that Serve began a run, or that it is over.
func (r *runner) ran(busy bool, began time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy = busy
	if busy {
		r.lastRun = began
	}
}
