package queue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"postroom.dev/spool/qf"
)

// ErrSelection says that a word behind -q selects nothing: an interval, a letter that is not known.
var ErrSelection = errors.New("queue: not a selection")

// Selection is which messages of a queue are meant, as the words behind sendmail's -q say it:
//
//	Itext   the id contains text; case counts
//	Rtext   a recipient contains text; case does not count
//	Stext   the sender contains text; case does not count
//	Qtext   quarantined messages (hf) whose reason contains text; case counts. Q alone: all of them
//	L       lost messages (Qf)
//	Gname   the queue group with this name
//
// A "!" in front of I, R, S and Q turns the question round; a message is meant by !R when some recipient
// does not contain the text. Words of one kind are alternatives, of several kinds all must hold, and an empty
// text holds always. The zero value means every message that is neither quarantined nor lost.
type Selection struct {
	id, recipient, sender, reason []contains

	quarantined, lost bool
	group             string
	only              map[string]bool // whole ids; nil for any
}

// SelectIDs means the messages with these ids, whole, of one kind of control file. Of 100,000 ids each is found as fast as of one.
func SelectIDs(kind string, ids ...string) Selection {
	s := Selection{quarantined: kind == "hf", lost: kind == "Qf", only: make(map[string]bool, len(ids))}
	for _, id := range ids {
		s.only[id] = true
	}
	return s
}

// contains is one word's question.
type contains struct {
	text string
	not  bool
	fold bool // text is in lower case, and what is asked is looked at so
}

// ParseSelection reads words as they stand behind -q: "Rsally", "!Isome", "Q". Without words it gives the
// zero Selection. A word that is none of these is ErrSelection.
func ParseSelection(words ...string) (Selection, error) {
	var s Selection
	for _, word := range words {
		if err := s.add(word); err != nil {
			return Selection{}, err
		}
	}
	return s, nil
}

// Words gives the selection as ParseSelection reads it, which takes ids for parts of ids.
func (s Selection) Words() []string {
	words := []string{}
	for _, id := range slices.Sorted(maps.Keys(s.only)) {
		words = append(words, "I"+id)
	}
	for _, k := range []struct {
		letter string
		list   []contains
	}{{"I", s.id}, {"R", s.recipient}, {"S", s.sender}, {"Q", s.reason}} {
		for _, c := range k.list {
			word := k.letter + c.text
			if c.not {
				word = "!" + word
			}
			words = append(words, word)
		}
	}
	if s.quarantined && len(s.reason) == 0 {
		words = append(words, "Q")
	}
	if s.lost {
		words = append(words, "L")
	}
	if s.group != "" {
		words = append(words, "G"+s.group)
	}
	return words
}

func (s *Selection) add(word string) error {
	rest, not := strings.CutPrefix(word, "!")
	if rest == "" {
		return fmt.Errorf("%w: %q", ErrSelection, word)
	}
	kind, q := rest[0], contains{text: rest[1:], not: not}
	switch kind {
	case 'I':
		s.id = append(s.id, q)
	case 'R', 'S':
		q.fold, q.text = true, lower(q.text)
		if kind == 'R' {
			s.recipient = append(s.recipient, q)
		} else {
			s.sender = append(s.sender, q)
		}
	case 'Q':
		s.quarantined = true
		if q.text != "" {
			s.reason = append(s.reason, q)
		}
	case 'L':
		s.lost = true
	case 'G':
		s.group = q.text
	default:
		return fmt.Errorf("%w: %q", ErrSelection, word)
	}
	return nil
}

// Kind gives the kind of control file that is meant: "qf", "hf" for quarantined, "Qf" for lost messages.
func (s Selection) Kind() string {
	switch {
	case s.lost:
		return "Qf"
	case s.quarantined:
		return "hf"
	}
	return "qf"
}

// Group gives the queue group that was named, "" for none. There is one group, "mqueue"; which queue is meant by
// another name, and what to say of it, is for the caller.
func (s Selection) Group() string { return s.group }

// All says that every message of its Kind is meant.
func (s Selection) All() bool {
	return len(s.id)+len(s.recipient)+len(s.sender)+len(s.reason) == 0 && s.only == nil
}

// Named says that messages were asked for by id, recipient or sender: such a run takes messages that are too
// young for an ordinary one.
func (s Selection) Named() bool { return len(s.id)+len(s.recipient)+len(s.sender) > 0 || s.only != nil }

// Match says whether the message with this id is meant. That its control file is of Kind must be known:
// of a control file only what is in it counts. One with a q line is meant only by a selection with Q or L.
func (s Selection) Match(c *qf.Control, id string) bool {
	if !s.quarantine(c.Quarantine) || !s.named(id) || !holds(s.sender, c.Sender) {
		return false
	}
	return len(s.recipient) == 0 || slices.ContainsFunc(c.Recipients, func(r qf.Recipient) bool { return holds(s.recipient, r.Address) })
}

// MatchMessage is Match for a message of an index, its Kind included.
func (s Selection) MatchMessage(m *Message) bool {
	c := &m.Summary
	if m.Kind != s.Kind() || !s.quarantine(c.Quarantine) || !s.named(m.ID) || !holds(s.sender, c.Sender) {
		return false
	}
	return len(s.recipient) == 0 || slices.ContainsFunc(c.Recipients, func(r qf.SummaryRecipient) bool { return holds(s.recipient, r.Address) })
}

// named says whether the id is meant. sendmail looks at the name of the control file.
func (s Selection) named(id string) bool {
	return (s.only == nil || s.only[id]) && (len(s.id) == 0 || holds(s.id, s.Kind()+id))
}

// quarantine says whether a message with this reason, "" for none, is meant.
func (s Selection) quarantine(reason string) bool {
	switch {
	case s.lost:
		return true
	case s.quarantined:
		return len(s.reason) == 0 || reason != "" && holds(s.reason, reason)
	}
	return reason == ""
}

// holds says that one of the questions holds for value, or that there are none.
func holds(questions []contains, value string) bool {
	if len(questions) == 0 {
		return true
	}
	lowered := ""
	for _, q := range questions {
		v := value
		if q.fold {
			if lowered == "" {
				lowered = lower(value)
			}
			v = lowered
		}
		if strings.Contains(v, q.text) != q.not {
			return true
		}
	}
	return false
}

// lower folds US-ASCII letters, as sendmail does: octets above 0x7f need not be UTF-8.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
