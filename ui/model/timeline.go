package model

import (
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// Wait is what the queue knows of a message that is shown: nil Waiting where it does not wait any more.
type Wait struct {
	*spool.Waiting
	Now time.Time // by the mail server's clock, in the zone that times are shown in
}

// station is a line of a timeline.
type station struct {
	at, until time.Time // until is zero for one alone
	words     []Span
	ahead     bool // it is still to come
}

// timelineLines tell what became of a recipient and when: received, tried with each answer, held, let go, and what comes next.
func timelineLines(out []Line, r *spool.Record, rcpt *mta.Recipient, wait Wait) []Line {
	all := timeline(r, rcpt, wait)
	if len(all) == 0 {
		return out
	}
	zone, day := wait.Now.Location(), all[0].at
	gaps := make([]string, len(all))
	for i := 1; i < len(all); i++ {
		if before := &all[i-1]; !all[i].ahead {
			gaps[i] = gapWords(all[i].at.Sub(maxTime(before.at, before.until)))
		}
	}
	clock := 12 // columns
	if align(gaps) {
		clock = 2 * tabStop
	}
	for i := range all {
		at := all[i].at.In(zone)
		if !sameDay(at, day.In(zone)) {
			day = at
			out = append(out, Line{{Text: "  " + at.Format(say.T("2 Jan 2006")), Tone: Dim}})
		}
		line := Line{{Text: padded("  "+at.Format("15:04:05"), clock) + gaps[i], Tone: Dim, Margin: true}}
		out = append(out, append(line, all[i].words...))
	}
	return out
}

// timeline gives the stations in the order in which they came.
func timeline(r *spool.Record, rcpt *mta.Recipient, wait Wait) []station {
	var all []station
	if r.Arrival.IsZero() {
		return nil
	}
	all = append(all, station{at: r.Arrival, words: []Span{{Text: receivedWords(r)}}})
	if len(rcpt.Turns) == 0 && (rcpt.State == mta.Caught || rcpt.State == mta.Discarded || rcpt.State == mta.Refused) {
		all = append(all, station{at: r.Arrival, words: []Span{{Text: string(rcpt.State), Tone: StateTone(rcpt.State)}}})
	} else if rcpt.Mailer != "" && rcpt.State != "" {
		all = append(all, station{at: r.Arrival, words: []Span{{Text: say.T("routed to %s", mailerWords(rcpt)), Tone: Dim}}})
	}
	for i := range rcpt.Turns {
		t := &rcpt.Turns[i]
		all = append(all, station{at: t.Time, until: t.Last, words: turnWords(t, wait.Now.Location())})
	}
	for _, s := range r.Steps { // what the user let out of what was caught
		if s.Rule != mta.ProtocolRelease || s.Out != rcpt.Address.String() {
			continue
		}
		when, fate, _ := strings.Cut(s.Note, " ")
		if at, err := time.Parse(time.RFC3339, when); err == nil {
			all = append(all, station{at: at, words: []Span{{Text: say.T("let go by %s", oneLine(s.In)) + " "}, {Text: oneLine(fate), Tone: Dim}}})
		}
	}
	return append(all, nextStations(rcpt, wait)...)
}

// nextStations are those that are still to come for a recipient that waits.
func nextStations(rcpt *mta.Recipient, wait Wait) []station {
	if wait.Waiting == nil || rcpt.State != mta.Queued && rcpt.State != mta.Deferred {
		return nil
	}
	var all []station
	switch {
	case wait.State == spool.WaitsSending:
		all = append(all, station{at: wait.Now, ahead: true, words: []Span{{Text: say.T("being tried now"), Tone: Accent}}})
	case !wait.NextTry.IsZero():
		all = append(all, station{at: maxTime(wait.NextTry, wait.Now), ahead: true, words: inTime(say.T("next try"), Accent, wait.NextTry, wait.Now)})
	}
	if !wait.Expires.IsZero() {
		all = append(all, station{at: wait.Expires, ahead: true, words: inTime(say.T("goes back to its sender"), Dim, wait.Expires, wait.Now)})
	}
	return all
}

// inTime says what is to come, and how long it is until then.
func inTime(what string, tone Tone, at, now time.Time) []Span {
	words := []Span{{Text: what, Tone: tone}}
	if at.After(now) {
		words = append(words, Span{Text: " · " + say.T("in %s", Ago(at.Sub(now)))})
	}
	return words
}

// receivedWords say how a message came.
func receivedWords(r *spool.Record) string {
	o := r.Origin
	words := say.T("received by %s", oneLine(o.Protocol))
	switch {
	case Program(o) != "":
		words += " · " + oneLine(Program(o))
	case o.Client != "":
		words += " · " + oneLine(o.Client)
	}
	return words
}

// mailerWords name who delivers: "esmtp, host mx.example.com".
func mailerWords(r *mta.Recipient) string {
	if r.Host != "" {
		return say.T("%s, host %s", r.Mailer, oneLine(r.Host))
	}
	return r.Mailer
}

// turnWords tell of a turn behind its time.
func turnWords(t *mta.Turn, zone *time.Location) []Span {
	words := []Span{{Text: string(t.State), Tone: StateTone(t.State)}}
	about := ""
	if where := oneLine(t.Host); where != "" {
		about = " · " + where
	} else if t.Mailer != "" && t.Mailer != string(t.State) {
		about = " · " + t.Mailer
	}
	if t.Took >= time.Second {
		about += " · " + say.T("took %s", Lasting(t.Took))
	}
	if t.Count > 1 {
		about += " · " + say.T("%s times until %s", Count(t.Count), t.Last.In(zone).Format("15:04:05"))
	}
	if about != "" {
		words = append(words, Span{Text: about})
	}
	answer := oneLine(t.Note)
	if t.Status.Code != 0 {
		answer = oneLine(t.Status.Error())
	}
	if answer != "" {
		words = append(words, Span{Text: " · "}, Span{Text: answer, Tone: dimmer(statusTone(t.Status))})
	}
	return words
}

// gapWords print how long it was from one station to the next: "+120 ms", "+30 min".
func gapWords(d time.Duration) string {
	switch {
	case d < 0: // the clock was set back
		return "-" + Lasting(-d)
	case d < time.Millisecond:
		return ""
	case d < time.Second:
		return "+" + Count(int(d/time.Millisecond)) + " ms"
	}
	return "+" + Lasting(d)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sameDay(a, b time.Time) bool { return a.YearDay() == b.YearDay() && a.Year() == b.Year() }
