package table

import (
	"strings"

	"postroom.dev/mta/address"
)

// Match is what a search in a table found.
type Match struct {
	Entry
	Result string   // Value with %0 … %9 filled in, where the kind of table has them; else Value
	Tried  []string // every key that was looked up, the one that matched last; none where the table is empty
}

// search looks up keys until one is there.
type search struct {
	table Table
	match Match
	err   error
}

// mapped is a Table that is one Map at a time, such as a file of which the last good state is in force.
type mapped interface{ Map() (*Map, error) }

// searching begins a search. It has all its keys looked up in the same state of the table. none says that there is nothing to be
// found in it: most tables are empty, and to write keys for them would cost more than to look them up.
func searching(t Table) (s search, none bool) {
	s.table = t
	if m, ok := t.(mapped); ok {
		now, err := m.Map()
		if err != nil {
			s.err = err
			return s, true
		}
		s.table = now
	}
	m, ok := s.table.(*Map)
	return s, ok && m.Len() == 0
}

// try looks one key up; true ends the search. args are %1 … %9.
func (s *search) try(key string, args ...string) bool {
	s.match.Tried = append(s.match.Tried, key)
	e, ok, err := s.table.Get(key)
	if err != nil {
		s.err = err
		return true
	}
	if !ok {
		return false
	}
	s.match.Entry, s.match.Result = e, e.Value
	if args != nil {
		s.match.Result = Expand(e.Value, append([]string{key}, args...))
	}
	return true
}

func (s *search) end(found bool) (Match, bool, error) {
	return s.match, found && s.err == nil, s.err
}

// Virtual looks an address up in the virtusertable: user+detail@domain, user++@domain (a detail that is not empty),
// user+*@domain, user@domain, ++@domain, +*@domain, @domain. In its value %1 is the user, %2 the detail and %3 the detail
// with its "+"; where the whole local part matched, %1 is all of it.
func Virtual(t Table, a address.Address) (Match, bool, error) {
	s, none := searching(t)
	if none || a.Domain == "" {
		return s.end(false)
	}
	domain := "@" + host(a.Domain)
	if s.try(a.Local+domain, a.Local) {
		return s.end(true)
	}
	user, detail, detailed := strings.Cut(a.Local, "+")
	if !detailed || user == "" {
		return s.end(s.try(domain, a.Local))
	}
	args := []string{user, detail, "+" + detail}
	for _, name := range []string{user, ""} {
		if detail != "" && s.try(name+"++"+domain, args...) || s.try(name+"+*"+domain, args...) || s.try(name+domain, args...) {
			return s.end(true)
		}
	}
	return s.end(false)
}

// Mailer looks a host up in the mailertable: the host, its parents with a dot in front, ".". %1 is what stands before the part that matched.
func Mailer(t Table, name string) (Match, bool, error) {
	s, none := searching(t)
	name = host(name)
	if none || name == "" {
		return s.end(false)
	}
	if s.try(name, name) {
		return s.end(true)
	}
	if !strings.HasPrefix(name, "[") {
		for i, n := 0, 0; n < maxLookups; n++ {
			dot := strings.IndexByte(name[i:], '.')
			if dot < 0 {
				break
			}
			i += dot
			if s.try(name[i:], name[:i]) {
				return s.end(true)
			}
			i++
		}
	}
	return s.end(s.try(".", name))
}

// host is a domain as it stands in keys: without a final dot.
func host(domain string) string { return strings.TrimSuffix(domain, ".") }

// Expand fills %0 … %9 in: %0 is args[0], the key. A number without an argument is empty, %% is a percent sign, other
// percent signs stay.
func Expand(value string, args []string) string {
	if !strings.Contains(value, "%") {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c != '%' || i+1 == len(value) {
			b.WriteByte(c)
			continue
		}
		i++
		switch n := value[i]; {
		case n >= '0' && n <= '9':
			if int(n-'0') < len(args) {
				b.WriteString(args[n-'0'])
			}
		case n == '%':
			b.WriteByte('%')
		default:
			b.WriteByte('%')
			b.WriteByte(n)
		}
	}
	return b.String()
}
