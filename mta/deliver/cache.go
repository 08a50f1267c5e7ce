package deliver

import (
	"slices"
	"sync"
	"time"
)

// cache keeps connections between jobs, by Job.Host. It owns a timer for each.
type cache struct {
	keep time.Duration // negative: nothing is kept
	max  int

	mu     sync.Mutex
	closed bool
	idle   []*idle // the one kept longest first
	timers sync.WaitGroup
}

type idle struct {
	host  string
	conn  *conn
	timer *time.Timer
}

// take gives a connection to host, the one used last, or nil.
func (c *cache) take(host string) *conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, x := range slices.Backward(c.idle) {
		if x.host == host {
			return c.remove(i).conn
		}
	}
	return nil
}

// put keeps a connection for a while; the oldest goes when there are too many.
func (c *cache) put(host string, used *conn) {
	c.mu.Lock()
	if c.closed || c.keep < 0 {
		c.mu.Unlock()
		used.quit()
		return
	}
	var old *idle
	if len(c.idle) >= c.max {
		old = c.remove(0)
	}
	x := &idle{host: host, conn: used}
	c.timers.Add(1)
	x.timer = time.AfterFunc(c.keep, func() {
		defer c.timers.Done()
		if c.expire(x) {
			x.conn.quit()
		}
	})
	c.idle = append(c.idle, x)
	c.mu.Unlock()
	if old != nil {
		old.conn.quit()
	}
}

// expire takes x out, if nobody has.
func (c *cache) expire(x *idle) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.idle, x)
	if i >= 0 {
		c.idle = slices.Delete(c.idle, i, i+1)
	}
	return i >= 0
}

// remove takes the i-th out and stops its timer. c.mu is held.
func (c *cache) remove(i int) *idle {
	x := c.idle[i]
	c.idle = slices.Delete(c.idle, i, i+1)
	if x.timer.Stop() {
		c.timers.Done()
	}
	return x
}

// clear ends all that is kept, and with last keeps nothing more and waits for the timers that run.
func (c *cache) clear(verbose func(string), last bool) {
	c.mu.Lock()
	c.closed = c.closed || last
	var all []*idle
	for len(c.idle) > 0 {
		all = append(all, c.remove(0))
	}
	c.mu.Unlock()
	for _, x := range all {
		if verbose != nil {
			x.conn.say = verbose
			verbose("Closing connection to " + x.conn.host)
		}
		x.conn.quit()
	}
	if last {
		c.timers.Wait()
	}
}
