package query

import (
	"strings"
	"unicode"
)

// Suggestion is what a user who typed so far may mean.
type Suggestion struct {
	Text string // the whole question with it
	Word string // what is put in: "is:unread", "from:"
	Hint string // what that means, English; "" for a value
	More bool   // a value is still to be typed behind it
}

// maxSuggestions is how many are given at most.
const maxSuggestions = 10

// Suggest says what the last word of a question may be. values gives what an operator's values may begin with, as far as that is known:
// tags, programs, addresses; it may be nil.
func Suggest(text string, values func(operator, beginning string) []string) []Suggestion {
	if len(text) > MaxLength || open(text) && openValue(text) == "" {
		return nil // a phrase may be anything
	}
	start := lastWord(text)
	head, word := text[:start], text[start:]
	bare := strings.TrimPrefix(word, "-")
	head += word[:len(word)-len(bare)]
	name, value, ok := strings.Cut(bare, ":")
	if !ok {
		return suggestOperators(head, bare)
	}
	op, known := operator(strings.ToLower(name))
	if !known {
		return nil
	}
	return suggestValues(head, op, strings.TrimPrefix(value, `"`), values)
}

// open says that a quotation mark is not closed.
func open(text string) bool { return strings.Count(text, `"`)%2 == 1 }

// openValue gives the operator whose quoted value is being typed at the end, with its colon: `tag:"to d` gives "tag:".
func openValue(text string) string {
	quote := strings.LastIndexByte(text, '"')
	if quote <= 0 || text[quote-1] != ':' {
		return ""
	}
	start := strings.LastIndexFunc(text[:quote], unicode.IsSpace) + 1
	return text[start:quote]
}

// lastWord gives where the last word begins; a quoted value that is being typed is part of it.
func lastWord(text string) int {
	end := len(text)
	if open(text) {
		end = strings.LastIndexByte(text, '"')
	}
	i := strings.LastIndexFunc(text[:end], unicode.IsSpace)
	if i < 0 {
		return 0
	}
	return i + len(text[i:]) - len(strings.TrimLeftFunc(text[i:], unicode.IsSpace))
}

func suggestOperators(head, beginning string) []Suggestion {
	var out []Suggestion
	begins := func(s string) bool { return strings.HasPrefix(s, strings.ToLower(beginning)) }
	for _, o := range Operators() {
		word := o.Name + ":"
		switch {
		case beginning == "" && head != "" && o.Kind != "":
		case begins(word):
			out = append(out, Suggestion{Text: head + word, Word: word, Hint: o.Meaning, More: true})
		}
		if beginning == "" {
			continue
		}
		for _, v := range o.Values { // "unr" means is:unread
			if begins(v) && o.Name != "state" {
				out = append(out, Suggestion{Text: head + word + v, Word: word + v})
			}
		}
	}
	return out[:min(len(out), maxSuggestions)]
}

func suggestValues(head string, op Operator, beginning string, values func(operator, beginning string) []string) []Suggestion {
	all := op.Values
	if all == nil && values != nil {
		all = values(op.Name, beginning)
	}
	switch op.Kind {
	case After, Before:
		all = []string{"today", "yesterday", "1h", "7d", "30d"}
	case Larger, Smaller:
		all = []string{"10k", "100k", "1M", "10M"}
	}
	var out []Suggestion
	for _, v := range all {
		if len(v) < len(beginning) || !strings.EqualFold(v[:len(beginning)], beginning) || strings.Contains(v, `"`) {
			continue
		}
		word := op.Name + ":" + Quote(v)
		out = append(out, Suggestion{Text: head + word, Word: word})
	}
	return out[:min(len(out), maxSuggestions)]
}

// Quote writes a value as it stands behind an operator, in quotation marks where it needs them. A quotation mark in it cannot be
// written and is left out.
func Quote(value string) string {
	value = strings.ReplaceAll(value, `"`, "")
	if value == "" || strings.ContainsFunc(value, unicode.IsSpace) {
		return `"` + value + `"`
	}
	return value
}
