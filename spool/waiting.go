package spool

import (
	"time"

	"postroom.dev/mta"
)

// Waiting is a message in the queue, as people look at it.
type Waiting struct {
	Key      int64        // names it in lists while it waits, whatever its control file is called
	ID       string       // the queue id
	State    WaitingState //
	Why      string       // of a held message the reason, of a broken one what is wrong
	Arrived  time.Time    // zero where the control file does not say
	LastTry  time.Time    // zero for none
	NextTry  time.Time    // by the server's clock; zero for never
	Expires  time.Time    // when it goes back; zero where that is not known
	Size     int64        // octets of the body; -1 without one
	Priority int64
	Tries    int
	Sender   string
	Open     []string // recipients that still wait, as the control file has them; at most MaxOpen
	Left     int      // how many those are
	Done     int      // recipients that are done with; -1 where that is not known
	Host     string   // where the first open recipient's mail goes: "[127.0.0.1]:2525", "local"
	Hosts    int      // how many hosts it goes to
	Reply    string   // of the last attempt
	Origin   mta.Origin
	Record   int64 // 0 for none
}

// MaxOpen is how many recipients Waiting.Open has at most.
const MaxOpen = 20

// WaitingState is how a message in the queue stands.
type WaitingState string

// The states of a waiting message.
const (
	WaitsNew         WaitingState = "queued"      // not tried yet
	WaitsDeferred    WaitingState = "deferred"    // tried, and tried again later
	WaitsHeld        WaitingState = "held"        // by the user
	WaitsQuarantined WaitingState = "quarantined" // by a table, or by sendmail -qQ
	WaitsSending     WaitingState = "sending"     // in hand just now
	WaitsLost        WaitingState = "lost"        // sendmail could not read its control file and gave it up
	WaitsBroken      WaitingState = "broken"      // cannot be run as it is
)

// WaitingSort is what a list of the queue is in the order of.
type WaitingSort string

// The orders. Messages that are alike in one stand by their ids.
const (
	ByPriority WaitingSort = ""
	ByID       WaitingSort = "id"
	ByState    WaitingSort = "state"
	ByArrival  WaitingSort = "arrival"
	BySize     WaitingSort = "size"
	ByTries    WaitingSort = "tries"
	ByNextTry  WaitingSort = "next"
	ByExpiry   WaitingSort = "expiry"
	BySender   WaitingSort = "sender"
	ByRcpt     WaitingSort = "rcpt"
	ByHost     WaitingSort = "host"
	ByReply    WaitingSort = "reply"
)

// WaitingQuery asks for a list of the queue. The zero WaitingQuery asks for all, in the order of a run.
type WaitingQuery struct {
	Text   string // occurs in the id, the sender, a recipient, the host or the last reply, in any case
	Host   string // some open recipient's mail goes there, as WaitingGroup.Name has it
	Reason string // as WaitingGroup.Name has it
	Domain string // an open recipient's
	Sort   WaitingSort
	Down   bool   // the other way round
	Since  uint64 // what WaitingList.Version was: where nothing has changed since, only Same is answered
}

// WaitingList is what there is in the queue.
type WaitingList struct {
	Version uint64  // another number whenever anything changed
	Same    bool    // nothing has since WaitingQuery.Since, and Keys is left out
	Keys    []int64 // of the messages asked for, in order
	All     int     // messages in the queue
	Run     QueueRun
}

// QueueRun says when the queue is run.
type QueueRun struct {
	Busy  bool      // a run goes on
	Last  time.Time // when the last one began; zero for none yet
	Next  time.Time // when the next one begins; zero where none is planned
	Clock time.Time // what the server's clock says
}

// WaitingBy is what messages are put together by.
type WaitingBy string

// The groups. A message to several hosts or domains is in the group of each.
const (
	GroupHost   WaitingBy = "host"
	GroupReason WaitingBy = "reason"
	GroupDomain WaitingBy = "domain"
)

// WaitingGroup is what waits for one host, for one reason, or for one domain.
type WaitingGroup struct {
	Name    string
	Count   int
	Size    int64
	Oldest  time.Time // arrival; zero where that is not known
	Tried   time.Time // the last attempt on any of them
	Reply   string    // of one of them
	Domains []string  // of recipients, sorted; at most MaxGroupDomains
	More    bool      // there are more domains
	Ages    [len(AgeLimits) + 1]int
}

// MaxGroupDomains is how many domains a WaitingGroup names at most.
const MaxGroupDomains = 8

// AgeLimits are where the columns of WaitingGroup.Ages end, as qshape of Postfix has them; the last column has all that is older.
var AgeLimits = [...]time.Duration{
	5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 80 * time.Minute,
	160 * time.Minute, 320 * time.Minute, 640 * time.Minute, 1280 * time.Minute,
}
