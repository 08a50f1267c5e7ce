package model

import (
	"strings"

	"postroom.dev/ui/say"
)

// Hint is one way to send a first message: words, and a line to copy.
type Hint struct {
	Title string
	Line  string
}

// Hints says how to send mail to Postroom. smtp is the listener's address, "" when none listens; program is the
// path of postroom.
func Hints(smtp, program string) []Hint {
	var out []Hint
	if smtp != "" {
		host, port := smtp, "25"
		if i := strings.LastIndexByte(smtp, ':'); i >= 0 {
			host, port = strings.Trim(smtp[:i], "[]"), smtp[i+1:]
		}
		switch host {
		case "", "0.0.0.0", "::":
			host = "127.0.0.1"
		}
		server := host
		if strings.Contains(host, ":") {
			server = "[" + host + "]"
		}
		out = append(out,
			Hint{say.T("Any application: SMTP server and port, no password, no encryption"), server + ":" + port},
			Hint{say.T("Try it in a terminal"), "swaks --server " + server + ":" + port + " --from app@example.com --to you@example.com"})
	}
	if program != "" {
		out = append(out, Hint{say.T("PHP: a line for php.ini"), `sendmail_path = "` + quoted(program) + ` sendmail -t -i"`})
	}
	return out
}

// quoted puts a path with spaces in quotes for the shell that PHP starts.
func quoted(path string) string {
	if strings.ContainsAny(path, " ()&;$") {
		return "'" + path + "'"
	}
	return path
}
