package model

import (
	"strconv"
	"strings"
	"time"

	"postroom.dev/spool/qf"
	"postroom.dev/ui/say"
)

// explainAt is the column at which explanations begin.
const explainAt = 44

// ControlLines is a control file with every line explained: what stands in the file, then what that means. now is by the server's clock.
func ControlLines(text string, now time.Time) []Line {
	_, problems := qf.Parse(strings.NewReader(text))
	wrong := map[int]string{}
	for _, p := range problems {
		wrong[p.Line] = p.Text
	}
	var out []Line
	in, header := false, false
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		words := ""
		switch {
		case strings.HasPrefix(line, "\t") || strings.HasPrefix(line, " "):
			words = say.T("goes on from the line above")
		case line == "":
			words = say.T("an empty line does not belong here")
		default:
			words = explainLine(line[0], line[1:], now, in, header)
			in, header = in || line[0] == 'S', header || line[0] == 'H'
		}
		tone := Plain
		if problem := wrong[n]; problem != "" {
			words, tone = problem, Bad
		}
		if line != "" && (line[0] == '\t' || line[0] == ' ') && tone == Plain {
			tone = Dim
		}
		out = append(out, explained(line, words, tone)...)
	}
	for _, p := range problems {
		if p.Line > n || p.Line == 0 {
			out = append(out, Line{{Text: p.Text, Tone: Bad}})
		}
	}
	return out
}

// explained sets an explanation beside its line, or below it where there is no room.
func explained(line, words string, tone Tone) []Line {
	shown := noControls(line)
	if words == "" {
		return []Line{{{Text: shown, Tone: tone}}}
	}
	if n := len([]rune(shown)); n < explainAt-1 {
		return []Line{{{Text: shown + strings.Repeat(" ", explainAt-n), Tone: tone, Margin: true}, {Text: words, Tone: dimmer(tone)}}}
	}
	return []Line{{{Text: shown, Tone: tone}}, {{Text: strings.Repeat(" ", explainAt), Margin: true}, {Text: words, Tone: dimmer(tone)}}}
}

func dimmer(t Tone) Tone {
	if t == Plain {
		return Dim
	}
	return t
}

// explainLine says what a line of a control file means. inEnvelope says that the sender's line has come.
func explainLine(code byte, v string, now time.Time, sender, header bool) string {
	switch code {
	case 'V':
		return say.T("version of the format; sendmail 8.17 writes 8")
	case 'T':
		return say.T("handed in %s", moment(v, now))
	case 'K':
		if v == "0" {
			return say.T("not tried yet")
		}
		return say.T("tried last %s", moment(v, now))
	case 'N':
		return say.T("number of attempts")
	case 'P':
		return say.T("priority: size, plus 30,000 for each recipient, plus 90,000 for each run; the lowest goes first")
	case 'B':
		if v == "8BITMIME" {
			return say.T("the body has 8-bit text")
		}
		return say.T("the body has 7-bit text")
	case 'd':
		return say.T("directory of the body")
	case 'I':
		return say.T("device and inode of the body, to find it again after a crash")
	case 'M':
		if sender {
			return say.T("what came of the last attempt on the next recipient")
		}
		return say.T("what came of the last attempt")
	case 'q':
		return say.T("quarantined, for this reason")
	case 'F':
		return flagWords(v)
	case '$':
		return macroWords(v)
	case 'S':
		if v == "<>" {
			return say.T("sender: none, so that nothing goes back; it is a report itself")
		}
		return say.T("sender (MAIL FROM); returns go there")
	case 'Z':
		return say.T("envelope id that the sender gave (ENVID)")
	case 'A':
		return say.T("who first submitted it (AUTH of MAIL FROM)")
	case '!':
		return say.T("to be delivered by a time (DELIVERBY)")
	case 'C':
		return say.T("user whose rights the next recipient's program has")
	case 'Q':
		return say.T("the next recipient as it was first written (ORCPT)")
	case 'r':
		return say.T("the next recipient for reports (Final-Recipient)")
	case 'R':
		return recipientWords(v)
	case 'H':
		return headerWords(v)
	case '.':
		return say.T("the end; without it the file is taken for half written")
	case 'D', 'E', 'L':
		return say.T("from an older sendmail; no longer used")
	}
	return say.T("no meaning that sendmail knows")
}

// moment is a time in a control file, in words.
func moment(v string, now time.Time) string {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n <= 0 || n > 253402300799 {
		return say.T("at a time that makes no sense")
	}
	t := time.Unix(n, 0).In(now.Location())
	if t.After(now) {
		return t.Format("2006-01-02 15:04:05")
	}
	return say.T("%s, %s ago", t.Format("2006-01-02 15:04:05"), Ago(now.Sub(t)))
}

func flagWords(v string) string {
	var words []string
	for _, letter := range v {
		words = append(words, map[rune]string{
			'w': say.T("w: the sender was warned of the delay"), 'r': say.T("r: it is a return"), '8': say.T("8: has 8-bit text"),
			'b': say.T("b: Bcc lines are left out"), 'd': say.T("d: the sender asked what goes back (RET)"), 'n': say.T("n: the text does not go back"),
			's': say.T("s: flags are given"), 'e': say.T("e: has addresses in UTF-8"),
		}[letter])
		if words[len(words)-1] == "" {
			words[len(words)-1] = string(letter) + ": " + say.T("unknown")
		}
	}
	return strings.Join(words, "; ")
}

func macroWords(v string) string {
	name := v
	if strings.HasPrefix(v, "{") {
		if end := strings.IndexByte(v, '}'); end > 0 {
			name = v[:end+1]
		}
	} else if v != "" {
		name = v[:1]
	}
	switch name {
	case "_":
		return say.T("who handed it in, as the connection or the system says")
	case "r":
		return say.T("the protocol that it came by")
	case "s":
		return say.T("the name that the client called itself")
	case "{daemon_flags}":
		return say.T("flags of the listener: c for no canonical names, u for no domain needed")
	case "{postroom_caller}":
		return say.T("the process that called sendmail: its number, its user's number, its command")
	case "{auth_authen}":
		return say.T("the name that the client logged in with")
	case "{tls_version}", "{cipher}", "{verify}":
		return say.T("about the client's TLS")
	}
	return say.T("macro %s", name)
}

func recipientWords(v string) string {
	flags, _, found := strings.Cut(v, ":")
	if !found {
		return say.T("recipient, in the form of old sendmails")
	}
	words := []string{say.T("recipient that still waits")}
	for _, letter := range flags {
		switch letter {
		case 'A':
			words = append(words, say.T("an alias led there"))
		case 'N':
			words = append(words, say.T("the sender said which reports it wants"))
		case 'S':
			words = append(words, say.T("reports of success"))
		case 'F':
			words = append(words, say.T("reports of failure"))
		case 'D':
			words = append(words, say.T("reports of delay"))
		}
	}
	return strings.Join(words, "; ")
}

func headerWords(v string) string {
	flags := ""
	if strings.HasPrefix(v, "?") {
		if end := strings.IndexByte(v[1:], '?'); end >= 0 {
			flags, v = v[1:1+end], v[end+2:]
		}
	}
	name, _, _ := strings.Cut(v, ":")
	switch {
	case strings.EqualFold(name, "Return-Path"):
		return say.T("header field; only final delivery writes it, with the sender")
	case flags != "":
		return say.T("header field, added; sent by mailers with flag %s", flags)
	}
	return say.T("header field")
}
