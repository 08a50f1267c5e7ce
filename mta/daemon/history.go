package daemon

import (
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool/queue"
)

// Ran is a queue run that is over, or goes on.
type Ran struct {
	Began, Ended time.Time // Ended is zero while it goes on
	Planned      bool      // it was time for it; else somebody asked
	Select       string    // what was asked for, as behind sendmail's -q; "" for all
	Messages     int       // that took part
	// What became of recipients: taken over, to be tried again, given up.
	Sent, Deferred, Failed int
}

// maxHistory is how many runs are remembered.
const maxHistory = 200

// maxSelect is how much of a selection is remembered, in octets.
const maxSelect = 200

// History gives the last queue runs, the newest first.
func (d *Daemon) History() []Ran {
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	all := make([]Ran, 0, len(d.runner.history))
	for _, r := range slices.Backward(d.runner.history) {
		all = append(all, *r)
	}
	return all
}

// began notes that a run begins, of so many messages.
func (d *Daemon) began(r *run, sel queue.Selection, messages int) {
	words := strings.Join(sel.Words(), " ")
	if len(words) > maxSelect {
		words = words[:maxSelect] + " …"
	}
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	r.ran = &Ran{Began: d.Now(), Planned: r.planned, Select: words, Messages: messages}
	h := append(d.runner.history, r.ran)
	d.runner.history = h[max(0, len(h)-maxHistory):]
}

func (d *Daemon) ended(r *run) {
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	r.ran.Ended = d.Now()
}

// became counts what became of a recipient in a run.
func (d *Daemon) became(r *run, s mta.State) {
	if r.ran == nil {
		return // a first attempt
	}
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	switch s {
	case mta.Deferred:
		r.ran.Deferred++
	case mta.Bounced:
		r.ran.Failed++
	default:
		r.ran.Sent++
	}
}
