package check

import (
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

// authinfoValue reads the words of an entry: "U:user" "P:password", each in quotes; "=" instead of ":" says base64.
func authinfoValue(_ *checker, e table.Entry) (text, cure string) {
	const form = `write "U:user" "P:password", each in quotes`
	has := map[byte]bool{}
	for rest := strings.TrimSpace(e.Value); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		word := ""
		if rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return "a quote is not closed", form
			}
			word, rest = rest[1:end+1], rest[end+2:]
		} else {
			end := strings.IndexAny(rest+" ", " \t")
			word, rest = rest[:end], rest[end:]
		}
		if len(word) < 2 || word[1] != ':' && word[1] != '=' || !strings.Contains("UIPRM", strings.ToUpper(word[:1])) {
			return "a word begins with none of U: I: P: R: M:", form
		}
		has[strings.ToUpper(word)[0]] = true
	}
	switch {
	case !has['P']:
		return fmt.Sprintf("%s has no password", e.Key), form
	case !has['U'] && !has['I']:
		return fmt.Sprintf("%s names no user", e.Key), form
	}
	return "", ""
}
