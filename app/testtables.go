package app

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
)

// testMaps are the names that sendmail.cf has for tables.
var testMaps = map[string]string{
	"access": tableAccess, "virtuser": tableVirtusers, "mailertable": tableMailers, "generics": tableGenerics,
	tableVirtusers: tableVirtusers, tableGenerics: tableGenerics,
}

// testClasses are sendmail's names of classes.
var testClasses = map[string]string{
	"w": classLocalHosts, "R": classRelayDomains, "t": classTrusted, "G": classGenerics, "{VirtHost}": classVirtuals,
}

// asksTable answers what is about tables; false when line is about something else.
func (t *testMode) asksTable(line string, words []string) bool {
	class, ok := strings.CutPrefix(line, "$=")
	if !ok && line != "=M" {
		class, ok = strings.CutPrefix(line, "=")
	}
	switch {
	case ok:
		t.class(class)
	case strings.HasPrefix(line, ".D"):
		t.define(line[2:])
	case words[0] == "/map" && len(words) >= 3:
		t.look(words[1], strings.TrimSpace(line[strings.Index(line, words[1])+len(words[1]):]))
	case words[0] == "/map":
		fmt.Fprintln(t.out, "Usage: /map mapname key")
	case words[0] == "check_relay":
		name, ip, _ := strings.Cut(strings.TrimSpace(line[len(words[0]):]), "$|")
		c := route.Client{Name: strings.TrimSpace(name)}
		c.IP, _ = netip.ParseAddr(strings.TrimPrefix(strings.TrimSpace(ip), "IPv6:"))
		t.verdict("check_relay", strings.TrimSpace(line[len(words[0]):]), t.router.CheckRelay(c))
	case words[0] == "check_mail" && len(words) == 2, words[0] == "check_rcpt" && len(words) == 2:
		a, err := address.Parse(words[1])
		if err != nil {
			_, text := address.Complaint(err)
			fmt.Fprintf(t.out, "%s... %s\n", words[1], text)
			return true
		}
		v := route.Verdict{}
		if words[0] == "check_mail" {
			v = t.router.CheckMail(t.client, a)
		} else {
			v = t.router.CheckRcpt(t.client, t.from, a)
		}
		t.verdict(words[0], a.Path(), v)
	default:
		return false
	}
	return true
}

// verdict prints what a check says, in the form that rulesets have.
func (t *testMode) verdict(rule, in string, v route.Verdict) {
	for _, s := range v.Steps {
		t.step(s)
	}
	returns := "OK"
	switch {
	case v.Refusal.Code != 0:
		returns = fmt.Sprintf("$# error $@ %s $: \"%d %s\"", v.Refusal.Enhanced, v.Refusal.Code, v.Refusal.Text)
	case v.Discard:
		returns = "$# discard $: discard"
	case v.Quarantine != "":
		returns = "$# error $@ quarantine $: " + v.Quarantine
	}
	fmt.Fprintf(t.out, "%-18s input: %s\n%-18s returns: %s\n", rule, in, rule, returns)
}

// define sets who connects and who sends.
func (t *testMode) define(text string) {
	name, value, ok := strings.Cut(strings.TrimPrefix(text, "{"), "}")
	switch {
	case ok && name == "client_addr":
		ip, err := netip.ParseAddr(strings.TrimPrefix(value, "IPv6:"))
		if err != nil && value != "" {
			fmt.Fprintf(t.out, "%s is no address\n", value)
			return
		}
		t.client.IP = ip
	case ok && name == "client_name":
		t.client.Name = value
	case ok && name == "mail_from", strings.HasPrefix(text, "f"):
		if !ok || name != "mail_from" {
			value = text[1:]
		}
		if a, err := address.Parse(value); err == nil {
			t.from = a
		}
	default:
		fmt.Fprintln(t.out, "only client_addr, client_name and mail_from mean something here")
	}
}

// class prints the words of a class.
func (t *testMode) class(name string) {
	file, ok := testClasses[name]
	if !ok {
		fmt.Fprintf(t.out, "class %s is not kept here; ? shows those that are\n", name)
		return
	}
	if name == "w" {
		for _, word := range t.router.LocalNames() {
			fmt.Fprintln(t.out, word)
		}
	}
	get := t.tables.classes[file].Get
	if name == "G" {
		get = t.tables.genericsDomains
	}
	c, err := get()
	if err != nil {
		fmt.Fprintln(t.out, err)
	}
	for e := range c.Map().All() {
		fmt.Fprintf(t.out, "%s   (%s:%d)\n", e.Key, e.File, e.Line)
	}
}

// look prints what one key has in a table, and keys that are nearly it.
func (t *testMode) look(name, key string) {
	if name == "aliases" || name == "alias" {
		db, err := t.tables.aliases.Get()
		e, ok := db.Lookup(key)
		t.found(name, key, e, ok, err)
		return
	}
	file, ok := testMaps[name]
	if !ok {
		fmt.Fprintf(t.out, "Map named \"%s\" not found\n", name)
		return
	}
	m, err := t.tables.maps[file].File.Get()
	e, ok, _ := m.Get(key) // a Map gives no errors
	t.found(name, key, e, ok, err)
	if lines := m.Again(e.Key); ok && len(lines) > 0 {
		fmt.Fprintf(t.out, "   (the same key is in line %s, which is not in force)\n", strings.Trim(fmt.Sprint(slices.Sorted(slices.Values(lines))), "[]"))
	}
}

func (t *testMode) found(name, key string, e table.Entry, ok bool, err error) {
	switch {
	case err != nil:
		fmt.Fprintf(t.out, "map_lookup: %s (%s) %v (75)\n", name, key, err) // EX_TEMPFAIL
	case !ok:
		fmt.Fprintf(t.out, "map_lookup: %s (%s) no match (0)\n", name, key)
	default:
		fmt.Fprintf(t.out, "map_lookup: %s (%s) returns %s (0)   (%s)\n", name, key, e.Value, mta.Step{File: e.File, Line: e.Line}.Where())
	}
}
