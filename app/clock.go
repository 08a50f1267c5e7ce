package app

import (
	"sync/atomic"
	"time"
)

// clock is the time that the mail server goes by. It can be moved ahead, so that retries, the warning after four hours and the
// return after five days happen while one watches.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(c.moved()) }

// moved says how far ahead of the real time it is.
func (c *clock) moved() time.Duration { return time.Duration(c.ahead.Load()) }

func (c *clock) move(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *clock) reset() { c.ahead.Store(0) }
