package config

import (
	"slices"
	"strings"
)

const exampleVerbs = `
# Extensions that are neither announced nor taken, to see how a client does without: "PIPELINING", "8BITMIME" …
#hide = []

# sendmail's PrivacyOptions: "needmailhelo", "needexpnhelo", "needvrfyhelo", "noexpn", "noverb", "novrfy",
# "noetrn", "noreceipts", "goaway".
#privacy = []
`

// Extensions are the keywords that [smtp] hide can have.
var extensions = []string{
	"ENHANCEDSTATUSCODES", "PIPELINING", "EXPN", "VERB", "CHUNKING", "8BITMIME", "BINARYMIME", "SMTPUTF8", "SIZE", "DSN", "ETRN",
	"AUTH", "STARTTLS", "DELIVERBY", "LIMITS", "HELP",
}

// privacyWords are those of sendmail's PrivacyOptions that [smtp] privacy can have.
var privacyWords = []string{"needmailhelo", "needexpnhelo", "needvrfyhelo", "noexpn", "noverb", "novrfy", "noetrn", "noreceipts", "goaway"}

// wrongVerbs gives the key that has a word which it cannot have, and those that it can.
func (s SMTP) wrongVerbs() (key, word string, known []string) {
	for _, k := range []struct {
		key   string
		words []string
		known []string
	}{{"hide", s.Hide, extensions}, {"privacy", s.Privacy, privacyWords}} {
		for _, w := range k.words {
			if !slices.ContainsFunc(k.known, func(known string) bool { return strings.EqualFold(known, w) }) {
				return k.key, w, k.known
			}
		}
	}
	return "", "", nil
}
