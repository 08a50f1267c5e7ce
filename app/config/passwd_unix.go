//go:build unix

package config

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// passwdHome reads the home directory of uid from /etc/passwd, "" when it is not there.
// os/user would start a C library for it.
func passwdHome(uid int) string {
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return ""
	}
	defer f.Close()
	want := strconv.Itoa(uid)
	for s := bufio.NewScanner(f); s.Scan(); {
		if field := strings.Split(s.Text(), ":"); len(field) >= 6 && field[2] == want {
			return field[5]
		}
	}
	return ""
}
