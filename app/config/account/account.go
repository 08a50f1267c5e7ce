// Package account reads the system's users from a file in the form of passwd(5).
//
// os/user would start a C library for it, which a static build has not and which costs a command line its speed. So
// users that come from elsewhere (LDAP, NIS) are not known here; callers have to do without a name then.
//
// Limits: a line of 64 KiB; a longer one ends the search.
package account

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// Account is a system user.
type Account struct {
	Name  string // login name
	UID   string // number
	GECOS string // full name and more, as passwd(5) has it
	Home  string // home directory, "" for none
}

// FullName is the name in the GECOS field: up to the first comma, semicolon or percent sign; "&" stands for
// the login name with a capital, as sendmail reads it.
func (a Account) FullName() string {
	name := a.GECOS
	if i := strings.IndexAny(name, ",;%"); i >= 0 {
		name = name[:i]
	}
	if a.Name != "" && strings.Contains(name, "&") {
		name = strings.ReplaceAll(name, "&", strings.ToUpper(a.Name[:1])+a.Name[1:])
	}
	return strings.TrimSpace(name)
}

// System is where the system's users are.
const System File = "/etc/passwd"

// File is the path of a file in the form of passwd(5). Where it cannot be read, nobody is known: a container may have none.
type File string

// ByUID finds a user by number.
func (f File) ByUID(uid int) (Account, bool) {
	want := strconv.Itoa(uid)
	return f.find(func(field []string) bool { return field[2] == want })
}

// ByName finds a user by login name.
func (f File) ByName(name string) (Account, bool) {
	return f.find(func(field []string) bool { return field[0] == name })
}

func (f File) find(is func(field []string) bool) (Account, bool) {
	file, err := os.Open(string(f))
	if err != nil {
		return Account{}, false
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		if field := strings.Split(s.Text(), ":"); len(field) >= 7 && is(field) {
			return of(field), true
		}
	}
	return Account{}, false
}

func of(field []string) Account {
	return Account{Name: field[0], UID: field[2], GECOS: field[4], Home: field[5]}
}

// All reads the users of a whole file, by login name, up to 16 MiB of it.
func All(r io.Reader) map[string]Account {
	all := map[string]Account{}
	for s := bufio.NewScanner(io.LimitReader(r, 16<<20)); s.Scan(); {
		if field := strings.Split(s.Text(), ":"); len(field) >= 7 && field[0] != "" {
			all[field[0]] = of(field)
		}
	}
	return all
}
