package config

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// Account is one line of /etc/passwd.
type Account struct {
	Name  string // login name
	GECOS string // the full name up to the first comma
	Dir   string // home directory
}

// LookupAccount reads the account of uid from /etc/passwd, where there is one. os/user
// would start a C library for it, which a static build has not and which costs a command line its speed.
func LookupAccount(uid int) (Account, bool) {
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return Account{}, false
	}
	defer f.Close()
	want := strconv.Itoa(uid)
	for s := bufio.NewScanner(f); s.Scan(); {
		if field := strings.Split(s.Text(), ":"); len(field) >= 6 && field[2] == want {
			full, _, _ := strings.Cut(field[4], ",")
			return Account{Name: field[0], GECOS: full, Dir: field[5]}, true
		}
	}
	return Account{}, false
}
