package model

import (
	"cmp"
	"slices"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// RouteRow is a recipient in the list over the Routing tab's text.
type RouteRow struct {
	Recipient int // its place in the record; -1 for all together
	State     Chip
	Address   string
	Host      string
	Last      string // what became of it last
	Time      string // and when
}

// RouteRows lists the recipients of a message that has several, those first that somebody may have to look after: before them a row for
// all of them. It is empty where there is one recipient or none.
func RouteRows(r *spool.Record, now time.Time) []RouteRow {
	if len(r.Recipients) < 2 {
		return nil
	}
	places := make([]int, len(r.Recipients))
	counts := map[mta.State]int{}
	for i := range places {
		places[i] = i
		counts[r.Recipients[i].State]++
	}
	slices.SortStableFunc(places, func(a, b int) int {
		return cmp.Compare(urgency(r.Recipients[a].State), urgency(r.Recipients[b].State))
	})
	rows := make([]RouteRow, 1, 1+len(places))
	rows[0] = RouteRow{Recipient: -1, Address: say.T("All %s recipients", Count(len(places))), Last: countsWords(counts)}
	for _, i := range places {
		rcpt := &r.Recipients[i]
		row := RouteRow{Recipient: i, State: Chip{string(rcpt.State), StateTone(rcpt.State)}, Address: Path(asked(rcpt)), Host: cmp.Or(oneLine(rcpt.Host), rcpt.Mailer), Time: Clock(r.Arrival, now)}
		if len(rcpt.Via) > 0 {
			row.Address += " -> " + Path(rcpt.Address)
		}
		if rcpt.Last.Code != 0 {
			row.Last = oneLine(rcpt.Last.Error())
		}
		if n := len(rcpt.Turns); n > 0 {
			t := &rcpt.Turns[n-1]
			row.Time = Clock(maxTime(t.Time, t.Last), now)
			row.Last = cmp.Or(oneLine(t.Note), row.Last)
		}
		rows = append(rows, row)
	}
	return rows
}

// states are those of recipients, those first that somebody may have to look after.
var states = [...]mta.State{mta.Bounced, mta.Refused, mta.Deferred, mta.Held, mta.Queued, mta.Relayed, mta.Delivered, mta.Discarded, mta.Caught, ""}

func urgency(s mta.State) int { return slices.Index(states[:], s) }

// countsWords say how many recipients are in each state: "2 deferred · 97 relayed".
func countsWords(counts map[mta.State]int) string {
	words := ""
	for _, s := range states {
		if n := counts[s]; n > 0 && s != "" {
			if words != "" {
				words += " · "
			}
			words += Count(n) + " " + string(s)
		}
	}
	return words
}
