package ui

import (
	"context"

	"postroom.dev/mta"
)

// Releaser sends kept mail on. Its errors are mta.ErrMayNotLeave, mta.ErrOtherPlan, mta.ErrOrder and spool.ErrNotFound.
type Releaser interface {
	// PlanRelease says what LetOut would do with an order now: who would get the message, by which host.
	PlanRelease(ctx context.Context, o mta.ReleaseOrder) (mta.ReleasePlan, error)
	// LetOut carries an order out. With an error nothing was sent.
	LetOut(ctx context.Context, o mta.ReleaseOrder) (mta.Released, error)
	// Redeliver has a message go through the tables again, and gives the record of what came of it.
	Redeliver(ctx context.Context, id int64) (int64, error)
}
