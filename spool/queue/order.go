package queue

import (
	"cmp"
	"slices"
	"strings"
)

// Order is how a run or a listing sorts messages: sendmail's QueueSortOrder. The zero value is by priority.
type Order byte

// The orders. Messages that are alike in it keep the order of the directory.
const (
	ByPriority     Order = iota // the lowest number first
	ByHost                      // locked ones last; by the domain of the first recipient, from its end; by priority
	ByTime                      // of submission
	ByFilename                  // by id
	ByModification              // of the control file, in whole seconds, the oldest first
	Unsorted                    // as the directory has them; also for sendmail's "random", whose order is any
)

// ParseOrder reads a value of QueueSortOrder. As in sendmail the first letter decides, in either case, and a
// word that is not known means ByFilename.
func ParseOrder(word string) Order {
	if word == "" {
		return ByPriority
	}
	switch lower(word[:1]) {
	case "p":
		return ByPriority
	case "h":
		return ByHost
	case "t":
		return ByTime
	case "m":
		return ByModification
	case "n", "r":
		return Unsorted
	}
	return ByFilename
}

// Sort sorts messages that stand in the order of the directory.
func (o Order) Sort(messages []*Message) {
	switch o {
	case Unsorted:
	case ByHost:
		slices.SortStableFunc(messages, func(a, b *Message) int {
			return cmp.Or(last(a.Locked, b.Locked), compareHosts(a.Summary.Host, b.Summary.Host), cmp.Compare(a.Summary.Priority, b.Summary.Priority))
		})
	case ByFilename:
		slices.SortStableFunc(messages, func(a, b *Message) int { return strings.Compare(a.ID, b.ID) })
	case ByTime:
		sortBy(messages, func(m *Message) int64 { return m.Summary.Time.Unix() })
	case ByModification:
		sortBy(messages, func(m *Message) int64 { return m.Modified.Unix() })
	default:
		sortBy(messages, func(m *Message) int64 { return m.Summary.Priority })
	}
}

// sortBy sorts by a number, which it asks for once: of 100,000 messages, to look at each again and again is most of the work.
func sortBy(messages []*Message, key func(*Message) int64) {
	type keyed struct {
		key int64
		at  int
		m   *Message
	}
	all := make([]keyed, len(messages))
	for i, m := range messages {
		all[i] = keyed{key(m), i, m}
	}
	slices.SortFunc(all, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at, b.at)) })
	for i := range all {
		messages[i] = all[i].m
	}
}

// last puts what is true behind what is not.
func last(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// compareHosts compares from the end, so that hosts of one domain stand together.
func compareHosts(a, b string) int {
	for i := 1; i <= min(len(a), len(b)); i++ {
		if c := cmp.Compare(a[len(a)-i], b[len(b)-i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
