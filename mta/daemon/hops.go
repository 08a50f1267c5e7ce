package daemon

import (
	"cmp"
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
)

// maxHops is how many Received fields a message may have, with ours: sendmail's MaxHopCount. One with more goes round in circles (RFC 5321
// §6.3).
const maxHops = 25

// hops counts the machines that a message came by.
func hops(c *qf.Control) int {
	n := 0
	for _, h := range c.Header {
		if name, _, _ := strings.Cut(h.Text, ":"); strings.EqualFold(strings.TrimRight(name, " \t"), "received") {
			n++
		}
	}
	return n
}

// tooManyHops is what sendmail says of such a message.
func tooManyHops(n int, g group) mta.Status {
	var to []string
	for _, i := range g.rcpts {
		to = append(to, g.env.Recipients[i].Address.Path())
	}
	c := route.ClientOf(&g.env.Origin)
	via := "localhost"
	if c.IP.IsValid() {
		via = cmp.Or(c.Name, "["+c.IP.String()+"]")
	}
	return mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 6},
		Text: fmt.Sprintf("Too many hops %d (%d max): from %s via %s, to %.200s", n, maxHops, g.env.Sender.Path(), via, strings.Join(to, ","))}
}
