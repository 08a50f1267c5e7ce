package route

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// The values of Features.DelayChecks.
const (
	DelayNone   = ""
	DelayAll    = "yes"
	DelayFriend = "friend" // Spam:ADDRESS FRIEND keeps a recipient out of the checks of client and sender
	DelayHater  = "hater"  // Spam:ADDRESS HATER is who gets them
)

// Client is who connects.
type Client struct {
	Name string     // its host name, "" for none
	IP   netip.Addr // not valid for the sendmail command, which counts as 127.0.0.1
	User string     // the user that it has authenticated as; "" for none
}

// ClientOf is the client behind an origin.
func ClientOf(o *mta.Origin) Client {
	ap, err := netip.ParseAddrPort(o.Client)
	if err != nil {
		return Client{}
	}
	c := Client{Name: o.Name, IP: ap.Addr().Unmap()}
	if o.UID < 0 { // else it is the name of a system user
		c.User = o.User
	}
	return c
}

// whole gives c with the name that sendmail has for it: the address in brackets where there is none.
func (c Client) whole() Client {
	if !c.IP.IsValid() {
		return Client{Name: "localhost", IP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), User: c.User}
	}
	if c.Name == "" {
		c.Name = "[" + table.Literal(c.IP) + "]"
	}
	return c
}

// Verdict is what a check says. The zero value takes what was checked.
type Verdict struct {
	Refusal    mta.Status // for the client; Code 0 for none
	Discard    bool       // take the message and throw it away
	Quarantine string     // take the message and hold it, for this reason
	Keep       bool       // take it, but it must not leave: production would have refused it
	Steps      []mta.Step
}

// CheckRelay is sendmail's check_relay: may the client connect?
func (r *Router) CheckRelay(c Client) Verdict {
	if r.DelaysChecks() {
		return Verdict{}
	}
	return r.checkRelay(c)
}

func (r *Router) checkRelay(c Client) Verdict {
	c = c.whole()
	m, ok, err := r.access("Connect:").Client(c.Name, c.IP)
	return r.verdict("check_relay", c.Name+" "+table.Literal(c.IP), m, ok, err, accessDenied)
}

// CheckMail is sendmail's check_mail: may there be mail from this sender?
func (r *Router) CheckMail(c Client, from address.Address) Verdict {
	if r.DelaysChecks() {
		return Verdict{}
	}
	return r.checkMail(c, from)
}

func (r *Router) checkMail(c Client, from address.Address) Verdict {
	if from.IsNull() {
		return Verdict{}
	}
	command := !c.IP.IsValid()
	c = c.whole()
	f := r.config.Features
	if r.isLoopbackName(from.Domain) && !r.isLocal(fold(c.Name)) && !f.AcceptUnqualifiedSenders {
		return r.strictly("check_mail", from, mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 5, 4}, Text: "Real domain name required for sender address"}, false)
	}
	m, ok, err := r.access("From:").Sender(r.canonical(r.inner(from)))
	v := r.verdict("check_mail", from.String(), m, ok, err, accessDenied)
	if !ok && err == nil && from.Domain == "" && !command && !f.AcceptUnqualifiedSenders {
		v = r.strictly("check_mail", from, mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 5, 4}, Text: "Domain name required for sender address " + from.String()}, false)
	}
	if !ok && err == nil && !command && v.Refusal.Code == 0 {
		if d := r.senderDomain(from); len(d.Steps) > 0 {
			v.Refusal, v.Steps = d.Refusal, append(v.Steps, d.Steps...)
		}
	}
	return v
}

var (
	accessDenied    = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 1}, Text: "Access denied"}
	mailboxDisabled = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 2, 1}, Text: "Mailbox disabled for this recipient"}
)

// CheckRcpt is sendmail's check_rcpt: may there be mail for this recipient, from this client?
func (r *Router) CheckRcpt(c Client, from, to address.Address) Verdict {
	return r.CheckRcptTLS(c, from, to, mta.Delayed{})
}

// CheckRcptTLS is CheckRcpt where the connection's TLS was not judged yet: with delay_checks that comes before the checks of sender and
// client, and spares neither spam's friends nor whom the client may relay to.
func (r *Router) CheckRcptTLS(c Client, from, to address.Address, tls mta.Delayed) Verdict {
	v, trusted := r.checkRcpt(c, from, to)
	if !r.DelaysChecks() || v.Refusal.Code != 0 || v.Discard {
		return v
	}
	v.Steps = append(v.Steps, tls.Steps...)
	if v.Refusal = tls.Refusal; v.Refusal.Code != 0 || trusted {
		return v
	}
	if stop, step, err := r.spam(to); err != nil {
		return unavailable("check_rcpt", to.String(), err)
	} else if stop {
		v.Steps = append(v.Steps, step...)
		return v
	}
	for _, check := range []func() Verdict{func() Verdict { return r.checkMail(c, from) }, func() Verdict { return r.checkRelay(c) }} {
		w := check()
		v.Steps = append(v.Steps, w.Steps...)
		v.Keep = v.Keep || w.Keep
		v.Discard = w.Discard
		if v.Quarantine == "" {
			v.Quarantine = w.Quarantine
		}
		if v.Refusal = w.Refusal; v.Refusal.Code != 0 || v.Discard {
			break
		}
	}
	return v
}

// DelaysChecks says that sender, client and TLS are judged at RCPT: FEATURE delay_checks.
func (r *Router) DelaysChecks() bool { return r.config.Features.DelayChecks != DelayNone }

// spam says whether the checks of client and sender are left out for a recipient.
func (r *Router) spam(to address.Address) (stop bool, steps []mta.Step, err error) {
	mode := r.config.Features.DelayChecks
	if mode == DelayAll {
		return false, nil, nil
	}
	a := r.access("Spam:")
	a.Only = true
	to = r.canonical(to).Qualify(r.config.Hostname)
	m, ok, err := a.Spam(to, r.isLocal(fold(to.Domain)))
	if err != nil {
		return false, nil, err
	}
	if ok {
		steps = []mta.Step{accessStep("check_rcpt", to.String(), m, strings.ToUpper(m.Value), "delay_checks: "+mode)}
	}
	return ok && strings.EqualFold(m.Value, "FRIEND") && mode == DelayFriend ||
		mode == DelayHater && !(ok && strings.EqualFold(m.Value, "HATER")), steps, nil
}

// checkRcpt is Basic_check_rcpt. trusted says that the client may do what it wants.
func (r *Router) checkRcpt(c Client, from, to address.Address) (v Verdict, trusted bool) {
	c = c.whole()
	in := to.String()
	to, err := r.parseRecipient(to)
	if err != nil {
		return unavailable("check_rcpt", in, err), false
	}
	local := to.Domain == "" || r.isLocal(fold(to.Domain))
	m, ok, err := r.access("To:").Recipient(r.canonical(to), local && to.Domain != "" || to.Domain == "")
	if ok || err != nil {
		v = r.verdict("check_rcpt", in, m, ok, err, mailboxDisabled)
		if v.Refusal.Code != 0 || v.Discard {
			return v, false
		}
	}
	if c.User != "" {
		v.Steps = append(v.Steps, mta.Step{Rule: "check_rcpt", In: in, Out: "RELAY", Note: "authenticated as " + c.User})
		return v, true
	}
	allowed, step, err := r.relayTo(to)
	if err == nil && !allowed {
		allowed, step, err = r.relayFrom(c, from)
	}
	switch {
	case err != nil:
		return unavailable("check_rcpt", in, err), false
	case allowed:
		if step.File != "" {
			step.In = in
			v.Steps = append(v.Steps, step)
		}
		return v, false
	}
	text := "Relaying denied. Proper authentication required."
	if strings.HasPrefix(c.Name, "[") {
		text = "Relaying denied. IP name lookup failed " + c.Name
	}
	w := r.strictly("check_rcpt", to, mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 1}, Text: text}, true)
	w.Steps = append(v.Steps, w.Steps...)
	w.Quarantine = v.Quarantine
	return w, false
}

// verdict makes a Verdict of what the access table says, denied being the answer to REJECT.
func (r *Router) verdict(rule, in string, m table.Match, ok bool, err error, denied mta.Status) Verdict {
	if err != nil {
		return unavailable(rule, in, err)
	}
	if !ok {
		if strings.EqualFold(m.Value, table.Skip) {
			return Verdict{Steps: []mta.Step{accessStep(rule, in, m, table.Skip, `in production this word needs FEATURE(access_db, …, skip)`)}}
		}
		return Verdict{Steps: r.nearAccess(rule, in, m.Tried)}
	}
	var v Verdict
	out := m.Value
	switch a := actionOf(m.Value); a.kind {
	case reject:
		v.Refusal = denied
	case refuse:
		v.Refusal = a.status
	case discard:
		v.Discard = true
	case quarantine:
		v.Quarantine = a.reason
	}
	if v.Refusal.Code != 0 {
		out = v.Refusal.Error()
	}
	v.Steps = []mta.Step{accessStep(rule, in, m, out, r.shadowed(m))}
	return v
}

// accessStep tells of an entry of the access table.
func accessStep(rule, in string, m table.Match, out, note string) mta.Step {
	return mta.Step{Rule: rule, File: m.File, Line: m.Line, Key: m.Key, In: in, Out: out, Note: note}
}

func classStep(rule, in string, e table.Entry) mta.Step {
	return mta.Step{Rule: rule, File: e.File, Line: e.Line, Key: e.Key, In: in, Out: "RELAY"}
}

func unavailable(rule, in string, err error) Verdict {
	s := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "Temporary system failure. Please try again later.", Err: err}
	return Verdict{Refusal: s, Steps: []mta.Step{{Rule: rule, In: in, Out: s.Error(), Note: err.Error()}}}
}

// strictly refuses where the settings are strict; else it notes what production would say. keep is for what must not leave then.
func (r *Router) strictly(rule string, a address.Address, s mta.Status, keep bool) Verdict {
	step := mta.Step{Rule: rule, In: a.String(), Out: s.Error()}
	if r.config.Strict {
		return Verdict{Refusal: s, Steps: []mta.Step{step}}
	}
	step.Out, step.Note = "OK", "strict production would say "+s.Error()
	if keep {
		step.Out = Catch
	}
	return Verdict{Keep: keep, Steps: []mta.Step{step}}
}

// shadowed tells which other lines would have said something, were it not for the one that matched.
func (r *Router) shadowed(m table.Match) string {
	lines := r.again(m.Entry)
	if len(lines) == 0 {
		return ""
	}
	slices.Sort(lines)
	return fmt.Sprintf("the same key is in line %s, which is not in force", strings.Trim(fmt.Sprint(lines), "[]"))
}
