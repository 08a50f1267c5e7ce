package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"postroom.dev/spool"
)

// pageSize is a compromise: 16 KB pages write a little faster, but cost twice
// the memory in every connection's page cache.
const pageSize = 8192

// dsn names a database file, by an absolute path, for the driver. Mind the trap: the driver runs
// _pragma values sorted by name, so a journal_mode among them would come before page_size and
// make it void without a word. journal_mode and synchronous have to go by their own keys, which run later.
func dsn(path string, params ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") { // a Windows drive
		p = "/" + p
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: p}
	params = append(params, "_pragma=busy_timeout(10000)")
	return u.String() + "?" + strings.Join(params, "&")
}

// writable gives the parameters of a connection that writes. cache is in KB; the
// allocator takes about twice as much for each connection.
func writable(synchronous string, cache, checkpoint int) []string {
	return []string{
		// In one value and this order: setting auto_vacuum makes the first page, and fixes the page size by that.
		"_pragma=" + url.QueryEscape(fmt.Sprintf("page_size(%d); PRAGMA auto_vacuum = incremental", pageSize)),
		fmt.Sprintf("_pragma=cache_size(-%d)", cache),
		fmt.Sprintf("_pragma=wal_autocheckpoint(%d)", checkpoint),
		"_pragma=journal_size_limit(67108864)",
		"_pragma=fullfsync(1)", // macOS: fsync alone stays in the drive's cache
		"_journal_mode=WAL",
		"_synchronous=" + synchronous,
	}
}

// openOne opens a database for one connection and gives that one.
func openOne(ctx context.Context, path string, params ...string) (*sql.DB, *sql.Conn, error) {
	db, err := sql.Open("sqlite", dsn(path, params...))
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, conn, nil
}

// attaching opens connections that read the store with its search index attached as "search".
type attaching struct {
	driver.Connector
	search string
}

func (a attaching) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := a.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	x := c.(driver.ExecerContext)
	arg := driver.NamedValue{Ordinal: 1, Value: a.search}
	_, err = x.ExecContext(ctx, "ATTACH ? AS search", []driver.NamedValue{arg})
	if err == nil {
		_, err = x.ExecContext(ctx, "PRAGMA search.cache_size = -1000; PRAGMA query_only = 1", nil)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// openPool opens the connections that read. There are few of them, and idle ones
// are let go, because each holds a page cache outside the Go heap.
func openPool(path, search string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn(path, "mode=ro", "_pragma=cache_size(-1000)"))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(attaching{c, dsn(search, "mode=ro")})
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(2)
	return db, nil
}

// code gives SQLite's extended result code, 0 when err is not SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// corrupt says that SQLite could not make sense of a file.
func corrupt(err error) bool {
	c := code(err) & 0xff
	return c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB
}

// classify turns SQLite's errors about the file at path into spool's.
func classify(path string, err error) error {
	switch c := code(err); {
	case err == nil, errors.Is(err, spool.ErrFull), errors.Is(err, spool.ErrDamaged):
		return err
	case c&0xff == sqlite3.SQLITE_FULL, c == sqlite3.SQLITE_IOERR_SHMSIZE, noSpace(err):
		return fmt.Errorf("%w: %s: %w", spool.ErrFull, path, err)
	case corrupt(err):
		return damagedBecause(path, err.Error())
	case c&0xff == sqlite3.SQLITE_CANTOPEN, c&0xff == sqlite3.SQLITE_READONLY:
		return fmt.Errorf("spool/store: %s: %w; check that it and its directory are readable and writable for you", path, err)
	}
	return fmt.Errorf("spool/store: %s: %w", path, err)
}

// damagedBecause names the file and the cure. The whole directory moves, because the
// write-ahead log and the large messages belong to the file.
func damagedBecause(path, why string) error {
	dir := filepath.Dir(path)
	return fmt.Errorf("%w: %s: %s; to start with an empty store, move this one away: mv '%s' '%s.damaged'", spool.ErrDamaged, path, why, dir, dir)
}
