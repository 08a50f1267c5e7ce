package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"postroom.dev/spool/store/words"
)

//go:embed search.sql
var searchSchema string

// searchVersion is the layout of search.db. Another one is not changed but made again.
const searchVersion = 2

// wordsTable keeps the words without the texts: those are in store.db.
const wordsTable = `CREATE VIRTUAL TABLE words USING fts5("from", "to", cc, subject, body,
	content = '', contentless_delete = 1, tokenize = "` + words.Tokenizer + `");`

var errStale = errors.New("spool/store: the search index is of another layout or store")

// index is search.db's one writing connection. It syncs only at checkpoints:
// after a loss of power the index lacks the newest messages, which are then indexed again, but is whole.
type index struct {
	path     string
	identity string
	newest   int64 // the greatest id that the store had given at Open

	made atomic.Int64 // counts the times the file was made again

	mu        sync.Mutex // one transaction at a time
	db        *sql.DB
	conn      *sql.Conn
	watermark int64 // greatest id in entry
}

// openIndex opens the index, or makes it again when it is missing, damaged, of
// another layout or of another store.
func openIndex(ctx context.Context, path, identity string, newest int64) (*index, error) {
	x := &index{path: path, identity: identity, newest: newest}
	err := x.open(ctx)
	if errors.Is(err, errStale) || corrupt(err) {
		err = x.remake(ctx)
	}
	if err != nil {
		return nil, errors.Join(classify(path, err), x.close())
	}
	return x, nil
}

func (x *index) generation() int { return int(x.made.Load()) }

// open opens the file and checks that it is ours.
func (x *index) open(ctx context.Context) error {
	if _, err := os.Stat(x.path); errors.Is(err, fs.ErrNotExist) {
		return errStale
	}
	var err error
	if x.db, x.conn, err = openOne(ctx, x.path, writable("NORMAL", 2048, 2000)...); err != nil {
		return err
	}
	var v int
	if err := x.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return err
	}
	if v != searchVersion {
		return errStale
	}
	var identity string
	err = x.conn.QueryRowContext(ctx, "SELECT identity, (SELECT coalesce(max(id), 0) FROM entry), (SELECT count(*) FROM words WHERE words MATCH 'x') FROM facts").
		Scan(&identity, &x.watermark, new(int))
	if errors.Is(err, sql.ErrNoRows) || err == nil && (identity != x.identity || x.watermark > x.newest) {
		return errStale
	}
	return err
}

// remake throws the file away and begins a new one.
func (x *index) remake(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shut() // of a damaged file; its complaints do not matter
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(x.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	var err error
	if x.db, x.conn, err = openOne(ctx, x.path, writable("NORMAL", 2048, 2000)...); err != nil {
		return err
	}
	_, err = x.conn.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE;\n%s\n%s\nINSERT INTO facts(identity) VALUES ('%s');\nPRAGMA user_version = %d;\nCOMMIT;",
		searchSchema, wordsTable, x.identity, searchVersion)) // identity is hexadecimal
	if err != nil {
		return err
	}
	x.watermark = 0
	x.made.Add(1)
	return nil
}

// batch makes one transaction.
func (x *index) batch(ctx context.Context, f func(conn *sql.Conn) error) (err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.conn == nil {
		return errClosed
	}
	if _, err := x.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err = f(x.conn); err == nil {
		_, err = x.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		x.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // nothing to roll back is no harm
	}
	return err
}

// shut closes the connection.
func (x *index) shut() error {
	var err error
	if x.conn != nil {
		err = errors.Join(x.conn.Close(), x.db.Close())
	}
	x.conn, x.db = nil, nil
	return err
}

func (x *index) close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.conn != nil {
		// An interrupt that comes when its statement has just ended would end the checkpoint by which the last connection empties the
		// write-ahead log. The next statement takes it away.
		x.conn.ExecContext(context.Background(), "SELECT 1")
	}
	return x.shut()
}
