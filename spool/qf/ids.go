package qf

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// digits are sendmail's base 60, ascending in ASCII, so that ids sort by time.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"

// counters is how many ids one second has: two base-60 digits.
const counters = 60 * 60

// MaxID is the longest id that sendmail runs, in octets. Longer names are passed over.
const MaxID = 18

// IDs makes queue ids of 14 characters, as sendmail does: year, month, day, hour, minute
// and second in UTC, a counter of two digits, and the process id in six decimal digits. It
// is safe for use by several goroutines.
//
// One generator never gives an id twice and each id sorts after the one before (until the year's digit
// comes round, in 2060): when the clock stands or steps back it stays at the latest second, and
// when a second's 3,600 counters are used up it takes those of the next one.
type IDs struct {
	now func() time.Time
	pid int

	mu      sync.Mutex
	second  time.Time
	counter int
}

// NewIDs makes a generator. The counter starts at seed, which should be random, so that a
// process id that comes again within a second makes other ids.
func NewIDs(now func() time.Time, pid, seed int) *IDs {
	return &IDs{now: now, pid: abs(pid) % 1_000_000, counter: abs(seed)%counters - 1}
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}

// Next gives the next id.
func (g *IDs) Next() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.now().UTC().Truncate(time.Second); t.After(g.second) {
		g.second = t
	}
	g.counter++
	if g.counter == counters {
		g.counter = 0
		g.second = g.second.Add(time.Second)
	}
	return id(g.second, g.counter, g.pid)
}

// DerivedID gives an id that is the same whenever it is asked for with the same day and key: of a message that must be made once, however often
// a crash comes between its making and the note that it was made. Two keys have the same id as seldom as 10^-14 says.
func DerivedID(day time.Time, key string) string {
	sum := sha256.Sum256([]byte(key))
	n := binary.BigEndian.Uint64(sum[:])
	part := func(of uint64) int { p := n % of; n /= of; return int(p) }
	day = day.UTC().Truncate(24 * time.Hour)
	second := day.Add(time.Duration(part(24*60*60)) * time.Second)
	return id(second, part(counters), part(1_000_000))
}

// id prints an id.
func id(t time.Time, counter, pid int) string {
	d := func(n int) byte { return digits[(n%60+60)%60] }
	b := append(make([]byte, 0, 14),
		d(t.Year()-1900),
		d(int(t.Month())-1), d(t.Day()), d(t.Hour()), d(t.Minute()), d(t.Second()),
		d(counter/60), d(counter))
	for unit := 100_000; unit > 0; unit /= 10 {
		b = append(b, byte('0'+pid/unit%10))
	}
	return string(b)
}

// IDTime gives the second in which a 14-character id was made, in UTC. The id has the year
// modulo 60 only: it is taken to lie in 2000 to 2059. False when id is not of this form.
func IDTime(id string) (time.Time, bool) {
	if len(id) != 14 {
		return time.Time{}, false
	}
	var n [8]int
	for i := range n {
		if n[i] = strings.IndexByte(digits, id[i]); n[i] < 0 {
			return time.Time{}, false
		}
	}
	for _, c := range []byte(id[8:]) {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
	}
	year := 1960 + n[0]
	if year < 2000 {
		year += 60
	}
	t := time.Date(year, time.Month(n[1]+1), n[2], n[3], n[4], n[5], 0, time.UTC)
	if n[1] > 11 || t.Day() != n[2] || n[3] > 23 {
		return time.Time{}, false
	}
	return t, true
}
