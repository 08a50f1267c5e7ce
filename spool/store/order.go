package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"postroom.dev/spool"
)

// orderColumn gives the column of search.entry that an order goes by, "" for the order of arrival and for one that is not known.
func orderColumn(by spool.OrderBy) string {
	switch by {
	case spool.OrderFrom:
		return "from_"
	case spool.OrderSubject:
		return "subject"
	case spool.OrderSize:
		return "size"
	}
	return ""
}

func orderIndex(by spool.OrderBy) string { return "entry_by_" + string(by) }

// sorted makes the index that an order needs. It is made when the order is first asked for, which with a million records takes some
// seconds, because all who never ask would pay for it with every message.
func (s *Store) sorted(ctx context.Context, a *asking) error {
	by := a.Order.By
	column := orderColumn(by)
	if column == "" {
		a.Order.By = spool.OrderArrival
		return nil
	}
	has := false
	err := s.read.with(ctx, s, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM search.sqlite_schema WHERE name = ?)", orderIndex(by)).Scan(&has)
	})
	if err != nil || has {
		return err
	}
	return s.read.use(func(*sql.DB) error { // the pool is taken before the index, as remake does
		return s.index.batch(ctx, func(conn *sql.Conn) error {
			_, err := conn.ExecContext(ctx, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON entry(%s)", orderIndex(by), column))
			return err
		})
	})
}

// past gives Page.Past of the last record of a page.
func (s *Store) past(ctx context.Context, o spool.Order, id int64) (past string, err error) {
	column := orderColumn(o.By)
	if column == "" {
		return "", nil
	}
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT CAST("+column+" AS TEXT) FROM search.entry WHERE id = ?", id).Scan(&past)
	})
	if errors.Is(err, sql.ErrNoRows) { // deleted since, and cleared away
		return "", nil
	}
	return past, err
}
