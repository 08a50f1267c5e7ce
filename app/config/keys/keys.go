// Package keys sets single keys in the text of a settings file and leaves everything else in it as it is: comments, order, empty
// lines, line ends.
//
// A key that is there gets another value in its place. One that is not there is put behind the line in which its default
// stands as a comment ("#key = value"), else at the end of its section, else in a new section at the end of the text.
//
// What was done is checked by reading the text again: when anything but the key is another than before, the text stays as it was, and the
// error says so. Only what settings files have is understood: sections [a], of which [[a]] may be there more than once (sections.go), keys of one word;
// values may have several lines.
package keys

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// ErrText says that a text cannot be changed without changing more than was asked for.
var ErrText = errors.New("cannot be set in this text; set it by hand")

// ErrValue says that a value is none of TOML.
var ErrValue = errors.New(`write a number, true or false, "a text" in quotes, or a list ["a", "b"]`)

// Get gives the value of a key, as TOML has it in Go. ok is false when the text does not set it.
func Get(text []byte, section, key string) (value any, ok bool, err error) {
	all, err := read(text)
	if err != nil {
		return nil, false, err
	}
	values := all
	if section != "" {
		values, _ = all[section].(map[string]any)
	}
	value, ok = values[key]
	return value, ok, nil
}

// Set gives the text with a key set to a value, written as TOML: "true", "25", `["a"]`. section is "" for keys before the first section.
// Errors are ErrText, ErrValue and those of a text that is no TOML.
func Set(text []byte, section, key, value string) ([]byte, error) {
	want, err := read(text)
	if err != nil {
		return nil, err
	}
	parsed, err := read([]byte("x = " + value + "\n"))
	if err != nil || len(parsed) != 1 {
		return nil, fmt.Errorf("%s: %s is no value: %w", key, value, ErrValue)
	}
	if section == "" {
		want[key] = parsed["x"]
	} else {
		values, _ := want[section].(map[string]any)
		if values == nil {
			values = map[string]any{}
			want[section] = values
		}
		values[key] = parsed["x"]
	}
	out := place(string(text), section, key, value)
	got, err := read([]byte(out))
	if err != nil || !reflect.DeepEqual(got, want) {
		return nil, fmt.Errorf("[%s] %s: %w", section, key, ErrText)
	}
	return []byte(out), nil
}

func read(text []byte) (map[string]any, error) {
	all := map[string]any{}
	return all, toml.Unmarshal(text, &all)
}

// place puts the key where it belongs.
func place(text, section, key, value string) string {
	lines, eol := split(text)
	from, to, found := find(lines, section)
	if !found {
		if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
			lines[n-1] += eol
		}
		gap := eol
		if len(lines) == 0 {
			gap = ""
		}
		return strings.Join(lines, "") + gap + "[" + section + "]" + eol + key + " = " + value + eol
	}
	return placeIn(lines, from, to, key, value, eol)
}

// split gives the lines of a text with their ends, and how it ends them.
func split(text string) (lines []string, eol string) {
	lines = strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) > 0 && strings.HasSuffix(lines[0], "\r\n") {
		return lines, "\r\n"
	}
	return lines, "\n"
}

// placeIn puts the key into the section of the lines from..to.
func placeIn(lines []string, from, to int, key, value, eol string) string {
	added := key + " = " + value + eol
	for i := from; i < to; i++ {
		if name, is := keyOf(lines[i]); is && name == key {
			end := valueEnd(lines, i)
			comment := ""
			if end == i+1 {
				comment = commentOf(lines[i])
			}
			return strings.Join(lines[:i], "") + key + " = " + value + comment + lineEnd(lines[end-1]) + strings.Join(lines[end:], "")
		}
	}
	at := to
	for at > from && strings.TrimSpace(lines[at-1]) == "" { // before the empty lines that end the section
		at--
	}
	for i := from; i < to; i++ {
		commented, is := strings.CutPrefix(strings.TrimSpace(lines[i]), "#")
		if name, isKey := keyOf(commented); is && isKey && name == key {
			at = i + 1
		}
	}
	if at > 0 && !strings.HasSuffix(lines[at-1], "\n") {
		lines[at-1] += eol
	}
	return strings.Join(lines[:at], "") + added + strings.Join(lines[at:], "")
}

// find gives the lines of a section, without the one with its name.
func find(lines []string, section string) (from, to int, found bool) {
	found = section == ""
	for i := 0; i < len(lines); i++ {
		if _, is := keyOf(lines[i]); is {
			i = valueEnd(lines, i) - 1 // a line of a value may look like a section
			continue
		}
		line := strings.TrimSpace(lines[i])
		if !strings.HasPrefix(line, "[") {
			continue
		}
		if found {
			return from, i, true
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "["), "]")
		if strings.TrimSpace(name) == section {
			from, found = i+1, true
		}
	}
	return from, len(lines), found
}

// keyOf gives the key that a line sets.
func keyOf(line string) (string, bool) {
	name, _, is := strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	return name, is && name != "" && !strings.ContainsAny(name, "#[]\"' \t")
}

// valueEnd is the line behind the value that begins in line i: the first at which the lines make a value.
func valueEnd(lines []string, i int) int {
	const most = 100 // lines of a value
	_, value, _ := strings.Cut(lines[i], "=")
	if value = strings.TrimSpace(value); !strings.HasPrefix(value, "[") && !strings.HasPrefix(value, `"""`) && !strings.HasPrefix(value, "'''") {
		return i + 1
	}
	for end := i + 1; end <= min(len(lines), i+most); end++ {
		if _, err := read([]byte(strings.Join(lines[i:end], ""))); err == nil {
			return end
		}
	}
	return i + 1
}

// commentOf is the comment behind a value, with the blanks before it.
func commentOf(line string) string {
	for i := len(line) - 1; i > 0; i-- {
		if line[i] != '#' {
			continue
		}
		if _, err := read([]byte(line[:i])); err == nil {
			value := strings.TrimRight(line[:i], " \t")
			return line[len(value) : len(line)-len(lineEnd(line))]
		}
	}
	return ""
}

func lineEnd(line string) string {
	switch {
	case strings.HasSuffix(line, "\r\n"):
		return "\r\n"
	case strings.HasSuffix(line, "\n"):
		return "\n"
	}
	return ""
}
