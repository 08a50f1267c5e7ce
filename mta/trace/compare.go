package trace

import (
	"bytes"
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
)

// Difference is one way in which a message would have fared otherwise.
type Difference struct {
	What string `json:"what"` // "recipient bob@example.com", "From", "envelope sender"
	Was  string `json:"was"`
	Then string `json:"then"`
}

// Compare says what would have become of a message that came, with one World and with another: its recipients as the client named
// them, and its sender. header is the message's header as it came, nil when there is none to look at. The error says that a
// table cannot be read.
func Compare(was, then World, env *mta.Envelope, header []byte) ([]Difference, error) {
	var list []Difference
	differ := func(what, a, b string) {
		d := Difference{what, a, b}
		for _, known := range list {
			if known == d { // the sender is the same for every recipient
				return
			}
		}
		if a != b {
			list = append(list, d)
		}
	}
	for _, to := range asked(env) {
		q := Question{Client: route.ClientOf(&env.Origin), From: env.Sender, To: to, Header: header}
		a, err := was.Ask(q)
		if err != nil {
			return nil, err
		}
		b, err := then.Ask(q)
		if err != nil {
			return nil, err
		}
		differ("recipient "+to.String(), a.Fate(), b.Fate())
		if a.Refusal.Code != 0 || b.Refusal.Code != 0 || a.Discard || b.Discard {
			continue // it leaves nowhere, whatever it would be called
		}
		differ("envelope sender", a.From.Path(), b.From.Path())
		names, fieldsA, fieldsB := fields(a, b)
		for i, name := range names {
			differ(name, fieldsA[i], fieldsB[i])
		}
	}
	return list, nil
}

// asked gives the recipients as the client named them, each once: aliases have put others in their place since.
func asked(env *mta.Envelope) (list []address.Address) {
	seen := map[address.Address]bool{}
	for _, r := range env.Recipients {
		a := r.Address
		if len(r.Via) > 0 {
			a = r.Via[0]
		}
		if !seen[a] && !a.IsNull() {
			seen[a] = true
			list = append(list, a)
		}
	}
	return list
}

// fields pairs the fields that one of the answers changes: their names, and how they leave by each.
func fields(a, b Answer) (names, was, then []string) {
	changed := func(list []mta.Rewritten, like mta.Rewritten) string {
		for _, f := range list {
			if f.Offset == like.Offset {
				return body(f.Out)
			}
		}
		return body(like.In)
	}
	seen := map[int]bool{}
	for _, f := range append(append([]mta.Rewritten(nil), a.Fields...), b.Fields...) {
		if seen[f.Offset] {
			continue
		}
		seen[f.Offset] = true
		names, was, then = append(names, f.Name), append(was, changed(a.Fields, f)), append(then, changed(b.Fields, f))
	}
	return names, was, then
}

// body is a field without its name, on one line.
func body(field []byte) string {
	_, value, _ := bytes.Cut(field, []byte(":"))
	return strings.Join(strings.Fields(string(value)), " ")
}

// String prints d for people.
func (d Difference) String() string { return fmt.Sprintf("%s: %s -> %s", d.What, d.Was, d.Then) }
