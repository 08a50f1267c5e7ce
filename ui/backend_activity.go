package ui

import (
	"context"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/model"
)

// ActivityBackend is what the window asks of what the program did.
type ActivityBackend interface {
	// Sessions gives a page of clients' sessions, newest first, without their transcripts.
	Sessions(ctx context.Context, q spool.SessionQuery) (spool.SessionPage, error)
	// Session gives one session whole. spool.ErrNotFound.
	Session(ctx context.Context, id string) (mta.Session, error)
	// MailLog gives what was written to the maillog since a place, at most its last lines.
	MailLog(ctx context.Context, since model.LogPlace) (model.LogPart, error)
	// QueueRuns gives the last runs of the queue, newest first.
	QueueRuns(ctx context.Context) ([]model.QueueRan, error)
	// Load tells how busy the program was over the last minute, hour or day.
	Load(ctx context.Context, span time.Duration) (model.Load, error)
}
