// Package control is the door that a running Postroom keeps open for its own
// commands: HTTP with JSON over the socket run/control.sock, which only the home's owner can reach.
//
//	GET    /v1/status
//	GET    /v1/messages?text=&rcpt=&state=&unread=1&before=&after=&limit=
//	GET    /v1/messages/ID
//	GET    /v1/messages/ID/raw
//	DELETE /v1/messages            {"ids":[1,2]}
//	POST   /v1/marks               {"do":"tag","name":"work","on":true,"ids":[1,2]}: stars, tags, saved searches
//	GET    /v1/tally               how much is kept under each heading
//	GET    /v1/sessions?failed=1&text=&before=&limit=
//	GET    /v1/sessions/ID
//	POST   /v1/messages/ID/redeliver  through the tables again
//	POST   /v1/import?name=        the body is a file of mail: a message, or an mbox
//	POST   /v1/release             a mta.ReleaseOrder is carried out; /v1/release/plan says what would be
//	GET    /v1/queue?select=       what waits, and what is held
//	POST   /v1/queue/run           {"select":["Ixyz"],"verbose":true}; the answer is text as it happens, then a trailer Error
//	POST   /v1/mailq               what mailq prints, see Listing
//	POST   /v1/queue/ID/ACTION     hold, release, return, delete
//	POST   /v1/queue/ID/redirect   [{"from":"a@b","to":"c@d"}]: other recipients
//	GET    /v1/orphans             what is odd in the queue directories
//	POST   /v1/orphans             {"ids":["xyz"]}: repairs those, or all
//	POST   /v1/clock               {"move":"4h"} or {"reset":true}
//	POST   /v1/raise?show=ID       brings the window to the front, with a message
//
// An answer that is not 200 is {"error": text, "kind": word}; the words are those
// that a caller branches on. The protocol is between one program and itself and may change with it.
package control

import (
	"context"
	"errors"
	"io"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/mailfile"
	"postroom.dev/spool/queue"
	"postroom.dev/ui"
)

// Desk is what commands can ask of a home, whether a program runs on it or not.
type Desk interface {
	Status(ctx context.Context) (ui.Status, error)
	Find(ctx context.Context, q spool.Query) (spool.Page, error)
	Message(ctx context.Context, id int64) (ui.Message, error)
	// Export writes the exact bytes received. spool.ErrNotFound before anything is written.
	Export(ctx context.Context, id int64, w io.Writer) error
	// Sent writes a message as it left, or would have left.
	Sent(ctx context.Context, id int64, w io.Writer) error
	// Delete removes messages for good, and gives the ids that existed.
	Delete(ctx context.Context, ids ...int64) ([]int64, error)
	// Sessions gives a page of clients' sessions, newest first, without their transcripts.
	Sessions(ctx context.Context, q spool.SessionQuery) (spool.SessionPage, error)
	// Session gives one session whole. spool.ErrNotFound.
	Session(ctx context.Context, id string) (mta.Session, error)
	// Import keeps the messages of a file of mail, caught. mailfile.ErrNotMail, spool.ErrFull.
	Import(ctx context.Context, name string, file io.Reader) (spool.Imported, error)
	spool.Marks
	Queue
	ui.Releaser
}

// The errors of a Client.
var (
	// ErrNotRunning says that no program answers on the home.
	ErrNotRunning = errors.New("no Postroom is running on this home")
	// ErrNoWindow says that the running program has no window to raise.
	ErrNoWindow = errors.New("the running Postroom has no window")
)

// kinds are the errors that keep their identity across the socket.
var kinds = []struct {
	word string
	err  error
}{
	{"not-found", spool.ErrNotFound},
	{"query", spool.ErrQuery},
	{"name", spool.ErrName},
	{"no-mark", spool.ErrNoMark},
	{"full", spool.ErrFull},
	{"no-window", ErrNoWindow},
	{"locked", queue.ErrLocked},
	{"gone", queue.ErrGone},
	{"may-not-leave", mta.ErrMayNotLeave},
	{"other-plan", mta.ErrOtherPlan},
	{"order", mta.ErrOrder},
	{"not-mail", mailfile.ErrNotMail},
}

type failure struct {
	Error string `json:"error"`
	Kind  string `json:"kind,omitempty"`
}

type idList struct {
	IDs []int64 `json:"ids"`
}
