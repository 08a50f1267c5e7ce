// Package words reads search questions and prepares text for the full-text index.
//
// The grammar, terms separated by white space; all of them must hold:
//
//	question  = term *( SP term )
//	term      = [ "-" ] ( flag / [ field ":" ] ( word / DQUOTE phrase DQUOTE ) )
//	field     = "from" / "to" / "cc" / "subject" / "body"
//	flag      = "has:attachment" / "is:unread"
//
// Field names and flags may be in any case. A word with a colon behind anything
// else ("https://example.com", "Re:") is a word like others. A leading "-" excludes. The last word,
// when it is not excluded and has three letters or more, also matches as a prefix. A term without any
// letter, digit or symbol ("&", "--") is passed over, as such characters separate words in the text too.
//
// Limits: a question has at most MaxLength octets and MaxTerms terms. All errors are spool.ErrQuery.
//
// The index (SQLite's unicode61) cuts text into words at everything that is not a letter, digit or
// symbol. Scripts that are written without spaces would become one endless word, so Spread puts
// each of their letters apart; a search for several of them is a phrase. The package opens
// nothing and knows no database; package store turns a Question into SQLite's terms.
package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"postroom.dev/spool"
)

// Limits of a question.
const (
	MaxLength = 2000 // octets
	MaxTerms  = 50
)

// Question is a search question. Everything in it must hold.
type Question struct {
	Terms []Term
	Flags []Flag
}

// Term is a word or phrase that must, or with Exclude must not, occur.
type Term struct {
	Field   string // "from", "to", "cc", "subject", "body"; "" for anywhere
	Text    string // as typed, valid UTF-8 without NUL
	Exclude bool
	Prefix  bool // the text may go on behind it
}

// Flag asks for a property of a message.
type Flag struct {
	Name    string // HasAttachment or IsUnread
	Exclude bool   // asks for its absence
}

// The names of flags.
const (
	HasAttachment = "has:attachment"
	IsUnread      = "is:unread"
)

// Empty says that the question asks nothing.
func (q Question) Empty() bool { return len(q.Terms) == 0 && len(q.Flags) == 0 }

// Parse reads a question. White space alone is the empty question.
func Parse(text string) (Question, error) {
	var q Question
	if len(text) > MaxLength {
		return q, fmt.Errorf("%w: longer than %d octets", spool.ErrQuery, MaxLength)
	}
	rest := strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", " ")
	seen := false // some term, even one that was passed over
	for {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			break
		}
		if len(q.Terms)+len(q.Flags) == MaxTerms {
			return Question{}, fmt.Errorf("%w: more than %d words", spool.ErrQuery, MaxTerms)
		}
		seen = true
		var err error
		if rest, err = q.term(rest); err != nil {
			return Question{}, err
		}
	}
	if seen && q.Empty() {
		return Question{}, fmt.Errorf("%w: no letter or digit to look for", spool.ErrQuery)
	}
	return q, nil
}

// term reads one term from the start of s and gives what is left.
func (q *Question) term(s string) (rest string, err error) {
	var t Term
	if after, ok := strings.CutPrefix(s, "-"); ok {
		t.Exclude, s = true, after
	}
	start := s
	if name, after, ok := strings.Cut(s, ":"); ok {
		switch name = strings.ToLower(name); name {
		case "from", "to", "cc", "subject", "body":
			t.Field, s = name, after
			if r, _ := utf8.DecodeRuneInString(s); s == "" || unicode.IsSpace(r) {
				return "", fmt.Errorf("%w: %s: needs a word directly behind it", spool.ErrQuery, name)
			}
		case "has", "is":
			word, rest := cutWord(start)
			return rest, q.flag(word, t.Exclude)
		}
	}
	if after, ok := strings.CutPrefix(s, `"`); ok {
		if t.Text, rest, ok = strings.Cut(after, `"`); !ok {
			return "", fmt.Errorf("%w: a quotation mark is not closed", spool.ErrQuery)
		}
	} else {
		t.Text, rest = cutWord(s)
		last := strings.TrimSpace(rest) == ""
		t.Prefix = last && !t.Exclude && letters(t.Text) >= 3
	}
	if letters(t.Text) > 0 {
		q.Terms = append(q.Terms, t)
	}
	return rest, nil
}

// flag adds has:attachment or is:unread.
func (q *Question) flag(word string, exclude bool) error {
	switch word = strings.ToLower(word); word {
	case HasAttachment, IsUnread:
		q.Flags = append(q.Flags, Flag{Name: word, Exclude: exclude})
		return nil
	}
	return fmt.Errorf("%w: %s is not known; there are %s and %s", spool.ErrQuery, word, HasAttachment, IsUnread)
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
		if Letter(r) {
			n++
		}
	}
	return n
}

// Letter says that r is part of a word: a letter, a digit, or a symbol such as an emoji.
func Letter(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.Co, unicode.So)
}
