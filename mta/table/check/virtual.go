package check

import (
	"fmt"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// virtualKey finds keys that no recipient can be.
func virtualKey(_ *checker, e table.Entry) (text, cure string) {
	switch user, domain, at := cutLast(e.Key); {
	case !at:
		return e.Key + " never matches: a key is user@domain or @domain", "write @" + e.Key + " for a domain; a local user belongs in aliases"
	case domain == "":
		return e.Key + " never matches", "name the domain: " + user + "@domain"
	case strings.HasPrefix(domain, "*.") || strings.HasPrefix(domain, "."):
		return e.Key + " never matches: domains stand for themselves", "write a key for each domain, @host.domain"
	case user == "*":
		return e.Key + " never matches", "write @" + domain + " for all users of the domain"
	}
	return "", ""
}

// virtualValue finds values that lead nowhere.
func virtualValue(c *checker, e table.Entry) (text, cure string) {
	if len(e.Value) >= 6 && strings.EqualFold(e.Value[:6], "error:") {
		return "", ""
	}
	if strings.HasPrefix(e.Value, "|") || strings.HasPrefix(e.Value, "/") || strings.HasPrefix(e.Value, `"|`) {
		return fmt.Sprintf("%s leads nowhere: programs and files cannot be named here", e.Key), "name an alias, and write the program or file in aliases"
	}
	if text, cure := oneAddress(e, "an entry has one target"); text != "" {
		return text, cure
	}
	to, err := address.Parse(strings.TrimSpace(e.Value))
	if err == nil && to.Domain == "" && !strings.ContainsAny(to.Local, "%!") && c.nobody(to.Local, c.aliasDB()) {
		return fmt.Sprintf("%s leads nowhere: %s is no alias and has no mailbox", e.Key, to.Local), "name a user, an alias, or an address elsewhere"
	}
	return "", ""
}

// maxWay is how many entries of the virtusertable may lead to one another.
const maxWay = 30

// virtualLoop finds entries that lead back to themselves.
func virtualLoop(c *checker, e table.Entry) (text, cure string) {
	at := e
	way := []string{e.Key}
	for range maxWay {
		to, err := address.Parse(strings.TrimSpace(at.Value))
		if err != nil || to.Domain == "" || strings.Contains(at.Value, "%") || !c.isVirtual(fold(to.Domain)) {
			return "", ""
		}
		m, ok, err := table.Virtual(c.mapOf(Virtuals), to)
		if !ok || err != nil || m.Key == at.Key && strings.EqualFold(to.String(), at.Value) && m.Key == table.Fold(to.String()) {
			return "", "" // an address that names itself ends there
		}
		way = append(way, m.Key)
		if m.Key == e.Key {
			return "these entries lead back to themselves: " + strings.Join(way, " -> "), "let one of them name a local user or another domain"
		}
		at = m.Entry
	}
	return "", ""
}
