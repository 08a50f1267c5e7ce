package app

import (
	"context"
	"io"

	"postroom.dev/spool"
)

// Import keeps the messages of a file of mail.
func (r *Room) Import(ctx context.Context, name string, file io.Reader) (spool.Imported, error) {
	return r.daemon.Import(ctx, name, file)
}

// Import keeps the messages of a file of mail.
func (d desk) Import(ctx context.Context, name string, file io.Reader) (spool.Imported, error) {
	return d.room.Import(ctx, name, file)
}
