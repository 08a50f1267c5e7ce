package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/ui"
)

// listLine prints one record for people: id, mark, time, state, sender, recipients, subject.
func listLine(w io.Writer, r *spool.Record) error {
	mark := " "
	if !r.Read {
		mark = "*"
	}
	sender := r.Sender.String()
	if r.Sender.IsNull() {
		sender = "<>"
	}
	_, err := fmt.Fprintf(w, "%6d%s %s  %-8s  %s -> %s  %s\n", r.ID, mark, r.Arrival.Local().Format("2006-01-02 15:04:05"),
		worst(r.Recipients), printable(sender), printable(recipients(r.Recipients)), printable(short(r.Subject)))
	return err
}

func recipients(list []mta.Recipient) string {
	switch len(list) {
	case 0:
		return "nobody"
	case 1:
		return list[0].Address.String()
	default:
		return fmt.Sprintf("%s +%d", list[0].Address, len(list)-1)
	}
}

// states gives all states, those first that need attention first.
func states() []mta.State {
	return []mta.State{mta.Bounced, mta.Refused, mta.Deferred, mta.Queued, mta.Held, mta.Caught, mta.Relayed, mta.Delivered, mta.Discarded}
}

// worst is the state to show for a message with several recipients: the one that needs attention first.
func worst(rcpts []mta.Recipient) mta.State {
	for _, s := range states() {
		for i := range rcpts {
			if rcpts[i].State == s {
				return s
			}
		}
	}
	return ""
}

// subjectLimit is how much of a subject stands in a list, in characters. A subject may be as long as a header; show prints all of it.
const subjectLimit = 200

func short(subject string) string {
	n := 0
	for i := range subject {
		if n == subjectLimit {
			return subject[:i] + "…"
		}
		n++
	}
	return subject
}

// printable keeps a message from writing to the terminal what only the terminal's owner should:
// control characters, among them the escape that begins a sequence, become "?".
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

func (r *run) showMessage(m *ui.Message, asJSON bool) error {
	out := bufio.NewWriter(r.Stdout)
	if asJSON {
		if err := printJSON(out, showJSON(m)); err != nil {
			return err
		}
		return out.Flush()
	}
	showRecord(out, &m.Record)
	if len(m.Problems) > 0 {
		fmt.Fprintln(out)
	}
	for _, p := range m.Problems {
		where := ""
		if p.Part != "" {
			where = "part " + p.Part + ", "
		}
		fmt.Fprintf(out, "Problem    %s (%soctet %d)\n", printable(p.Text), where, p.Offset)
	}
	fmt.Fprintln(out)
	for i := range m.Added {
		fmt.Fprintf(out, "+ %s: %s\n", m.Added[i].Name, printable(m.Added[i].Text()))
	}
	for i := range m.Fields {
		fmt.Fprintf(out, "  %s: %s\n", printable(m.Fields[i].Name), printable(m.Fields[i].Text()))
	}
	for i := range m.Record.Rewritten {
		f := &m.Record.Rewritten[i]
		fmt.Fprintf(out, "> %s: %s\n", printable(f.Name), printable(fieldValue(f.Out)))
	}
	fmt.Fprintln(out)
	walk(m.Tree, func(p *mimetree.Part) {
		fmt.Fprintf(out, "Part %-5s %s, %d octets", p.Number, printable(p.Type), m.Sizes[p.Number])
		if p.Filename != "" {
			fmt.Fprintf(out, ", %s", printable(p.Filename))
		}
		fmt.Fprintln(out)
	})
	text := m.Text
	if text == "" {
		text = mimetree.StripHTML(m.HTML)
	}
	fmt.Fprintln(out)
	for line := range strings.Lines(text) {
		fmt.Fprintln(out, printable(strings.TrimRight(strings.ReplaceAll(line, "\t", "        "), "\r\n")))
	}
	return out.Flush()
}

func showRecord(out io.Writer, r *spool.Record) {
	if r.ID == 0 {
		fmt.Fprintf(out, "File       %d octets\n", r.Size)
		return
	}
	o := &r.Origin
	fmt.Fprintf(out, "Message    %d, queue id %s, %d octets\n", r.ID, r.Envelope.ID, r.Size)
	fmt.Fprintf(out, "Arrived    %s by %s", r.Arrival.Local().Format(time.RFC1123Z), o.Protocol)
	if o.Client != "" {
		fmt.Fprintf(out, " from %s (%s)", o.Client, printable(o.HELO))
		if o.User != "" {
			fmt.Fprintf(out, ", logged in as %s", printable(o.User))
		}
	}
	fmt.Fprintln(out)
	if len(o.Argv) > 0 || o.PID > 0 {
		fmt.Fprintf(out, "Program    %s (pid %d, uid %d)\n", printable(strings.Join(o.Argv, " ")), o.PID, o.UID)
		if o.Dir != "" {
			fmt.Fprintf(out, "Directory  %s\n", printable(o.Dir))
		}
	}
	fmt.Fprintf(out, "Sender     <%s>\n", printable(r.Sender.String()))
	if !r.SentFrom.IsNull() {
		fmt.Fprintf(out, "Leaves as  <%s>\n", printable(r.SentFrom.String()))
	}
	for _, s := range r.Steps {
		showStep(out, s)
	}
	for _, rcpt := range r.Recipients {
		fmt.Fprintf(out, "Recipient  <%s> %s", printable(rcpt.Address.String()), rcpt.State)
		if rcpt.Last.Code != 0 {
			fmt.Fprintf(out, ": %s", printable(rcpt.Last.Error()))
		}
		fmt.Fprintln(out)
		for _, s := range rcpt.Steps {
			showStep(out, s)
		}
		for _, t := range rcpt.Turns {
			showTurn(out, t)
		}
	}
}

// showTurn tells what became of a recipient, and when.
func showTurn(out io.Writer, t mta.Turn) {
	const layout = "2006-01-02 15:04:05"
	when := t.Time.Local().Format(layout)
	if t.Count > 0 {
		when += " – " + t.Last.Local().Format(layout) + fmt.Sprintf(", %d times", t.Count)
	}
	fmt.Fprintf(out, "           %s  %s\n", when, printable(t.String()))
}

func showStep(out io.Writer, s mta.Step) {
	fmt.Fprintf(out, "           - %s\n", printable(s.String()))
}
