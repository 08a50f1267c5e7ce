// Package spool holds the nouns of what Postroom keeps: the record of a
// message, the questions one can ask of the records, and the Store that answers them.
//
// A record is kept for good: bytes, envelope, every recipient's fate and every
// step that led there. Package spool/store keeps records in SQLite;
// package spool/spooltest says, as tests, what any store must do.
package spool

import (
	"context"
	"errors"
	"io"
	"time"

	"postroom.dev/mta"
)

// The errors that callers branch on, with errors.Is.
var (
	ErrNotFound  = errors.New("no such message")
	ErrFull      = errors.New("no space left")                                 // disk or database is full
	ErrDuplicate = errors.New("another message has this queue id")             // and other bytes
	ErrNewer     = errors.New("the store was written by a newer Postroom")     // refused, not touched
	ErrDamaged   = errors.New("the store is damaged")                          // says file and cure in its wrapping
	ErrQuery     = errors.New("the search words do not make a valid question") // wrapped with the reason
	ErrNoMark    = errors.New("there is none of this name")                    // no such tag or saved search
	ErrName      = errors.New("not a name that can be given")                  // wrapped with the name and the reason
)

// Record is what is kept of a message, without its bytes. Its envelope has no
// Transcript: Store.Transcript gives that.
type Record struct {
	ID           int64             // ascending in the order of arrival, never used twice
	mta.Envelope `json:"envelope"` // Envelope.ID is the queue id
	Summary
	Size    int64 // octets as received
	Read    bool
	Starred bool
	Tags    []string `json:",omitempty"` // by name
}

// Summary is what a list shows of a message, taken from its header and body,
// decoded to UTF-8. A message too broken to read has an empty one.
type Summary struct {
	Subject     string
	From        string // the From field: "Ada Lovelace <ada@example.com>"
	To          string
	Cc          string
	Date        time.Time // the Date field; zero when missing or unreadable
	MessageID   string    // without the angle brackets
	Attachments int
	Snippet     string // the first words of the text, at most 200 letters
}

// Query asks for records. The zero Query asks for all, newest first.
type Query struct {
	// Text are search words and operators, as package spool/query reads them: "order from:shop -is:read".
	Text   string
	Rcpt   string    // envelope recipient, or the alias it came of; "user@host", compared without regard to case
	State  mta.State // some recipient is in this state
	Unread bool
	Order  Order
	Before int64  // keyset: only records behind the one with this id in the Order; 0 for the first
	Past   string // with an Order other than OrderArrival, Page.Past beside Before
	After  int64  // only records with a larger id
	Limit  int    // at most so many; 0 means 50 for Find and no limit for IDs
}

// Page is one page of records, in the Query's order.
type Page struct {
	Records []Record
	Next    int64  // Query.Before of the next page; 0 when this is the last one
	Past    string `json:",omitempty"` // Query.Past of the next page
}

// SessionQuery asks for sessions. The zero SessionQuery asks for all, newest first.
type SessionQuery struct {
	Failed bool   // only those that were refused or aborted
	Text   string // occurs in the client's address, name or HELO, the user, the refusal or the reason; in any case of ASCII letters
	Before int64  // keyset: SessionPage.Next of the page before; 0 for the newest
	Limit  int    // at most so many; 0 means 50
}

// SessionPage is one page of sessions, newest first, without their transcripts: Store.Session gives those.
type SessionPage struct {
	Sessions []mta.Session
	Next     int64 // SessionQuery.Before of the next page; 0 when this is the last one
}

// Imported says what was kept of a file of mail.
type Imported struct {
	Messages int   `json:"messages"`
	Newest   int64 `json:"newest,omitempty"` // the id of the last one, 0 for none
}

// Counts are kept in memory: asking costs nothing, once the store has counted what it holds.
type Counts struct {
	All    int
	Unread int
	Bytes  int64 // octets of all messages as received
}

// Store keeps records. All methods may be called from any goroutine.
type Store interface {
	Marks

	// Create begins a message. Its bytes are written to the Draft exactly as received.
	Create() (Draft, error)

	// Find gives a page of records. ErrQuery when q.Text cannot be understood.
	Find(ctx context.Context, q Query) (Page, error)
	// IDs gives the ids alone: for lists that must know every position.
	IDs(ctx context.Context, q Query) ([]int64, error)
	// Get gives records in the order of ids, leaving out those that do not exist.
	Get(ctx context.Context, ids ...int64) ([]Record, error)
	// Content gives the exact bytes as received. ErrNotFound.
	Content(ctx context.Context, id int64) (mta.Content, error)
	// Transcript gives the part of the session that a message saw. ErrNotFound.
	Transcript(ctx context.Context, id int64) ([]byte, error)

	// SetRead sets or clears the read mark and gives the ids that it changed.
	SetRead(ctx context.Context, read bool, ids ...int64) ([]int64, error)
	// Delete removes records and their bytes, and gives the ids that existed.
	Delete(ctx context.Context, ids ...int64) ([]int64, error)

	// Lookup gives the id of the record with this queue id. ErrNotFound.
	Lookup(ctx context.Context, queueID string) (int64, error)
	// Envelope gives the envelope of the record with this queue id, for the caller to change. ErrNotFound.
	Envelope(ctx context.Context, queueID string) (*mta.Envelope, error)
	// Update replaces the recipients of the record with this queue id, and with them their fate. When it
	// returns nil that survives kill -9 and loss of power. Nothing else of the record changes. ErrNotFound.
	Update(ctx context.Context, queueID string, recipients []mta.Recipient) error

	// Note adds steps to the envelope of the record with this queue id, as mta.Noted does, durably. Nothing else of the record
	// changes. ErrNotFound.
	Note(ctx context.Context, queueID string, steps ...mta.Step) error

	// AddSession keeps a finished session, and does not wait for a disk: a crash may lose those of the last second. Adding it
	// again replaces it. Only the newest sessions are kept, and when very many come at a time, few of those in which all went well.
	AddSession(ctx context.Context, s mta.Session) error
	// Sessions gives a page of sessions, newest first.
	Sessions(ctx context.Context, q SessionQuery) (SessionPage, error)
	// Session gives a kept session. ErrNotFound.
	Session(ctx context.Context, id string) (mta.Session, error)

	Counts() Counts
	// Settle waits until search knows every record that was added before the call.
	Settle(ctx context.Context) error
	Close() error
}

// Draft is a message that is being received. Exactly one of Commit and Discard
// ends it; Discard after Commit does nothing. A Draft belongs to one goroutine.
type Draft interface {
	// Write takes the next bytes. A full disk gives an error that is ErrFull.
	io.Writer
	// Head gives the bytes written so far, at most the first 64 KiB. Valid until the next call.
	Head() []byte
	Size() int64
	// Commit makes the message and env durable. When it returns nil they survive kill -9 and loss of power; when it
	// returns an error nothing of them is kept. It is idempotent by env.ID: where a record with this queue id and the same
	// bytes exists, that record's id is the answer; with other bytes, ErrDuplicate.
	Commit(ctx context.Context, env *mta.Envelope) (id int64, err error)
	// Discard throws away what was written.
	Discard()
}
