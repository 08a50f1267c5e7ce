package address

import "strings"

// kind is what a token is. A special character is its own kind.
type kind byte

const (
	word    kind = 'a' // an atom, dots included, backslashes decoded
	quoted  kind = 'q' // a quoted string, decoded
	literal kind = 'l' // a domain literal, brackets included
	blank   kind = ' ' // blanks, tabs, line ends
	comment kind = 'c' // a comment, outer parentheses dropped, decoded
)

type token struct {
	kind kind
	text string
}

// scan cuts s into tokens and says what is not balanced. s has any length; the
// work is linear. Sendmail's prescan is the model: angle brackets are counted.
func scan(s string) ([]token, error) {
	var toks []token
	var angles int
	at := false // the last token but blanks was "@": a bracket begins a literal
	for i := 0; i < len(s); {
		var t token
		n, err := 0, error(nil)
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n':
			n = len(s[i:]) - len(strings.TrimLeft(s[i:], " \t\r\n"))
			t = token{blank, " "}
		case '"':
			t.kind = quoted
			t.text, n, err = scanQuoted(s[i:])
		case '(':
			t.kind = comment
			t.text, n, err = scanComment(s[i:])
		case ')':
			err = &UnbalancedError{')'}
		case '<':
			angles++
			t, n = token{kind(c), "<"}, 1
		case '>':
			if angles--; angles < 0 {
				err = &UnbalancedError{'>'}
			}
			t, n = token{kind(c), ">"}, 1
		case '@', ',', ':', ';':
			t, n = token{kind(c), s[i : i+1]}, 1
		case '[':
			if at {
				t.kind = literal
				t.text, n, err = scanLiteral(s[i:])
				break
			}
			fallthrough
		default:
			t.kind = word
			t.text, n, err = scanWord(s[i:])
		}
		if err != nil {
			return nil, err
		}
		if t.kind != blank && t.kind != comment {
			at = t.kind == '@'
		}
		toks = append(toks, t)
		i += n
	}
	if angles > 0 {
		return nil, &UnbalancedError{'<'}
	}
	return toks, nil
}

// scanWord reads octets up to a special one. Square brackets are ordinary here: sendmail mails to a[1]@host.
func scanWord(s string) (string, int, error) {
	var b []byte
	i := 0
	for ; i < len(s) && strings.IndexByte(" \t\r\n\"()<>@,:;", s[i]) < 0; i++ {
		c := s[i]
		if c == '\\' {
			if i++; i == len(s) {
				return "", 0, ErrSyntax
			}
			c = s[i]
		}
		if isControl(c) {
			return "", 0, ErrControl
		}
		b = append(b, c)
	}
	return string(b), i, nil
}

// scanQuoted reads the quoted string at the start of s. Line ends inside are folding and vanish.
func scanQuoted(s string) (string, int, error) {
	var b []byte
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			return string(b), i + 1, nil
		case c == '\r' || c == '\n':
			continue
		case c == '\\' && i+1 < len(s):
			i++
			c = s[i]
		}
		if isControl(c) && c != '\t' {
			return "", 0, ErrControl
		}
		b = append(b, c)
	}
	return "", 0, &UnbalancedError{'"'}
}

// scanComment reads the comment at the start of s: RFC 5322 §3.2.2, nested ones are part of its text.
func scanComment(s string) (string, int, error) {
	var b []byte
	depth := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '(':
			depth++
			if depth == 1 {
				continue
			}
		case ')':
			depth--
			if depth == 0 {
				return string(b), i + 1, nil
			}
		case '\\':
			if i+1 < len(s) {
				i++
				c = s[i]
			}
		}
		if !isControl(c) {
			b = append(b, c)
		}
	}
	return "", 0, &UnbalancedError{'('}
}

// scanLiteral reads the domain literal at the start of s: RFC 5321 §4.1.3.
func scanLiteral(s string) (string, int, error) {
	n := strings.IndexByte(s, ']')
	if n < 0 {
		return "", 0, &UnbalancedError{'['}
	}
	if strings.ContainsAny(s[1:n], "[\\ <>@,;\"()") {
		return "", 0, ErrSyntax
	}
	for i := range n {
		if isControl(s[i]) {
			return "", 0, ErrControl
		}
	}
	return s[:n+1], n + 1, nil
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }
