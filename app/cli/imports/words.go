package imports

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/mta/table"
)

// quote writes a text as TOML.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "?") {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// list writes texts as a TOML array.
func list(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// unlist reads what list wrote of words without quotes and backslashes.
func unlist(array string) (words []string) {
	for _, w := range strings.Split(strings.Trim(array, "[]"), ", ") {
		if w = strings.Trim(w, `"`); w != "" {
			words = append(words, w)
		}
	}
	return words
}

func contains(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

// classWords are the words of a class's file.
func classWords(text []byte) (words []string) {
	c, _ := table.ParseClass("", bytes.NewReader(text))
	for e := range c.Map().All() {
		words = append(words, e.Key)
	}
	return words
}

// held is a mailertable in which mail for other machines waits to be released: "smtp:host" becomes "hold:smtp:host". The loopback is no other machine.
func held(text []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		s := table.NewScanner(bytes.NewReader(line), table.Syntax{})
		if s.Scan() && s.Problem() == nil && leaves(string(s.Value())) {
			at := len(line) - len(bytes.TrimRight(line, "\r\n"))
			begin := len(line) - at - len(s.Value())
			out.Write(line[:begin])
			out.WriteString("hold:")
			out.Write(line[begin:])
			continue
		}
		out.Write(line)
	}
	return out.Bytes()
}

// leaves says that a value of the mailertable names another machine.
func leaves(value string) bool {
	mailer, host, ok := strings.Cut(strings.TrimSpace(value), ":")
	if !ok || !slices.Contains([]string{"smtp", "esmtp", "smtp8", "dsmtp", "relay"}, strings.ToLower(mailer)) {
		return false
	}
	literal, _, bracket := strings.Cut(strings.TrimPrefix(host, "["), "]")
	ip, err := netip.ParseAddr(literal)
	return !bracket || err != nil || !ip.IsLoopback()
}
