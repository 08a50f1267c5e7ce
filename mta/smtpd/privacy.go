package smtpd

import (
	"slices"
	"strings"
)

// The words of sendmail's PrivacyOptions that a Server heeds, in Config.Privacy.
const (
	NeedMAILHELO = "needmailhelo" // MAIL only after HELO or EHLO
	NeedEXPNHELO = "needexpnhelo"
	NeedVRFYHELO = "needvrfyhelo"
	NoEXPN       = "noexpn" // and no VERB
	NoVERB       = "noverb"
	NoVRFY       = "novrfy"
	NoETRN       = "noetrn"
	NoReceipts   = "noreceipts" // no DSN
	GoAway       = "goaway"     // all but noreceipts and noetrn
)

// PrivacyWords are all words for Config.Privacy.
func PrivacyWords() []string {
	return []string{NeedMAILHELO, NeedEXPNHELO, NeedVRFYHELO, NoEXPN, NoVERB, NoVRFY, NoETRN, NoReceipts, GoAway}
}

func (c *Config) private(word string) bool {
	return slices.ContainsFunc(c.Privacy, func(w string) bool {
		return strings.EqualFold(w, word) || strings.EqualFold(w, GoAway) && word != NoETRN && word != NoReceipts
	})
}

func (s *session) private(word string) bool { return s.server.config.private(word) }

// closed says that a privacy option takes an extension away.
func (c *Config) closed(keyword string) bool {
	switch keyword {
	case "EXPN":
		return c.private(NoEXPN)
	case "VERB":
		return c.private(NoEXPN) || c.private(NoVERB)
	case "ETRN":
		return c.private(NoETRN)
	case "DSN":
		return c.private(NoReceipts)
	}
	return false
}
