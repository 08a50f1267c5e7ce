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
	Arrived    time.Time `json:"arrived,omitzero"`
	LastTry    time.Time `json:"last_try,omitzero"`
	Tries      int       `json:"tries"`
	Priority   int64     `json:"priority"`
	Size       int64     `json:"size"` // of the body
	Sender     string    `json:"sender"`
	Recipients []string  `json:"recipients"`
	Status     string    `json:"status"`  // the last answer
	Problem    string    `json:"problem"` // why it cannot be run as it is
}

// Orphan is a file in a queue directory that is no message and belongs to none, or a message that cannot be run as it is.
type Orphan struct {
	QueueID string `json:"queue_id"`
	File    string `json:"file"` // its path
	Problem string `json:"problem"`
	Done    string `json:"done,omitempty"`  // what Repair did
	Error   string `json:"error,omitempty"` // why Repair did nothing
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
	// Redirect changes the recipients of a waiting message, all as asked or none.
	Redirect(ctx context.Context, queueID string, changes []Redirection) error
	// Orphans lists what is odd in the queue and in the client queue, and changes nothing.
	Orphans(ctx context.Context) ([]Orphan, error)
	// Repair puts right what can be without loss: of these queue ids, or of all when there are none.
	Repair(ctx context.Context, queueIDs []string) ([]Orphan, error)
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

// Redirection changes the recipients of a waiting message: From gives way to To. Without a To it is taken out, and without a From, To
// is added.
type Redirection struct {
	From string `json:"from"`
	To   string `json:"to"`
}
