package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"postroom.dev/mta/table/check"
	"postroom.dev/mta/table/edit"
	"postroom.dev/mta/table/live"
)

type entryJSON struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Line  int    `json:"line"` // the first of its lines
}

// table lists a table, or changes one entry in it and leaves everything else in the file as it is.
func (r *run) table(_ context.Context, words []string) error {
	asJSON := false
	tables := append(check.Names(), "simulate")
	rest, err := r.flags("table", words, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print one JSON object a line") })
	switch {
	case err != nil:
		return err
	case len(rest) == 0 || !slices.Contains(tables, rest[0]):
		return usagef("table: name one of %s", strings.Join(tables, " "))
	}
	name, action := rest[0], rest[1:]
	change, err := tableChange(name, action)
	if err != nil {
		return err
	}
	path, err := r.Table(r.home, name, len(action) > 0)
	if err != nil {
		return err
	}
	snapshot, err := live.Take(path)
	if err != nil {
		return err
	}
	text, err := edit.Read(edit.KindOf(name), snapshot.Text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if change == nil {
		out := bufio.NewWriter(r.Stdout)
		return errors.Join(printEntries(out, text.Entries(), asJSON), out.Flush())
	}
	if err := change(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := snapshot.Save(text.Bytes()); err != nil {
		return err
	}
	return r.remark(path, text, action)
}

// tableChange is what the words say is to be done, nil for nothing.
func tableChange(name string, words []string) (func(*edit.Text) error, error) {
	isList := edit.KindOf(name) == edit.List
	switch {
	case len(words) == 0:
		return nil, nil
	case words[0] == "set" && isList && len(words) == 2:
		return func(t *edit.Text) error { return t.Set(words[1], "") }, nil
	case words[0] == "set" && !isList && len(words) >= 3:
		return func(t *edit.Text) error { return t.Set(words[1], strings.Join(words[2:], " ")) }, nil
	case words[0] == "remove" && len(words) == 2:
		return func(t *edit.Text) error { return t.Remove(words[1]) }, nil
	case words[0] == "rename" && len(words) == 3:
		return func(t *edit.Text) error { return t.Rename(words[1], words[2]) }, nil
	case isList:
		return nil, usagef("table %s: write set NAME, remove NAME or rename NAME NEW", name)
	}
	return nil, usagef("table %s: write set KEY VALUE, remove KEY or rename KEY NEW", name)
}

func printEntries(out io.Writer, entries []edit.Entry, asJSON bool) error {
	for _, e := range entries {
		var err error
		if asJSON {
			err = printJSON(out, entryJSON{e.Key, e.Value, e.First})
		} else {
			_, err = fmt.Fprintf(out, "%5d  %s\n", e.First, printable(strings.ReplaceAll(strings.TrimSpace(e.Key+"  "+e.Value), "\t", " ")))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remark tells on standard error what is wrong with the entry that was written, if anything.
func (r *run) remark(path string, text *edit.Text, action []string) error {
	key := action[1]
	if action[0] == "rename" {
		key = action[2]
	}
	e, ok := text.Find(key)
	if !ok {
		return nil
	}
	problems, err := r.Check(r.home, []string{path})
	for _, p := range problems {
		if p.Line >= e.First && p.Line <= e.Last {
			fmt.Fprintf(r.Stderr, "postroom: %s\n", printable(p.String()))
		}
	}
	return err
}
