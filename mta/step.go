package mta

import (
	"strconv"
	"strings"
)

// String prints s as trace, show, the transcript and the window do: "aliases: staff -> bob  (/etc/aliases:12: staff; almost this
// name)". It holds what clients wrote as they wrote it: who shows it makes control characters harmless.
func (s Step) String() string {
	var about []string
	for _, part := range []string{s.Source(), s.Note} {
		if part != "" {
			about = append(about, part)
		}
	}
	if len(about) == 0 {
		return s.Decision()
	}
	return s.Decision() + "  (" + strings.Join(about, "; ") + ")"
}

// Decision is what was decided: "aliases: staff -> bob".
func (s Step) Decision() string {
	switch {
	case s.In == "" && s.Out == "":
		return s.Rule
	case s.Out == "":
		return s.Rule + ": " + s.In
	case s.In == "":
		return s.Rule + ": -> " + s.Out
	}
	return s.Rule + ": " + s.In + " -> " + s.Out
}

// Source is what decided it: "/etc/aliases:12: staff"; "" when it was no table.
func (s Step) Source() string {
	if s.File == "" {
		return ""
	}
	return strings.TrimSuffix(s.Where()+": "+s.Key, ": ")
}

// Where is the line that decided it: "/etc/aliases:12".
func (s Step) Where() string {
	if s.Line == 0 {
		return s.File
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}
