package model

import (
	"testing"
	"time"
)

// noticesOf plays arrivals, in seconds and counts, and gives the notices with the seconds of their times.
func noticesOf(arrivals map[int]int, seconds int) map[int]int {
	var n Notices
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	due, out := time.Time{}, map[int]int{}
	for s := range seconds {
		now := start.Add(time.Duration(s) * time.Second)
		if !due.IsZero() && !now.Before(due) {
			due = time.Time{}
			notice, ok, wait := n.Due(now)
			if ok {
				out[s] = notice.Count
			}
			if wait > 0 {
				due = now.Add(wait)
			}
		}
		if c := arrivals[s]; c > 0 {
			if wait, ask := n.Arrived(c, int64(s), now); ask {
				due = now.Add(wait)
			}
		}
	}
	return out
}

func TestTheDesktopIsToldOfNewMailNowAndThen(t *testing.T) {
	every := map[int]int{}
	for s := range 60 {
		every[s] = 500
	}
	for name, c := range map[string]struct{ arrivals, want map[int]int }{
		"one message a second later":           {map[int]int{3: 1}, map[int]int{4: 1}},
		"what comes together is one notice":    {map[int]int{3: 2, 4: 1}, map[int]int{4: 2, 9: 1}},
		"never twice within five seconds":      {map[int]int{1: 1, 3: 1, 5: 1}, map[int]int{2: 1, 7: 2}},
		"of a burst only the beginning":        {every, map[int]int{1: 500}},
		"and after it again, once it is quiet": {map[int]int{1: 60, 5: 9, 30: 1}, map[int]int{2: 60, 31: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := noticesOf(c.arrivals, 60)
			if len(got) != len(c.want) {
				t.Errorf("told %v, want %v", got, c.want)
			}
			for s, n := range c.want {
				if got[s] != n {
					t.Errorf("told %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestNothingIsToldOfWhatWasSeen(t *testing.T) {
	var n Notices
	now := time.Now()
	n.Arrived(3, 1, now)
	n.Seen()
	if notice, ok, _ := n.Due(now.Add(time.Second)); ok {
		t.Errorf("told %+v", notice)
	}
	if _, ask := n.Arrived(1, 2, now); !ask {
		t.Error("what comes later is not asked for")
	}
}
