package simulate

import (
	"encoding/hex"
	"hash/fnv"
	"maps"
	"time"
)

// Memory is what a Player has counted, to be written down and read again: greylisting goes on where a program that was started anew asks
// the same script. The times that a rate goes by are left out; it begins anew.
type Memory struct {
	Script string             // of which text the counters are
	Counts map[string]Counted // by what is counted apart
}

// Counted is what is remembered of one key.
type Counted struct {
	N     int       // how often it was asked
	Since time.Time // the first time
}

// Asked grows whenever there is more to remember.
func (p *Player) Asked() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Memory gives what the Player remembers, at most the given number of counters, those first that were asked last.
func (p *Player) Memory(most int) Memory {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := Memory{Script: hex.EncodeToString(p.script[:]), Counts: map[string]Counted{}}
	for _, generation := range []map[string]*counter{p.young, p.old} {
		for key, k := range generation {
			if _, is := m.Counts[key]; !is && len(m.Counts) < most {
				m.Counts[key] = Counted{k.n, k.since}
			}
		}
	}
	return m
}

// Remember takes over what an earlier Player remembered. It does not count for a script of another text.
func (p *Player) Remember(m Memory) {
	hash, err := hex.DecodeString(m.Script)
	if err != nil || len(hash) != len(p.script) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	copy(p.script[:], hash)
	p.young, p.old = map[string]*counter{}, nil
	for key := range maps.Keys(m.Counts) {
		if len(p.young) == maxCounters {
			break
		}
		h := fnv.New64a()
		h.Write([]byte(key))
		p.young[key] = &counter{n: max(m.Counts[key].N, 0), since: m.Counts[key].Since, seed: h.Sum64()}
	}
}
