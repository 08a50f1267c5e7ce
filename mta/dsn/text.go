package dsn

import (
	"bufio"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of what is quoted from others, in octets.
const (
	maxValue      = 800      // of a status field's value, as in sendmail
	maxShort      = 203      // of an address or a reason among the words for people, as in sendmail
	maxLine       = 990      // of a transcript's line: RFC 5321 §4.5.3.1.6 allows 998
	maxTranscript = 64 << 10 // of the whole transcript
	maxHeader     = 1 << 20  // of a quoted header
)

// line writes s and a line end. The error stays in b until Flush.
func line(b *bufio.Writer, s string) {
	b.WriteString(s)
	b.WriteString("\r\n")
}

// Date prints t as sendmail does: RFC 5322 §3.3, with GMT for the zone that is UTC.
func Date(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return t.UTC().Format("Mon, 2 Jan 2006 15:04:05 GMT")
	}
	return t.Format("Mon, 2 Jan 2006 15:04:05 -0700")
}

// Interval prints d in words, as sendmail does: "4 hours", "5 days", "1 week 2 days". Parts of a second are dropped.
func Interval(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		name string
		long time.Duration
	}{
		{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour},
		{"minute", time.Minute}, {"second", time.Second},
	} {
		n := d / unit.long
		if n <= 0 {
			continue
		}
		d -= n * unit.long
		text := fmt.Sprintf("%d %s", n, unit.name)
		if n > 1 {
			text += "s"
		}
		parts = append(parts, text)
	}
	if parts == nil {
		return "zero seconds"
	}
	return strings.Join(parts, " ")
}

// printable gives s as valid UTF-8 without control characters: each becomes a question mark. Tabs become spaces. The
// C1 controls and the Unicode line separators go as well, since some reader takes them for a line's end.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == utf8.RuneError:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// oneLine is printable for text of several lines: they are joined by a space.
func oneLine(s string) string {
	return printable(strings.Join(lines(s), " "))
}

// lines cuts s at LF or CRLF, drops empty lines and the blanks around each.
func lines(s string) []string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// shorten keeps the start and the end of s where it is longer than sendmail shows.
func shorten(s string) string {
	if len(s) <= maxShort {
		return s
	}
	const half = (maxShort - 3) / 2
	return strings.ToValidUTF8(s[:half], "") + "..." + strings.ToValidUTF8(s[len(s)-half:], "")
}

// cut gives at most n octets of s, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// ascii gives s with each character beyond ASCII as \x{HEX}, the form that RFC 6533 §3 gives addresses.
func ascii(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\x{%X}`, r)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
