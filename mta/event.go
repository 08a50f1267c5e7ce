package mta

import "time"

// Event is one thing that happened. Events are hints for whoever watches: the
// queue and the store are the truth.
type Event struct {
	Time      time.Time
	Kind      Kind
	QueueID   string
	Session   string
	Message   int64 // the record's id, 0 when there is none
	Recipient string
	Text      string
	Status    Status
}

// Kind says what an Event tells.
type Kind string

// The kinds of events.
const (
	Stored    Kind = "stored"    // a record was added: Message, QueueID
	Changed   Kind = "changed"   // a record's state or read mark changed: Message
	Removed   Kind = "removed"   // a record was deleted: Message
	Indexed   Kind = "indexed"   // full-text search caught up to Message
	Connected Kind = "connected" // a session began: Session
	Closed    Kind = "closed"    // a session ended: Session, Text is the reason
	Problem   Kind = "problem"   // something the user should know: Text
	Raise     Kind = "raise"     // a second start wants the window in front, with Message where that is not 0
	Resync    Kind = "resync"    // events were lost: read everything again
)

// Sink takes events. It must not block.
type Sink func(Event)
