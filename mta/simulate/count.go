package simulate

import (
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// counting is the condition of a rule that counts. kind is its key, "" for none.
type counting struct {
	kind   string
	n      int
	period time.Duration
	chance float64 // 0 to 1
	seed   uint64
	per    string
}

// set reads one key=value.
func (c *counting) set(key, value string) (err error) {
	switch key {
	case "per":
		if !slices.Contains([]string{"all", "client", "from", "to", "triple"}, value) {
			return wrong("write all, client, from, to or triple", "per=%.40s counts nothing", value)
		}
		c.per = value
		return nil
	case "seed":
		if c.seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			return wrong("write a number", "%.40q is no seed", value)
		}
		return nil
	case "first", "every", "greylist", "rate", "chance":
		if c.kind != "" {
			return wrong("write two rules", "%s and %s do not go together", c.kind, key)
		}
	default:
		return wrong("write one of client helo from to after over subject header first every greylist rate chance seed per delay", "%.40q is no condition", key)
	}
	c.kind = key
	switch key {
	case "first", "every":
		c.n, err = parseCount(value, maxCount)
	case "greylist":
		c.period, err = parseTime(value, maxPeriod)
	case "rate":
		number, period, ok := strings.Cut(value, "/")
		if !ok {
			return wrong("write rate=10/1m for ten times in a minute", "%.40q is no rate", value)
		}
		if c.n, err = parseCount(number, maxRate); err == nil {
			c.period, err = parseTime(period, maxPeriod)
		}
	case "chance":
		p, bad := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64)
		if bad != nil || !(p > 0 && p <= 100) {
			return wrong("write chance=20%", "%.40q is no chance", value)
		}
		c.chance = p / 100
	}
	return err
}

// complete fills in what is not written.
func (c *counting) complete(seen map[string]bool) error {
	switch {
	case c.kind == "" && seen["per"]:
		return wrong("write first=N or another count", "per counts nothing by itself")
	case c.kind != "chance" && seen["seed"]:
		return wrong("write chance=P%", "seed is for chance")
	case c.per != "":
	case c.kind == "rate":
		c.per = "client"
	case c.kind == "first" || c.kind == "greylist":
		c.per = "triple"
	default:
		c.per = "all"
	}
	return nil
}

// key is what a rule counts apart.
func (c *counting) key(rule int, e *Event) string {
	var b strings.Builder
	fmt.Fprint(&b, rule)
	put := func(part string) { b.WriteByte(0); b.WriteString(part) }
	if c.per == "client" || c.per == "triple" {
		put(e.ip().String())
	}
	if from, ok := e.sender(); ok && (c.per == "from" || c.per == "triple") {
		put(from.Fold().String())
	}
	if c.per == "to" || c.per == "triple" {
		for _, to := range e.recipients() {
			put(to.Fold().String())
		}
	}
	return b.String()
}

// counter is what is remembered of one key.
type counter struct {
	n     int
	seed  uint64 // made of the key, so that keys differ
	since time.Time
	times []time.Time // for rate: the last ones, one more than count
}

// holds counts this time and says whether the condition holds.
func (c *counting) holds(k *counter, now time.Time) bool {
	k.n++
	if k.n == 1 {
		k.since = now
	}
	switch c.kind {
	case "first":
		return k.n <= c.n
	case "every":
		return k.n%c.n == 0
	case "greylist":
		if k.since.After(now) { // the clock was set back
			k.since = now
		}
		age := now.Sub(k.since)
		return age < c.period
	case "rate":
		k.times = append(k.times, now)
		k.times = slices.DeleteFunc(k.times, func(t time.Time) bool { return now.Sub(t) >= c.period })
		if len(k.times) > c.n+1 {
			k.times = slices.Delete(k.times, 0, len(k.times)-c.n-1)
		}
		return len(k.times) > c.n
	case "chance":
		return float64(mix(mix(c.seed^k.seed)+uint64(k.n))>>11)/(1<<53) < c.chance
	}
	return true
}

// mix is the last step of splitmix64: it makes of each number another one that looks as if it were drawn.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// maxCounters is how many keys a generation of counters has.
const maxCounters = 10_000

// Player asks a script, and remembers how often it did. It may be used by many goroutines.
type Player struct {
	now func() time.Time

	mu     sync.Mutex
	script [sha256.Size]byte // whose counters they are
	young  map[string]*counter
	old    map[string]*counter // those that were not asked since young was begun
	asked  uint64              // how often a counter was wanted
}

// NewPlayer makes a Player. now is the clock that greylist and rate go by.
func NewPlayer(now func() time.Time) *Player { return &Player{now: now} }

// Ask gives the answer of the first rule that matches; ok is false where none does. A script of another text than the last time begins to count anew.
func (p *Player) Ask(s *Script, e Event) (a Answer, ok bool) {
	if s.Len() == 0 { // as nearly always: then nothing is copied for it
		return a, false
	}
	return p.ask(s, e)
}

func (p *Player) ask(s *Script, e Event) (a Answer, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.hash != p.script { // the same text may be read twice
		p.script, p.young, p.old = s.hash, nil, nil
	}
	for i := range s.rules {
		r := &s.rules[i]
		if !r.match(&e) || r.count.kind != "" && !r.count.holds(p.counter(r.count.key(i, &e)), p.now()) {
			continue
		}
		return r.told(s.file, &e), true
	}
	return a, false
}

// Forget has everything counted anew.
func (p *Player) Forget() {
	p.mu.Lock()
	p.young, p.old = nil, nil
	p.asked++
	p.mu.Unlock()
}

// counter finds what is remembered of a key. Where the young ones are too many, the old ones are forgotten.
func (p *Player) counter(key string) *counter {
	p.asked++
	if k := p.young[key]; k != nil {
		return k
	}
	k := p.old[key]
	if k == nil {
		h := fnv.New64a()
		h.Write([]byte(key))
		k = &counter{seed: h.Sum64()}
	}
	if p.young == nil || len(p.young) >= maxCounters {
		p.old, p.young = p.young, map[string]*counter{}
	}
	p.young[key] = k
	return k
}
