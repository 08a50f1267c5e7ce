package rewrite

import (
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// passage is one address on its way through the rules. The names in capitals are sendmail's rulesets.
type passage struct {
	r      *Rewriter
	in     address.Address
	kind   Kind
	local  string
	domain string // "" for none
	here   bool   // no domain was given, and ours belongs there: sendmail's *LOCAL*
	steps  []mta.Step
}

func (p *passage) now() address.Address {
	if p.here {
		return address.Address{Local: p.local, Domain: p.r.c.Hostname}
	}
	return address.Address{Local: p.local, Domain: p.domain}
}

func (p *passage) step(rule string, in address.Address, e table.Entry, note string) {
	p.steps = append(p.steps, mta.Step{Rule: rule, File: e.File, Line: e.Line, Key: e.Key, In: in.String(), Out: p.now().String(), Note: note})
}

// isLocal is sendmail's class w.
func (p *passage) isLocal(domain string) bool {
	if p.r.c.Local == nil {
		return strings.EqualFold(domain, p.r.c.Hostname)
	}
	return p.r.c.Local(domain)
}

// canonify is ruleset 3 (canonify, Canonify2).
func (p *passage) canonify() {
	p.local, p.domain, p.here = p.in.Local, strings.TrimSuffix(p.in.Domain, "."), false
	if i := strings.LastIndexByte(p.local, '%'); p.domain == "" && i > 0 && i < len(p.local)-1 && !strings.Contains(p.local, "!") {
		p.local, p.domain = p.local[:i], p.local[i+1:] // user%host
	}
	d := fold(p.domain)
	if d == "" || p.r.c.Hostname == "" {
		return
	}
	ours := d == "localhost" || p.r.domain != "" && d == "localhost."+p.r.domain || d[0] == '[' && p.isLocal(d)
	if ours {
		p.domain = p.r.c.Hostname
		p.step("canonify", p.in, table.Entry{}, "this machine by another name")
	}
}

// masquerade is ruleset 93 (MasqHdr).
func (p *passage) masquerade() error {
	done, err := p.generics()
	if done || err != nil {
		return err
	}
	before, m := p.now(), p.r.c.Masquerade
	domain := fold(p.domain)
	if p.domain != "" && within(p.r.exceptions, domain) {
		if m.As != "" {
			p.step("masquerade", before, table.Entry{}, "a domain that is excepted")
		}
		return nil
	}
	if m.As == "" {
		return nil
	}
	inM := p.r.disguised[domain] || m.EntireDomain && within(p.r.disguised, domain)
	switch inW := p.domain != "" && !m.Limited && p.isLocal(domain); {
	case !p.here && !inM && !inW:
		return nil
	case p.r.exposed[table.Fold(p.local)]:
		p.step("masquerade", before, table.Entry{}, "an exposed user")
		return nil
	}
	p.domain, p.here = m.As, false
	if p.now() != before {
		p.step("masquerade", before, table.Entry{}, "")
	}
	return nil
}

// generics asks the genericstable. It is done with the address when that gave it another domain; a name
// without one goes on as a name of this machine.
func (p *passage) generics() (done bool, err error) {
	c := &p.r.c
	if c.Generics == nil {
		return false, nil
	}
	asked, before := p.now(), p.now()
	if p.here {
		asked.Domain = ""
	}
	match, found, err := table.Generic(c.Generics, asked, c.Hostname)
	if err != nil || !found {
		return false, err
	}
	if !p.here {
		in, err := p.inClassG()
		if err != nil {
			return false, err
		}
		if !in {
			p.step("genericstable", before, match.Entry, p.domain+" is not in class G: the entry is not for this address")
			return false, nil
		}
	}
	to, err := address.Parse(match.Result)
	if err != nil || to.IsNull() {
		p.step("genericstable", before, match.Entry, "the value makes no address: "+match.Result)
		return false, nil
	}
	if to.Domain == "" {
		p.local, p.domain, p.here = to.Local, "", true
		p.step("genericstable", before, match.Entry, "")
		return false, nil
	}
	steps := p.steps
	*p = passage{r: p.r, in: to, kind: p.kind}
	p.canonify()
	p.steps = steps // the canonical name is part of the answer
	p.step("genericstable", before, match.Entry, "")
	return true, nil
}

func (p *passage) inClassG() (bool, error) {
	if p.r.c.GenericsDomains == nil {
		return false, nil
	}
	class, err := p.r.c.GenericsDomains()
	if err != nil {
		return false, err
	}
	_, in := class.Has(p.domain)
	if !in && p.r.c.EntireDomain {
		_, in = class.Within(p.domain)
	}
	return in, nil
}

// spared tells what masquerade_envelope would have made of the envelope sender.
func (p *passage) spared() error {
	would := *p
	would.steps = nil
	if err := would.masquerade(); err != nil {
		return err
	}
	before, after := p.now(), would.now()
	if before == after {
		p.steps = append(p.steps, would.steps...) // near misses
		return nil
	}
	var e table.Entry
	if n := len(would.steps); n > 0 {
		s := would.steps[0]
		e = table.Entry{File: s.File, Line: s.Line, Key: s.Key}
	}
	p.step("masquerade_envelope", before, e, "the envelope sender is left alone without masquerade_envelope; with it "+after.String())
	return nil
}

// end is ruleset 4 (final).
func (p *passage) end() address.Address {
	if p.here {
		if p.domain, p.here = p.r.c.Hostname, false; p.in.Domain == "" && p.domain != "" && p.local == p.in.Local {
			p.step("qualify", p.in, table.Entry{}, "a name without a domain gets this machine's")
		}
	}
	if i := strings.LastIndexByte(p.local, '%'); i > 0 && p.domain != "" { // u%host@host
		if inner := p.local[i+1:]; inner != "" && p.isLocal(fold(inner)) && p.isLocal(fold(p.domain)) {
			before := p.now()
			p.local, p.domain = p.local[:i], inner
			p.step("final", before, table.Entry{}, "the same machine twice")
		}
	}
	return p.now()
}
