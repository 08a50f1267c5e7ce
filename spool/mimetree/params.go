package mimetree

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"postroom.dev/spool/mimetree/charset"
)

// value is a parsed Content-Type or Content-Disposition body.
type value struct {
	word   string            // before the parameters, lower case
	params map[string]string // decoded; nil when there are none
}

// parseValue reads `word; name=value; …`. RFC 2045 §5.1 and RFC 2231 are what it should be; it also takes
// missing semicolons and quotes, blanks in unquoted values, raw 8-bit text and encoded words in parameters.
func parseValue(body string) value {
	s := unfold(body)
	n := strings.IndexAny(s, ";")
	head := s
	if n >= 0 {
		head, s = s[:n], s[n+1:]
	} else {
		s = ""
	}
	head = strings.TrimSpace(head)
	if i := strings.IndexAny(head, " \t("); i >= 0 { // text/html charset=x, or a comment
		head, s = head[:i], head[i:]+";"+s
	}
	if strings.Contains(head, "=") { // a parameter where the word should be
		head, s = "", head+";"+s
	}
	v := value{word: strings.ToLower(strings.Trim(head, `"'`))}
	var segments map[string][]segment
	for count := 0; s != "" && count < MaxParams; count++ {
		var name, text string
		if name, text, s = nextParam(s); name == "" {
			continue
		}
		if base, seg, ok := continuation(name, text); ok {
			if segments == nil {
				segments = map[string][]segment{}
			}
			segments[base] = append(segments[base], seg)
			continue
		}
		if _, twice := v.params[name]; !twice {
			v.set(name, oneLine(charset.DecodeWords(text)))
		}
	}
	for name, segs := range segments { // RFC 2231 beats the plain form beside it, RFC 6266 §4.3
		v.set(name, join(segs))
	}
	return v
}

func (v *value) set(name, text string) {
	if v.params == nil {
		v.params = make(map[string]string, 2)
	}
	v.params[name] = text
}

// nextParam cuts one name=value off s; name is "" when what is there is none.
func nextParam(s string) (name, text, rest string) {
	s = strings.TrimLeft(s, " \t;")
	n := strings.IndexAny(s, "=;")
	if n < 0 {
		return "", "", ""
	}
	if s[n] == ';' {
		return "", "", s[n+1:]
	}
	name = strings.ToLower(strings.TrimSpace(s[:n]))
	if i := strings.LastIndexAny(name, " \t)"); i >= 0 {
		name = name[i+1:]
	}
	s = strings.TrimLeft(s[n+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		if text, rest, ok := cutQuoted(s); ok {
			return name, text, rest
		}
		s = s[1:] // the closing quote is missing
	}
	text, rest, _ = strings.Cut(s, ";")
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		switch name {
		case "name", "filename", "boundary":
			if c := strings.Index(text, " ("); c >= 0 && name == "boundary" {
				text = text[:c]
			}
		default:
			text, rest = text[:i], text[i:]+";"+rest
		}
	}
	return name, strings.TrimSpace(text), rest
}

// cutQuoted takes the quoted string at the start of s. A backslash that precedes
// neither quote nor backslash stays: Windows paths come unescaped.
func cutQuoted(s string) (text, rest string, ok bool) {
	var b []byte
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return string(b), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b = append(b, s[i])
	}
	return "", s, false
}

// segment is one piece of an RFC 2231 parameter.
type segment struct {
	index   int
	encoded bool
	text    string
}

// continuation takes name*, name*0 and name*0* apart: RFC 2231 §3 and §4.
func continuation(name, text string) (base string, seg segment, ok bool) {
	base, tail, ok := strings.Cut(name, "*")
	if !ok || base == "" {
		return "", segment{}, false
	}
	seg = segment{text: text, encoded: tail == "" || strings.HasSuffix(tail, "*")}
	if digits := strings.TrimSuffix(tail, "*"); digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 {
			return "", segment{}, false
		}
		seg.index = n
	}
	return base, seg, true
}

// join puts the pieces together and decodes them.
func join(segs []segment) string {
	slices.SortStableFunc(segs, func(a, b segment) int { return a.index - b.index })
	name, raw, encoded := "", []byte(nil), false
	for i, s := range segs {
		if i > 0 && s.index == segs[i-1].index {
			continue // said twice
		}
		text := s.text
		if s.encoded {
			encoded = true
			if i == 0 {
				if set, rest, ok := strings.Cut(text, "'"); ok {
					if _, after, ok := strings.Cut(rest, "'"); ok {
						name, text = set, after
					}
				}
			}
			raw = append(raw, unpercent(text)...)
		} else {
			raw = append(raw, text...)
		}
	}
	if !encoded {
		return oneLine(charset.DecodeWords(string(raw)))
	}
	text, _ := charset.Decode(name, raw)
	return oneLine(text)
}

// unpercent decodes %XX and leaves what is none.
func unpercent(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(c))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return b
}

// maxFilename is what file systems take, in octets.
const maxFilename = 255

// safeFilename takes from a name what could lead out of a directory or deceive
// who reads it: separators, control and bidirectional override characters.
func safeFilename(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '/' || r == '\\':
			return '_'
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '_'
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == utf8.RuneError:
			return '_'
		}
		return r
	}, s))
	if s == "." || s == ".." {
		return strings.Repeat("_", len(s))
	}
	if len(s) > maxFilename { // keep the extension
		ext := ""
		if i := strings.LastIndexByte(s, '.'); i >= 0 && len(s)-i <= 16 {
			ext = s[i:]
		}
		s = strings.ToValidUTF8(s[:maxFilename-len(ext)], "") + ext
	}
	return s
}
