package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"postroom.dev/app/control"
	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/trace"
	"postroom.dev/spool"
)

// Worlds are the tables as they are, and as they would be with other files in the place of some.
type Worlds struct{ Now, Then trace.World }

// traceCall is what a command line of trace says.
type traceCall struct {
	trace.Question
	with   map[string]string // table -> file
	all    bool
	asJSON bool
}

// trace says what happens to an address, or to which kept messages something else would have happened.
func (r *run) trace(ctx context.Context, words []string) error {
	call, err := r.readTrace(words)
	if err != nil {
		return err
	}
	worlds, err := r.Trace(r.home, call.with)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	if call.all {
		err = r.onDesk(ctx, func(d control.Desk) error { return traceAll(ctx, out, d, worlds, call) })
		return errors.Join(err, out.Flush())
	}
	for _, w := range []struct {
		name string
		trace.World
	}{{"now", worlds.Now}, {"then", worlds.Then}} {
		if w.name == "then" && len(call.with) == 0 {
			break
		}
		answer, err := w.Ask(call.Question)
		if err != nil {
			return errors.Join(Status{ExitTempFail, fmt.Errorf("trace: %w", err)}, out.Flush())
		}
		if call.asJSON {
			err = printJSON(out, answerJSON(w.name, call.Question, answer))
		} else {
			if len(call.with) > 0 {
				fmt.Fprintf(out, "%s:\n", w.name)
			}
			printAnswer(out, call.Question, answer)
		}
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

func (r *run) readTrace(words []string) (call traceCall, err error) {
	call.with = map[string]string{}
	path := func(to *address.Address) func(string) error {
		return func(s string) error {
			a, err := address.Parse(s)
			if err != nil {
				_, why := address.Complaint(err)
				return fmt.Errorf("%s... %s", s, why)
			}
			*to = a
			return nil
		}
	}
	rest, err := r.flags("trace", words, func(f *flag.FlagSet) {
		f.Func("from", "the sender's `ADDRESS`", path(&call.From))
		f.Func("client", "the client's `[NAME=]IP`", func(s string) error {
			host, ip, named := strings.Cut(s, "=")
			if !named {
				host, ip = "", s
			}
			a, err := netip.ParseAddr(strings.Trim(ip, "[]"))
			if err != nil {
				return errors.New("not an IP address")
			}
			call.Client = route.Client{Name: host, IP: a}
			return nil
		})
		f.Func("with", "`TABLE=FILE`: as if FILE were that table; may be given again", func(s string) error {
			name, file, ok := strings.Cut(s, "=")
			if !ok || !slices.Contains(check.Names(), name) {
				return fmt.Errorf("write TABLE=FILE; tables are %s", strings.Join(check.Names(), " "))
			}
			call.with[name] = file
			return nil
		})
		f.BoolVar(&call.all, "all", false, "say which of the kept messages would be treated otherwise")
		f.BoolVar(&call.asJSON, "json", false, "print one JSON object a line")
	})
	switch {
	case err != nil:
		return call, err
	case len(rest) > 1:
		return call, usagef("trace: %s: unexpected word; trace takes one address", rest[1])
	case call.all && (len(rest) > 0 || len(call.with) == 0):
		return call, usagef("trace --all: looks at all kept messages: name the table that you edited, --with access=FILE, and no address")
	case !call.all && len(rest) == 0 && call.From.IsNull():
		return call, usagef("trace: name an address; or --from ADDRESS to see how it is rewritten")
	}
	if len(rest) == 1 {
		if err := path(&call.To)(rest[0]); err != nil {
			return call, usagef("trace: %v", err)
		}
		if call.To.IsNull() {
			return call, usagef("trace: <>... User address required")
		}
	}
	return call, nil
}

// printAnswer prints the steps and what comes of them.
func printAnswer(out io.Writer, q trace.Question, a trace.Answer) {
	for _, s := range a.Steps {
		printStep(out, s)
	}
	var last []mta.Step
	for _, l := range a.Leaves {
		for i, s := range l.Steps {
			if i >= len(last) || s != last[i] { // the way that is common to two is shown once
				printStep(out, s)
			}
		}
		last = l.Steps
	}
	for _, s := range a.Renames {
		printStep(out, s)
	}
	if !q.To.IsNull() && (len(a.Leaves) == 0 || a.Discard || a.Keep || a.Quarantine != "") {
		fmt.Fprintf(out, "%s: %s\n", printable(q.To.String()), printable(a.Fate()))
	} else {
		for _, l := range a.Leaves {
			fmt.Fprintf(out, "%s: %s\n", printable(q.To.String()), printable(trace.End(l)))
		}
	}
	switch {
	case q.From.IsNull() || a.Refusal.Code != 0:
	case a.Sender == q.From && a.From == q.From:
		fmt.Fprintf(out, "sender %s: stays as it is\n", printable(q.From.String()))
	default:
		fmt.Fprintf(out, "sender %s: in the header %s, in the envelope %s\n", printable(q.From.String()), printable(a.Sender.String()), printable(a.From.String()))
	}
	if q.To.IsNull() && a.Refusal.Code != 0 {
		fmt.Fprintf(out, "sender %s: %s\n", printable(q.From.String()), printable(a.Fate()))
	}
}

// printStep prints a step on a line of its own.
func printStep(out io.Writer, s mta.Step) { fmt.Fprintf(out, "  %s\n", printable(s.String())) }

type traceJSON struct {
	Tables     string     `json:"tables"` // "now", or "then" with --with
	Address    string     `json:"address"`
	From       string     `json:"from"`
	Fate       string     `json:"fate"`
	Code       int        `json:"code"` // of a refusal, 0 for none
	Leaves     []leafJSON `json:"leaves"`
	HeaderFrom string     `json:"header_from"`   // the sender in the header, as it leaves
	Envelope   string     `json:"envelope_from"` // and in the envelope
	Steps      []stepJSON `json:"steps"`
}

func stepOf(s *mta.Step) stepJSON {
	return stepJSON{"", s.Rule, s.File, s.Line, s.Key, s.In, s.Out, s.Note}
}

type leafJSON struct {
	Mailer string     `json:"mailer"`
	Host   string     `json:"host"`
	User   string     `json:"user"`
	Via    []string   `json:"via"`
	Status string     `json:"status"`
	Steps  []stepJSON `json:"steps"`
}

func answerJSON(tables string, q trace.Question, a trace.Answer) traceJSON {
	j := traceJSON{Tables: tables, Address: q.To.String(), From: q.From.String(), Fate: a.Fate(), Code: a.Refusal.Code,
		HeaderFrom: a.Sender.String(), Envelope: a.From.String(), Leaves: []leafJSON{}, Steps: each(slices.Concat(a.Steps, a.Renames), stepOf)}
	for _, l := range a.Leaves {
		status := ""
		if l.Status.Code != 0 {
			status = l.Status.Error()
		}
		j.Leaves = append(j.Leaves, leafJSON{l.Mailer, l.Host, l.User, each(l.Via, func(a *address.Address) string { return a.String() }), status, each(l.Steps, stepOf)})
	}
	return j
}

type differenceJSON struct {
	ID          int64              `json:"id"`
	QueueID     string             `json:"queue_id"`
	Subject     string             `json:"subject"`
	Differences []trace.Difference `json:"differences"`
}

// traceAll lists the kept messages that would have fared otherwise.
func traceAll(ctx context.Context, out *bufio.Writer, d control.Desk, w Worlds, call traceCall) error {
	renames := false // only these tables change a header
	for name := range call.with {
		renames = renames || name == check.Generics || name == check.GenericsDomains || name == check.LocalHosts
	}
	looked, differ := 0, 0
	for q := (spool.Query{Limit: pageSize}); ; {
		page, err := d.Find(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Records {
			rec := &page.Records[i]
			var header []byte
			if renames {
				if header, err = headerOf(ctx, d, rec.ID); errors.Is(err, spool.ErrNotFound) {
					continue // deleted meanwhile
				} else if err != nil {
					return err
				}
			}
			looked++
			list, err := trace.Compare(w.Now, w.Then, &rec.Envelope, header)
			if err != nil {
				return Status{ExitTempFail, fmt.Errorf("trace: %w", err)}
			}
			if len(list) == 0 {
				continue
			}
			differ++
			if err := printDifferences(out, rec, list, call.asJSON); err != nil {
				return err
			}
		}
		if q.Before = page.Next; q.Before == 0 {
			break
		}
	}
	if call.asJSON {
		return nil
	}
	_, err := fmt.Fprintf(out, "%d of %d messages would have fared otherwise\n", differ, looked)
	return err
}

func printDifferences(out *bufio.Writer, rec *spool.Record, list []trace.Difference, asJSON bool) error {
	if asJSON {
		return printJSON(out, differenceJSON{rec.ID, rec.Envelope.ID, rec.Subject, list})
	}
	fmt.Fprintf(out, "%d  %s\n", rec.ID, printable(short(rec.Subject)))
	for _, d := range list {
		fmt.Fprintf(out, "    %s\n", printable(d.String()))
	}
	return nil
}

// maxHeader is how much of a message is looked at for its header, in octets.
const maxHeader = 64 << 10

// headerOf reads a message's header.
func headerOf(ctx context.Context, d control.Desk, id int64) ([]byte, error) {
	h := &headerReader{}
	err := d.Export(ctx, id, h)
	if errors.Is(err, errHeaderRead) {
		err = nil
	}
	return h.text, err
}

// errHeaderRead ends the reading of a message behind its header.
var errHeaderRead = errors.New("the header was read")

type headerReader struct{ text []byte }

// Write keeps what belongs to the header.
func (h *headerReader) Write(p []byte) (int, error) {
	from := max(0, len(h.text)-3)
	h.text = append(h.text, p[:min(len(p), maxHeader-len(h.text))]...)
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(h.text[from:], []byte(end)); i >= 0 {
			h.text = h.text[:from+i+len(end)]
			return 0, errHeaderRead
		}
	}
	if len(h.text) == maxHeader {
		return 0, errHeaderRead
	}
	return len(p), nil
}
