package model

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"postroom.dev/ui/say"
)

// Tone is what a text's colour says.
type Tone int

// The tones. Plain is the colour of text.
const (
	Plain Tone = iota
	Dim
	Accent
	OK
	Warn
	Bad
)

// Chip is a short word with a background.
type Chip struct {
	Text string
	Tone Tone
}

// Span is a piece of a line in one tone.
type Span struct {
	Text   string
	Tone   Tone
	Tag    bool   // on a tint of its tone
	Margin bool   // where the line wraps, its later rows begin behind it
	Link   string // what a click on it leads to: an address, or what MessageLink gives; "" for nothing
}

// Line is one line of a text.
type Line []Span

// String gives the line without tones, as it is copied.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Size prints octets: "48.2 KB", in units of 1000.
func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < 3 {
		f /= 1000
		unit++
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + []string{"KB", "MB", "GB", "TB"}[unit]
}

// Count prints a number with a comma between thousands.
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Rate prints how many messages come in a second: "0.3 msg/s", "1,000 msg/s".
func Rate(perSecond float64) string {
	if perSecond < 9.95 {
		return say.T("%s msg/s", strings.TrimSuffix(strconv.FormatFloat(perSecond, 'f', 1, 64), ".0"))
	}
	return say.T("%s msg/s", Count(int(perSecond+0.5)))
}

// Lasting prints how long something is, its two largest units: "4 h", "5 d 2 h", "40 s".
func Lasting(d time.Duration) string {
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, say.T("d")}, {time.Hour, say.T("h")}, {time.Minute, say.T("min")}, {time.Second, say.T("s")}} {
		n := d / u.size
		d -= n * u.size
		if n > 0 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+" "+u.name)
		} else if len(parts) > 0 {
			break
		}
		if len(parts) == 2 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 " + say.T("s")
	}
	return strings.Join(parts, " ")
}

const nameLimit = 120 // letters of a file name

// SafeName makes a file name out of one that a message proposes: no folders, no control or format characters, no
// name that a system reserves. fallback is taken when nothing is left.
func SafeName(proposed, fallback string) string {
	name := path.Base(strings.ReplaceAll(proposed, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1 // Cf has the marks that turn "gpj.exe" around
		case strings.ContainsRune(`<>:"/|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if reserved(name) {
		name = "_" + name
	}
	if letters := []rune(name); len(letters) > nameLimit {
		ext := []rune(path.Ext(name))
		if len(ext) > 16 {
			ext = nil
		}
		name = string(letters[:nameLimit-len(ext)]) + string(ext)
	}
	if name == "" {
		return fallback
	}
	return name
}

// reserved says that Windows takes the name for a device.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}

// oneLine makes a text fit for one line: no line ends, tabs or other control characters, no spaces at its ends.
func oneLine(s string) string { return strings.TrimSpace(noControls(s)) }

// noControls puts spaces for control characters.
func noControls(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// Short cuts a text after so many letters, with "…" for the rest.
func Short(s string, letters int) string {
	r := []rune(oneLine(s))
	if len(r) <= letters {
		return string(r)
	}
	return string(r[:letters-1]) + "…"
}
