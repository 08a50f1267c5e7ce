package model

import (
	"strconv"
	"strings"
)

// NextLink finds the first address of the web in a text: s[from:to], without the signs behind it that belong to the sentence. from is -1
// where there is none.
func NextLink(s string) (from, to int) {
	for at := 0; ; {
		i := strings.Index(s[at:], "://")
		if i < 0 {
			return -1, -1
		}
		i += at
		at = i + len("://")
		scheme := ""
		for _, known := range []string{"https", "http"} {
			if i >= len(known) && strings.EqualFold(s[i-len(known):i], known) {
				scheme = known
				break
			}
		}
		if scheme == "" {
			continue
		}
		end := at + strings.IndexFunc(s[at:]+" ", endsLink)
		if end = at + len(trimLink(s[at:end])); end > at {
			return i - len(scheme), end
		}
	}
}

func endsLink(r rune) bool {
	return r <= ' ' || r == 0x7f || r == '\u00a0' || strings.ContainsRune("<>\"`{}|\\^，。；！？、）】》」』", r)
}

// trimLink takes away what ends the sentence, not the address; a bracket only where it was not opened in the address.
func trimLink(s string) string {
	for s != "" {
		switch last := s[len(s)-1]; {
		case strings.IndexByte(".,;:!?'*_", last) >= 0:
		case last == ')' && strings.Count(s, "(") < strings.Count(s, ")"):
		case last == ']' && strings.Count(s, "[") < strings.Count(s, "]"):
		default:
			return s
		}
		s = s[:len(s)-1]
	}
	return s
}

const messageLink = "message:"

// MessageLink names a message in a Span's Link.
func MessageLink(id int64) string { return messageLink + strconv.FormatInt(id, 10) }

// LinkedMessage gives the message that a link names, 0 for none.
func LinkedMessage(link string) int64 {
	id, err := strconv.ParseInt(strings.TrimPrefix(link, messageLink), 10, 64)
	if err != nil || !strings.HasPrefix(link, messageLink) {
		return 0
	}
	return id
}
