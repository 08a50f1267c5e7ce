package app

import (
	"strconv"
	"sync/atomic"
	"time"
)

// sessionIDs names sessions: the program's start in base 36 and a counter, so that
// no two sessions of a home share a name.
type sessionIDs struct {
	start string
	n     atomic.Int64
}

func newSessionIDs(start time.Time) *sessionIDs {
	return &sessionIDs{start: strconv.FormatInt(start.UnixMicro(), 36)}
}

func (s *sessionIDs) next() string {
	return s.start + "-" + strconv.FormatInt(s.n.Add(1), 36)
}
