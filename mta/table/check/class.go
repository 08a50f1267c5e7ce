package check

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"postroom.dev/mta/table"
)

// words checks a file of a class.
func (c *checker) words() {
	class, problems := table.ParseClass(c.source.Path, bytes.NewReader(c.source.Text))
	c.problems = append(c.problems, problems...)
	check := domainWord
	if c.name == Trusted {
		check = userWord
	} else if c.name == RelayDomains {
		check = relayWord
	}
	for e := range class.Map().All() {
		text, cure := check(c, e)
		c.tell(e.Line, text, cure)
	}
}

// domainWord finds words that no domain can be.
func domainWord(_ *checker, e table.Entry) (text, cure string) {
	word := e.Key
	_, domain, at := cutLast(word)
	switch {
	case strings.Contains(word, ","):
		return fmt.Sprintf("%s is one word", word), "write a domain a line, without commas"
	case at:
		return fmt.Sprintf("%s is no domain", word), "write " + domain
	case strings.Contains(word, "://"):
		return fmt.Sprintf("%s is no domain", word), "write the host's name alone"
	case strings.HasPrefix(word, "*."), strings.HasPrefix(word, ".") && len(word) > 1:
		return fmt.Sprintf("%s never matches: domains stand for themselves", word), "write each domain"
	case isIP(word):
		return fmt.Sprintf("%s is looked up with brackets", word), "write [" + word + "]"
	case strings.ContainsAny(word, "\"'`<>;"):
		return fmt.Sprintf("%s is no domain", word), "write the name without quotes and brackets"
	}
	return "", ""
}

// relayWord finds words that are neither a domain nor a network.
func relayWord(c *checker, e table.Entry) (text, cure string) {
	if p, err := netip.ParsePrefix(e.Key); err == nil {
		return fmt.Sprintf("%s never matches", e.Key), "write " + cidrCure("", p)
	}
	if strings.Trim(e.Key, "0123456789.") == "" {
		e.Key = strings.TrimSuffix(e.Key, ".")
		return accessAddress(c, e)
	}
	if strings.HasPrefix(e.Key, "*.") {
		return fmt.Sprintf("%s never matches", e.Key), "write " + e.Key[2:] + ", which is for the hosts below it, too"
	}
	if strings.HasPrefix(e.Key, ".") {
		return "", ""
	}
	return domainWord(c, e)
}

// userWord finds words that no user can be.
func userWord(_ *checker, e table.Entry) (text, cure string) {
	if strings.ContainsAny(e.Key, ",@:\"") {
		return fmt.Sprintf("%s is no user's name", e.Key), "write a login name a line, without domain and commas"
	}
	return "", ""
}
