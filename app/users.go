package app

import (
	"io"
	"os/user"
	"runtime"
	"time"

	"postroom.dev/app/config/account"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/live"
)

// systemUsers finds the system's users by name, as they are when it is asked.
func systemUsers() func(name string) (account.Account, bool) {
	file := live.Open(string(account.System), time.Now, live.Parser[map[string]account.Account]{
		Source: func(_ string, r io.Reader) (map[string]account.Account, []table.Problem) { return account.All(r), nil },
	})
	return func(name string) (account.Account, bool) {
		all, err := file.Get()
		if a, ok := all[name]; err == nil && ok {
			return a, true
		}
		if runtime.GOOS == "linux" {
			return account.Account{}, false
		}
		u, err := user.Lookup(name) // where users are not in a file
		if err != nil {
			return account.Account{}, false
		}
		return account.Account{Name: u.Username, UID: u.Uid, Home: u.HomeDir}, true
	}
}
