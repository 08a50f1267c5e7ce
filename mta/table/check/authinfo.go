package check

import (
	"errors"
	"fmt"
	"strings"

	"postroom.dev/mta/table"
)

// authinfoKey finds keys that are never looked up.
func authinfoKey(_ *checker, e table.Entry) (text, cure string) {
	rest, ok := strings.CutPrefix(e.Key, "authinfo:")
	switch {
	case !ok:
		return fmt.Sprintf("%s is never looked up", e.Key), "write AuthInfo:" + e.Key
	case isIP(rest):
		return fmt.Sprintf("%s is looked up with brackets for a host that is named by its address", rest), "write AuthInfo:[" + rest + "] if it is named so, or the host's name"
	case rest == "" && strings.Contains(e.Value, ":"):
		return "", "" // for every host
	}
	return "", ""
}

// authinfoValue finds what is no login: "U:user" "P:password", each in quotes; "=" instead of ":" says base64.
func authinfoValue(_ *checker, e table.Entry) (text, cure string) {
	const form = `write "U:user" "P:password", each in quotes`
	_, err := table.ParseLogin(e.Value)
	switch {
	case errors.Is(err, table.ErrPassword):
		return fmt.Sprintf("%s has no password", e.Key), form
	case errors.Is(err, table.ErrUser):
		return fmt.Sprintf("%s names no user", e.Key), form
	case err != nil:
		return err.Error(), form
	}
	return "", ""
}
