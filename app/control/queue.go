package control

import (
	"context"
	"io"
	"time"
)

// Waiting is a message in the queue, as commands list it.
type Waiting struct {
	QueueID    string    `json:"queue_id"`
	Record     int64     `json:"id"`    // 0 when it has none yet
	State      string    `json:"state"` // "queued", "deferred", "held", "lost"
	Arrived    time.Time `json:"arrived"`
	LastTry    time.Time `json:"last_try,omitzero"`
	Tries      int       `json:"tries"`
	Priority   int64     `json:"priority"`
	Size       int64     `json:"size"` // of the body
	Sender     string    `json:"sender"`
	Recipients []string  `json:"recipients"`
	Status     string    `json:"status"`  // the last answer
	Problem    string    `json:"problem"` // why it cannot be run as it is
}

// QueueRun is one run of a queue.
type QueueRun struct {
	Dir     string   `json:"dir"`     // another directory than the home's queue, or a pattern; "" for that
	Client  bool     `json:"client"`  // the client queue
	Select  []string `json:"select"`  // as behind sendmail's -q: "Ixyz", "!Rbob"
	Verbose bool     `json:"verbose"` // what sendmail -v prints is written as it happens
	Wait    bool     `json:"wait"`    // until the run has ended
}

// Queue is the part of a Desk that needs the mail server.
type Queue interface {
	// Queue lists what waits, in the order of a run.
	Queue(ctx context.Context, selection []string) ([]Waiting, error)
	// RunQueue runs a queue once.
	RunQueue(ctx context.Context, r QueueRun, out io.Writer) error
	// Operate does hold, release, return or delete with a waiting message.
	Operate(ctx context.Context, action, queueID string) error
	// Clock moves the queue's clock ahead by d; with reset it is set right first. It gives how far ahead it is then.
	Clock(ctx context.Context, d time.Duration, reset bool) (time.Duration, error)
}

// The actions of Operate.
const (
	Hold    = "hold"
	Release = "release"
	Return  = "return"
	Delete  = "delete"
)
