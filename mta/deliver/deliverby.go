package deliver

import (
	"fmt"
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// inTime says why a message that is to be returned rather than late cannot go to this host, as sendmail does: one that does not
// offer DELIVERBY must not have it (RFC 2852 §4.1.4.2), nor one that needs longer than is left. The zero Status is none.
func (t *transaction) inTime() mta.Status {
	env := t.job.Envelope
	if env.By.Mode != mta.ByReturn {
		return mta.Status{}
	}
	no := mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 7}}
	least, offered := t.conn.deliverBy()
	left := env.By.Left(env.Arrival, t.now())
	switch {
	case !offered:
		no.Text = "Server does not support Deliver By"
	case left < least:
		no.Text = fmt.Sprintf("Message can't be delivered in time; %d < %d", left, least)
	default:
		return mta.Status{}
	}
	return no
}

// deliverBy is the BY parameter with the time that is left, RFC 2852 §4.1.4.1; "" where there is none or the host would not know it.
func (t *transaction) deliverBy() string {
	env := t.job.Envelope
	least, offered := t.conn.deliverBy()
	if env.By.Mode == "" || !offered {
		return ""
	}
	left := env.By.Left(env.Arrival, t.now())
	if env.By.Mode == mta.ByReturn {
		left = max(left, least, 1) // a second has passed since the time was found to be enough; R is for times to come only
	}
	trace := ""
	if env.By.Trace {
		trace = "T"
	}
	return fmt.Sprintf(" BY=%d;%s%s", left, env.By.Mode, trace)
}

// deliverBy says whether the host offers DELIVERBY, and the least time that it takes, 0 for any (RFC 2852 §3).
func (c *conn) deliverBy() (least int64, offered bool) {
	args, offered := c.ext["DELIVERBY"]
	first, _, _ := strings.Cut(strings.TrimSpace(args), " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n < 0 || n > 999_999_999 {
		n = 0
	}
	return n, offered
}
