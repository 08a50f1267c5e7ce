// Package ui is Postroom's window. Backend is the only door between it and the
// program: plain values in and out, so that the same window could watch a home over a network.
package ui

import (
	"context"
	"io"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
)

// Backend is all that the window knows of the program. Every method may be called from any
// goroutine and may take long: call none of them on the goroutine that paints.
type Backend interface {
	// Find gives a page of records, newest first.
	Find(ctx context.Context, q spool.Query) (spool.Page, error)
	// IDs gives the ids of all records that match, newest first.
	IDs(ctx context.Context, q spool.Query) ([]int64, error)
	// Get gives records by id, leaving out those that do not exist.
	Get(ctx context.Context, ids ...int64) ([]spool.Record, error)
	// Message gives one message read for the viewer. spool.ErrNotFound.
	Message(ctx context.Context, id int64) (Message, error)
	// Raw gives the exact bytes received.
	Raw(ctx context.Context, id int64) (mta.Content, error)
	// Part writes the decoded content of the part with this number.
	Part(ctx context.Context, id int64, number string, w io.Writer) error
	// Transcript gives the part of the SMTP session that the message saw.
	Transcript(ctx context.Context, id int64) ([]byte, error)
	// Picture fetches a picture that a mail names and that lies elsewhere: only where the user asked for it.
	Picture(ctx context.Context, address string) ([]byte, error)
	// Browsable keeps a page for the browser and gives its path.
	Browsable(ctx context.Context, page []byte) (path string, err error)
	// SetRead sets or clears the read mark.
	SetRead(ctx context.Context, read bool, ids ...int64) error
	// Delete removes messages for good.
	Delete(ctx context.Context, ids ...int64) error
	// Status says how the program stands.
	Status(ctx context.Context) (Status, error)
	// SendSample sends a first message to the program itself, as an application would: with HTML and an attachment.
	SendSample(ctx context.Context) error
	// What the user adds to messages.
	spool.Marks
	// Watch calls fn with batches of events, at most ten a second and never two at a time, until stop is called.
	Watch(fn func([]mta.Event)) (stop func())
	Releaser
	RulesBackend
	LoginsBackend
	Importer

	QueueBackend
	ActivityBackend
	SettingsBackend
}

// Message is a message as the viewer shows it.
type Message struct {
	Record   spool.Record
	Fields   []mimetree.Field // the header as received, in order
	Added    []mimetree.Field // the fields that Postroom puts before it
	Text     string           // the first text/plain part, decoded; "" when there is none
	HTML     string           // the first text/html part, decoded, as source; "" when there is none
	Tree     *mimetree.Part   // the root of the parts
	Sizes    map[string]int64 // decoded octets of each part that has content of its own, by number
	Problems []mimetree.Problem
}

// Status is how the program stands.
type Status struct {
	Home      string
	Version   string
	Started   time.Time
	Listeners []Listener
	Counts    spool.Counts
	Waiting   int           // messages in the queue
	Rate      float64       // messages a second, over the last ten seconds
	Ahead     time.Duration // how far the mail server's clock was moved ahead
	Adopted   int           // of Adopting messages that something else put into the queue, so many have a record; both 0 when that is done
	Adopting  int
	Painted   time.Time // when the window first showed its mail; zero without a window
	Problems  []string  // what the user should know and can cure, newest last
}

// Listener is one address that takes mail.
type Listener struct {
	Protocol string // "SMTP", "SMTPS", "Submission", "SubmissionS", "LMTP", "LMTPS", "sendmail"
	Address  string // "127.0.0.1:1025", or a socket's path
	TLS      string // "none", "starttls", "required", "implicit"; "" for sendmail
	Err      string // why it does not listen; "" when it does
}
