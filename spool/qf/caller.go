package qf

import (
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// callerMacro is a macro of our own: which program handed the message to the sendmail command. sendmail reads a macro
// that it does not know and leaves it out when it rewrites the file.
const callerMacro = "{postroom_caller}"

// maxCaller bounds its value, in octets; what is beyond of a command line is left out.
const maxCaller = 1024

// caller prints a process as `PID UID "word" "word"`.
func caller(o *mta.Origin) string {
	b := strconv.AppendInt(nil, int64(o.PID), 10)
	b = strconv.AppendInt(append(b, ' '), int64(o.UID), 10)
	for _, word := range o.Argv {
		quoted := strconv.QuoteToASCII(word)
		if len(b)+1+len(quoted) > maxCaller {
			break
		}
		b = append(append(b, ' '), quoted...)
	}
	return string(b)
}

// readCaller reads what caller prints, as far as it can.
func readCaller(text string, o *mta.Origin) {
	pid, rest, _ := strings.Cut(text, " ")
	uid, rest, _ := strings.Cut(rest, " ")
	p, err := strconv.Atoi(pid)
	if err != nil || p <= 0 {
		return
	}
	u, err := strconv.Atoi(uid)
	if err != nil || u < -1 {
		return
	}
	o.PID, o.UID = p, u
	for {
		rest = strings.TrimLeft(rest, " ")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return
		}
		o.Argv, rest = append(o.Argv, word), rest[len(quoted):]
	}
}
