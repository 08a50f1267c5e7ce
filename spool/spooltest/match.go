package spooltest

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
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
func (k *kept) answers(q spool.Query, question words.Question) bool {
	if q.Before > 0 && k.Record.ID >= q.Before || k.Record.ID <= q.After || q.Unread && k.Read {
		return false
	}
	if q.Rcpt != "" && !slices.ContainsFunc(k.Recipients, func(r mta.Recipient) bool { return isFor(r, q.Rcpt) }) {
		return false
	}
	if q.State != "" && !slices.ContainsFunc(k.Recipients, func(r mta.Recipient) bool { return r.State == q.State }) {
		return false
	}
	for _, f := range question.Flags {
		is := !k.Read
		if f.Name == words.HasAttachment {
			is = k.Attachments > 0
		}
		if is == f.Exclude {
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

// has says that a term occurs.
func (k *kept) has(t words.Term) bool {
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
