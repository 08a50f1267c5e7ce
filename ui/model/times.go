package model

import (
	"time"

	"postroom.dev/ui/say"
)

// Clock prints when something was, as short as it is clear at now: the time of the same day, the day of the
// same year, or all of the date.
func Clock(t, now time.Time) string {
	t = t.In(now.Location())
	switch {
	case t.IsZero():
		return ""
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04:05")
	case t.Year() == now.Year():
		return t.Format(say.T("2 Jan 15:04"))
	}
	return t.Format(say.T("2 Jan 2006"))
}

// LongClock prints when something was as Clock does, for where there is room: of this year with its seconds, else with the time of day.
func LongClock(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Year() == now.Year() {
		return t.Format(say.T("2 Jan, 15:04:05"))
	}
	return t.Format(say.T("2 Jan 2006, 15:04"))
}

// FullDate prints all of a time: "Wed 14 Jan 2026, 09:12:44".
func FullDate(t time.Time) string {
	days := [...]string{say.T("Sun"), say.T("Mon"), say.T("Tue"), say.T("Wed"), say.T("Thu"), say.T("Fri"), say.T("Sat")}
	return say.T("%s %s, %s", days[t.Weekday()], t.Format(say.T("2 Jan 2006")), t.Format("15:04:05"))
}
