package samples

import (
	"testing"
	"time"
)

var start = time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)

func came(bars []Bar) (n int) {
	for _, b := range bars {
		n += b.Came
	}
	return n
}

func TestEachSpanHasItsBars(t *testing.T) {
	r := New()
	for i := range 7200 { // two hours
		r.Take(start.Add(time.Duration(i)*time.Second), Second{Came: 1, Waiting: i})
	}
	now := start.Add(7199 * time.Second)
	for _, c := range []struct {
		span, step  time.Duration
		bars, total int
	}{
		{time.Minute, time.Second, 60, 60},
		{time.Hour, 30 * time.Second, 120, 3600},
		{24 * time.Hour, 15 * time.Minute, 96, 7200},
		{48 * time.Hour, 15 * time.Minute, 96, 7200},
	} {
		bars, step := r.Bars(now, c.span)
		if len(bars) != c.bars || step != c.step || came(bars) != c.total {
			t.Errorf("%v: %d bars of %v with %d, want %d of %v with %d", c.span, len(bars), step, came(bars), c.bars, c.step, c.total)
		}
		if last := bars[len(bars)-1]; last.Waiting != 7199 {
			t.Errorf("%v: the queue is %d long at the end", c.span, last.Waiting)
		}
	}
}

func TestTimeInWhichNothingHappenedIsEmpty(t *testing.T) {
	r := New()
	r.Take(start, Second{Came: 5})
	r.Take(start.Add(10*time.Second), Second{Came: 3})
	bars, _ := r.Bars(start.Add(20*time.Second), time.Minute)
	if came(bars) != 8 || bars[59].Came != 0 || bars[49].Came != 3 || bars[39].Came != 5 {
		t.Errorf("bars are %v", bars)
	}
	if bars, _ = r.Bars(start.Add(time.Hour), time.Minute); came(bars) != 0 {
		t.Errorf("an hour later the last minute has %d", came(bars))
	}
	r.Take(start.Add(time.Hour), Second{Came: 1})
	if bars, _ = r.Bars(start.Add(time.Hour), time.Minute); came(bars) != 1 {
		t.Errorf("old bars came back: %d", came(bars))
	}
}

func TestAClockThatIsSetBackLosesNothing(t *testing.T) {
	r := New()
	r.Take(start, Second{Came: 1})
	r.Take(start.Add(-time.Hour), Second{Came: 2})
	if bars, _ := r.Bars(start.Add(-time.Hour), time.Minute); came(bars) != 3 {
		t.Errorf("%d came", came(bars))
	}
}

func TestNothingIsThereAtFirst(t *testing.T) {
	bars, _ := New().Bars(start, time.Hour)
	if len(bars) != 120 || came(bars) != 0 {
		t.Errorf("%d bars with %d", len(bars), came(bars))
	}
}
