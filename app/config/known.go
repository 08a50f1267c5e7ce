package config

import "strings"

// Key is a key that the settings file may have.
type Key struct {
	Section string // "" before the first section
	Name    string
	Default string // as TOML writes it
	Meaning string // one paragraph
}

// Keys gives every key in the order of Example, which has them all with their defaults. What [[listener]] sections have is not among them.
func Keys() []Key {
	var all []Key
	section, meaning, said := "", []string{}, false
	for line := range strings.Lines(Example) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			meaning, said = nil, false
		case strings.HasPrefix(line, "["):
			section, meaning = strings.Trim(line, "[]"), nil
		case strings.HasPrefix(line, "# ") || line == "#":
			if said { // another paragraph begins
				meaning, said = nil, false
			}
			meaning = append(meaning, strings.TrimSpace(strings.TrimPrefix(line, "#")))
		case strings.HasPrefix(line, "#"):
			name, value, ok := strings.Cut(line[1:], " = ")
			if ok {
				all = append(all, Key{Section: section, Name: name, Default: value, Meaning: strings.Join(meaning, " ")})
				said = true
			}
		}
	}
	return all
}
