package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"postroom.dev/spool"
)

const (
	clearRows = 500 // deleted records that are cleared away at once
	// giveBack gives pages back to the file system in one transaction: 2 MiB, some milliseconds.
	giveBack = "PRAGMA incremental_vacuum(256)"
)

// clearAway removes the search rows and files of deleted records, then gives free
// pages back to the file system. A crash leaves the rest to the next start: the table removed says what is still to do.
func (s *Store) clearAway(ctx context.Context) error {
	s.idx.dirty.Store(false)
	made := s.index.generation()
	for last := int64(0); ; {
		var ids []int64
		var files []string
		err := s.read.use(func(db *sql.DB) (err error) {
			ids, files, err = s.cleared(ctx, db, last)
			if err != nil || len(ids) == 0 {
				return err
			}
			return s.index.batch(ctx, func(conn *sql.Conn) error { return unindex(ctx, conn, ids) })
		})
		if s.indexAtFault(ctx, err) {
			s.idx.dirty.Store(true)
			return s.remake(ctx, made, err)
		}
		if err != nil {
			s.idx.dirty.Store(true)
			return s.reason(ctx, err)
		}
		if len(ids) == 0 {
			break
		}
		last = ids[len(ids)-1]
		s.removeFiles(files)
		err = s.write.do(ctx, &change{run: func(w *writer) error {
			_, err := w.exec("DELETE FROM removed WHERE id IN (SELECT value FROM json_each(?))", idList(ids))
			return err
		}})
		if err != nil {
			s.idx.dirty.Store(true)
			return err
		}
	}
	return s.vacuum(ctx)
}

// cleared reads which records are to be cleared away, after the id last.
func (s *Store) cleared(ctx context.Context, db *sql.DB, last int64) (ids []int64, files []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id, large FROM main.removed WHERE id > ? ORDER BY id LIMIT ?", last, clearRows)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var large sql.NullString
		if err := rows.Scan(&id, &large); err != nil {
			return nil, nil, err
		}
		ids = append(ids, id)
		if large.Valid {
			files = append(files, s.large(large.String))
		}
	}
	return ids, files, rows.Err()
}

// unindex removes search rows. Those that were never indexed are not missed.
func unindex(ctx context.Context, conn *sql.Conn, ids []int64) error {
	for _, id := range ids {
		if _, err := conn.ExecContext(ctx, "DELETE FROM words WHERE rowid = ?", id); err != nil {
			return err
		}
	}
	if err := unfacet(ctx, conn, ids); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))", idList(ids)); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, giveBack)
	return err
}

// vacuum gives free pages back, a few at a time, so that commits get their turn.
func (s *Store) vacuum(ctx context.Context) error {
	for before := -1; ; {
		free := 0
		err := s.write.do(ctx, &change{run: func(w *writer) error {
			if err := w.each(func(rows *sql.Rows) error { return rows.Scan(&free) }, "PRAGMA freelist_count"); err != nil || free == 0 {
				return err
			}
			_, err := w.exec(giveBack)
			return err
		}})
		if err != nil || free == 0 || free == before {
			if errors.Is(err, spool.ErrFull) { // space comes back another time
				return nil
			}
			return err
		}
		before = free
		if indexed, _ := s.idx.reached(); indexed < s.last.Load() {
			s.idx.dirty.Store(true) // new messages first
			return nil
		}
	}
}

// removeFiles removes files below large/. One that cannot be removed now, because
// a reader has it open on Windows, is a leftover at the next Open.
func (s *Store) removeFiles(paths []string) {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Warn("file of a deleted message stays for now", "file", p, "error", err)
		}
	}
}
