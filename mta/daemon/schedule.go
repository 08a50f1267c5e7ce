package daemon

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta/route"
	"postroom.dev/spool/queue"
)

// turn is one message's part in a queue run, and what the schedule has to know of it.
type turn struct {
	id       string
	priority int64 // larger is less urgent
	arrived  time.Time
	tries    int      // how often it had been tried when it was looked at
	hosts    []string // where its open recipients go, as hostKey names them; each once
	passes   int      // how often it was begun in this run
	holds    []string // hosts that it takes a slot of just now

	router *route.Router // that hosts are by; neither does it look at
	run    *run          // whose it is; the schedule does not look at it, nor at
	queue  *queue.Queue  // where it is, and
	kind   string        // of its control file
}

// hostKey names what a limit and a failure to connect are about: one mailer's one host.
func hostKey(mailer, host string) string { return mailer + " " + host }

// isRemote says that a host is reached over a network: only such wait for each other.
func isRemote(key string) bool { _, host, _ := strings.Cut(key, " "); return host != "" }

// due says that a message may be tried again: its last attempt is minAge ago. An attempt in the future
// means that the clock was set back; waiting for that time to come again would stall the message.
func due(now, lastTry time.Time, minAge time.Duration) bool {
	return lastTry.IsZero() || now.Before(lastTry) || now.Sub(lastTry) >= minAge
}

// wait says how long until the next of the runs that come every interval, the last one having begun at last.
// It is never longer than the interval, whatever was done to the clock, and 0 when a run is due.
func wait(now, last time.Time, interval time.Duration) time.Duration {
	return min(max(last.Add(interval).Sub(now), 0), interval)
}

// order sorts as sendmail runs a queue: by priority, then by age, then by id.
func order(a, b *turn) int {
	return cmp.Or(cmp.Compare(a.priority, b.priority), a.arrived.Compare(b.arrived), cmp.Compare(a.id, b.id))
}

// plan says which message comes next while others are in hand. At most perHost messages go to one host at a time and
// at most total to all hosts beyond this machine; a message that has to wait for one host goes to its
// other hosts first and comes again. A plan has no locks and no clock.
type plan struct {
	perHost, total int

	ready  turns
	parked map[string][]*turn // by the host that they wait for; everywhere for the total
	busy   map[string]int
	remote int             // slots of the total that are taken
	inHand map[string]bool // ids: one message is in one hand only
}

// limit sets other limits. What was begun is not ended.
func (p *plan) limit(perHost, total int) {
	p.perHost, p.total = perHost, total
	for _, waiting := range p.parked {
		for _, t := range waiting {
			heap.Push(&p.ready, t)
		}
	}
	clear(p.parked)
}

// everywhere is the key of those who wait for the total.
const everywhere = ""

func newPlan(perHost, total int) *plan {
	return &plan{perHost: perHost, total: total, parked: map[string][]*turn{}, busy: map[string]int{}, inHand: map[string]bool{}}
}

// add lets messages take part.
func (p *plan) add(all ...*turn) {
	for _, t := range all {
		heap.Push(&p.ready, t)
	}
}

// next gives the next message and those of its hosts that it may go to now; nil when nothing can begin before something
// is done. done must follow.
func (p *plan) next() (*turn, []string) {
	for {
		if len(p.ready) == 0 && p.remote < p.total {
			p.unpark(everywhere) // who was let in for the last slot may have found its host busy
		}
		if len(p.ready) == 0 {
			return nil, nil
		}
		t := heap.Pop(&p.ready).(*turn)
		if p.inHand[t.id] {
			p.park("id "+t.id, t)
			continue
		}
		granted, full := p.grant(t)
		if len(granted) == 0 && len(t.hosts) > 0 {
			p.park(full, t)
			continue
		}
		t.hosts = slices.DeleteFunc(t.hosts, func(h string) bool { return slices.Contains(granted, h) })
		t.passes, t.holds = t.passes+1, slices.Clone(granted)
		p.inHand[t.id] = true
		return t, granted
	}
}

// grant takes slots for those hosts of t that have one, and names what was full when there was none.
func (p *plan) grant(t *turn) (granted []string, full string) {
	for _, h := range t.hosts {
		switch {
		case p.busy[h] >= p.perHost:
			full = h
		case isRemote(h) && p.remote >= p.total:
			full = everywhere
		default:
			p.busy[h]++
			if isRemote(h) {
				p.remote++
			}
			granted = append(granted, h)
		}
	}
	return granted, full
}

func (p *plan) park(at string, t *turn) { p.parked[at] = append(p.parked[at], t) }

// free gives a slot back as soon as t has been to the host, if it holds one.
func (p *plan) free(t *turn, host string) {
	i := slices.Index(t.holds, host)
	if i < 0 {
		return
	}
	t.holds = slices.Delete(t.holds, i, i+1)
	if p.busy[host]--; p.busy[host] == 0 {
		delete(p.busy, host)
	}
	p.unpark(host)
	if isRemote(host) {
		p.remote--
		p.unpark(everywhere)
	}
}

// done lets t go, with the slots that it still holds. A message that has more hosts to go to comes again.
func (p *plan) done(t *turn) {
	for len(t.holds) > 0 {
		p.free(t, t.holds[0])
	}
	delete(p.inHand, t.id)
	p.unpark("id " + t.id)
	if len(t.hosts) > 0 {
		heap.Push(&p.ready, t)
	}
}

// unpark lets the first of those who wait try again: one slot is for one of them, and they are parked in order.
func (p *plan) unpark(at string) {
	waiting := p.parked[at]
	if len(waiting) == 0 {
		return
	}
	heap.Push(&p.ready, waiting[0])
	if len(waiting) == 1 {
		delete(p.parked, at)
		return
	}
	waiting[0] = nil
	p.parked[at] = waiting[1:]
}

// turns is a heap in order.
type turns []*turn

func (s turns) Len() int           { return len(s) }
func (s turns) Less(i, j int) bool { return order(s[i], s[j]) < 0 }
func (s turns) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *turns) Push(x any)        { *s = append(*s, x.(*turn)) }
func (s *turns) Pop() any {
	old := *s
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*s = old[:len(old)-1]
	return t
}
