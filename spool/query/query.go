// Package query reads what a user types to search for mail, and says what may be typed next.
//
// The grammar, terms separated by white space; all of them must hold:
//
//	question  = term *( SP term )
//	term      = [ "-" ] ( word / phrase / operator ":" ( word / phrase ) )
//	phrase    = DQUOTE *character DQUOTE
//
// A word or phrase must occur in the text, the subject or an address; the operators from: to: cc: subject: body: look in one of them.
// The other operators ask for a property of the message, see Operators. A leading "-" excludes. The last word, when it is
// not excluded and has three letters or more, also matches as a prefix. A term without any letter, digit or symbol ("&", "--") is passed
// over, as such characters separate words in the text too. Operators and what is:, has: and state: take may be in any case.
//
// Three letters or more and a colon before a word look like an operator: where they are none, the question is refused, and the error
// says which operators there are; in quotation marks they are words. Addresses of the net (https://…, mailto:…), times (10:30) and "Re:" are words.
//
// Days (before: after:) are 2026-01-31, 2026-01, 2026, today, yesterday, or how long ago: 30min 4h 7d 2w. Sizes (larger: smaller:) are octets, or with
// k, M or G units of 1024.
//
// Limits: a question has at most MaxLength octets and MaxTerms terms. All errors are spool.ErrQuery. The package opens nothing, reads no
// clock and knows no database; spool/store answers a Question from its tables.
package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/store/words"
)

// Limits of a question.
const (
	MaxLength = 2000 // octets
	MaxTerms  = 50
)

// Question is a search question. Everything in it must hold.
type Question struct {
	Terms      []Term
	Conditions []Condition
}

// Term is a word or phrase that must, or with Exclude must not, occur.
type Term struct {
	Field   string // "from", "to", "cc", "subject", "body"; "" for anywhere
	Text    string // as typed, valid UTF-8 without NUL
	Exclude bool
	Prefix  bool // the text may go on behind it
}

// Condition asks for a property of a message, or with Exclude for its absence.
type Condition struct {
	Kind    Kind
	Text    string    // of State, Tag, Rcpt, Program, User, Port, Dir
	Time    time.Time // of Before and After
	Octets  int64     // of Larger and Smaller
	Exclude bool
}

// Kind is what a Condition asks for.
type Kind string

// The kinds of conditions.
const (
	Attachment Kind = "attachment" // it has one
	Unread     Kind = "unread"
	Starred    Kind = "starred"
	State      Kind = "state"   // some recipient is in it
	Tag        Kind = "tag"     // by name, in any case
	Rcpt       Kind = "rcpt"    // the envelope has this recipient, or it was sent to this alias
	Program    Kind = "program" // the base name of the program that sent it: "php"
	User       Kind = "user"    // who logged in, or ran sendmail
	Port       Kind = "port"    // that it came to: "1025"
	Dir        Kind = "dir"     // where the program that called sendmail ran, or above it; or the last name of that path
	Before     Kind = "before"  // it arrived earlier
	After      Kind = "after"   // it arrived then or later
	Larger     Kind = "larger"  // than so many octets
	Smaller    Kind = "smaller"
)

// Empty says that the question asks nothing.
func (q Question) Empty() bool { return len(q.Terms) == 0 && len(q.Conditions) == 0 }

// Has says that a condition of this kind is among the question's.
func (q Question) Has(k Kind) bool {
	return slices.ContainsFunc(q.Conditions, func(c Condition) bool { return c.Kind == k })
}

// Parse reads a question that is asked at the time now, whose zone says when a day begins. White space alone is the empty question.
func Parse(text string, now time.Time) (Question, error) {
	if len(text) > MaxLength {
		return Question{}, refuse("longer than %d octets", MaxLength)
	}
	p := parser{now: now, rest: strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", " ")}
	seen := false // some term, even one that was passed over
	for {
		p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
		if p.rest == "" {
			break
		}
		if len(p.q.Terms)+len(p.q.Conditions) == MaxTerms {
			return Question{}, refuse("more than %d words", MaxTerms)
		}
		seen = true
		if err := p.term(); err != nil {
			return Question{}, err
		}
	}
	if seen && p.q.Empty() {
		return Question{}, refuse("no letter or digit to look for")
	}
	return p.q, nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", spool.ErrQuery, fmt.Sprintf(format, args...))
}

type parser struct {
	q    Question
	rest string
	now  time.Time
}

// term reads one term from the start of what is left.
func (p *parser) term() error {
	after, exclude := strings.CutPrefix(p.rest, "-")
	p.rest = after
	name, after, ok := strings.Cut(p.rest, ":")
	if name = strings.ToLower(name); !ok || !operatorLike(name, after) {
		return p.words("", exclude)
	}
	op, known := operator(name)
	if !known {
		return unknown(name, after)
	}
	p.rest = after
	if r, _ := utf8.DecodeRuneInString(after); after == "" || unicode.IsSpace(r) {
		return refuse("%s: needs a word directly behind it%s", name, op.example())
	}
	if op.Kind == "" {
		return p.words(name, exclude)
	}
	value, _, err := p.value()
	if err != nil {
		return err
	}
	c, err := op.condition(value, p.now)
	if err != nil {
		return err
	}
	c.Exclude = c.Exclude != exclude
	p.q.Conditions = append(p.q.Conditions, c)
	return nil
}

// value reads a word, or a phrase in quotation marks.
func (p *parser) value() (text string, quoted bool, err error) {
	if after, ok := strings.CutPrefix(p.rest, `"`); ok {
		if text, p.rest, ok = strings.Cut(after, `"`); !ok {
			return "", true, refuse("a quotation mark is not closed")
		}
		return text, true, nil
	}
	text, p.rest = cutWord(p.rest)
	return text, false, nil
}

func (p *parser) words(field string, exclude bool) error {
	text, quoted, err := p.value()
	if err != nil {
		return err
	}
	n := letters(text)
	if n > 0 {
		last := strings.TrimSpace(p.rest) == ""
		p.q.Terms = append(p.q.Terms, Term{Field: field, Text: text, Exclude: exclude, Prefix: last && !exclude && !quoted && n >= 3})
	}
	return nil
}

// operatorLike says that a name before a colon, and what follows it, are meant as an operator.
func operatorLike(name, after string) bool {
	if _, known := operator(name); known {
		return !strings.HasPrefix(after, "//")
	}
	if len(name) < 3 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
		return false
	}
	r, _ := utf8.DecodeRuneInString(after)
	return after != "" && !unicode.IsSpace(r) && !strings.HasPrefix(after, "//") && !slices.Contains([]string{"mailto", "cid", "mid", "data", "tel", "urn"}, name)
}

// unknown says that name is no operator, and what to do instead.
func unknown(name, after string) error {
	word, _ := cutWord(after)
	if strings.HasPrefix(word, `"`) {
		word = "…"
	}
	var all []string
	for _, o := range Operators() {
		all = append(all, o.Name+":")
	}
	return refuse(`%s: is not known; there are %s. To look for the words themselves, put them in quotation marks: "%s:%s"`, name, strings.Join(all, " "), name, word)
}

// cutWord cuts s before its first white space.
func cutWord(s string) (word, rest string) {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// letters counts what makes words.
func letters(s string) (n int) {
	for _, r := range s {
		if words.Letter(r) {
			n++
		}
	}
	return n
}

// states are what is: and state: take.
func states() []mta.State {
	return []mta.State{mta.Bounced, mta.Refused, mta.Deferred, mta.Queued, mta.Held, mta.Caught, mta.Relayed, mta.Delivered, mta.Discarded}
}
