package sendmail

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// User is a system user.
type User struct {
	Name  string // login name
	GECOS string // full name and more, as passwd(5) has it
	Home  string // home directory, "" for none
}

// FullName is the name in the GECOS field: up to the first comma, semicolon or percent sign; "&" stands for
// the login name with a capital, as sendmail reads it.
func (u User) FullName() string {
	name := u.GECOS
	if i := strings.IndexAny(name, ",;%"); i >= 0 {
		name = name[:i]
	}
	if u.Name != "" && strings.Contains(name, "&") {
		name = strings.ReplaceAll(name, "&", strings.ToUpper(u.Name[:1])+u.Name[1:])
	}
	return strings.TrimSpace(name)
}

// Accounts knows the system's users. It is asked only when an answer is needed.
type Accounts interface {
	ByUID(uid int) (User, bool)
	ByName(name string) (User, bool)
}

// Passwd is the path of a file in the form of passwd(5). os/user would start a C library to read it.
type Passwd string

// ByUID finds a user by number.
func (p Passwd) ByUID(uid int) (User, bool) {
	want := strconv.Itoa(uid)
	return p.find(func(field []string) bool { return field[2] == want })
}

// ByName finds a user by login name.
func (p Passwd) ByName(name string) (User, bool) {
	return p.find(func(field []string) bool { return field[0] == name })
}

func (p Passwd) find(is func(field []string) bool) (User, bool) {
	f, err := os.Open(string(p))
	if err != nil {
		return User{}, false // a container may have none
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if field := strings.Split(s.Text(), ":"); len(field) >= 7 && is(field) {
			return User{Name: field[0], GECOS: field[4], Home: field[5]}, true
		}
	}
	return User{}, false
}
