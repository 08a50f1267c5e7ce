package route

import (
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/table"
)

// Limits hold for clients that the access table has no number for.
type Limits struct {
	Connections int           // at a time; 0 for no limit
	Rate        int           // that begin within a minute; 0 for no limit
	Pause       time.Duration // how long the greeting is held back
}

// CheckLimits is sendmail's RateControl and ConnControl: a client's own number with the tag ClientRate: or ClientConn:, or the one
// behind the bare tag, or that of Config.Limits. open is how many connections the client has with this one, rate how many it began in the last minute.
func (r *Router) CheckLimits(c Client, open, rate int) Verdict {
	if !c.IP.IsValid() {
		return Verdict{}
	}
	own := r.config.Limits
	for _, limit := range []struct {
		tag, text    string
		count, other int
	}{{"ClientRate:", "Connection rate limit exceeded.", rate, own.Rate}, {"ClientConn:", "Too many open connections.", open, own.Connections}} {
		m, n, err := r.limit(limit.tag, c, limit.other)
		if err != nil {
			return unavailable("check_relay", limit.tag, err)
		}
		if n > 0 && limit.count > n {
			s := mta.Status{Code: 421, Enhanced: mta.Enhanced{4, 3, 2}, Text: limit.text}
			return Verdict{Refusal: s, Steps: []mta.Step{accessStep("check_relay", table.Literal(c.IP), m, s.Error(), strconv.Itoa(limit.count)+" connections")}}
		}
	}
	return Verdict{}
}

// Pause is how long the greeting is held back from a client: the milliseconds of GreetPause:, else Config.Limits. Five minutes is the most.
func (r *Router) Pause(c Client) time.Duration {
	if !c.IP.IsValid() {
		return 0
	}
	c = c.whole()
	look := r.access("GreetPause:")
	look.Only = true
	m, ok, err := look.Client(c.Name, c.IP)
	if err != nil || !ok {
		return min(r.config.Limits.Pause, 5*time.Minute)
	}
	n, err := strconv.Atoi(strings.TrimSpace(m.Value))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Millisecond, 5*time.Minute)
}

// limit gives the number for a client, 0 for none, and other where the table has nothing for it.
func (r *Router) limit(tag string, c Client, other int) (table.Match, int, error) {
	look := r.access(tag)
	look.Only = true
	m, ok, err := look.Limit(c.IP)
	if err != nil {
		return m, 0, err
	}
	if !ok {
		return m, other, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(m.Value))
	if err != nil || n < 0 {
		return m, 0, nil // check tells of it
	}
	return m, n, nil
}

// Unknown is the refusal of mail for a local name that nobody has, in strict mode; Code 0 when all is well. Aliases are somebody.
func (r *Router) Unknown(l Leaf) mta.Status {
	if l.Mailer != Local || !r.config.Strict || r.config.Known == nil {
		return mta.Status{}
	}
	if r.config.Aliases != nil {
		db, err := r.config.Aliases()
		if err != nil {
			return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "alias database unavailable", Err: err}
		}
		if _, ok := db.Lookup(l.Address.Local); ok {
			return mta.Status{}
		}
	}
	return r.known(l).Status
}

// known refuses a leaf whose mailbox nobody has; off strict mode it notes that production would.
func (r *Router) known(l Leaf) Leaf {
	if l.Mailer != Local || r.config.Known == nil || r.config.Known(l.User) {
		return l
	}
	v := r.strictly("local", l.Address, mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "User unknown"}, false)
	if v.Refusal.Code != 0 {
		l.Destination, l.Status = mta.Destination{Mailer: Error, User: l.Address.String()}, v.Refusal
	}
	l.Steps = append(l.Steps, v.Steps...)
	return l
}
