package route

import (
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
)

// IsSMTP says that a mailer speaks SMTP to another host.
func IsSMTP(mailer string) bool { return smtpMailers[mailer] }

// smtpMailers are sendmail's mailers that speak SMTP.
var smtpMailers = map[string]bool{ESMTP: true, Relay: true, SMTP: true, SMTP8: true, DSMTP: true}

// mailer looks a's domain up in the mailertable. ok is false when it says nothing of it; near are entries that
// look as if they did. by says whether a "hold:" in front, or "catch:", counts; an entry that names a host makes it byTable.
func (r *Router) mailer(a address.Address, by *leave) (l Leaf, ok bool, near []mta.Step) {
	domain := fold(a.Domain)
	if r.config.Mailers == nil || domain == "" || strings.HasPrefix(domain, "[") { // address literals are dialled, whatever tables say
		return l, false, nil
	}
	t := r.table(r.config.Mailers)
	m, ok, err := table.Mailer(t, domain)
	if err != nil {
		return r.refused(a, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "mailertable unavailable", Err: err}), true, nil
	}
	if !ok {
		return l, false, r.nearMailer(t, a, domain)
	}
	step := mta.Step{Rule: "mailertable", File: m.File, Line: m.Line, Key: m.Key, In: a.String(), Out: m.Result}
	if lines := again(t, m.Entry); len(lines) > 0 {
		step.Note = fmt.Sprintf("the same key is in line %s, which is not in force", strings.Trim(fmt.Sprint(lines), "[]"))
	}
	name, host, found := strings.Cut(m.Result, ":")
	if !found || strings.HasPrefix(name, "[") {
		step.Out, step.Note = a.String(), fmt.Sprintf("%q names no mailer, so that this entry does not count; write esmtp:%s", m.Result, m.Result)
		return l, false, []mta.Step{step}
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if name == Hold && *by != byTables || name == Catch && *by == byRelease {
		step.Note = "it was released"
		if host = strings.TrimSpace(host); host == "" || name == Catch {
			l = r.external(a)
			l.Steps = append([]mta.Step{step}, l.Steps...)
			return l, true, nil
		}
		name, host, _ = strings.Cut(host, ":")
	}
	if l = r.triple(a, strings.ToLower(name), strings.TrimSpace(host)); l.Mailer == Sim {
		step.Note = strings.TrimPrefix(step.Note+"; a simulated host: nothing leaves the machine", "; ")
	}
	if l.Steps = []mta.Step{step}; smtpMailers[l.Mailer] {
		*by = max(*by, byTable)
	}
	return l, true, nil
}

// triple makes a destination of mailer:host, as MailerToTriple does.
func (r *Router) triple(a address.Address, mailer, host string) Leaf {
	to := Leaf{Address: a, Destination: mta.Destination{Mailer: mailer, Host: host, User: user(a)}}
	switch {
	case mailer == Error:
		code, text := cutCode(spoken(host))
		if code == "" {
			if word, rest, ok := strings.Cut(text, ":"); ok && !strings.ContainsAny(word, ` "`) { // error:nouser:text
				text = rest
			}
		}
		return r.refused(a, statusOf(code, text))
	case mailer == Local:
		name := a.Local
		if host != "" {
			name, _, _ = strings.Cut(host, "@")
		}
		to.Host, to.User, to.Address = "", Mailbox(name), address.Address{Local: name}
	case mailer == Catch, mailer == Hold, mailer == Discard:
		to.Host = ""
	case mailer == Sim:
		if _, err := simulate.NewHost(host); err != nil { // it never leaves the machine, so that leaves has no say
			return r.refused(a, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "mailertable: sim:" + host + ": " + err.Error()})
		}
		to.Host = strings.ToLower(host)
	case !smtpMailers[mailer]:
		return r.refused(a, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "buildaddr: unknown mailer " + mailer})
	case host == "":
		return r.refused(a, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "mailertable: " + mailer + ": no host"})
	case strings.Contains(host, "@"): // esmtp:user@host: all of it is for that one user there
		who, err := address.Parse(host)
		if err != nil || who.Local == "" || who.Domain == "" {
			return r.refused(a, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "mailertable: " + mailer + ":" + host + ": no user at a host"})
		}
		to.Host, to.User = who.Domain, user(who)
	}
	return to
}

// refused is a leaf that no mail can go to, as a table or a setting says.
func (r *Router) refused(a address.Address, why mta.Status) Leaf {
	return Leaf{Destination: mta.Destination{Mailer: Error, User: a.String()}, Address: a, Status: why}
}

// nearMailer tells of the key for a domain that stands for hosts below it only.
func (r *Router) nearMailer(t table.Table, a address.Address, domain string) []mta.Step {
	e, ok, err := t.Get("." + domain)
	if !ok || err != nil {
		if _, parent, more := strings.Cut(domain, "."); more {
			if e, ok, err = t.Get(parent); ok && err == nil {
				return []mta.Step{{Rule: "mailertable", File: e.File, Line: e.Line, Key: e.Key, In: a.String(), Out: a.String(),
					Note: "this key is for " + parent + " alone; hosts below it need ." + parent}}
			}
		}
		return nil
	}
	return []mta.Step{{Rule: "mailertable", File: e.File, Line: e.Line, Key: e.Key, In: a.String(), Out: a.String(),
		Note: "this key is for hosts below " + domain + ", not for " + domain + " itself"}}
}
