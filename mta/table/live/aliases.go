package live

import (
	"io"
	"time"

	"postroom.dev/mta/alias"
	"postroom.dev/mta/table"
)

// OpenAliases makes a File of the aliases file at path, or of the map path.db that newaliases wrote. local says
// which domains are local, as for alias.Parse.
func OpenAliases(path string, now func() time.Time, local func(domain string) bool) *File[*alias.DB] {
	return Open(path, now, Parser[*alias.DB]{
		Source: func(name string, r io.Reader) (*alias.DB, []table.Problem) { return alias.Parse(name, r, local) },
		Built:  func(m *table.Map) (*alias.DB, []table.Problem) { return alias.FromMap(m, local), nil },
	})
}
