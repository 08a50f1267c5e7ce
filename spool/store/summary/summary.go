// Package summary reads from a message what lists and search know of it: the
// header fields that are shown, the text, its first words, and the number of attachments.
//
// It reads what package mimetree understands and takes whatever that makes of a broken message. Nothing
// here fails: a message that the parser chokes on has an empty summary. Limits: MaxField octets
// of a field, MaxText of a text, MaxSnippet letters of a snippet. The package opens nothing.
package summary

import (
	"io"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
)

// Limits of what is read.
const (
	MaxField   = 4 << 10 // octets of a header field, decoded
	MaxText    = 1 << 20 // octets of a message's text, decoded
	MaxSnippet = 200     // letters
)

// Header reads the header fields that a list shows from the first bytes of a
// message. added are the fields that Postroom puts before them: a message without a From field has theirs.
func Header(head, added []byte) (sum spool.Summary) {
	defer func() {
		if recover() != nil {
			sum = spool.Summary{}
		}
	}()
	fields, _, _ := mimetree.ParseHeader(head)
	sum = spool.Summary{
		Subject:   text(fields, "Subject"),
		From:      text(fields, "From"),
		To:        text(fields, "To"),
		Cc:        text(fields, "Cc"),
		MessageID: messageID(text(fields, "Message-Id")),
	}
	sum.Date = date(text(fields, "Date"))
	if sum.From == "" && len(added) > 0 {
		ours, _, _ := mimetree.ParseHeader(added)
		sum.From = text(ours, "From")
	}
	return sum
}

// usualDate is how nearly every program writes a Date field. Trying it first matters: ParseDate tries dozens of
// layouts in turn, which costs more than all else that is read of a header.
const usualDate = "Mon, 2 Jan 2006 15:04:05 -0700"

// date reads a Date field, RFC 5322 §3.3; the zero time when there is none or it cannot be read.
func date(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	if t, err := time.Parse(usualDate, s); err == nil {
		return t
	}
	t, err := mail.ParseDate(s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// text gives a field's decoded text, "" where there is none.
func text(fields []mimetree.Field, name string) string {
	f, ok := mimetree.Get(fields, name)
	if !ok {
		return ""
	}
	return clip(f.Text(), MaxField)
}

// messageID takes the angle brackets off, RFC 5322 §3.6.4.
func messageID(s string) string {
	s = strings.TrimSpace(s)
	if _, rest, ok := strings.Cut(s, "<"); ok {
		if id, _, ok := strings.Cut(rest, ">"); ok {
			return id
		}
	}
	return s
}

// clip cuts s to max octets, at a letter's border.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// Body is what search and lists take from behind the header.
type Body struct {
	Text        string // plain text, else HTML without its tags
	Snippet     string // the first words of Text on one line
	Attachments int
}

// Read reads a message's body. Memory does not grow with the message.
func Read(r io.ReaderAt, size int64) (b Body) {
	defer func() {
		if recover() != nil {
			b = Body{}
		}
	}()
	root, _ := mimetree.Parse(r, size)
	if root == nil {
		return Body{}
	}
	b.Attachments = len(mimetree.Attachments(root))
	plain, html := mimetree.Texts(root)
	if plain != nil {
		b.Text, _ = plain.Text(r, MaxText)
	}
	if html != nil && strings.TrimSpace(b.Text) == "" {
		source, _ := html.Text(r, MaxText)
		b.Text = mimetree.StripHTML(source)
	}
	b.Snippet = Snippet(b.Text)
	return b
}

// Snippet gives the first words of a text, at most MaxSnippet letters, on one line.
func Snippet(text string) string {
	line := strings.Join(strings.Fields(clip(text, 8*MaxSnippet)), " ")
	n := 0
	for i := range line {
		if n == MaxSnippet {
			return strings.TrimSpace(line[:i])
		}
		n++
	}
	return line
}
