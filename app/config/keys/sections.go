package keys

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Pair is a key and its value, written as TOML; "" is for a key that is not to be there.
type Pair struct{ Key, Value string }

// AddSection gives the text with another section [[name]] at its end, which has these keys.
func AddSection(text []byte, name string, pairs []Pair) ([]byte, error) {
	want, err := read(text)
	if err != nil {
		return nil, err
	}
	section := map[string]any{}
	lines, eol := split(string(text))
	if n := len(lines); n > 0 {
		if !strings.HasSuffix(lines[n-1], "\n") {
			lines[n-1] += eol
		}
		if strings.TrimSpace(lines[n-1]) != "" {
			lines = append(lines, eol)
		}
	}
	lines = append(lines, "[["+name+"]]"+eol)
	for _, p := range pairs {
		if p.Value == "" {
			continue
		}
		if section[p.Key], err = value(p); err != nil {
			return nil, err
		}
		lines = append(lines, p.Key+" = "+p.Value+eol)
	}
	all, _ := want[name].([]any)
	want[name] = append(slices.Clone(all), section)
	return agreed(strings.Join(lines, ""), want, name)
}

// SetSection gives the text with these keys set, or taken out, in the n-th section [[name]], from 0. Other keys stay.
func SetSection(text []byte, name string, n int, pairs []Pair) ([]byte, error) {
	want, section, err := section(text, name, n)
	if err != nil {
		return nil, err
	}
	lines, eol := split(string(text))
	for _, p := range pairs {
		from, to, found := findNth(lines, name, n)
		if !found {
			return nil, fmt.Errorf("[[%s]]: %w", name, ErrText)
		}
		if p.Value == "" {
			delete(section, p.Key)
			lines = without(lines, from, to, p.Key)
			continue
		}
		if section[p.Key], err = value(p); err != nil {
			return nil, err
		}
		lines, _ = split(placeIn(lines, from, to, p.Key, p.Value, eol))
	}
	return agreed(strings.Join(lines, ""), want, name)
}

// RemoveSection gives the text without the n-th section [[name]]: its head and all up to its last key. Comments behind that stay.
func RemoveSection(text []byte, name string, n int) ([]byte, error) {
	want, _, err := section(text, name, n)
	if err != nil {
		return nil, err
	}
	all := want[name].([]any)
	if all = slices.Delete(slices.Clone(all), n, n+1); len(all) > 0 {
		want[name] = all
	} else {
		delete(want, name)
	}
	lines, _ := split(string(text))
	from, to, found := findNth(lines, name, n)
	if !found {
		return nil, fmt.Errorf("[[%s]]: %w", name, ErrText)
	}
	last := from
	for i := from; i < to; i++ {
		if _, is := keyOf(lines[i]); is {
			last = valueEnd(lines, i)
			i = last - 1
		}
	}
	first := from - 1
	if last < len(lines) && strings.TrimSpace(lines[last]) == "" && (first == 0 || strings.TrimSpace(lines[first-1]) == "") {
		last++ // one empty line is enough
	}
	return agreed(strings.Join(lines[:first], "")+strings.Join(lines[last:], ""), want, name)
}

// section gives what a text says, and of that the n-th section [[name]].
func section(text []byte, name string, n int) (all, section map[string]any, err error) {
	if all, err = read(text); err != nil {
		return nil, nil, err
	}
	list, _ := all[name].([]any)
	if n < 0 || n >= len(list) {
		return nil, nil, fmt.Errorf("there is no [[%s]] of number %d: %w", name, n+1, ErrText)
	}
	section, ok := list[n].(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("[[%s]]: %w", name, ErrText)
	}
	return all, section, nil
}

// value reads the value of a pair.
func value(p Pair) (any, error) {
	parsed, err := read([]byte("x = " + p.Value + "\n"))
	if err != nil || len(parsed) != 1 {
		return nil, fmt.Errorf("%s: %q is no value: %w", p.Key, p.Value, ErrText)
	}
	return parsed["x"], nil
}

// agreed gives the text when it says what it should.
func agreed(text string, want map[string]any, name string) ([]byte, error) {
	got, err := read([]byte(text))
	if err != nil || !reflect.DeepEqual(got, want) {
		return nil, fmt.Errorf("[[%s]]: %w", name, ErrText)
	}
	return []byte(text), nil
}

// without gives the lines without a key that is set in from..to.
func without(lines []string, from, to int, key string) []string {
	for i := from; i < to; i++ {
		name, is := keyOf(lines[i])
		if !is {
			continue
		}
		end := valueEnd(lines, i)
		if name == key {
			return slices.Delete(slices.Clone(lines), i, end)
		}
		i = end - 1
	}
	return lines
}

// findNth gives the lines of the n-th section [[name]], without its head.
func findNth(lines []string, name string, n int) (from, to int, found bool) {
	for i := 0; i < len(lines); i++ {
		if _, is := keyOf(lines[i]); is {
			i = valueEnd(lines, i) - 1
			continue
		}
		line := strings.TrimSpace(lines[i])
		if !strings.HasPrefix(line, "[") {
			continue
		}
		if found {
			return from, i, true
		}
		head, _, _ := strings.Cut(line, "#")
		inner, ok := strings.CutPrefix(strings.ReplaceAll(strings.TrimSpace(head), " ", ""), "[[")
		if ok && inner == name+"]]" {
			if n == 0 {
				from, found = i+1, true
			}
			n--
		}
	}
	return from, len(lines), found
}
