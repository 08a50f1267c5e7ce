package app

import (
	"context"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// Sessions gives a page of clients' sessions, newest first, without their transcripts.
func (r *Room) Sessions(ctx context.Context, q spool.SessionQuery) (spool.SessionPage, error) {
	return r.store.Sessions(ctx, q)
}

// Session gives one session with its transcript. spool.ErrNotFound.
func (r *Room) Session(ctx context.Context, id string) (mta.Session, error) {
	return r.store.Session(ctx, id)
}

// Sessions gives a page of clients' sessions, newest first.
func (s shelf) Sessions(ctx context.Context, q spool.SessionQuery) (spool.SessionPage, error) {
	return s.store.Sessions(ctx, q)
}

// Session gives one session with its transcript.
func (s shelf) Session(ctx context.Context, id string) (mta.Session, error) {
	return s.store.Session(ctx, id)
}
