package mailq

import (
	"fmt"
	"strings"
	"time"

	"postroom.dev/spool/queue"
)

// Settings are the options of sendmail's -O that change a listing.
type Settings struct {
	SortOrder string        // QueueSortOrder; "" when not given
	Max       int           // MaxQueueRunSize
	MinAge    time.Duration // MinQueueAge
}

// OrderError is a QueueSortOrder that is not known. sendmail then ends with status 70.
type OrderError string

// Error gives sendmail's sentence.
func (e OrderError) Error() string { return `Invalid queue sort order "` + string(e) + `"` }

// Order gives the order that SortOrder means.
func (s Settings) Order() queue.Order { return queue.ParseOrder(s.SortOrder) }

// ParseSettings reads the options that have a meaning here from those of a call, by sendmail's full names. As in sendmail (measured
// with 8.17.1.9) an order that is not known is an [OrderError]; of a number what its first
// digits say counts; and a time unit that is not known is complained of and passed over.
func ParseSettings(given map[string]string) (s Settings, complaints []string, err error) {
	if order, ok := given["QueueSortOrder"]; ok {
		if order == "" || !strings.Contains("hptfmrn", strings.ToLower(order[:1])) {
			return s, nil, OrderError(order)
		}
		s.SortOrder = order
	}
	for _, c := range strings.TrimLeft(given["MaxQueueRunSize"], " ") {
		if c < '0' || c > '9' || s.Max > 1<<24 {
			break
		}
		s.Max = 10*s.Max + int(c-'0')
	}
	s.MinAge, complaints = age(given["MinQueueAge"])
	return s, complaints, nil
}

// maxAge keeps sums of ages within a time.Duration.
const maxAge = 10 * 365 * 24 * time.Hour

// age reads "1h30m"; a number without a unit is minutes.
func age(text string) (total time.Duration, complaints []string) {
	units := map[rune]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	number := time.Duration(0)
	for _, c := range text + "m" {
		if c >= '0' && c <= '9' {
			number = min(10*number+time.Duration(c-'0'), maxAge/units['w'])
			continue
		}
		unit, ok := units[c]
		if !ok {
			complaints = append(complaints, fmt.Sprintf("Invalid time unit `%c'", c))
		}
		total, number = min(total+number*unit, maxAge), 0
	}
	return total, complaints
}
