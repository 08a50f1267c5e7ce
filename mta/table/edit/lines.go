package edit

import (
	"fmt"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
)

// blank is C's isspace, as the tables' readers have it.
const blank = " \t\v\f\r"

// entry reads what begins in line i, from 0. next is where the following one begins.
func (t *Text) entry(i int) (e Entry, next int, ok bool) {
	next = i + 1
	text := t.lines[i].text
	if t.kind == Aliases {
		text, next = t.logical(i)
	}
	e = Entry{First: i + 1, Last: next}
	e.Key, e.Value, ok = t.split(text)
	return e, next, ok
}

// logical joins the lines of an alias, as package alias does: what is too long is cut, and then it is no entry.
func (t *Text) logical(i int) (text string, next int) {
	const limit = alias.MaxLine + 1
	text = t.lines[i].text
	text = text[:min(len(text), limit)]
	for next = i + 1; ; next++ {
		continued := strings.HasSuffix(text, `\`)
		text = strings.TrimSuffix(text, `\`)
		if next == len(t.lines) {
			return text, next
		}
		more := t.lines[next].text
		if !continued && !strings.HasPrefix(more, " ") && !strings.HasPrefix(more, "\t") {
			return text, next
		}
		if more = more[:min(len(more), limit-len(text))]; more != "" {
			text += more
		}
	}
}

// split reads the key and the value of a line; ok is false when it is no entry.
func (t *Text) split(text string) (key, value string, ok bool) {
	switch t.kind {
	case List:
		name, _, _ := strings.Cut(text, "#")
		key = strings.Trim(name, blank)
		return table.Fold(key), "", key != ""
	case Script:
		when, answer, err := simulate.Split(text)
		return when, answer, err == nil && when != "" && when[0] != '#' && len(text) <= simulate.MaxLine
	case Aliases:
		name, value, colon := strings.Cut(text, ":")
		value = strings.TrimLeft(value, blank)
		key = table.Fold(t.plain(name))
		return key, value, colon && text[0] != '#' && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\t") && key != "" && value != "" && len(text) <= alias.MaxLine
	}
	if text == "" || text[0] == '#' || strings.ContainsRune(blank, rune(text[0])) || len(text) > table.MaxLine || strings.ContainsRune(text, 0) {
		return "", "", false
	}
	end := strings.IndexAny(text, blank)
	if end < 0 {
		return "", "", false
	}
	value = strings.TrimLeft(text[end:], blank)
	return table.Fold(text[:end]), value, value != ""
}

// plain is a key as it is looked up, but for its case: of an alias without quotes and comments.
func (t *Text) plain(written string) string {
	if t.kind != Aliases {
		return written
	}
	bare := strings.TrimSpace(written)
	if !strings.ContainsAny(bare, "\"<>()\\") || bare[0] == '\\' {
		return bare
	}
	if a, err := address.Parse(bare); err == nil && !a.IsNull() {
		if a.Domain != "" {
			return a.Local + "@" + a.Domain
		}
		return a.Local
	}
	return bare
}

// parts cuts an entry's first line: the key as it is written, what stands between it and the value (of aliases with the colon), and the rest.
func (t *Text) parts(text string) (written, between, rest string) {
	switch t.kind {
	case List:
		name, _, _ := strings.Cut(text, "#")
		bare := strings.Trim(name, blank)
		at := strings.Index(text, bare)
		return bare, text[:at], text[at+len(bare):]
	case Script:
		when, answer, _ := simulate.Split(text)
		lead := len(text) - len(strings.TrimLeft(text, blank))
		return when, text[lead+len(when) : len(strings.TrimRight(text, blank))-len(answer)], answer
	case Aliases:
		colon := strings.IndexByte(text, ':')
		if colon < 0 {
			return strings.TrimSuffix(text, `\`), ": ", ""
		}
		rest = strings.TrimLeft(text[colon+1:], blank)
		written, between = text[:colon], text[colon:len(text)-len(rest)]
		if between == ":" && rest != "" || rest != "" && rest != `\` {
			return written, between, rest
		}
		return written, ": ", rest // the value begins on the next line
	}
	end := strings.IndexAny(text, blank)
	rest = strings.TrimLeft(text[end:], blank)
	return text[:end], text[end : len(text)-len(rest)], rest
}

// separator is what stands between key and value in the text's last entry.
func (t *Text) separator() string {
	between := map[Kind]string{Map: "\t", Aliases: ": ", Script: "  "}[t.kind]
	if list := t.Entries(); len(list) > 0 && (t.kind == Map || t.kind == Aliases) {
		_, between, _ = t.parts(t.lines[list[len(list)-1].First-1].text)
	}
	return between
}

// compose writes an entry as one line. Of a list between is what stands before the name.
func (t *Text) compose(key, between, value string) (string, error) {
	fail := func(reason error, what, format string, a ...any) (string, error) {
		return "", fmt.Errorf("%q %w: %s", what, reason, fmt.Sprintf(format, a...))
	}
	limit := table.MaxLine
	switch {
	case key == "":
		return fail(ErrKey, key, "it is empty")
	case key[0] == '#':
		return fail(ErrKey, key, "it begins with #")
	case strings.ContainsAny(key, "\r\n\x00"):
		return fail(ErrKey, key, "it has line ends or NULs")
	case strings.ContainsAny(value, "\r\n\x00"):
		return fail(ErrValue, value, "it has line ends or NULs")
	case t.kind == Script:
		return composeRule(key, between, value)
	case t.kind != Aliases && strings.ContainsAny(key, blank):
		return fail(ErrKey, key, "it has blanks")
	case t.kind == List && strings.Contains(key, "#"):
		return fail(ErrKey, key, "it has a #")
	case t.kind == List && value != "":
		return fail(ErrValue, value, "a list has none")
	case t.kind == List:
		return between + key, nil
	case value == "" || strings.Trim(value, blank) == "":
		return fail(ErrValue, value, "it is empty")
	case strings.ContainsRune(blank, rune(value[0])):
		return fail(ErrValue, value, "it begins with a blank")
	case t.kind == Aliases:
		limit = alias.MaxLine
		if strings.ContainsAny(key, ":") || len(key) > address.MaxLocal {
			return fail(ErrKey, key, "it has a colon, or more than %d octets", address.MaxLocal)
		}
		if strings.HasSuffix(value, `\`) {
			return fail(ErrValue, value, "a backslash at its end continues the line")
		}
		if !strings.Contains(key, "@") {
			key = alias.Quote(key)
		}
	}
	if len(key)+len(between)+len(value) > limit {
		return fail(ErrValue, value, "the line would have more than %d octets", limit)
	}
	return key + between + value, nil
}

// composeRule writes a line of a Script.
func composeRule(when, between, answer string) (string, error) {
	when, answer = strings.TrimSpace(when), strings.TrimSpace(answer)
	line := when
	if answer != "" {
		if between == "" {
			between = "  "
		}
		line += between + answer
	}
	w, a, err := simulate.Split(line)
	switch {
	case err != nil:
		return "", fmt.Errorf("%q %w: %w", when, ErrKey, err)
	case w != when || a != answer:
		return "", fmt.Errorf("%q %w: it is a stage with conditions, and the answer stands apart", when, ErrKey)
	case len(line) > simulate.MaxLine:
		return "", fmt.Errorf("%q %w: the line would have more than %d octets", answer, ErrValue, simulate.MaxLine)
	}
	return line, nil
}
