package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/app/control"
	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
	"postroom.dev/spool/queue"
)

// pageSize is how many records list asks for at a time: it prints while it reads.
const pageSize = 500

// onDesk calls do with the desk of the home.
func (r *run) onDesk(ctx context.Context, do func(control.Desk) error) error {
	desk, closer, err := r.Desk(ctx, r.home)
	if err != nil {
		return err
	}
	return errors.Join(do(desk), closer.Close())
}

func (r *run) list(ctx context.Context, words []string) error {
	var q spool.Query
	asJSON, starred, tag, limit := false, false, "", 0
	rest, err := r.flags("list", words, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
		f.Func("rcpt", "only mail to this `ADDRESS`, a recipient of the envelope", mailbox(&q.Rcpt))
		f.StringVar((*string)(&q.State), "state", "", "only mail with a recipient in this `STATE`: "+joined(states()))
		f.BoolVar(&q.Unread, "unread", false, "only what has not been read")
		f.IntVar(&limit, "limit", 0, "at most `N`; 0 is all")
		f.StringVar(&tag, "tag", "", "only what has the tag `NAME`")
		f.BoolVar(&starred, "starred", false, "only what has a star")
		f.StringVar((*string)(&q.Order.By), "sort", "", "`ORDER` by arrived (newest first), from, subject, or size (largest first)")
		f.BoolVar(&q.Order.Ascending, "reverse", false, "the other way round")
	})
	if err != nil {
		return err
	}
	if err := sortBy(&q.Order); err != nil {
		return err
	}
	if tag != "" {
		q.Text = "tag:" + query.Quote(tag)
	}
	if starred {
		q.Text += " is:starred"
	}
	if len(rest) > 0 {
		return usagef("list: %s: unexpected word; to look for it: postroom search %s", rest[0], rest[0])
	}
	if q.State != "" && !slices.Contains(states(), q.State) {
		return usagef("list: %s: no such state; the states are %s", q.State, joined(states()))
	}
	return r.print(ctx, q, asJSON, limit)
}

// sortBy checks what --sort says, and turns it round where the least comes first by habit: names.
func sortBy(o *spool.Order) error {
	switch o.By {
	case "arrived":
		o.By = spool.OrderArrival
	case spool.OrderFrom, spool.OrderSubject:
		o.Ascending = !o.Ascending
	case spool.OrderArrival, spool.OrderSize:
	default:
		return usagef("list: --sort %s: not known; there are arrived, from, subject and size", o.By)
	}
	return nil
}

func joined(states []mta.State) string {
	return strings.Join(each(states, func(s *mta.State) string { return string(*s) }), " ")
}

func (r *run) search(ctx context.Context, words []string) error {
	var q spool.Query
	asJSON, limit := false, 0
	// A word that begins with "-" excludes: what is no flag of ours is a word to search for.
	var own, rest []string
	if len(words) == 1 && words[0] == "-h" {
		words = []string{"--help"}
	}
	for i := 0; i < len(words); i++ {
		name, _, _ := strings.Cut(strings.TrimLeft(words[i], "-"), "=")
		if strings.HasPrefix(words[i], "--") && (name == "json" || name == "limit" || name == "home" || name == "help" && len(words) == 1) {
			own = append(own, words[i])
			if name != "json" && name != "help" && !strings.Contains(words[i], "=") && i+1 < len(words) {
				i++
				own = append(own, words[i])
			}
			continue
		}
		rest = append(rest, words[i])
	}
	if _, err := r.flags("search", own, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
		f.IntVar(&limit, "limit", 0, "at most `N`; 0 is all")
	}); err != nil {
		return err
	}
	q.Text = strings.Join(rest, " ")
	if strings.TrimSpace(q.Text) == "" {
		return usagef("search: no words to search for")
	}
	return r.print(ctx, q, asJSON, limit)
}

// print lists what matches q, newest first, at most limit of it when limit is not 0.
func (r *run) print(ctx context.Context, q spool.Query, asJSON bool, limit int) error {
	if limit < 0 {
		return usagef("--limit %d: must not be negative", limit)
	}
	return r.onDesk(ctx, func(desk control.Desk) error {
		out := bufio.NewWriter(r.Stdout)
		for left := limit; ; {
			q.Limit = pageSize
			if limit > 0 {
				q.Limit = min(left, pageSize)
			}
			page, err := desk.Find(ctx, q)
			if err != nil {
				return err
			}
			for i := range page.Records {
				if asJSON {
					err = printJSON(out, listJSON(&page.Records[i]))
				} else {
					err = listLine(out, &page.Records[i])
				}
				if err != nil {
					return err
				}
			}
			if err := out.Flush(); err != nil {
				return err
			}
			left -= len(page.Records)
			if page.Next == 0 || limit > 0 && left <= 0 {
				return nil
			}
			q.Before, q.Past = page.Next, page.Past
		}
	})
}

func (r *run) show(ctx context.Context, words []string) error {
	asJSON := false
	rest, err := r.flags("show", words, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print one JSON object a line") })
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("show: give one message id, or the path of an .eml file")
	}
	id, notNumber := messageID(rest[0])
	if notNumber != nil {
		m, err := r.Read(rest[0])
		if errors.Is(err, fs.ErrNotExist) {
			return Status{ExitNoInput, fmt.Errorf("show: %s: neither a message id nor a file", rest[0])}
		}
		if err != nil {
			return Status{ExitNoInput, fmt.Errorf("show: %w", err)}
		}
		return r.showMessage(&m, asJSON)
	}
	return r.onDesk(ctx, func(desk control.Desk) error {
		m, err := desk.Message(ctx, id)
		if err != nil {
			return aboutMessage(id, err)
		}
		return r.showMessage(&m, asJSON)
	})
}

func (r *run) raw(ctx context.Context, words []string) error {
	rcpt, sent := "", false
	rest, err := r.flags("raw", words, func(f *flag.FlagSet) {
		f.Func("rcpt", "the newest message to this `ADDRESS`, a recipient of the envelope", mailbox(&rcpt))
		f.BoolVar(&sent, "sent", false, "the bytes that leave, with the header fields added and rewritten")
	})
	if err != nil {
		return err
	}
	if (rcpt == "") == (len(rest) == 0) || len(rest) > 1 {
		return usagef("raw: give one message id, or --rcpt ADDRESS")
	}
	return r.onDesk(ctx, func(desk control.Desk) error {
		id, err := r.which(ctx, desk, rcpt, rest)
		if err != nil {
			return err
		}
		if sent {
			return aboutMessage(id, desk.Sent(ctx, id, r.Stdout))
		}
		return aboutMessage(id, desk.Export(ctx, id, r.Stdout))
	})
}

// which finds the message that raw is asked for: the one with the id, or the newest to rcpt.
func (r *run) which(ctx context.Context, desk control.Desk, rcpt string, rest []string) (int64, error) {
	if rcpt == "" {
		return messageID(rest[0])
	}
	page, err := desk.Find(ctx, spool.Query{Rcpt: rcpt, Limit: 1})
	if err != nil {
		return 0, err
	}
	if len(page.Records) == 0 {
		return 0, fmt.Errorf("message to %s: %w", rcpt, spool.ErrNotFound)
	}
	return page.Records[0].ID, nil
}

func (r *run) remove(ctx context.Context, words []string) error {
	rest, err := r.flags("delete", words, nil)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usagef("delete: give the ids of the messages")
	}
	ids, err := messageIDs(rest)
	if err != nil {
		return err
	}
	return r.onDesk(ctx, func(desk control.Desk) error {
		gone, err := desk.Delete(ctx, ids...)
		if errors.Is(err, queue.ErrLocked) {
			return Status{ExitTempFail, fmt.Errorf("delete: %w", err)}
		}
		if err != nil {
			return err
		}
		existed := map[int64]bool{}
		for _, id := range gone {
			existed[id] = true
		}
		var missing []error
		for _, id := range ids {
			if !existed[id] {
				missing = append(missing, aboutMessage(id, spool.ErrNotFound))
			}
		}
		return errors.Join(missing...)
	})
}

// mailbox takes an address as it stands in a list, or in angle brackets as in an envelope.
func mailbox(to *string) func(string) error {
	return func(word string) error {
		inside, opened := strings.CutPrefix(word, "<")
		if inside, closed := strings.CutSuffix(inside, ">"); opened && closed {
			word = inside
		}
		*to = word
		return nil
	}
}

func messageID(word string) (int64, error) {
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || id <= 0 {
		return 0, usagef("%s: not a message id; postroom list shows them", word)
	}
	return id, nil
}

func aboutMessage(id int64, err error) error {
	if errors.Is(err, spool.ErrNotFound) {
		return fmt.Errorf("message %d: %w", id, spool.ErrNotFound)
	}
	return err
}
