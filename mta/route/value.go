package route

import (
	"strings"

	"postroom.dev/mta"
)

// action is what a value of the access table says.
type action struct {
	kind   kind
	status mta.Status // refuse
	reason string     // quarantine
}

type kind int

const (
	nothing    kind = iota
	accept          // OK
	relay           // RELAY
	reject          // REJECT: what that means is up to the ruleset
	discard         // DISCARD
	quarantine      // QUARANTINE:reason
	refuse          // ERROR:D.S.N:text, ERROR:text, text
)

// actionOf reads a value of the access table. Whatever is no word of its own is the text of a refusal.
func actionOf(value string) action {
	value = spoken(value)
	if !strings.Contains(value, `"`) { // its rules take it from between angle brackets
		value, _, _ = strings.Cut(value, ">")
	}
	word, rest, _ := strings.Cut(value, ":")
	switch strings.ToUpper(word) {
	case "OK":
		return action{kind: accept}
	case "RELAY":
		return action{kind: relay}
	case "REJECT":
		return action{kind: reject}
	case "DISCARD":
		return action{kind: discard}
	case "QUARANTINE":
		return action{kind: quarantine, reason: unquoted(rest)}
	case "ERROR":
		code, text := cutCode(rest)
		return action{kind: refuse, status: statusOf(code, text)}
	}
	return action{kind: refuse, status: statusOf("", value)}
}

// cutCode cuts "5.7.1:550 text" into the enhanced code and the text.
func cutCode(s string) (code, text string) {
	code, text, ok := strings.Cut(s, ":")
	if ok && strings.Count(code, ".") == 2 && !strings.ContainsAny(code, " \"") {
		return code, text
	}
	return "", s
}

// statusOf is the reply that sendmail's error mailer makes of $@ code $: text: the text may begin with an SMTP code, and
// with an enhanced code behind it. Without an SMTP code it is 553 5.3.0.
func statusOf(code, text string) mta.Status {
	text = unquoted(text)
	if len(text) < 4 || text[3] != ' ' || !digits(text[:3]) {
		return mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 3, 0}, Text: text}
	}
	n := int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0')
	text = text[4:]
	s := mta.Status{Code: n, Enhanced: mta.Enhanced{n / 100, 0, 0}, Text: text}
	if n < 400 {
		s.Enhanced[0] = 5
	}
	if e, rest, ok := cutEnhanced(text); ok {
		s.Enhanced, s.Text = e, rest
	} else if e, _, ok := cutEnhanced(code + " "); ok {
		s.Enhanced = e
	}
	return s
}

// cutEnhanced reads the enhanced code that text begins with.
func cutEnhanced(text string) (e mta.Enhanced, rest string, ok bool) {
	word, rest, ok := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if !ok || len(parts) != 3 || !strings.Contains("245", parts[0]) || len(parts[0]) != 1 {
		return e, text, false
	}
	for i, p := range parts {
		if p == "" || len(p) > 3 || !digits(p) {
			return e, text, false
		}
		for _, c := range p {
			e[i] = e[i]*10 + int(c-'0')
		}
	}
	return e, rest, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// unquoted is s without its quotation marks, as sendmail's stripquotes has it.
func unquoted(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		} else if s[i] == '"' {
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// operators end a word for sendmail (OperatorChars and the delimiters of RFC 822): blanks beside them are lost.
const operators = ".:%@!^/[]+()<>,;"

// spoken is a value as sendmail says it once it has cut it into tokens: without comments, with one blank between words and
// none beside operators. What stands in quotation marks stays as it is. That is why reference manuals quote texts.
func spoken(value string) string {
	var b strings.Builder
	blank, comment := false, 0
	word := false // a word was written last
	put := func(s string, isWord bool) {
		if blank && word && isWord {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		blank, word = false, isWord
	}
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case comment > 0:
			if c == '(' {
				comment++
			} else if c == ')' {
				comment--
			}
			blank = true
		case c == '(' && strings.Contains(value[i:], ")"):
			comment++
		case c == '"':
			end := i + 1
			for end < len(value) && value[end] != '"' {
				if value[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(value)-1)
			put(value[i:end+1], false)
			i = end
		case c == ' ' || c == '\t':
			blank = true
		case strings.IndexByte(operators, c) >= 0:
			put(value[i:i+1], false)
		default:
			put(value[i:i+1], true)
		}
	}
	return b.String()
}
