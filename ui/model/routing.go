package model

import (
	"strconv"
	"strings"
	"unicode"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// RoutingLines says where a message went and why: what was decided about the message, then each recipient as it was asked for, with
// its state, the way to where it went, and the steps that led there in the words of postroom trace.
func RoutingLines(r *spool.Record) []Line {
	var out []Line
	if len(r.Steps) > 0 || !r.SentFrom.IsNull() || r.Quarantine != "" {
		out = append(out, Line{{Text: say.T("The message")}}, told(say.T("sender"), Path(r.Sender), Plain))
		if !r.SentFrom.IsNull() {
			out = append(out, told(say.T("leaves as"), Path(r.SentFrom), Plain))
		}
		out = append(stepLines(out, r.Steps), nil)
	}
	for i := range r.Recipients {
		out = append(recipientLines(out, &r.Recipients[i]), nil)
	}
	if len(out) == 0 {
		return []Line{{{Text: say.T("Nothing was decided: this message has no recipients."), Tone: Dim}}}
	}
	return out[:len(out)-1]
}

// routingLabel is the column behind the labels, in characters.
const routingLabel = 13

func recipientLines(out []Line, r *mta.Recipient) []Line {
	asked := r.Address
	if len(r.Via) > 0 {
		asked = r.Via[0]
	}
	state := Span{Text: " " + string(r.State) + " ", Tone: StateTone(r.State), Tag: true, Margin: true}
	if r.State == "" {
		state.Text, state.Tag = "", false
	}
	pad := strings.Repeat(" ", max(1, routingLabel-len(state.Text)))
	out = append(out, Line{state, {Text: pad, Margin: true}, {Text: Path(asked)}})
	if len(r.Via) > 0 {
		out = append(out, told(say.T("by way of"), way(append(r.Via[:len(r.Via):len(r.Via)], r.Address)), Plain))
	}
	if r.Mailer != "" {
		to := r.Mailer
		if r.Host != "" {
			to = say.T("%s, host %s", to, r.Host)
		}
		out = append(out, told(say.T("mailer"), to, Plain))
	}
	if r.Last.Code != 0 {
		out = append(out, told(say.T("answer"), oneLine(r.Last.Error()), statusTone(r.Last)))
	}
	return stepLines(out, r.Steps)
}

// told is a line about a recipient or a message: a label, and what it is.
func told(label, what string, tone Tone) Line {
	label = "  " + label
	return Line{{Text: label + strings.Repeat(" ", max(1, routingLabel-columns(label))), Tone: Dim, Margin: true}, {Text: oneLine(what), Tone: tone}}
}

// columns counts the columns of a text in a font of one width, where letters of East Asian scripts take two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			n++
		}
	}
	return n
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
