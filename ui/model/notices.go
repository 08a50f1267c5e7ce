package model

import "time"

// Notices decides what the desktop is told of mail that comes while the window is not in front: one message by name, several as a number, never
// more often than every few seconds, and of a burst only its beginning. It has no clock of its own: who calls it says when it is, and calls
// Due after the time that Arrived asked for.
type Notices struct {
	count   int   // not told yet
	newest  int64 // the last one that came
	asked   bool  // Due is going to be called
	muted   bool  // in a burst, of which the desktop was told
	arrived time.Time
	told    time.Time
}

// Notice is what the desktop is to be told.
type Notice struct {
	Count  int
	Newest int64 // the message, where Count is 1
}

const (
	noticePause = 5 * time.Second  // between two
	noticeWait  = time.Second      // for others that come with the first
	burstCount  = 50               // messages between two notices that make a burst
	burstQuiet  = 10 * time.Second // without mail that end one
)

// Arrived takes messages that came. Where ask is true, Due is to be called once, after wait.
func (n *Notices) Arrived(count int, newest int64, now time.Time) (wait time.Duration, ask bool) {
	n.count, n.newest, n.arrived = n.count+count, newest, now
	if n.asked {
		return 0, false
	}
	n.asked = true
	return max(noticeWait, n.told.Add(noticePause).Sub(now)), true
}

// Due gives what to tell now; ok is false where that is nothing. Where wait is not 0, Due is to be called again after it.
func (n *Notices) Due(now time.Time) (notice Notice, ok bool, wait time.Duration) {
	n.asked = false
	if n.muted {
		if left := n.arrived.Add(burstQuiet).Sub(now); left > 0 {
			n.asked = true
			return Notice{}, false, left
		}
		n.muted, n.count = false, 0
		return Notice{}, false, 0
	}
	notice = Notice{n.count, n.newest}
	n.count = 0
	if notice.Count == 0 {
		return Notice{}, false, 0
	}
	n.told = now
	if notice.Count >= burstCount {
		n.muted, n.asked = true, true
		return notice, true, burstQuiet
	}
	return notice, true, 0
}

// Seen forgets what was not told yet: the user looks at the window.
func (n *Notices) Seen() { n.count = 0 }
