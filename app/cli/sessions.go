package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/app/control"
	"postroom.dev/mta"
	"postroom.dev/spool"
)

type sessionJSON struct {
	ID         string     `json:"id"`
	Started    string     `json:"started"`
	Ended      string     `json:"ended"`
	Outcome    string     `json:"outcome"` // "accepted", "refused", "aborted", "idle"
	Messages   int        `json:"messages"`
	Refused    int        `json:"refused"` // answers of 4yz and 5yz
	Refusal    string     `json:"refusal"` // the first of them
	Reason     string     `json:"reason"`  // how it ended, when not by QUIT
	Origin     originJSON `json:"origin"`
	Transcript *string    `json:"transcript,omitempty"` // sessions show
}

func sessionOf(s *mta.Session) sessionJSON {
	return sessionJSON{
		ID: s.ID, Started: s.Started.Format(time.RFC3339Nano), Ended: s.Ended.Format(time.RFC3339Nano),
		Outcome: string(s.Outcome), Messages: s.Messages, Refused: s.Refused, Refusal: s.Refusal, Reason: s.Reason, Origin: originOf(&s.Origin),
	}
}

func (r *run) sessions(ctx context.Context, words []string) error {
	var q spool.SessionQuery
	asJSON, limit := false, 0
	rest, err := r.flags("sessions", words, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
		f.BoolVar(&q.Failed, "failed", false, "only those that were refused or broken off")
		f.IntVar(&limit, "limit", 0, "at most `N`; 0 is all")
	})
	if err != nil {
		return err
	}
	if limit < 0 {
		return usagef("--limit %d: must not be negative", limit)
	}
	if len(rest) > 0 && rest[0] == "show" {
		if len(rest) != 2 {
			return usagef("sessions show: give one session's id; postroom sessions lists them")
		}
		return r.onDesk(ctx, func(d control.Desk) error { return r.showSession(ctx, d, rest[1], asJSON) })
	}
	q.Text = strings.Join(rest, " ")
	return r.onDesk(ctx, func(d control.Desk) error { return r.listSessions(ctx, d, q, asJSON, limit) })
}

// listSessions lists what matches q, at most limit when that is not 0.
func (r *run) listSessions(ctx context.Context, d control.Desk, q spool.SessionQuery, asJSON bool, limit int) error {
	out := bufio.NewWriter(r.Stdout)
	for left := limit; ; {
		q.Limit = pageSize
		if limit > 0 {
			q.Limit = min(left, pageSize)
		}
		page, err := d.Sessions(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Sessions {
			if asJSON {
				err = printJSON(out, sessionOf(&page.Sessions[i]))
			} else {
				err = sessionLine(out, &page.Sessions[i])
			}
			if err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		left -= len(page.Sessions)
		if page.Next == 0 || limit > 0 && left <= 0 {
			return nil
		}
		q.Before = page.Next
	}
}

// sessionLine prints one session for people: id, time, outcome, messages, client, why.
func sessionLine(w io.Writer, s *mta.Session) error {
	line := fmt.Sprintf("%-14s %s  %-8s %3d  %-21s  %s", printable(s.ID), s.Started.Local().Format("2006-01-02 15:04:05"),
		s.Outcome, s.Messages, printable(clientOf(&s.Origin)), printable(short(s.Why())))
	_, err := fmt.Fprintln(w, strings.TrimRight(line, " "))
	return err
}

// clientOf names the other end: its address, or the user or program on the sendmail command's socket.
func clientOf(o *mta.Origin) string {
	program := ""
	if len(o.Argv) > 0 {
		program = o.Argv[0]
	}
	return cmp.Or(o.Client, o.User, program, o.Protocol)
}

func (r *run) showSession(ctx context.Context, d control.Desk, id string, asJSON bool) error {
	s, err := d.Session(ctx, id)
	if errors.Is(err, spool.ErrNotFound) {
		return Status{ExitFailure, fmt.Errorf("sessions show: %s: no such session; the oldest are forgotten", id)}
	}
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	if asJSON {
		j := sessionOf(&s)
		transcript := string(s.Transcript)
		j.Transcript = &transcript
		if err := printJSON(out, j); err != nil {
			return err
		}
		return out.Flush()
	}
	o := &s.Origin
	fmt.Fprintf(out, "Session    %s, %s, %d messages\n", printable(s.ID), cmp.Or(string(s.Outcome), "of unknown outcome"), s.Messages)
	fmt.Fprintf(out, "Began      %s, lasted %v\n", s.Started.Local().Format(time.RFC1123Z), s.Ended.Sub(s.Started).Round(time.Millisecond))
	fmt.Fprintf(out, "Client     %s", printable(clientOf(o)))
	for _, about := range []struct{ word, is string }{{"", o.Name}, {"HELO ", o.HELO}, {"TLS ", o.TLS}, {"user ", o.User}, {"on ", o.Listener}} {
		if about.is != "" {
			fmt.Fprintf(out, ", %s%s", about.word, printable(about.is))
		}
	}
	fmt.Fprintln(out)
	if len(o.Argv) > 0 || o.PID > 0 {
		fmt.Fprintf(out, "Program    %s (pid %d, uid %d)\n", printable(strings.Join(o.Argv, " ")), o.PID, o.UID)
	}
	if s.Refusal != "" {
		fmt.Fprintf(out, "Refused    %s", printable(s.Refusal))
		if s.Refused > 1 {
			fmt.Fprintf(out, "  (and %d more)", s.Refused-1)
		}
		fmt.Fprintln(out)
	}
	if s.Reason != "" {
		fmt.Fprintf(out, "Ended      %s\n", printable(s.Reason))
	}
	fmt.Fprintln(out)
	for line := range strings.Lines(string(s.Transcript)) {
		fmt.Fprintln(out, printable(strings.TrimSuffix(line, "\n")))
	}
	return out.Flush()
}
