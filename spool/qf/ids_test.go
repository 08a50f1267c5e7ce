package qf

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIDTimeReadsSendmailsIDs(t *testing.T) {
	tests := []struct {
		id   string
		want string // "" for not an id of this form
	}{
		{"6AM9dEmd012314", "2026-11-22T09:39:14Z"},
		{"6AM9dgDL013569", "2026-11-22T09:39:42Z"},
		{"e010000A000001", "2000-01-01T00:00:00Z"},
		{"d010000A000001", "2059-01-01T00:00:00Z"},
		{"01Sxxx00000001", ""}, // month 1, day 28, hour 59
		{"01V00000000001", ""}, // 31 February
		{"0C100000000001", ""}, // month 13
		{"00000000000001", ""}, // day 0
		{"6AM9dEmd01231x", ""},
		{"6AM9dEy0012314", ""}, // y is no digit
		{"AA00269", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, ok := IDTime(tt.id)
		if tt.want == "" {
			if ok {
				t.Errorf("IDTime(%q) = %v", tt.id, got)
			}
			continue
		}
		if s := got.Format(time.RFC3339); !ok || s != tt.want {
			t.Errorf("IDTime(%q) = %s, %t, want %s", tt.id, s, ok, tt.want)
		}
	}
}

func TestFirstIDIsAsSendmailMakesIt(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := func() time.Time { return time.Date(2026, 11, 22, 10, 39, 14, 999, zone) }
	g := NewIDs(now, 12314, 48*60+39)
	for _, want := range []string{"6AM9dEmd012314", "6AM9dEme012314"} {
		if id := g.Next(); id != want {
			t.Errorf("id %s, want %s", id, want)
		}
	}
	if id := NewIDs(now, 4194304, -1).Next(); len(id) != 14 {
		t.Errorf("id %s of a large process id has %d characters", id, len(id))
	}
}

func TestIDsAscendWhateverTheClockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		g := NewIDs(func() time.Time { return clock }, rapid.Int().Draw(t, "pid"), rapid.Int().Draw(t, "seed"))
		last := ""
		for range rapid.IntRange(1, 8).Draw(t, "bursts") {
			for range rapid.IntRange(1, 5000).Draw(t, "burst") {
				id := g.Next()
				if len(id) != 14 || id <= last {
					t.Fatalf("%q after %q", id, last)
				}
				last = id
			}
			clock = clock.Add(time.Duration(rapid.IntRange(-5000, 5000).Draw(t, "ms")) * time.Millisecond)
		}
		if _, ok := IDTime(last); !ok {
			t.Fatalf("IDTime cannot read %q", last)
		}
	})
}

func TestNoIDTwiceAt15000ASecondFromManyGoroutines(t *testing.T) {
	const goroutines, each = 15, 3000 // three seconds' worth within one
	now := time.Date(2026, 11, 22, 9, 39, 14, 0, time.UTC)
	g := NewIDs(func() time.Time { return now }, 1, 3599)
	ids := make([][]string, goroutines)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			for range each {
				ids[i] = append(ids[i], g.Next())
			}
		})
	}
	wg.Wait()
	seen := make(map[string]bool)
	for _, some := range ids {
		for _, id := range some {
			if seen[id] {
				t.Fatalf("%s twice", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != goroutines*each {
		t.Fatalf("%d ids", len(seen))
	}
}

func TestADerivedIDIsTheSameForTheSameKeyOfADay(t *testing.T) {
	day := time.Date(2026, 11, 22, 9, 39, 14, 0, time.FixedZone("", 3600))
	a := DerivedID(day, "6AM9dEmd012314 failure")
	if b := DerivedID(day.Add(3*time.Hour), "6AM9dEmd012314 failure"); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if at, ok := IDTime(a); !ok || at.Format("2006-01-02") != "2026-11-22" {
		t.Errorf("%s is of %v", a, at)
	}
	seen := map[string]bool{}
	for i := range 20_000 {
		seen[DerivedID(day, strconv.Itoa(i))] = true
	}
	if len(seen) != 20_000 {
		t.Errorf("20,000 keys have %d ids", len(seen))
	}
}
