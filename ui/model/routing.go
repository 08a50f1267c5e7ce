package model

import (
	"strconv"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// RoutingLines says where a message went, when and why: what was decided about the message, then each recipient as it was asked for,
// with its state, the way to where it went, what became of it in the order of time, and the steps that led there in the words of
// postroom trace.
func RoutingLines(r *spool.Record, wait Wait) []Line {
	out := messageLines(nil, r)
	for i := range r.Recipients {
		out = append(recipientLines(out, r, &r.Recipients[i], wait), nil)
	}
	if len(out) == 0 {
		return []Line{{{Text: say.T("Nothing was decided: this message has no recipients."), Tone: Dim}}}
	}
	return out[:len(out)-1]
}

// RecipientLines is what RoutingLines says of one recipient, before what was decided about the message.
func RecipientLines(r *spool.Record, i int, wait Wait) []Line {
	out := recipientLines(nil, r, &r.Recipients[i], wait)
	if about := messageLines(nil, r); len(about) > 0 {
		out = append(append(out, nil), about[:len(about)-1]...)
	}
	return out
}

// messageLines tell what was decided about the message, with an empty line behind.
func messageLines(out []Line, r *spool.Record) []Line {
	if len(r.Steps) == 0 && r.SentFrom.IsNull() && r.Quarantine == "" {
		return out
	}
	out = append(out, Line{{Text: say.T("The message")}}, told(say.T("sender"), Path(r.Sender), Plain))
	if !r.SentFrom.IsNull() {
		out = append(out, told(say.T("leaves as"), Path(r.SentFrom), Plain))
	}
	return append(stepLines(out, r.Steps), nil)
}

// routingLabel is the column behind the labels. Behind labels in a language with letters of other widths it is a tab stop.
func routingLabel() int {
	if strings.IndexFunc(say.T("mailer"), isWide) >= 0 {
		return 2 * tabStop
	}
	return 13
}

func recipientLines(out []Line, of *spool.Record, r *mta.Recipient, wait Wait) []Line {
	state := Span{Text: " " + string(r.State) + " ", Tone: StateTone(r.State), Tag: true, Margin: true}
	if r.State == "" {
		state.Text, state.Tag = "", false
	}
	out = append(out, Line{state, {Text: padding(state.Text, routingLabel()), Margin: true}, {Text: Path(asked(r))}})
	if len(r.Via) > 0 {
		out = append(out, told(say.T("by way of"), way(append(r.Via[:len(r.Via):len(r.Via)], r.Address)), Plain))
	}
	if r.Mailer != "" {
		out = append(out, told(say.T("mailer"), mailerWords(r), Plain))
	}
	if r.Last.Code != 0 {
		out = append(out, told(say.T("answer"), oneLine(r.Last.Error()), statusTone(r.Last)))
	}
	if when := timelineLines(nil, of, r, wait); len(when) > 0 {
		out = append(append(out, nil), when...)
		if len(r.Steps) > 0 {
			out = append(out, nil)
		}
	}
	return stepLines(out, r.Steps)
}

// asked is the address that the client named.
func asked(r *mta.Recipient) address.Address {
	if len(r.Via) > 0 {
		return r.Via[0]
	}
	return r.Address
}

// told is a line about a recipient or a message: a label, and what it is.
func told(label, what string, tone Tone) Line {
	label = "  " + label
	return Line{{Text: label + padding(label, routingLabel()), Tone: Dim, Margin: true}, {Text: oneLine(what), Tone: tone}}
}

// way prints the addresses that mail passed through; one that stands twice in a row, with a domain and without, does so once.
func way(list []address.Address) string {
	var names []string
	for _, a := range list {
		if p := Path(a); len(names) == 0 || names[len(names)-1] != p {
			names = append(names, p)
		}
	}
	return strings.Join(names, " -> ")
}

// stepLines numbers the steps: what was decided, below it the line that decided it and what there is to note.
func stepLines(out []Line, steps []mta.Step) []Line {
	for i, s := range steps {
		number := strconv.Itoa(i + 1)
		margin := strings.Repeat(" ", max(2, 4-len(number))) + number + "  "
		rule, rest := oneLine(s.Rule), strings.TrimPrefix(s.Decision(), s.Rule)
		line := Line{{Text: margin, Tone: Dim, Margin: true}, {Text: rule, Tone: Accent}}
		if rest = noControls(rest); rest != "" {
			line = append(line, Span{Text: rest})
		}
		out = append(out, line)
		below := Span{Text: strings.Repeat(" ", len(margin)), Margin: true}
		if source := oneLine(s.Source()); source != "" {
			out = append(out, Line{below, {Text: source, Tone: Dim}})
		}
		if note := oneLine(s.Note); note != "" {
			out = append(out, Line{below, {Text: note, Tone: noteTone(s)}})
		}
	}
	return out
}

// noteTone makes those notes stand out that tell of what might have been: a near miss, which changed nothing, and what production
// would have said.
func noteTone(s mta.Step) Tone {
	if s.In == s.Out || strings.Contains(s.Note, "production") {
		return Warn
	}
	return Dim
}

// StateTone is the colour of a recipient's state.
func StateTone(s mta.State) Tone {
	switch s {
	case mta.Bounced, mta.Refused:
		return Bad
	case mta.Deferred, mta.Held:
		return Warn
	case mta.Queued, mta.Caught:
		return Accent
	case mta.Relayed, mta.Delivered:
		return OK
	}
	return Dim
}

func statusTone(s mta.Status) Tone {
	switch {
	case s.Temporary():
		return Warn
	case s.Code >= 500:
		return Bad
	}
	return Plain
}
