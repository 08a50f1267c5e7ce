package cli

import (
	"cmp"
	"encoding/json"
	"io"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/ui"
)

// The JSON of list and show is an interface that scripts rely on: names and shapes stay
// as they are. Times are RFC 3339, sizes are octets, empty lists are [].

type recordJSON struct {
	ID          int64           `json:"id"`
	QueueID     string          `json:"queue_id"`
	Arrived     string          `json:"arrived"`
	Sender      string          `json:"sender"`
	Recipients  []recipientJSON `json:"recipients"`
	Subject     string          `json:"subject"`
	From        string          `json:"from"`
	To          string          `json:"to"`
	Cc          string          `json:"cc"`
	Size        int64           `json:"size"`
	Attachments int             `json:"attachments"`
	Read        bool            `json:"read"`
	Origin      originJSON      `json:"origin"`
	Starred     bool            `json:"starred"`
	Tags        []string        `json:"tags"`
}

type recipientJSON struct {
	Address  string `json:"address"`
	Original string `json:"original"`
	State    string `json:"state"`
	Mailer   string `json:"mailer"`
	Host     string `json:"host"`
	Code     int    `json:"code"`
	Status   string `json:"status"`
	Text     string `json:"text"`
}

type originJSON struct {
	Protocol string   `json:"protocol"`
	Client   string   `json:"client"`
	HELO     string   `json:"helo"`
	TLS      string   `json:"tls"`
	User     string   `json:"user"`
	PID      int      `json:"pid"`
	UID      int      `json:"uid"` // -1 when not known
	Argv     []string `json:"argv"`
	Dir      string   `json:"dir"`
	Of       string   `json:"of,omitempty"` // the queue id of what was released or redelivered
}

type messageJSON struct {
	recordJSON
	Headers   []headerJSON  `json:"headers"`
	Text      string        `json:"text"`
	HTML      string        `json:"html"`
	Parts     []partJSON    `json:"parts"`
	Steps     []stepJSON    `json:"steps"`
	Turns     []turnJSON    `json:"turns"`
	SentFrom  string        `json:"sent_from"` // the sender as the message leaves
	Rewritten []fieldJSON   `json:"rewritten"`
	Problems  []problemJSON `json:"problems"`
}

type headerJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"` // unfolded and decoded
}

type partJSON struct {
	Number      string        `json:"number"`
	Type        string        `json:"type"`
	Filename    string        `json:"filename"`
	Size        int64         `json:"size"` // decoded
	ContentID   string        `json:"content_id"`
	Disposition string        `json:"disposition"`
	Problems    []problemJSON `json:"problems"`
}

type stepJSON struct {
	Recipient string `json:"recipient"` // "" for the message as a whole
	Rule      string `json:"rule"`
	File      string `json:"file"`
	Line      int    `json:"line"`
	Key       string `json:"key"`
	In        string `json:"in"`
	Out       string `json:"out"`
	Note      string `json:"note"`
}

// turnJSON is what became of a recipient, and when.
type turnJSON struct {
	Recipient string  `json:"recipient"`
	Time      string  `json:"time"`
	Last      string  `json:"last"`    // when the last of several that ended alike began; "" for one alone
	Count     int     `json:"count"`   // how many those are
	Seconds   float64 `json:"seconds"` // that the last attempt took
	State     string  `json:"state"`
	Mailer    string  `json:"mailer"` // "" for what was no attempt
	Host      string  `json:"host"`
	Code      int     `json:"code"`
	Status    string  `json:"status"`
	Text      string  `json:"text"`
	Note      string  `json:"note"`
}

// fieldJSON is a header field that leaves in other words than it came.
type fieldJSON struct {
	Name string `json:"name"`
	In   string `json:"in"` // the value, unfolded
	Out  string `json:"out"`
}

type problemJSON struct {
	Offset int64  `json:"offset"`
	Part   string `json:"part"`
	Text   string `json:"text"`
	Lost   bool   `json:"lost"`
}

// printJSON writes v as one line. Addresses stay readable: "<" is written as it is.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// each makes of a list another, never nil.
func each[A, B any](list []A, f func(*A) B) []B {
	out := make([]B, 0, len(list))
	for i := range list {
		out = append(out, f(&list[i]))
	}
	return out
}

func listJSON(r *spool.Record) recordJSON {
	return recordJSON{
		ID: r.ID, QueueID: r.Envelope.ID, Arrived: r.Arrival.Format(time.RFC3339Nano),
		Sender:     r.Sender.String(),
		Recipients: each(r.Recipients, recipientOf),
		Subject:    r.Subject, From: r.From, To: r.To, Cc: r.Cc,
		Size: r.Size, Attachments: r.Attachments, Read: r.Read, Starred: r.Starred, Tags: append([]string{}, r.Tags...),
		Origin: originOf(&r.Origin),
	}
}

func originOf(o *mta.Origin) originJSON {
	return originJSON{
		Protocol: o.Protocol, Client: o.Client, HELO: o.HELO, TLS: o.TLS, User: o.User,
		PID: o.PID, UID: o.UID, Argv: append([]string{}, o.Argv...), Of: o.Of, Dir: o.Dir,
	}
}

func recipientOf(r *mta.Recipient) recipientJSON {
	return recipientJSON{
		Address: r.Address.String(), Original: r.Original, State: string(r.State), Mailer: r.Mailer, Host: r.Host,
		Code: r.Last.Code, Status: r.Last.Enhanced.String(), Text: r.Last.Text,
	}
}

func showJSON(m *ui.Message) messageJSON {
	out := messageJSON{
		recordJSON: listJSON(&m.Record),
		Headers:    each(m.Fields, func(f *mimetree.Field) headerJSON { return headerJSON{f.Name, f.Text()} }),
		Text:       m.Text, HTML: m.HTML,
		Parts:    []partJSON{},
		Steps:    stepsOf(&m.Record),
		Turns:    turnsOf(&m.Record),
		SentFrom: cmp.Or(m.Record.SentFrom, m.Record.Sender).String(),
		Rewritten: each(m.Record.Rewritten, func(f *mta.Rewritten) fieldJSON {
			return fieldJSON{f.Name, fieldValue(f.In), fieldValue(f.Out)}
		}),
		Problems: each(m.Problems, problemOf),
	}
	walk(m.Tree, func(p *mimetree.Part) {
		part := partJSON{
			Number: p.Number, Type: p.Type, Filename: p.Filename, Size: m.Sizes[p.Number],
			ContentID: p.ContentID, Disposition: p.Disposition, Problems: []problemJSON{},
		}
		for i := range m.Problems {
			if m.Problems[i].Part == p.Number {
				part.Problems = append(part.Problems, problemOf(&m.Problems[i]))
			}
		}
		out.Parts = append(out.Parts, part)
	})
	return out
}

// fieldValue is what stands behind a field's name, unfolded.
func fieldValue(text []byte) string {
	_, value, _ := strings.Cut(string(text), ":")
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "", "\t", " ").Replace(value))
}

func problemOf(p *mimetree.Problem) problemJSON {
	return problemJSON{Offset: p.Offset, Part: p.Part, Text: p.Text, Lost: p.Lost}
}

// stepsOf gives all steps of a message in one list: first those of the message, then those of each recipient.
func stepsOf(r *spool.Record) []stepJSON {
	out := []stepJSON{}
	add := func(rcpt string, steps []mta.Step) {
		for _, s := range steps {
			out = append(out, stepJSON{rcpt, s.Rule, s.File, s.Line, s.Key, s.In, s.Out, s.Note})
		}
	}
	add("", r.Steps)
	for i := range r.Recipients {
		add(r.Recipients[i].Address.String(), r.Recipients[i].Steps)
	}
	return out
}

// turnsOf gives what became of all recipients in one list.
func turnsOf(r *spool.Record) []turnJSON {
	out := []turnJSON{}
	for i := range r.Recipients {
		for _, t := range r.Recipients[i].Turns {
			j := turnJSON{
				Recipient: r.Recipients[i].Address.String(), Time: t.Time.Format(time.RFC3339Nano), Count: max(t.Count, 1), Seconds: t.Took.Seconds(),
				State: string(t.State), Mailer: t.Mailer, Host: t.Host, Code: t.Status.Code, Status: t.Status.Enhanced.String(), Text: t.Status.Text, Note: t.Note,
			}
			if !t.Last.IsZero() {
				j.Last = t.Last.Format(time.RFC3339Nano)
			}
			out = append(out, j)
		}
	}
	return out
}

// walk visits the parts that have content of their own, as they stand in the message.
func walk(p *mimetree.Part, visit func(*mimetree.Part)) {
	if p == nil {
		return
	}
	if len(p.Parts) == 0 || p.Type == "message/rfc822" {
		visit(p)
	}
	for _, child := range p.Parts {
		walk(child, visit)
	}
}
