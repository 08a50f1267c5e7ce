package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
)

// Tags without a word: the star, and none.
const (
	star  int64 = 0
	noTag int64 = -1
)

// SetStarred sets or takes the star and gives the ids that it changed, in the order of ids.
func (s *Store) SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error) {
	return s.setTagged(ctx, func(*writer) (int64, error) { return star, nil }, starred, ids)
}

// SetTag puts a tag on messages, or takes it off, and gives the ids that it changed, in the order of ids.
func (s *Store) SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	return s.setTagged(ctx, func(w *writer) (int64, error) {
		id, err := tagID(w, name)
		if err == nil && id == noTag && on {
			return makeTag(w, name)
		}
		return id, err
	}, on, ids)
}

// setTagged changes the tag that which gives.
func (s *Store) setTagged(ctx context.Context, which func(*writer) (int64, error), on bool, ids []int64) ([]int64, error) {
	if err := s.absorb(ctx); err != nil {
		return nil, err
	}
	var all []int64
	for part := range slices.Chunk(ids, marksAtOnce) {
		var changed map[int64]bool
		err := s.mark(ctx, 50*len(part), func(w *writer) error {
			changed = make(map[int64]bool)
			tag, err := which(w)
			if err != nil || tag == noTag {
				return err
			}
			q := "DELETE FROM tagged WHERE tag = ?1 AND record IN (SELECT value FROM json_each(?2)) RETURNING record"
			if on {
				q = "INSERT OR IGNORE INTO tagged(tag, record) SELECT ?1, id FROM message WHERE id IN (SELECT value FROM json_each(?2)) RETURNING record"
			}
			return w.each(func(rows *sql.Rows) error {
				var id int64
				err := rows.Scan(&id)
				changed[id] = true
				return err
			}, q, tag, idList(part))
		})
		if err != nil {
			return all, err
		}
		for _, id := range part {
			if changed[id] {
				delete(changed, id) // an id that was given twice
				all = append(all, id)
				s.emit(mta.Changed, id)
			}
		}
	}
	return all, nil
}

// mark makes a change of marks durable. What run refuses as a name or as not found spoils nothing for those in the same transaction: it
// must have changed nothing.
func (s *Store) mark(ctx context.Context, size int, run func(*writer) error) error {
	var refusal error
	err := s.change(ctx, &change{size: 500 + size, run: func(w *writer) error {
		refusal = run(w)
		if errors.Is(refusal, spool.ErrName) || errors.Is(refusal, spool.ErrNoMark) {
			return nil
		}
		return refusal
	}})
	if err != nil {
		return err
	}
	return refusal
}

// tagID gives the id of the tag with this name, noTag where there is none.
func tagID(w *writer, name string) (id int64, err error) {
	id = noTag
	err = w.each(func(rows *sql.Rows) error { return rows.Scan(&id) }, "SELECT id FROM tag WHERE fold = ?", fold(name))
	return id, err
}

// makeTag makes a tag in the colour that the fewest have.
func makeTag(w *writer, name string) (int64, error) {
	var used [spool.TagColors]int
	n := 0
	err := w.each(func(rows *sql.Rows) error {
		var c int
		err := rows.Scan(&c)
		used[c%len(used)]++
		n++
		return err
	}, "SELECT color FROM tag")
	if err != nil {
		return noTag, err
	}
	if n >= spool.MaxTags {
		return noTag, fmt.Errorf("%w: %q: there are %d tags already", spool.ErrName, name, n)
	}
	color := slices.Index(used[:], slices.Min(used[:]))
	r, err := w.exec("INSERT INTO tag(name, fold, color) VALUES (?, ?, ?)", name, fold(name), color)
	if err != nil {
		return noTag, err
	}
	return r.LastInsertId()
}

// ChangeTag gives a tag another name and colour.
func (s *Store) ChangeTag(ctx context.Context, name string, to spool.Tag) error {
	next, err := cleanName(to.Name)
	if err != nil {
		return err
	}
	if to.Color < 0 || to.Color >= spool.TagColors {
		return fmt.Errorf("%w: %q: no colour %d", spool.ErrName, to.Name, to.Color)
	}
	return s.mark(ctx, 0, func(w *writer) error {
		id, err := tagID(w, name)
		if err != nil {
			return err
		}
		if id == noTag {
			return fmt.Errorf("tag %q: %w", name, spool.ErrNoMark)
		}
		switch other, err := tagID(w, next); {
		case err != nil:
			return err
		case other != noTag && other != id:
			return fmt.Errorf("%w: %q: another tag is called so", spool.ErrName, next)
		}
		_, err = w.exec("UPDATE tag SET name = ?, fold = ?, color = ? WHERE id = ?", next, fold(next), to.Color, id)
		return err
	})
}

// RemoveTag takes a tag off all messages and forgets it.
func (s *Store) RemoveTag(ctx context.Context, name string) error {
	return s.mark(ctx, 0, func(w *writer) error {
		id, err := tagID(w, name)
		if err != nil {
			return err
		}
		if id == noTag {
			return fmt.Errorf("tag %q: %w", name, spool.ErrNoMark)
		}
		if _, err := w.exec("DELETE FROM tagged WHERE tag = ?", id); err != nil {
			return err
		}
		_, err = w.exec("DELETE FROM tag WHERE id = ?", id)
		return err
	})
}

// SaveSearch keeps a search, in the place of one of the same name.
func (s *Store) SaveSearch(ctx context.Context, search spool.Search) error {
	name, err := cleanName(search.Name)
	if err != nil {
		return err
	}
	if q, err := query.Parse(search.Text, s.now()); err != nil {
		return err
	} else if q.Empty() {
		return fmt.Errorf("%w: it asks nothing", spool.ErrQuery)
	}
	return s.mark(ctx, len(search.Text), func(w *writer) error {
		n, has := 0, 0
		err := w.each(func(rows *sql.Rows) error { return rows.Scan(&n, &has) }, "SELECT count(*), coalesce(sum(fold = ?), 0) FROM search", fold(name))
		if err != nil {
			return err
		}
		if has == 0 && n >= spool.MaxTags {
			return fmt.Errorf("%w: %q: there are %d searches already", spool.ErrName, name, n)
		}
		_, err = w.exec("INSERT INTO search(fold, name, text) VALUES (?, ?, ?) ON CONFLICT(fold) DO UPDATE SET name = excluded.name, text = excluded.text",
			fold(name), name, search.Text)
		return err
	})
}

// RemoveSearch forgets a search.
func (s *Store) RemoveSearch(ctx context.Context, name string) error {
	return s.mark(ctx, 0, func(w *writer) error {
		r, err := w.exec("DELETE FROM search WHERE fold = ?", fold(name))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err == nil && n == 0 {
			return fmt.Errorf("search %q: %w", name, spool.ErrNoMark)
		}
		return err
	})
}

// cleanName gives a name as it is kept. Quotation marks could not be searched for.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", fmt.Errorf("%w: an empty one", spool.ErrName)
	case len(name) > spool.MaxName:
		return "", fmt.Errorf("%w: %.20q…: longer than %d octets", spool.ErrName, name, spool.MaxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r == '"' || !unicode.IsPrint(r) }):
		return "", fmt.Errorf("%w: %q: it has a quotation mark or a control character", spool.ErrName, name)
	}
	return name, nil
}

// fold is how names are compared.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// marked adds stars and tags to records.
func marked(ctx context.Context, db *sql.DB, ids []int64, found map[int64]spool.Record) error {
	rows, err := db.QueryContext(ctx, `SELECT t.record, t.tag, coalesce(g.name, '') FROM main.tagged t LEFT JOIN main.tag g ON g.id = t.tag
		WHERE t.record IN (SELECT value FROM json_each(?)) ORDER BY g.fold`, idList(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, tag int64
		var name string
		if err := rows.Scan(&id, &tag, &name); err != nil {
			return err
		}
		r, ok := found[id]
		if !ok {
			continue // deleted since
		}
		if tag == star {
			r.Starred = true
		} else {
			r.Tags = append(r.Tags, name)
		}
		found[id] = r
	}
	return rows.Err()
}
