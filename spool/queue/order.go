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
	if o == Unsorted {
		return
	}
	slices.SortStableFunc(messages, func(a, b *Message) int {
		switch o {
		case ByHost:
			return cmp.Or(last(a.Locked, b.Locked), compareHosts(a.Summary.Host, b.Summary.Host), cmp.Compare(a.Summary.Priority, b.Summary.Priority))
		case ByTime:
			return a.Summary.Time.Compare(b.Summary.Time)
		case ByFilename:
			return strings.Compare(a.ID, b.ID)
		case ByModification:
			return cmp.Compare(a.Modified.Unix(), b.Modified.Unix())
		}
		return cmp.Compare(a.Summary.Priority, b.Summary.Priority)
	})
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
