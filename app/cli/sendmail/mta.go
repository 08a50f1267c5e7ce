package sendmail

import (
	"context"
	"io"
	"time"

	"postroom.dev/spool/queue"
)

// MTA is what the modes that do not deliver need of the program around this command: one method a mode. A delivery
// asks nothing of it.
//
// The command line has been read and the caller's right to the mode been looked at when a method is called. What a mode
// prints, in sendmail's layout, it writes to the Out and Err that it is given. It ends with nil for exit status 0, with
// an *Exit for any other (Code makes one of a status); an error of another kind is printed after "sendmail: " and gives status 75.
type MTA interface {
	// RunQueue runs a queue once: -q, -qf, -q -v.
	RunQueue(ctx context.Context, r QueueRun) error
	// List lists a queue: -bp, mailq.
	List(ctx context.Context, l Listing) error
	// Quarantine changes why messages are held back: -Q.
	Quarantine(ctx context.Context, q Quarantine) error
	// Serve is the mail server, or a queue runner: -bd, -bD, -q30m. Where one runs on the home, it says so and ends.
	Serve(ctx context.Context, s Serve) error
	// Session is one SMTP session with standard input and output: -bs. The exit status is found from its replies.
	Session(ctx context.Context, s Session) error
	// Verify says where addresses lead: -bv. Its lines for addresses that lead nowhere come first.
	Verify(ctx context.Context, v Verify) error
	// Test is the address test mode: -bt.
	Test(ctx context.Context, s Session) error
	// Check reads the settings, as a server would at its start: -bC. The error says what is wrong.
	Check(ctx context.Context) error
	// Aliases checks and builds the alias database: -bi, newaliases.
	Aliases(ctx context.Context, a Aliases) error
	// HostStatus prints what is remembered of other hosts (-bh), PurgeStatus forgets what has expired (-bH).
	HostStatus(ctx context.Context, h HostStatus) error
	PurgeStatus(ctx context.Context, h HostStatus) error
}

// Code is how a mode ends that has printed all that there was to say: nil for 0.
func Code(exit int) error {
	if exit == exOK {
		return nil
	}
	return &Exit{Code: exit}
}

// Streams are what a mode prints to.
type Streams struct{ Out, Err io.Writer }

// Place is which queue is meant.
type Place struct {
	// Settings are the values of -O, by sendmail's full names: "QueueSortOrder", "MinQueueAge", "DaemonPortOptions". They
	// are checked for their names only, and hold for this call. nil when there are none.
	Settings map[string]string

	Client bool   // -Ac: the client queue
	Dir    string // -oQ: a directory of the caller's choice, which may be a pattern like "mqueue/q*"; "" for the home's own
}

// QueueRun is one run of a queue.
type QueueRun struct {
	Place
	Select queue.Selection
	// Wait says that the call ends when the run has ended (-qf, -v). Without it a run is only begun.
	Wait    bool
	Verbose bool // -v: Out gets "Running …" and all that follows, as it happens
	Streams
}

// Listing is what mailq lists.
type Listing struct {
	Place
	Select  queue.Selection
	Verbose bool // -v: the long form
	Streams
}

// Quarantine holds messages back (qf becomes hf), or releases them.
type Quarantine struct {
	Place
	Select  queue.Selection
	Reason  string
	Release bool
	Verbose bool // -v: says what was changed
	Streams
}

// Serve is how a server is to run.
type Serve struct {
	Place                      // what a queue runner runs
	Listen     bool            // takes mail by SMTP: -bd, -bD; false for a queue runner
	Foreground bool            // -bD: the call ends when the server ends. Otherwise when the server is ready
	Interval   time.Duration   // between queue runs, the first one at once; 0 for none
	Select     queue.Selection // what a run takes
	Argv       []string        // the command line, for the second line of the pid file
	Streams
}

// Session is a conversation.
type Session struct {
	In io.Reader
	Streams
	Verbose bool
}

// Verify is what -bv asks.
type Verify struct {
	Addresses []string // as they were given: "team", "a@b"; each is one address, or a list with commas
	Verbose   bool     // -v: also the way there: "team... aliased to alice, bob"
	Streams
}

// Aliases is what -bi builds.
type Aliases struct {
	File    string // -oA, -O AliasFile; "" for the home's
	Verbose bool
	Streams
}

// HostStatus is what -bh prints and -bH clears.
type HostStatus struct {
	Verbose bool // -v: results are not cut
	Streams
}
