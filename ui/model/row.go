package model

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// Row is a message as a list shows it.
type Row struct {
	Sender     string
	Rcpt       string // the first recipient of the envelope, and how many more there are
	Time       string
	Subject    string
	Unread     bool
	Attachment bool
	Starred    bool
	Tags       []string
	Chip       Chip // no Text when the message was simply caught
}

// RowOf makes a list row of a record.
func RowOf(r *spool.Record, now time.Time) Row {
	return Row{
		Sender: SenderName(r), Rcpt: rcptNames(r, 1), Time: Clock(r.Arrival, now), Subject: Subject(r),
		Unread: !r.Read, Attachment: r.Attachments > 0, Starred: r.Starred, Tags: r.Tags, Chip: StateChip(r.Recipients),
	}
}

// Subject gives what stands for the subject, also when there is none.
func Subject(r *spool.Record) string {
	if s := oneLine(r.Subject); s != "" {
		return s
	}
	return say.T("(no subject)")
}

// SenderName gives the name in the From field, else its address, else the reverse-path.
func SenderName(r *spool.Record) string {
	from := oneLine(r.From)
	if i := strings.LastIndex(from, " <"); i > 0 {
		from = strings.Trim(from[:i], `" `)
	}
	if from = strings.Trim(from, "<>"); from != "" {
		return from
	}
	return Path(r.Sender)
}

// RcptNames names the envelope's recipients, in one line.
func RcptNames(r *spool.Record) string { return rcptNames(r, 3) }

// rcptNames names so many of them, and says how many more there are.
func rcptNames(r *spool.Record, most int) string {
	var all []string
	for i := range r.Recipients[:min(len(r.Recipients), most)] {
		all = append(all, Path(r.Recipients[i].Address))
	}
	if more := len(r.Recipients) - most; more > 0 {
		return strings.Join(all, ", ") + " +" + Count(more)
	}
	return strings.Join(all, ", ")
}

// Path prints a path for reading: "ada@example.com", and "<>" for the null reverse-path.
func Path(a address.Address) string {
	if a.IsNull() {
		return "<>"
	}
	return oneLine(a.String())
}

// StateChip gives the state that matters most among the recipients, and no text when all were caught.
func StateChip(all []mta.Recipient) Chip {
	for _, state := range states[:slices.Index(states[:], mta.Caught)] {
		for i := range all {
			if all[i].State == state {
				return Chip{string(state), StateTone(state)}
			}
		}
	}
	return Chip{}
}

// HeadRow is a line over a message: say.T("To"), "ada@example.com".
type HeadRow struct{ Label, Value string }

// HeadRows gives the lines over a message: what the header says, and the envelope's recipients where the header hides one.
func HeadRows(r *spool.Record) []HeadRow {
	from := oneLine(r.From)
	if from == "" {
		from = Path(r.Sender)
	}
	out := []HeadRow{{say.T("From"), from}}
	for _, row := range []HeadRow{{say.T("To"), oneLine(r.To)}, {say.T("Cc"), oneLine(r.Cc)}} {
		if row.Value != "" {
			out = append(out, row)
		}
	}
	named, hidden := strings.ToLower(r.To+" "+r.Cc), false
	var all []string
	for i := range r.Recipients {
		a := Path(r.Recipients[i].Address)
		all = append(all, a)
		hidden = hidden || !strings.Contains(named, strings.ToLower(a))
	}
	if hidden {
		out = append(out, HeadRow{say.T("Rcpt"), strings.Join(all, ", ")})
	}
	return out
}

// Chips gives what the viewer says about a message beside its header.
func Chips(r *spool.Record, problems int) []Chip {
	var out []Chip
	add := func(text string, tone Tone) {
		if text != "" {
			out = append(out, Chip{oneLine(text), tone})
		}
	}
	if c := StateChip(r.Recipients); c.Text != "" {
		out = append(out, c)
	}
	add(r.Origin.Protocol, Dim)
	if r.Origin.TLS != "" {
		version, _, _ := strings.Cut(r.Origin.TLS, " ")
		add(strings.Replace(version, "TLSv", "TLS ", 1), OK)
	}
	add(Program(r.Origin), Accent)
	if r.Attachments > 0 {
		add(say.N(r.Attachments, "%s attachment", "%s attachments", Count(r.Attachments)), Dim)
	}
	add(Size(r.Size), Dim)
	if problems > 0 {
		add(say.N(problems, "%s problem", "%s problems", Count(problems)), Warn)
	}
	return out
}

// Program names the process that sent a message: "php (pid 4242)", "" when it is not known.
func Program(o mta.Origin) string {
	if o.PID == 0 {
		return ""
	}
	pid := "pid " + strconv.Itoa(o.PID)
	if len(o.Argv) == 0 {
		return pid
	}
	return path.Base(o.Argv[0]) + " (" + pid + ")"
}
