package model

import (
	"strconv"
	"strings"
	"time"

	"postroom.dev/spool"
)

// MaxCommandIDs is how many messages a command names at most.
const MaxCommandIDs = 1000

// RunCommand is the sendmail command that runs these messages, or what the words mean of the queue; without either, all of it.
func RunCommand(rows []spool.Waiting, words []string, verbose bool) string {
	command := []string{"sendmail"}
	for i := range rows[:min(len(rows), MaxCommandIDs)] {
		command = append(command, "-qI"+shellWord(rows[i].ID))
	}
	for _, w := range words {
		command = append(command, shellWord("-q"+w))
	}
	if len(command) == 1 {
		command = append(command, "-q")
	}
	if verbose {
		command = append(command, "-v")
	}
	return strings.Join(command, " ")
}

// DoCommand is the command that does something with these messages.
func DoCommand(do QueueAction, rows []spool.Waiting) string {
	command := []string{"postroom", "queue", string(do)}
	for i := range rows[:min(len(rows), MaxCommandIDs)] {
		command = append(command, shellWord(rows[i].ID))
	}
	return strings.Join(command, " ")
}

// RedirectCommand is the command that changes the recipients of a message.
func RedirectCommand(id string, changes []Redirection) string {
	command := []string{"postroom", "queue", "redirect", shellWord(id)}
	for _, c := range changes {
		command = append(command, shellWord(c.From+"="+c.To))
	}
	return strings.Join(command, " ")
}

// ClockCommand is the command that moves the clock ahead, or sets it right for 0.
func ClockCommand(by time.Duration) string {
	if by == 0 {
		return "postroom clock reset"
	}
	span := by.String()
	switch day := 24 * time.Hour; {
	case by%day == 0:
		span = strconv.Itoa(int(by/day)) + "d"
	case by%time.Hour == 0:
		span = strconv.Itoa(int(by/time.Hour)) + "h"
	}
	return "postroom clock +" + span
}

// shellWord quotes what a shell would not take as it is.
func shellWord(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_@.,:/+=%", r))
	})
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// DomainWords are the words behind sendmail's -q that mean mail for these domains.
func DomainWords(domains []string) []string {
	var words []string
	for _, d := range domains {
		words = append(words, "R@"+d)
	}
	return words
}
