package daemon

import (
	"fmt"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/route"
)

// bounds is how much may leave on a day.
type bounds struct {
	count *gate.Counter // nil counts nothing
	most  int           // 0 for no cap
}

func (d *Daemon) bounds() bounds {
	b := bounds{d.Count, d.rules().DailyCap}
	if b.count == nil && b.most > 0 {
		b.most = -1 // a cap without a count would bound nothing
	}
	return b
}

// ration takes those groups out that would leave and for which the day's cap has no room, and counts the others. Either all recipients
// of a group leave or none: half a list that got a message is worse than none.
func (j *job) ration(groups []group) []group {
	b := j.d.bounds()
	if b.most == 0 {
		return groups
	}
	var may []group
	for _, g := range groups {
		if _, known := j.foregone(g); known || !route.IsSMTP(g.mailer) { // nothing is dialled
			may = append(may, g)
			continue
		}
		n := len(g.rcpts)
		var err error
		if b.count != nil {
			g.counted, err = b.count.Take(n, b.most)
		}
		if g.counted {
			may = append(may, g)
			continue
		}
		j.capped = fmt.Sprintf("[delivery] daily_cap = %d has no room for %d more today", b.most, n)
		if err != nil {
			j.capped = err.Error()
		}
		for _, i := range g.rcpts {
			r := &j.env.Recipients[i]
			told(r, []mta.Step{{Rule: "daily_cap", In: r.Address.String(), Out: string(mta.Held), Note: j.capped}})
			j.run.say("%s... held: %s", r.Address.Path(), j.capped)
		}
	}
	return may
}

// unused gives back what ration counted for recipients whose mail surely did not leave.
func (j *job) unused(res result) {
	b := j.d.bounds()
	if !res.counted || b.count == nil {
		return
	}
	n := 0
	for _, st := range res.status {
		broken := st.Temporary() && st.RemoteMTA == "" && !unreachable(st) // without an answer the host may have the message
		if !st.OK() && !broken {
			n++
		}
	}
	j.d.problem("count of what left today", b.count.Give(n))
}

// holdCapped holds a message back that the cap has no room for, until the user lets it go, and says so.
func (j *job) holdCapped() {
	if j.capped == "" || len(j.at) == 0 || len(j.turn.hosts) > 0 && j.run.verbose == nil { // it comes again for its other hosts
		return
	}
	j.d.problem("message held", fmt.Errorf("%s (%s); it is kept, let it go another day or raise the cap", j.capped, j.d.Now().Format("2 January")))
	if err := j.hold(j.capped); err != nil {
		j.d.problem("queue entry "+j.turn.id, err) // it stays in the queue, and the next run asks again
	}
}

// parts cuts a group into what one call of its mailer is for: the whole, or each recipient who is redirected, since each copy
// says whose it is.
func (g group) parts() []group {
	if len(g.redirected) == 0 {
		return []group{g}
	}
	var all []group
	for _, i := range g.rcpts {
		part := g
		env := *g.env
		env.Recipients = slices.Clone(g.env.Recipients)
		r := &env.Recipients[i]
		part.rcpts, part.env = []int{i}, &env
		if to, is := g.redirected[i]; is {
			part.originally = r.Address.String()
			if r.Original == "" {
				r.Original = originalType(part.originally) + ";" + part.originally
			}
			r.Address = to
		}
		all = append(all, part)
	}
	return all
}

// originalType is the address type of an ORCPT parameter: RFC 3461 §4.2, RFC 6533 §3.
func originalType(address string) string {
	if strings.ContainsFunc(address, func(c rune) bool { return c > '~' }) {
		return "utf-8"
	}
	return "rfc822"
}

// originally is the header field that tells for whom a redirected copy was, "" where it is not redirected.
func originally(address string) string {
	if address == "" {
		return ""
	}
	return "X-Original-To: " + visible(address) + "\n"
}

// sayAll prints for verbose runs what all of a group hear.
func (j *job) sayAll(g group, st mta.Status) {
	for _, i := range g.rcpts {
		j.run.say("%s... %s", g.env.Recipients[i].Address.Path(), maillog.Stat(st))
	}
}

// inName has a recipient called at its host as the mailertable says: esmtp:user@host.
func inName(r *mta.Recipient, l route.Leaf) {
	who, err := address.Parse(l.User)
	if err != nil || !route.IsSMTP(l.Mailer) || !l.Redirected.IsNull() || who.Domain == "" || who.Equal(r.Address) {
		return
	}
	if r.Original == "" {
		r.Original = originalType(r.Address.String()) + ";" + r.Address.String()
	}
	r.Address = who
}

// changed notes what the mailer had to change in the text on its way.
func changed(r *mta.Recipient, mailer string, st mta.Status) {
	note := func(key, format string, a ...any) {
		told(r, []mta.Step{{Rule: "mailer", Key: key, In: r.Address.String(), Out: mailer, Note: fmt.Sprintf(format, a...)}})
	}
	if st.Recoded > 0 {
		note("8BITMIME", "%s does not offer 8BITMIME: %d parts of the text were encoded on the way, as sendmail does", st.RemoteMTA, st.Recoded)
	}
	if st.Cut > 0 {
		note("L=990", "%d lines of the text were longer than 990 octets and were cut on the way, as sendmail does", st.Cut)
	}
}

// maxStatus is how much of a host's words the control file has, in octets, which sendmail reads, too. The record has all of them.
const maxStatus = 1000

func brief(s string) string {
	if len(s) > maxStatus {
		s = strings.ToValidUTF8(s[:maxStatus], "")
	}
	return s
}
