package sendmail

import (
	"errors"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// recipients gathers a message's recipients: each mailbox once, in the order in which they were named.
type recipients struct {
	list   []mta.Recipient
	seen   map[address.Address]bool
	notify mta.Notify
	domain func() string // for addresses without one
	bad    []*address.EntryError
}

// add takes the addresses of one argument or of one header field.
func (r *recipients) add(list string) {
	named, bad := address.ParseList(list)
	r.bad = append(r.bad, bad...)
	for _, n := range named {
		a := n.Address
		if a.Domain == "" {
			if what := Direct(a); what != "" {
				r.bad = append(r.bad, &address.EntryError{Entry: a.Local, Err: errDirect(what)})
				continue
			}
			a = a.Qualify(r.domain())
		}
		key := a.Fold()
		if r.seen[key] {
			continue
		}
		if r.seen == nil {
			r.seen = make(map[address.Address]bool)
		}
		r.seen[key] = true
		r.list = append(r.list, mta.Recipient{Address: a, Notify: r.notify})
	}
}

// errDirect is the error of a recipient that only an alias may name.
type errDirect string

func (e errDirect) Error() string { return "Cannot mail directly to " + string(e) }

// Direct says what a recipient without a domain stands for that only an alias may name: "programs", "files", ":include:s"; ""
// for a user.
func Direct(a address.Address) string {
	local := a.Local
	switch {
	case a.Domain != "":
	case strings.HasPrefix(local, "|"):
		return "programs"
	case strings.HasPrefix(local, "/"):
		return "files"
	case len(local) > len(":include:") && strings.EqualFold(local[:len(":include:")], ":include:"):
		return ":include:s"
	}
	return ""
}

// addHeader takes the recipients that a header names, for -t: To, Cc, Bcc and Apparently-To; of a message that was resent
// (RFC 5322 §3.6.6) only those whom it was resent to.
func (r *recipients) addHeader(h *header) {
	prefix := ""
	if h.has("Resent-To") || h.has("Resent-From") || h.has("Resent-Cc") || h.has("Resent-Bcc") {
		prefix = "Resent-"
	}
	for _, f := range h.fields {
		switch {
		case equalFold(f.name, prefix+"To"), equalFold(f.name, prefix+"Cc"), equalFold(f.name, prefix+"Bcc"),
			prefix == "" && equalFold(f.name, "Apparently-To"):
			r.add(f.body)
		}
	}
}

// complaint gives sendmail's line for an entry that is no address, and its exit status.
func complaint(e *address.EntryError) (string, int) {
	return printable(e.Entry) + "... " + wrong(e), exUsage
}

// wrong is what is wrong with an entry, in sendmail's words.
func wrong(e *address.EntryError) string {
	if d, ok := errors.AsType[errDirect](e.Err); ok {
		return d.Error()
	}
	_, text := address.Complaint(e.Err)
	return text
}

func equalFold(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }
