package config

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Interval is a span of time as sendmail writes it: "30m", "4h", "1h30m", "5d", "1w"; minutes where there is no unit.
type Interval time.Duration

// ParseInterval reads an interval.
func ParseInterval(text string) (Interval, error) {
	var sum time.Duration
	for rest := text; rest != "" || text == ""; {
		digits := 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no span of time; write a number and one of s m h d w, as in 30m", text)
		}
		unit := time.Minute
		rest = rest[digits:]
		if rest != "" {
			switch rest[0] {
			case 's':
				unit = time.Second
			case 'm':
			case 'h':
				unit = time.Hour
			case 'd':
				unit = 24 * time.Hour
			case 'w':
				unit = 7 * 24 * time.Hour
			default:
				return 0, fmt.Errorf("%q: unknown unit %q; write one of s m h d w", text, rest[:1])
			}
			rest = rest[1:]
		}
		if n > int64((math.MaxInt64-sum)/unit) {
			return 0, fmt.Errorf("%q is longer than can be counted", text)
		}
		sum += time.Duration(n) * unit
	}
	return Interval(sum), nil
}

// UnmarshalText reads an interval from the settings file.
func (i *Interval) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInterval(string(text))
	return err
}
