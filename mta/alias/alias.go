// Package alias reads sendmail's aliases file and expands local names by it.
//
// The grammar is that of aliases(5), as sendmail 8.17 reads it:
//
//	entry  = name ":" value; lines that begin with blanks belong to the entry before, joined
//	         as they are; so does the line after a "\" at a line's end
//	name   = a local part, folded to lower case; "a b" where it has blanks; name@DOMAIN for a local DOMAIN; comments and
//	         Full Name <name> are read as in addresses; the name ends at the first colon, quoted or not
//	value  = target *("," target)
//	target = name | \name (not expanded further) | user@host | "|program arguments" | /file | :include:/file
//
// Lines that begin with "#", and what continues them, and empty lines are skipped; a "#"
// elsewhere belongs to the value. Of two entries with one name the last counts. owner-NAME is the sender of
// mail that is expanded through NAME.
//
// Nothing here opens a file: Expand is given a function for :include: files. Whether programs and files
// may be used at all is the caller's to decide.
//
// Limits: a logical line 8,190 octets, a name address.MaxLocal, an expansion MaxDepth aliases deep and MaxLeaves long, an
// included file MaxInclude octets.
package alias

import (
	"iter"
	"strings"

	"postroom.dev/mta/table"
)

// The limits of this package.
const (
	MaxLine    = 8190    // octets in a logical line
	MaxDepth   = 10      // aliases and lists on the way to a target, sendmail's MaxAliasRecursion
	MaxLeaves  = 50_000  // results of one expansion
	MaxInclude = 1 << 24 // octets in an :include: file that are read
)

// DB is an aliases file. It never changes and may be used by many goroutines; a nil DB is empty.
type DB struct {
	entries *table.Map
	local   func(domain string) bool
	count   Count
}

// Count is what newaliases says of a file, in octets. Names that are there twice count twice.
type Count struct {
	Aliases int
	Longest int // value
	Bytes   int // names and values together
}

// Count gives what newaliases says of the file.
func (db *DB) Count() Count {
	if db == nil {
		return Count{}
	}
	return db.count
}

// Len is the number of names.
func (db *DB) Len() int {
	if db == nil {
		return 0
	}
	return db.entries.Len()
}

// Map gives the names, decoded and folded, with their values as they stand in the file.
func (db *DB) Map() *table.Map {
	if db == nil {
		return nil
	}
	return db.entries
}

// FromMap makes a DB of a map that newaliases built; without line numbers. local is as for Parse.
func FromMap(m *table.Map, local func(domain string) bool) *DB {
	db := &DB{entries: m, local: isLocal(local)}
	for e := range m.All() {
		db.count.add(Quote(e.Key), e.Value)
	}
	return db
}

func (c *Count) add(name, value string) {
	c.Aliases++
	c.Longest = max(c.Longest, len(value))
	c.Bytes += len(name) + len(value)
}

// isLocal completes the caller's idea of local domains.
func isLocal(local func(string) bool) func(string) bool {
	return func(domain string) bool {
		domain = strings.TrimSuffix(domain, ".")
		return domain == "" || strings.EqualFold(domain, "localhost") || local != nil && local(domain)
	}
}

// Lookup finds the entry for a local part: the name itself, else with user+detail "user+*", else "user". Letters' case does not matter.
func (db *DB) Lookup(name string) (table.Entry, bool) {
	if db == nil {
		return table.Entry{}, false
	}
	keys := []string{name}
	if user, _, ok := strings.Cut(name, "+"); ok && user != "" {
		keys = append(keys, user+"+*", user)
	}
	for _, key := range keys {
		if e, ok, _ := db.entries.Get(key); ok { // a Map gives no errors
			return e, true
		}
	}
	return table.Entry{}, false
}

// Sorted gives the entries in the order of their names.
func (db *DB) Sorted() iter.Seq[table.Entry] {
	return db.Map().Sorted()
}

// Quote writes a name as it stands in an aliases file.
func Quote(name string) string {
	if name != "" && !strings.ContainsAny(name, " \t\"():<>") {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// maxNear is how many near misses are worth reading.
const maxNear = 5

// Near gives aliases whose names are almost this one: one letter more, less, other or exchanged, or the same
// without dots, dashes and underscores. It looks at every name: ask only when Lookup found nothing.
func (db *DB) Near(name string) []table.Entry {
	if db == nil || len(name) < 3 {
		return nil
	}
	name = table.Fold(name)
	plain := strings.NewReplacer(".", "", "-", "", "_", "")
	bare := plain.Replace(name)
	var near []table.Entry
	for e := range db.entries.All() {
		if len(e.Key) > 2*len(name)+4 || e.Key == name {
			continue
		}
		if oneEdit(e.Key, name) || bare != "" && len(e.Key) >= len(bare) && plain.Replace(e.Key) == bare {
			if near = append(near, e); len(near) == maxNear {
				break
			}
		}
	}
	return near
}

// oneEdit says that one change makes a of b.
func oneEdit(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return a[i+1:] == b[i:]
	}
	if i == len(a) {
		return false
	}
	return a[i+1:] == b[i+1:] ||
		i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
