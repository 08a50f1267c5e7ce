package model

import (
	"strconv"
	"strings"
	"time"

	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// QueueRow is a waiting message as a table shows it.
type QueueRow struct {
	ID, Age, Size, Priority, Tries, Next, Expiry string
	From, To, Left, Host, Reply, Origin          string
	State                                        Chip
	Late                                         bool // it goes back with the next attempt
}

// QueueRowOf makes a table's row of a waiting message; now is by the server's clock.
func QueueRowOf(w *spool.Waiting, now time.Time) QueueRow {
	r := QueueRow{
		ID: w.ID, Size: "–", Priority: Count(int(w.Priority)), Tries: Count(w.Tries), From: bare(w.Sender), Host: oneLine(w.Host), Reply: strings.TrimPrefix(oneLine(w.Reply), "Deferred: "),
		State: QueueChip(w.State), Origin: originWords(w), Left: say.T("%s left", Count(w.Left)),
	}
	if w.Size >= 0 {
		r.Size = Size(w.Size)
	}
	if !w.Arrived.IsZero() {
		r.Age = Ago(now.Sub(w.Arrived))
	}
	if w.Done >= 0 {
		r.Left = say.T("%s done, %s left", Count(w.Done), Count(w.Left))
	}
	if len(w.Open) > 0 {
		r.To = bare(w.Open[0])
		if w.Left > 1 {
			r.To += " +" + Count(w.Left-1)
		}
	}
	if w.Hosts > 1 {
		r.Host += " +" + Count(w.Hosts-1)
	}
	r.Next, r.Expiry = nextWords(w, now), ""
	if !w.Expires.IsZero() {
		r.Late = !w.Expires.After(now)
		r.Expiry = say.T("in %s", Ago(w.Expires.Sub(now)))
		if r.Late {
			r.Expiry = say.T("overdue")
		}
	}
	switch w.State {
	case spool.WaitsHeld, spool.WaitsQuarantined, spool.WaitsBroken, spool.WaitsLost:
		if w.Why != "" {
			r.Reply = oneLine(w.Why)
		}
	}
	return r
}

// nextWords says when a message is tried next.
func nextWords(w *spool.Waiting, now time.Time) string {
	switch {
	case w.State == spool.WaitsSending:
		return say.T("now")
	case w.State == spool.WaitsHeld:
		return say.T("held by you")
	case w.State == spool.WaitsQuarantined:
		return say.T("held")
	case w.NextTry.IsZero():
		return say.T("never")
	case !w.NextTry.After(now):
		return say.T("due")
	}
	return say.T("in %s", Ago(w.NextTry.Sub(now)))
}

// QueueChip is the state of a waiting message as a chip.
func QueueChip(s spool.WaitingState) Chip {
	switch s {
	case spool.WaitsDeferred:
		return Chip{say.T("deferred"), Warn}
	case spool.WaitsSending:
		return Chip{say.T("sending"), Accent}
	case spool.WaitsHeld:
		return Chip{say.T("held"), Dim}
	case spool.WaitsQuarantined:
		return Chip{say.T("quarantined"), Warn}
	case spool.WaitsLost:
		return Chip{say.T("lost"), Bad}
	case spool.WaitsBroken:
		return Chip{say.T("broken"), Bad}
	}
	return Chip{say.T("queued"), Dim}
}

// Ago prints how long something is in its largest unit, with a second one while that is of use: "40 s", "4 min", "3 h 12 min", "5 d".
func Ago(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Hour:
		if d >= time.Minute {
			d = d.Truncate(time.Minute)
		}
	case d < 24*time.Hour:
		d = d.Truncate(time.Minute)
	default:
		d = d.Truncate(time.Hour)
	}
	return Lasting(d)
}

// bare is an address of a control file without its angle brackets, and "<>" for the null path.
func bare(path string) string {
	if path == "<>" {
		return path
	}
	return oneLine(strings.TrimSuffix(strings.TrimPrefix(path, "<"), ">"))
}

// originWords says what a message came from.
func originWords(w *spool.Waiting) string {
	if w.Record == 0 {
		return ""
	}
	o := w.Origin
	words := []string{o.Protocol}
	for _, s := range []string{Program(o), o.User} {
		if s != "" {
			words = append(words, s)
		}
	}
	if len(words) == 1 && o.HELO != "" {
		words = append(words, o.HELO)
	}
	return oneLine(strings.Join(words, " "))
}

// QueueSummary says how many messages wait and when they are run next.
func QueueSummary(n, all int, run spool.QueueRun, now time.Time) string {
	words := say.N(all, "%s message waits", "%s messages wait", Count(all))
	if n != all {
		words = say.T("%s of %s", Count(n), Count(all))
	}
	switch {
	case run.Busy:
		words += " · " + say.T("running now")
	case !run.Next.IsZero():
		words += " · " + say.T("next run in %s", Ago(run.Next.Sub(now)))
	default:
		words += " · " + say.T("runs only when told to")
	}
	return words
}

// GroupCells gives the ages of a group as they stand in columns, "" for none.
func GroupCells(g spool.WaitingGroup) []string {
	var cells []string
	for _, n := range g.Ages {
		if n == 0 {
			cells = append(cells, "")
			continue
		}
		cells = append(cells, Count(n))
	}
	return cells
}

// AgeTitles gives the titles of those columns, in minutes: "<5" … "1280+".
func AgeTitles() []string {
	var titles []string
	for _, d := range spool.AgeLimits {
		titles = append(titles, "<"+strconv.Itoa(int(d.Minutes())))
	}
	return append(titles, strconv.Itoa(int(spool.AgeLimits[len(spool.AgeLimits)-1].Minutes()))+"+")
}
