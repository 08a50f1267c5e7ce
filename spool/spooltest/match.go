package spooltest

import (
	"cmp"
	"fmt"
	"net"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
	"postroom.dev/spool/store/words"
)

func mailbox(a address.Address) string {
	if a.Domain == "" {
		return a.Local
	}
	return a.Local + "@" + a.Domain
}

// isFor says that a recipient is called so, or was sent to by that name before aliases.
func isFor(r mta.Recipient, name string) bool {
	return strings.EqualFold(mailbox(r.Address), name) || len(r.Via) > 0 && strings.EqualFold(mailbox(r.Via[0]), name)
}

// answers says that a record is asked for.
func (m *Memory) answers(k *kept, q spool.Query, question query.Question) bool {
	if k.Record.ID <= q.After || q.Before > 0 && !behind(k, q) {
		return false
	}
	conditions := question.Conditions
	if q.Unread {
		conditions = append(conditions, query.Condition{Kind: query.Unread})
	}
	if q.Rcpt != "" {
		conditions = append(conditions, query.Condition{Kind: query.Rcpt, Text: q.Rcpt})
	}
	if q.State != "" {
		conditions = append(conditions, query.Condition{Kind: query.State, Text: string(q.State)})
	}
	for _, c := range conditions {
		if m.holds(k, c) == c.Exclude {
			return false
		}
	}
	for _, t := range question.Terms {
		if k.has(t) == t.Exclude {
			return false
		}
	}
	return true
}

// holds says that a record has the property, whatever Exclude says.
func (m *Memory) holds(k *kept, c query.Condition) bool {
	o := k.Origin
	switch c.Kind {
	case query.Attachment:
		return k.Attachments > 0
	case query.Unread:
		return !k.Read
	case query.Starred:
		return k.Starred
	case query.Tag:
		return slices.ContainsFunc(k.tags, func(name string) bool { return strings.EqualFold(name, c.Text) })
	case query.State:
		return slices.ContainsFunc(k.Recipients, func(r mta.Recipient) bool { return r.State == mta.State(c.Text) })
	case query.Rcpt:
		return slices.ContainsFunc(k.Recipients, func(r mta.Recipient) bool { return isFor(r, c.Text) })
	case query.Program:
		return len(o.Argv) > 0 && c.Matches(path.Base(o.Argv[0]))
	case query.User:
		return c.Matches(o.User)
	case query.Port:
		return c.Matches(port(o))
	case query.Dir:
		return c.Matches(o.Dir)
	case query.Before:
		return k.Arrival.Before(c.Time)
	case query.After:
		return !k.Arrival.Before(c.Time)
	case query.Larger:
		return k.Size > c.Octets
	case query.Smaller:
		return k.Size < c.Octets
	}
	return false
}

func port(o mta.Origin) string {
	_, p, err := net.SplitHostPort(o.Listener)
	if err != nil {
		return ""
	}
	return p
}

// key is what a record is sorted by before its id.
func (k *kept) key(by spool.OrderBy) string {
	switch by {
	case spool.OrderFrom:
		name, _, _ := strings.Cut(k.From, " <")
		return strings.ToLower(strings.Trim(name, `<>" `))
	case spool.OrderSubject:
		return strings.TrimSpace(strings.TrimPrefix(strings.ToLower(k.Subject), "re:"))
	case spool.OrderSize:
		return fmt.Sprintf("%020d", k.Size)
	}
	return ""
}

// inOrder compares records as q sorts them.
func inOrder(o spool.Order, aKey string, a int64, bKey string, b int64) int {
	n := cmp.Or(strings.Compare(aKey, bKey), cmp.Compare(a, b))
	if !o.Ascending {
		n = -n
	}
	return n
}

// behind says that a record comes after the one that the page before ended with.
func behind(k *kept, q spool.Query) bool {
	return inOrder(q.Order, k.key(q.Order.By), k.Record.ID, q.Past, q.Before) > 0
}

// has says that a term occurs.
func (k *kept) has(t query.Term) bool {
	phrase := split(t.Text)
	for field, text := range k.fields {
		if t.Field != "" && t.Field != field {
			continue
		}
		for i := range len(text) - len(phrase) + 1 {
			if begins(text[i:], phrase, t.Prefix) {
				return true
			}
		}
	}
	return false
}

// begins says that text begins with the words of phrase, the last of which may go on.
func begins(text, phrase []string, prefix bool) bool {
	for j, w := range phrase {
		if text[j] != w && !(prefix && j == len(phrase)-1 && strings.HasPrefix(text[j], w)) {
			return false
		}
	}
	return true
}

// split cuts text into words without case and diacritics, as the index does.
func split(text string) []string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(words.Spread(text))) {
		switch {
		case words.Letter(r):
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}
