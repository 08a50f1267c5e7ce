package app

import (
	"context"

	"postroom.dev/spool"
)

var _ spool.Marks = (*Room)(nil)

// SetStarred sets or takes the star and gives the ids that it changed.
func (r *Room) SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error) {
	return r.store.SetStarred(ctx, starred, ids...)
}

// SetTag puts a tag on messages, or takes it off, and gives the ids that it changed.
func (r *Room) SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error) {
	return r.store.SetTag(ctx, name, on, ids...)
}

// ChangeTag gives a tag another name and colour.
func (r *Room) ChangeTag(ctx context.Context, name string, to spool.Tag) error {
	return r.store.ChangeTag(ctx, name, to)
}

// RemoveTag takes a tag off all messages and forgets it.
func (r *Room) RemoveTag(ctx context.Context, name string) error {
	return r.store.RemoveTag(ctx, name)
}

// SaveSearch keeps a search, in the place of one of the same name.
func (r *Room) SaveSearch(ctx context.Context, search spool.Search) error {
	return r.store.SaveSearch(ctx, search)
}

// RemoveSearch forgets a search.
func (r *Room) RemoveSearch(ctx context.Context, name string) error {
	return r.store.RemoveSearch(ctx, name)
}

// Tally counts.
func (r *Room) Tally(ctx context.Context) (spool.Tally, error) {
	return r.store.Tally(ctx)
}

// SetStarred sets or takes the star and gives the ids that it changed.
func (s shelf) SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error) {
	return s.store.SetStarred(ctx, starred, ids...)
}

// SetTag puts a tag on messages, or takes it off, and gives the ids that it changed.
func (s shelf) SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error) {
	return s.store.SetTag(ctx, name, on, ids...)
}

// ChangeTag gives a tag another name and colour.
func (s shelf) ChangeTag(ctx context.Context, name string, to spool.Tag) error {
	return s.store.ChangeTag(ctx, name, to)
}

// RemoveTag takes a tag off all messages and forgets it.
func (s shelf) RemoveTag(ctx context.Context, name string) error {
	return s.store.RemoveTag(ctx, name)
}

// SaveSearch keeps a search, in the place of one of the same name.
func (s shelf) SaveSearch(ctx context.Context, search spool.Search) error {
	return s.store.SaveSearch(ctx, search)
}

// RemoveSearch forgets a search.
func (s shelf) RemoveSearch(ctx context.Context, name string) error {
	return s.store.RemoveSearch(ctx, name)
}

// Tally counts.
func (s shelf) Tally(ctx context.Context) (spool.Tally, error) {
	return s.store.Tally(ctx)
}
