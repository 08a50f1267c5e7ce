package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/store/summary"
)

// largeDir holds the messages that are too large for a row.
const largeDir = "large"

// large gives the path of a file below large/, or of the directory for "".
func (s *Store) large(name string) string { return filepath.Join(s.dir, largeDir, name) }

func baseName(f *os.File) string { return filepath.Base(f.Name()) }

// full makes a file system's "no space" spool.ErrFull.
func full(path string, err error) error {
	if err != nil && noSpace(err) {
		return fmt.Errorf("%w: %s: %w", spool.ErrFull, path, err)
	}
	return err
}

// notFound names the record that is missing.
func notFound(id int64) error { return fmt.Errorf("%w: record %d", spool.ErrNotFound, id) }

// Content gives the exact bytes as received.
func (s *Store) Content(ctx context.Context, id int64) (c mta.Content, err error) {
	if r, err := s.journal.read(ctx, id); err != nil {
		return nil, err
	} else if r != nil {
		return blob(r.bytes), nil
	}
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		var size int64
		var large sql.NullString
		var b []byte
		err := db.QueryRowContext(ctx, "SELECT m.size, m.large, r.bytes FROM message m JOIN record r ON r.id = m.id WHERE m.id = ?", id).
			Scan(&size, &large, &b)
		switch {
		case err != nil:
			return err
		case large.Valid:
			c = file{path: s.large(large.String), id: id, size: size}
		default:
			c = blob(b)
		}
		return nil
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(id)
	}
	return c, err
}

// Transcript gives the part of the session that a message saw.
func (s *Store) Transcript(ctx context.Context, id int64) (b []byte, err error) {
	if r, err := s.journal.read(ctx, id); err != nil {
		return nil, err
	} else if r != nil {
		return r.transcript, nil
	}
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT transcript FROM record WHERE id = ?", id).Scan(&b)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(id)
	}
	return b, err
}

// blob is a message kept in its row.
type blob []byte

func (b blob) Size() int64               { return int64(len(b)) }
func (b blob) Open() (mta.Reader, error) { return blobReader{bytes.NewReader(b)}, nil }

type blobReader struct{ *bytes.Reader }

func (blobReader) Close() error { return nil }

// readBody reads the body of a message as the store keeps it.
func readBody(c mta.Content) summary.Body {
	r, err := c.Open()
	if err != nil { // deleted since
		return summary.Body{}
	}
	defer r.Close()
	return summary.Read(r, c.Size())
}

// file is a message kept below large/.
type file struct {
	path string
	id   int64
	size int64
}

func (f file) Size() int64 { return f.size }

func (f file) Open() (mta.Reader, error) {
	r, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) { // deleted since
		return nil, fmt.Errorf("%w: %w", notFound(f.id), err)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// sameFile says that two files have the same bytes.
func sameFile(a, b string) (bool, error) {
	fa, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer fb.Close()
	ba, bb := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		na, errA := io.ReadFull(fa, ba)
		nb, errB := io.ReadFull(fb, bb)
		if !bytes.Equal(ba[:na], bb[:nb]) {
			return false, nil
		}
		ended := errors.Is(errA, io.EOF) || errors.Is(errA, io.ErrUnexpectedEOF)
		switch {
		case ended && (errors.Is(errB, io.EOF) || errors.Is(errB, io.ErrUnexpectedEOF)):
			return true, nil
		case errA != nil && !ended:
			return false, errA
		case errB != nil:
			return false, errB
		}
	}
}

// leftovers lists the files below large/ that no row names: messages whose
// reception a crash cut off. It runs before the first Create, so none of them is in use.
func (s *Store) leftovers(ctx context.Context) ([]string, error) {
	found, err := os.ReadDir(s.large(""))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	named := make(map[string]bool)
	rows, err := s.write.conn.QueryContext(ctx, "SELECT large FROM message WHERE large IS NOT NULL UNION SELECT large FROM removed WHERE large IS NOT NULL")
	if err != nil {
		return nil, s.unreadable(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, classify(s.path, err)
		}
		named[name] = true
	}
	var left []string
	for _, f := range found {
		if !named[f.Name()] && f.Type().IsRegular() && filepath.Ext(f.Name()) == ".eml" {
			left = append(left, s.large(f.Name()))
		}
	}
	return left, classify(s.path, rows.Err())
}
