// Package table reads sendmail's tables (access, genericstable, virtusertable,
// mailertable …) and looks addresses, domains and IP addresses up in them.
//
// A source is text: one entry a line, a key, blanks or tabs, and the rest of the line
// as its value. Lines that begin with "#" and empty lines are skipped; a "#"
// elsewhere belongs to the entry. There are no continuation lines and no quotes: a
// line that begins with a blank is a mistake. Keys are folded to lower case (ASCII);
// the first of two equal keys counts. This is what makemap(8) reads; Syntax has its options.
//
//   - Scanner reads a source line by line, Parse reads all of it into a Map.
//   - Builder makes a Map; Write and Read are its file form (built.go), what makemap leaves in FILE.db.
//   - Access, Virtual, Generic and Mailer try keys in sendmail's order (access.go, keys.go).
//   - ParseClass reads a class, such as local-host-names, and Class answers who is in it (class.go).
//   - Expand fills %0 … %9 of a value in.
//
// Nothing here opens a file: package live does, and reads again what was changed. What a
// value means (REJECT, error:nouser …) is the caller's.
//
// Limits: a line 1,023 octets, as sendmail has it; a Map 1 GiB of keys and values and
// MaxEntries entries; Parse tells of MaxProblems problems and counts the rest.
package table

import (
	"errors"
	"fmt"
	"io"
)

// The limits of this package.
const (
	MaxLine     = 1023     // octets in a line without its end
	MaxEntries  = 50000000 // entries in a Map
	MaxSize     = 1 << 30  // octets of keys and values in a Map
	MaxProblems = 1000     // problems that Parse and package live tell one by one
	maxLookups  = 64       // parents of a domain that are tried
)

// Table is where keys are looked up. Get folds the key as the table's keys were
// folded. Its error says that the table cannot be read at all; a key that is not there is no error.
type Table interface {
	Get(key string) (e Entry, ok bool, err error)
}

// Entry is one line of a table.
type Entry struct {
	Key   string // as it is looked up: folded, with its tag
	Value string // without the blanks before it; those at its end stay
	File  string // the table's name; "" when it has none
	Line  int    // from 1; 0 where the table was built by makemap
}

// Problem is something in a table that is not as it should be.
type Problem struct {
	File string
	Line int    // from 1; 0 when it is not about one line
	Text string // what is wrong, in makemap's words where it has some
	Cure string // what to do about it

	// Ours says that sendmail's own commands say nothing of it.
	Ours bool
	// Warning says that the table may be used as it is: a key that is there twice, a loop. Without
	// it a line could not be read.
	Warning bool
}

// String prints p as check does: "file:line: problem; cure".
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	s += ": " + p.Text
	if p.Cure != "" {
		s += "; " + p.Cure
	}
	return s
}

// The errors of this package.
var (
	ErrDuplicate = errors.New("duplicate key")
	ErrTooLarge  = errors.New("table too large")
	ErrForeign   = errors.New("not a map that Postroom wrote")
	ErrDamaged   = errors.New("map is damaged")
)

// ReadText reads a file of at most so many octets, for those who read it whole. What is cut off, or cannot be read, is a problem; name
// stands for the file in it.
func ReadText(name string, r io.Reader, most int) (text []byte, problems []Problem) {
	const cure = "what follows is not read"
	text, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil {
		problems = append(problems, Problem{File: name, Text: err.Error(), Cure: cure})
	}
	if len(text) > most {
		text = text[:most]
		problems = append(problems, Problem{File: name, Text: fmt.Sprintf("larger than %d octets", most), Cure: cure})
	}
	return text, problems
}
