package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"postroom.dev/app/control"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
)

type tagJSON struct {
	Name     string `json:"name"`
	Color    int    `json:"color"`
	Messages int    `json:"messages"`
}

// tag lists the tags, puts one on messages or takes it off, or changes one.
func (r *run) tag(ctx context.Context, words []string) error {
	asJSON, off, remove, rename := false, false, false, ""
	rest, err := r.flags("tag", words, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
		f.BoolVar(&off, "off", false, "take the tag off")
		f.BoolVar(&remove, "delete", false, "take the tag off all messages and forget it")
		f.StringVar(&rename, "rename", "", "call the tag `NEW` from now on")
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 0 && (off || remove || rename != ""):
		return usagef("tag: give the name of a tag")
	case len(rest) == 0:
		return r.onDesk(ctx, func(d control.Desk) error { return r.listTags(ctx, d, asJSON) })
	case (remove || rename != "") && len(rest) > 1 || remove && rename != "" || off && (remove || rename != ""):
		return usagef("tag: --rename and --delete take one tag, and nothing else")
	case len(rest) == 1 && !remove && rename == "":
		return usagef("tag: give the ids of the messages; postroom list --tag %s lists those that have it", query.Quote(rest[0]))
	}
	ids, err := messageIDs(rest[1:])
	if err != nil {
		return err
	}
	return r.onDesk(ctx, func(d control.Desk) error {
		switch {
		case remove:
			return d.RemoveTag(ctx, rest[0])
		case rename != "":
			return renameTag(ctx, d, rest[0], rename)
		}
		return r.onMessages(ctx, d, ids, func() error {
			_, err := d.SetTag(ctx, rest[0], !off, ids...)
			return err
		})
	})
}

func (r *run) star(ctx context.Context, words []string) error {
	off := false
	rest, err := r.flags("star", words, func(f *flag.FlagSet) { f.BoolVar(&off, "off", false, "take the star off") })
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usagef("star: give the ids of the messages; postroom search is:starred lists those that have one")
	}
	ids, err := messageIDs(rest)
	if err != nil {
		return err
	}
	return r.onDesk(ctx, func(d control.Desk) error {
		return r.onMessages(ctx, d, ids, func() error {
			_, err := d.SetStarred(ctx, !off, ids...)
			return err
		})
	})
}

// onMessages does something with messages, and names those that do not exist.
func (r *run) onMessages(ctx context.Context, d control.Desk, ids []int64, do func() error) error {
	if err := do(); err != nil {
		return err
	}
	var missing []error
	for _, id := range ids {
		if _, err := d.Message(ctx, id); errors.Is(err, spool.ErrNotFound) {
			missing = append(missing, aboutMessage(id, spool.ErrNotFound))
		}
	}
	return errors.Join(missing...)
}

func renameTag(ctx context.Context, d control.Desk, name, to string) error {
	t, err := d.Tally(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t.Tags, func(t spool.Tag) bool { return strings.EqualFold(t.Name, name) })
	if i < 0 {
		return fmt.Errorf("tag %q: %w", name, spool.ErrNoMark)
	}
	return d.ChangeTag(ctx, name, spool.Tag{Name: to, Color: t.Tags[i].Color})
}

func (r *run) listTags(ctx context.Context, d control.Desk, asJSON bool) error {
	t, err := d.Tally(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	for _, tag := range t.Tags {
		if asJSON {
			err = printJSON(out, tagJSON{tag.Name, tag.Color, tag.Count})
		} else {
			_, err = fmt.Fprintf(out, "%6d  %s\n", tag.Count, printable(tag.Name))
		}
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

func messageIDs(words []string) ([]int64, error) {
	var ids []int64
	for _, word := range words {
		id, err := messageID(word)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
