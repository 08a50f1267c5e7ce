package charset

import (
	"strings"
	"unicode/utf8"
)

// DecodeWords gives a header text with its RFC 2047 encoded words decoded and
// the rest read by Guess. It takes what is met in the wild: words inside other
// text, blanks inside a word, characters cut in two between words,
// base64 without padding, a language after the charset (RFC 2231 §5). What does
// not read as an encoded word stays as it is.
func DecodeWords(s string) string { return DecodeWordsIn("", s) }

// DecodeWordsIn is DecodeWords with the charset of text outside words that is not UTF-8.
func DecodeWordsIn(fallback, s string) string {
	plain := func(s string) string {
		if fallback == "" || utf8.ValidString(s) {
			return Guess([]byte(s))
		}
		text, _ := Decode(fallback, []byte(s))
		return text
	}
	if !strings.Contains(s, "=?") {
		return plain(s)
	}
	var out strings.Builder
	var name string    // charset of the words in held
	var held []byte    // decoded octets of adjacent words: a character may span them
	var between string // blanks after the last word: dropped when a word follows, RFC 2047 §6.2
	flush := func() {
		if held != nil {
			text, _ := Decode(name, held)
			out.WriteString(text)
			held = nil
		}
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			if held != nil && strings.Trim(s[:i], " \t\r\n") == "" && i < len(s) {
				between = s[:i]
			} else {
				flush()
				out.WriteString(between + plain(s[:i]))
				between = ""
			}
			s = s[i:]
			continue
		}
		w, n := word(s)
		if n == unended {
			flush()
			out.WriteString(between + plain(s))
			return out.String()
		}
		if n == 0 {
			flush()
			out.WriteString(between + "=?")
			between = ""
			s = s[2:]
			continue
		}
		if held != nil && w.charset != name {
			flush()
		}
		name, between = w.charset, ""
		held = append(held, w.text...)
		if held == nil {
			held = []byte{}
		}
		s = s[n:]
	}
	flush()
	out.WriteString(between)
	return out.String()
}

type encodedWord struct {
	charset string
	text    []byte
}

// unended says that a word begins and no word in the rest ends: looking on would
// take time with the square of the length.
const unended = -1

// word reads the encoded word at the start of s and says how long it is; 0
// when there is none. RFC 2047 §2 allows 75 octets, senders write thousands.
func word(s string) (encodedWord, int) {
	head := s[2:min(len(s), 2+100)]
	q := strings.IndexByte(head, '?')
	if q < 1 || q+2 >= len(head) || head[q+2] != '?' || strings.ContainsAny(head[:q], " \t\r\n=") {
		return encodedWord{}, 0
	}
	encoding := head[q+1]
	if !strings.ContainsRune("bBqQ", rune(encoding)) {
		return encodedWord{}, 0
	}
	name, _, _ := strings.Cut(head[:q], "*")
	start := 2 + q + 3
	n := strings.Index(s[start:], "?=")
	if n < 0 {
		return encodedWord{}, unended
	}
	body := s[start : start+n]
	w := encodedWord{charset: normal(name)}
	if encoding == 'b' || encoding == 'B' {
		w.text = wordBase64(body)
	} else {
		w.text = wordQ(body)
	}
	return w, start + n + 2
}

// wordBase64 reads base64 and skips what is not.
func wordBase64(s string) []byte {
	out := make([]byte, 0, len(s)*3/4)
	var bits uint32
	var n uint
	for i := 0; i < len(s); i++ {
		if s[i] == '=' { // padding: the rest of the group is void
			bits, n = 0, 0
			continue
		}
		v := sextet(s[i])
		if v < 0 {
			continue
		}
		bits, n = bits<<6|uint32(v), n+6
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	return out
}

// wordQ reads the Q encoding, RFC 2047 §4.2.
func wordQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// unhex is the value of a hexadecimal digit of either case, -1 for any other octet.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
