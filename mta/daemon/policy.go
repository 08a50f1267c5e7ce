package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
)

// Connect asks the access table about a client: check_relay, and how many connections it may have.
func (d *Daemon) Connect(_ context.Context, o *mta.Origin) error {
	d.Sink(mta.Event{Time: d.Now(), Kind: mta.Connected, Session: o.Session})
	router := d.rules().Router
	if router == nil {
		return nil
	}
	c := route.ClientOf(o)
	open, rate := d.clients.connected(c.IP, d.Now())
	v := router.CheckRelay(c)
	if v.Refusal.Code == 0 {
		v = router.CheckLimits(c, open, rate)
	}
	if v.Refusal.Code != 0 {
		d.logRefusal("", "check_relay", client(o), o, v.Refusal, "")
		return v.Refusal
	}
	return nil
}

// Mail asks the access table about a sender: check_mail.
func (d *Daemon) Mail(_ context.Context, env *mta.Envelope) error {
	router := d.rules().Router
	if router == nil {
		return nil
	}
	router = router.For(&env.Origin)
	c := route.ClientOf(&env.Origin)
	first := router.CheckRelay(c)
	if first.Quarantine != "" {
		first.Quarantine = "" // as sendmail has it
		first.Steps[0].Note = "QUARANTINE for a client does nothing before delay_checks: sendmail forgets it at MAIL"
	}
	for _, v := range []route.Verdict{first, router.CheckMail(c, env.Sender)} {
		env.Steps = append(env.Steps, v.Steps...)
		if v.Refusal.Code != 0 {
			d.logRefusal(env.ID, "check_mail", env.Sender.Path(), &env.Origin, v.Refusal, env.Sender.Path())
			return v.Refusal
		}
		heed(env, v)
	}
	return nil
}

// Rcpt asks the tables about a recipient: check_rcpt, then whether mail for it leads anywhere.
func (d *Daemon) Rcpt(_ context.Context, env *mta.Envelope, r *mta.Recipient) error {
	if r.Address.IsNull() {
		return mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 0, 0}, Text: "User address required"}
	}
	router := d.rules().Router
	if router == nil {
		return nil
	}
	router = router.For(&env.Origin)
	l := router.Answer(r.Address)
	if l.Mailer == route.Error && l.Status.Code != 0 { // sendmail, too, asks its tables where to before it asks whether
		r.Steps = append(r.Steps, l.Steps...)
		return l.Status
	}
	v := router.CheckRcptTLS(route.ClientOf(&env.Origin), env.Sender, r.Address, env.Delayed)
	r.Steps = append(r.Steps, v.Steps...)
	if v.Refusal.Code != 0 {
		d.logRefusal(env.ID, "check_rcpt", r.Address.Path(), &env.Origin, v.Refusal, r.Address.Path())
		return v.Refusal
	}
	heed(env, v)
	if v.Keep {
		r.State, r.Mailer = mta.Caught, route.Catch
		return nil
	}
	if unknown := router.Unknown(l); unknown.Code != 0 {
		r.Steps = append(r.Steps, l.Steps...)
		return unknown
	}
	return nil
}

// heed takes over what a check says of the message as a whole.
func heed(env *mta.Envelope, v route.Verdict) {
	env.Discard = env.Discard || v.Discard
	if env.Quarantine == "" {
		env.Quarantine = v.Quarantine
	}
}

// client is how sendmail's log names a client.
func client(o *mta.Origin) string {
	c := route.ClientOf(o)
	switch {
	case !c.IP.IsValid():
		return "localhost"
	case c.Name == "":
		return "[" + c.IP.String() + "]"
	}
	return c.Name + " [" + c.IP.String() + "]"
}

// logRefusal writes sendmail's line for a refusal.
func (d *Daemon) logRefusal(id, rule, arg string, o *mta.Origin, s mta.Status, named string) {
	if id == "" {
		id = "NOQUEUE"
	}
	if named != "" && (s.Code == 450 || s.Code == 550 || s.Code == 553) {
		s.Text = named + "... " + s.Text
	}
	d.MailLog.Line(id, fmt.Sprintf("ruleset=%s, arg1=%s, relay=%s, reject=%s", rule, arg, client(o), s.Error()))
	if s.Err != nil { // for us alone
		d.problem(rule, s.Err)
	}
}

// clients counts who is connected, and how often they came in the last minute.
type clients struct {
	mu   sync.Mutex
	open map[netip.Addr]int
	came map[netip.Addr][]time.Time
}

const (
	rateWindow = time.Minute // sendmail's ConnectionRateWindowSize
	maxCame    = 10_000      // addresses whose connections are counted; then those that are old are forgotten
	maxRate    = 10_000      // connections of one address that are counted in a window
)

// connected counts a connection and says how many the client has now, and had begun in the last minute.
func (c *clients) connected(ip netip.Addr, now time.Time) (open, rate int) {
	if !ip.IsValid() {
		return 0, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open, c.came = make(map[netip.Addr]int), make(map[netip.Addr][]time.Time)
	}
	if len(c.came) > maxCame {
		for other, times := range c.came {
			if now.Sub(times[len(times)-1]) > rateWindow {
				delete(c.came, other)
			}
		}
	}
	times := c.came[ip]
	for len(times) > 0 && (now.Sub(times[0]) > rateWindow || len(times) >= maxRate) {
		times = times[1:]
	}
	c.came[ip] = append(times, now)
	c.open[ip]++
	return c.open[ip], len(c.came[ip])
}

// gone counts a connection that ended.
func (c *clients) gone(o *mta.Origin) {
	ip := route.ClientOf(o).IP
	if !ip.IsValid() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[ip]--; c.open[ip] <= 0 {
		delete(c.open, ip)
	}
}
