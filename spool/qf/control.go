// Package qf reads and writes sendmail's queue control files, and makes the
// queue ids that name them. It is a codec: it opens no files and reads no clock.
//
// A control file says who a waiting message is from, whom it still has to
// reach, and what its header is; its body is the df file beside it. Each line
// is a code letter and a value, lines that begin with space or tab continue the
// line before, and a line "." ends the file:
//
//	V version (8)          M status text           Z ENVID, as xtext
//	T submission, Unix s   q quarantine reason     A AUTH= of MAIL
//	K last attempt, or 0   F flags                 ! deliver-by
//	N attempts             $ macro                 d directory of the df
//	P priority             S sender                I device and inode of the df
//	B 7BIT or 8BITMIME     H ?flags?Name: value    D E L obsolete
//	C M Q r R              a recipient: controlling user, status, ORCPT, DSN name, FLAGS:address
//
// [Parse] reads everything that sendmail 8 wrote, versions 0 to 8, and the older form
// without V, flags and the final dot. It refuses nothing: what is wrong comes back as
// problems with line numbers, and lines that it does not know are kept. Beyond its limits
// ([MaxSize], [MaxHeader], [MaxRecipients], [MaxLines]) it stops with a problem, and such
// a Control cannot be written back.
//
// [Control.WriteTo] writes version 8 in sendmail's order. A Control that nobody changed
// gives back the bytes it was read from.
//
// [FromEnvelope], [Control.Envelope] and [Control.HeaderBytes] lead from a message to a
// Control and back. Locks, renames and the order of fsync are package queue's.
package qf

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Limits of a control file. Parse stops at the first that is passed.
const (
	MaxSize       = 16 << 20 // octets
	MaxHeader     = 1 << 20  // octets of all H lines together
	MaxRecipients = 100_000
	MaxLines      = 200_000
)

// The errors that callers branch on, with errors.Is.
var (
	ErrTruncated  = errors.New("qf: the control file was not read to its end, so it cannot be written back")
	ErrIncomplete = errors.New("qf: sender or recipients missing") // sendmail deletes or chokes on such a file
	ErrLineBreak  = errors.New("qf: line break inside a value")
	ErrTooLarge   = errors.New("qf: larger than a control file may be")
	ErrBody       = errors.New("qf: a queue file cannot hold this body type")
	ErrHeader     = errors.New("qf: not a header field")
)

// Control is the content of a control file. Strings are as in the file, without the code
// letter; where the file folds a value, it holds "\n" and the white space that follows.
// The zero value is an empty control file.
type Control struct {
	Version    int       // 0 when there was no V line; written as 8
	Time       time.Time // submission, in whole seconds; zero when not known
	LastTry    time.Time // last attempt, in whole seconds; zero for none
	Tries      int       // attempts
	Priority   int64     // larger is less urgent, see Priority
	DataFile   string    // "major/minor/inode" of the df, informational
	Body       string    // "7BIT", "8BITMIME" or ""
	DataDir    string    // queue directory of the df when it is another one
	Status     string    // of the message as a whole: "Deferred: …"
	Quarantine string    // the reason; a message with one is not delivered
	Flags      string    // letters of the F line: w r 8 b d n s, e for SMTPUTF8
	Macros     []Macro   // in the order of the file
	Sender     string    // "alice", "a@b", "<a@b>", "<>"; "" only when the line is missing
	EnvID      string    // xtext, RFC 3461 §4.4
	Auth       string    // "<>" or an address as xtext
	DeliverBy  string    // one octet of mode, a space, seconds
	Recipients []Recipient
	Header     []Header // in the order of the file
	Unknown    []Line   // lines with codes that are not known or obsolete
	Ended      bool     // the final "." was there

	source    []byte // what Parse read
	truncated bool   // a limit was passed
}

// Recipient is one R line with the lines that belong to it.
type Recipient struct {
	Flags       string // P primary, N NOTIFY given, S F D notices wanted, A from an alias
	Address     string // as given: "user@host", "<user@host>", `"|program"`, "Name <user@host>"
	Original    string // Q line: ORCPT, "rfc822;" and xtext
	Final       string // r line: "RFC822; user@host"
	Status      string // M line: the last attempt's words
	Controlling string // C line in force: "user:uid:gid:alias", ":alias"
}

// Header is one header field.
type Header struct {
	Flags string // mailer flags, one of which a mailer must have to send the field; "" for always
	Text  string // "Name: value", folded lines after "\n", no line end
}

// Macro is one $ line.
type Macro struct{ Name, Value string } // "_" or "{daemon_flags}"

// Line is a line kept without being understood.
type Line struct {
	Number int    // in the file, from 1; 0 for none
	Before byte   // it stands before the first line with this code; '.' for the end, 0 for after the end
	Text   string // with the code letter
}

// Problem is something wrong in a control file.
type Problem struct {
	Line int // from 1
	Text string
}

// String prints "line 4: unknown code O".
func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// Macro gives the value of the macro with this name, "" when there is none.
func (c *Control) Macro(name string) string {
	for _, m := range c.Macros {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

// HasFlag says that the F line has this letter.
func (c *Control) HasFlag(letter byte) bool { return strings.IndexByte(c.Flags, letter) >= 0 }

// SetFlag sets or clears a letter of the F line, in the order in which sendmail writes them.
func (c *Control) SetFlag(letter byte, on bool) {
	const order = "wr8bdnse"
	had := c.Flags
	c.Flags = ""
	for i := range len(order) {
		l := order[i]
		if l == letter && on || l != letter && strings.IndexByte(had, l) >= 0 {
			c.Flags += string(l)
		}
	}
	for _, l := range []byte(had) { // letters that are not ours to judge
		if l != letter && strings.IndexByte(order, l) < 0 {
			c.Flags += string(rune(l))
		}
	}
}

// Factors of the priority, as sendmail's configuration has them by default.
const (
	RecipientFactor = 30_000
	ClassFactor     = 1_800
	RetryFactor     = 90_000 // added by every queue run
)

// Priority is sendmail's first priority of a message: size in octets (LF line ends), number
// of recipients, class of its Precedence field.
func Priority(size int64, recipients, class int) int64 {
	return size - int64(class)*ClassFactor + int64(recipients)*RecipientFactor
}

// Class gives the class of a Precedence value; 0 for what sendmail does not know.
func Class(precedence string) int {
	switch strings.ToLower(strings.TrimSpace(precedence)) {
	case "special-delivery":
		return 100
	case "list":
		return -30
	case "bulk":
		return -60
	case "junk":
		return -100
	}
	return 0
}
