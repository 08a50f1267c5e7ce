package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postroom.dev/spool"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// steps gives the texts of the numbered schema files; applying the first n of
// them makes user_version n.
func steps() ([]string, error) {
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var texts []string
	for i, name := range names {
		if want := fmt.Sprintf("schema/%03d.sql", i+1); name != want {
			return nil, fmt.Errorf("spool/store: schema step %s where %s belongs", name, want)
		}
		b, err := schemaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(b))
	}
	return texts, nil
}

// version reads the schema version of a store without changing it. A file that
// is missing or empty, or that a crash left before its first step, has 0, unless something beside it shows that there were records.
func version(ctx context.Context, path string) (int, error) {
	switch size, err := fileSize(path); {
	case err != nil:
		return 0, err
	case size == 0:
		return 0, neverUsed(path)
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=ro"))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var v, tables int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, classify(path, err)
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, classify(path, err)
	}
	switch {
	case v == 0 && tables > 0:
		return 0, damagedBecause(path, "a database of something else")
	case v == 0: // a crash before the first step, or the write-ahead log is gone that had all the rest
		return 0, neverUsed(path)
	}
	return v, nil
}

// fileSize is 0 for a file that is missing.
func fileSize(path string) (int64, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

// neverUsed is ErrDamaged when the rows are gone and other files of the store are not: a new store would take large
// messages for leftovers and remove them, and write over those in the journal.
func neverUsed(path string) error {
	dir := filepath.Dir(path)
	_, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	state := "there are no records in it"
	if missing {
		state = "it is missing"
	}
	large, err := os.ReadDir(filepath.Join(dir, largeDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range large {
		if filepath.Ext(f.Name()) == ".eml" {
			return damagedBecause(path, state+", and there are messages in "+largeDir)
		}
	}
	if left, err := journalled(dir); err != nil {
		return err
	} else if left {
		return damagedBecause(path, state+", and there are messages in the journal")
	}
	if missing { // thrown away: a new one is wanted
		return nil
	}
	size, err := fileSize(filepath.Join(dir, "search.db"))
	if err == nil && size > 0 {
		err = damagedBecause(path, state+", and search.db is of a store that was in use")
	}
	return err
}

// upgrade brings the database at path, opened as conn with schema version v, to
// the newest step. An older store is copied to path.before-v first. All steps are one transaction.
func upgrade(ctx context.Context, conn *sql.Conn, path string, v int, texts []string) error {
	if v == len(texts) {
		return nil
	}
	if v > 0 {
		if err := copyBefore(ctx, conn, path, v); err != nil {
			return fmt.Errorf("spool/store: copy of %s before its layout changes: %w", path, err)
		}
	}
	var b strings.Builder
	b.WriteString("BEGIN IMMEDIATE;\n")
	for _, t := range texts[v:] {
		b.WriteString(t)
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "PRAGMA user_version = %d;\nCOMMIT;", len(texts))
	if _, err := conn.ExecContext(ctx, b.String()); err != nil {
		conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // nothing to roll back is no harm
		return fmt.Errorf("spool/store: %s: layout %d to %d: %w", path, v, len(texts), classify(path, err))
	}
	return nil
}

// copyBefore writes a whole copy, with what a crash left in the journal, under its final name only when it is durable.
func copyBefore(ctx context.Context, conn *sql.Conn, path string, v int) error {
	name := fmt.Sprintf("%s.before-%d", path, v)
	half := name + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", half); err != nil {
		os.Remove(half)
		return classify(path, err)
	}
	f, err := os.OpenFile(half, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(half, name)
	}
	for _, journal := range journalPaths(filepath.Dir(path)) { // of a crash; at other times there is none
		if err == nil {
			err = copyFile(journal, name+"."+filepath.Base(journal))
		}
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// copyFile makes a durable copy of a file that has something in it.
func copyFile(from, to string) error {
	if size, err := fileSize(from); err != nil || size == 0 {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return full(to, errors.Join(err, out.Sync(), out.Close()))
}

// checkVersion refuses a store that a newer Postroom wrote.
func checkVersion(path string, v, newest int) error {
	if v <= newest {
		return nil
	}
	return fmt.Errorf("%w: %s has layout %d, this Postroom knows up to %d", spool.ErrNewer, path, v, newest)
}
