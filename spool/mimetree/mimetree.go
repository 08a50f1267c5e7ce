// Package mimetree reads a message, however broken, as a tree of byte offsets.
//
// Parse makes one pass over the message and keeps only headers and offsets: memory stays
// flat whatever the size. It never refuses; what is wrong becomes a Problem, and reading goes on as
// mail readers do. Lines end in LF, CRLF, CR CR LF or a bare CR, also mixed.
//
// Grammar: RFC 5322 §2.2 for the header, RFC 2045 to 2047, 2183 and 2231 for the
// Content fields, RFC 2046 §5.1 for multiparts, RFC 9051 §6.4.5 for the numbers. What is not in them:
//
//   - A header line without a colon is skipped when a field follows it; else the body begins there, as sendmail has it.
//   - An mbox "From " line before the header is skipped. A blank line first means that there is no header.
//   - A parameter that was not indented (name="x" on its own line after a semicolon) counts.
//   - A boundary parameter that is missing is taken from the first line that looks like a boundary.
//   - A boundary line may come after the final one, and the final one may be missing.
//
// Limits are the constants below: beyond them a Problem with Lost set. Not here: checking
// signatures, sanitising HTML, TNEF, and opening a message/rfc822 that is itself encoded.
package mimetree

import "strings"

// The limits of one message. Sizes are in octets.
const (
	MaxDepth    = 50       // parts within parts
	MaxParts    = 1000     // in the whole tree
	MaxHeader   = 1 << 20  // of one part's header
	MaxHeaders  = 16 << 20 // of all headers; beyond it each part keeps minHeader
	MaxFields   = 20_000   // of one part
	MaxBoundary = 998      // RFC 2046 allows 70
	MaxParams   = 1000     // of one field
	MaxProblems = 500      // with Lost set, and as many without; the rest is counted
	minHeader   = 16 << 10
)

// Field is one header field as it stands in the message.
type Field struct {
	Name   string // as written, without the colon
	Body   string // raw: folded, encoded, without the final line end
	Offset int64  // of the name's first octet
}

// Part is one node of the tree. Offsets count octets from the message's start.
//
// The message in a message/rfc822 part is its only child. When that is a multipart
// itself, IMAP has no number for it but "2.TEXT", and that is what stands here.
type Part struct {
	Number      string            // as IMAP numbers them (RFC 9051 §6.4.5): "1", "2.1"; the root of a multipart is ""
	Type        string            // "text/html", lower case; "text/plain" where nothing is said
	Params      map[string]string // of Content-Type, keys in lower case
	Encoding    string            // "base64", "quoted-printable", "7bit" …, lower case
	Disposition string            // "attachment", "inline" or ""
	Filename    string            // decoded, "" when there is none
	ContentID   string            // without the angle brackets
	Fields      []Field
	Header      int64   // where the header begins
	Body        int64   // where the body begins
	End         int64   // where the body ends, without the line end that belongs to the boundary
	Parts       []*Part // of a multipart or message/rfc822
}

// Problem is something wrong with a message. Reading goes on after it.
type Problem struct {
	Offset int64
	Part   string // the part's number
	Text   string // lower case, names the thing: "header line without a colon"
	Lost   bool   // something of the message could not be shown
}

// Find gives the part with that number, nil when there is none.
func Find(root *Part, number string) *Part {
	if root == nil || root.Number == number {
		return root
	}
	for _, p := range root.Parts {
		if found := Find(p, number); found != nil {
			return found
		}
	}
	return nil
}

// isMultipart says that the body is cut by boundaries.
func (p *Part) isMultipart() bool { return strings.HasPrefix(p.Type, "multipart/") }

// isMessage says that the body is a message with a header of its own.
func (p *Part) isMessage() bool {
	return p.Type == "message/rfc822" || p.Type == "message/global" || p.Type == "message/news"
}

// isEncoded says that the body must be decoded before it can be read.
func (p *Part) isEncoded() bool {
	switch p.Encoding {
	case "", "7bit", "8bit", "binary":
		return false
	}
	return true
}
