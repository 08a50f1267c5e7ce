package app

import (
	"context"
	"os"
	"os/user"

	"postroom.dev/mta"
)

// PlanRelease says what LetOut would do with an order now.
func (r *Room) PlanRelease(ctx context.Context, o mta.ReleaseOrder) (mta.ReleasePlan, error) {
	return r.daemon.PlanRelease(ctx, windowOrder(o))
}

// LetOut carries an order out.
func (r *Room) LetOut(ctx context.Context, o mta.ReleaseOrder) (mta.Released, error) {
	return r.daemon.LetOut(ctx, windowOrder(o))
}

// Redeliver has a message go through the tables again, and gives the record of what came of it.
func (r *Room) Redeliver(ctx context.Context, id int64) (int64, error) {
	return r.daemon.Redeliver(ctx, id)
}

// windowOrder is an order that says who gives it: the window's user where no command did.
func windowOrder(o mta.ReleaseOrder) mta.ReleaseOrder {
	if o.By.User == "" {
		o.By = mta.Origin{UID: os.Getuid(), PID: os.Getpid(), Argv: []string{"postroom"}}
		if u, err := user.Current(); err == nil {
			o.By.User = u.Username
		}
	}
	return o
}

// PlanRelease says what LetOut would do with an order now.
func (d desk) PlanRelease(ctx context.Context, o mta.ReleaseOrder) (mta.ReleasePlan, error) {
	return d.room.daemon.PlanRelease(ctx, o)
}

// LetOut carries an order out.
func (d desk) LetOut(ctx context.Context, o mta.ReleaseOrder) (mta.Released, error) {
	return d.room.daemon.LetOut(ctx, o)
}

// Redeliver has a message go through the tables again.
func (d desk) Redeliver(ctx context.Context, id int64) (int64, error) {
	return d.room.daemon.Redeliver(ctx, id)
}
