package route

import (
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// maxVirtual is how many entries of the virtusertable may lead to one another.
const maxVirtual = 30

// virtual follows the virtusertable from an address. to is where it ends; via are the addresses on the way there. With
// failed, an entry says that mail cannot go there.
func (r *Router) virtual(a address.Address) (to address.Address, via []address.Address, steps []mta.Step, failed mta.Status) {
	for range maxVirtual {
		m, ok, near, err := r.virtualEntry(a)
		if err != nil {
			return a, via, steps, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "virtusertable unavailable", Err: err}
		}
		if !ok {
			return a, via, append(steps, near...), failed
		}
		step := mta.Step{Rule: "virtusertable", File: m.File, Line: m.Line, Key: m.Key, In: a.String(), Out: m.Result}
		if lines := again(r.table(r.config.Virtusers), m.Entry); len(lines) > 0 {
			step.Note = fmt.Sprintf("the same key is in line %s, which is not in force", strings.Trim(fmt.Sprint(lines), "[]"))
		}
		steps = append(steps, step)
		if rest, ok := cutFold(m.Result, "error:"); ok {
			return a, via, steps, virtualError(rest)
		}
		next, err := parseTarget(m.Result)
		if err != nil {
			enhanced, text := address.Complaint(err)
			return a, via, steps, mta.Status{Code: 553, Enhanced: enhanced, Text: text}
		}
		via = append(via, a)
		if next.Equal(a) {
			break
		}
		a = next
	}
	return a, via, steps, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 6}, Text: fmt.Sprintf("virtusertable leads back to itself, or further than %d entries", maxVirtual)}
}

// virtualEntry looks one address up, when its domain is one that the virtusertable is for. near are those that it is not for.
func (r *Router) virtualEntry(a address.Address) (m table.Match, ok bool, near []mta.Step, err error) {
	if r.config.Virtusers == nil || a.Domain == "" {
		return m, false, nil, nil
	}
	domain := fold(a.Domain)
	_, ours, err := r.localEntry(domain)
	if err != nil {
		return m, false, nil, err
	}
	if !ours {
		if ours, err = r.isVirtual(domain); err != nil {
			return m, false, nil, err
		}
	}
	t := r.table(r.config.Virtusers)
	m, ok, err = table.Virtual(t, r.canonical(a))
	if ok && !ours {
		near = []mta.Step{{Rule: "virtusertable", File: m.File, Line: m.Line, Key: m.Key, In: a.String(), Out: a.String(),
			Note: domain + " is not in local-host-names or virtuser-domains, so that this entry does not count"}}
		return m, false, near, nil
	}
	return m, ok, nil, err
}

// isVirtual says that the virtusertable is for a folded domain that is not local.
func (r *Router) isVirtual(domain string) (bool, error) {
	class, err := r.class(r.config.VirtualDomains)
	if err != nil {
		return false, err
	}
	_, ok := class.Has(domain)
	if !ok && r.config.Features.VirtuserEntireDomain {
		_, ok = class.Within(domain)
	}
	return ok, nil
}

// virtualError reads what stands behind "error:" in the virtusertable: D.S.N:text, or a word and the text.
func virtualError(s string) mta.Status {
	s = spoken(s)
	if code, text := cutCode(s); code != "" {
		return statusOf(code, text)
	}
	_, text, ok := strings.Cut(s, " ")
	if !ok {
		text = s
	}
	return statusOf("", text)
}

// parseTarget reads where an entry leads: one address, in which host!user names the host, too.
func parseTarget(s string) (address.Address, error) {
	a, err := address.Parse(s)
	if err == nil && a.IsNull() {
		err = address.ErrUserRequired
	}
	if err != nil || a.Domain != "" {
		return a, err
	}
	if strings.Contains(s, ",") {
		return a, address.ErrRoute
	}
	if host, user, ok := strings.Cut(a.Local, "!"); ok && strings.Contains(host, ".") && user != "" {
		a = address.Address{Local: user, Domain: host}
	}
	return a, nil
}

// cutFold is strings.CutPrefix without regard to case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// again gives the lines of a table that have an entry's key and are not in force.
func again(t table.Table, e table.Entry) []int {
	m, _ := t.(*table.Map)
	return append([]int(nil), m.Again(e.Key)...)
}
