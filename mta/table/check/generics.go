package check

import (
	"fmt"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// genericKey finds keys that no sender can be.
func genericKey(_ *checker, e table.Entry) (text, cure string) {
	switch user, domain, at := cutLast(e.Key); {
	case at && domain == "":
		return e.Key + " never matches", "write " + user + ", which is for all domains of the class"
	case strings.HasPrefix(e.Key, "@*.") || strings.HasPrefix(e.Key, "@."):
		return e.Key + " never matches: domains stand for themselves", "write a key for each domain, @host.domain"
	case strings.HasPrefix(e.Key, "<") || strings.HasSuffix(e.Key, ">"):
		return e.Key + " never matches", "write the address without < and >"
	}
	return "", ""
}

// genericValue finds values that are no address.
func genericValue(_ *checker, e table.Entry) (text, cure string) {
	return oneAddress(e, "a sender has one address")
}

// oneAddress finds values that are not one address.
func oneAddress(e table.Entry, why string) (text, cure string) {
	value := strings.NewReplacer("%0", "a", "%1", "a", "%2", "a", "%3", "a").Replace(strings.TrimSpace(e.Value))
	a, err := address.Parse(value)
	switch {
	case strings.Contains(value, "#"):
		return fmt.Sprintf("what stands behind # belongs to the value %q", e.Value), "put the comment on a line of its own"
	case strings.Contains(value, ",") && !strings.Contains(value, `"`):
		return fmt.Sprintf("%q is more than one address: %s", e.Value, why), "write one; for several make an alias"
	case err != nil || a.IsNull():
		_, words := address.Complaint(err)
		return fmt.Sprintf("%q is no address: %s", e.Value, words), "write one address, user@domain"
	case a.Domain == "" && strings.ContainsAny(a.Local, " \t"):
		return fmt.Sprintf("%q is more than one word", e.Value), "write one address, user@domain"
	}
	return "", ""
}
