package daemon

import (
	"slices"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
)

// match finds the record's recipient for each one in the control file. The queue is the truth about who waits: a recipient that
// the record says waits and the queue does not have was taken by another program; one that the record calls done is
// not tried again, because the record is written before the queue.
func (j *job) match(open []mta.Recipient) {
	places := make(map[string][]int, len(j.env.Recipients))
	for _, waiting := range []bool{true, false} { // an alias that names itself and a program is there twice
		for i, r := range j.env.Recipients {
			if key := r.Address.Fold().String(); waiting == (waits(r) || r.State == mta.Held) {
				places[key] = append(places[key], i)
			}
		}
	}
	matched := make([]bool, len(j.env.Recipients))
	var left []qf.Recipient
	for k, r := range open {
		key := r.Address.Fold().String()
		i := len(j.env.Recipients)
		if here := places[key]; len(here) > 0 {
			i, places[key] = here[0], here[1:]
			matched[i] = true
			switch r := &j.env.Recipients[i]; {
			case r.State == mta.Held, isTaken(*r): // whoever takes a held message in hand means it; a queue may be moved and come back
				if r.State = mta.Queued; r.Mailer != route.Error {
					r.Last = mta.Status{}
				}
			case !waits(*r):
				continue
			}
		} else {
			j.env.Recipients = append(j.env.Recipients, r)
		}
		left = append(left, j.control.Recipients[k])
		j.at = append(j.at, i)
	}
	j.control.Recipients = left
	for i, is := range matched {
		if r := &j.env.Recipients[i]; !is && waits(*r) {
			taken(r, j.d.Now())
		}
	}
}

// taken marks a recipient that another program took out of the queue. What it did with it we cannot know.
func taken(r *mta.Recipient, now time.Time) {
	r.State = mta.Relayed
	r.Last = mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: takenText}
	r.Steps = append(slices.Clone(r.Steps), mta.Step{Rule: "queue", In: r.Address.String(), Out: string(mta.Relayed),
		Note: "another program that works on the queue directory delivered, returned or removed it"})
	r.Turns = mta.Turned(r.Turns, mta.Turn{Time: now, State: r.State, Note: takenText})
}

const takenText = "taken from the queue by another program"

func isTaken(r mta.Recipient) bool {
	return r.State == mta.Relayed && r.Last.Text == takenText && r.Last.RemoteMTA == ""
}
