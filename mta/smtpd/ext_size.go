package smtpd

import (
	"math"
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// size is RFC 1870: the announced limit, and MAIL's SIZE parameter.
func size() extension {
	return extension{
		keyword: "SIZE",
		argument: func(s *session) string {
			if s.server.config.MaxSize <= 0 {
				return ""
			}
			return strconv.FormatInt(s.server.config.MaxSize, 10)
		},
		mail: []parameter[mta.Envelope]{{name: "SIZE", set: setSize}},
	}
}

// setSize reads the number at the value's start, as sendmail does, which takes SIZE=abc for 0 and SIZE= too.
func setSize(s *session, _ *mta.Envelope, value string, given bool) error {
	if !given {
		return needsValue("SIZE")
	}
	value, negative := strings.CutPrefix(value, "-")
	var n int64
	for i := 0; i < len(value) && '0' <= value[i] && value[i] <= '9'; i++ {
		if n > (math.MaxInt64-9)/10 {
			return status(552, mta.Enhanced{5, 2, 3}, "Message size exceeds maximum value")
		}
		n = n*10 + int64(value[i]-'0')
	}
	if negative && n > 0 {
		return status(552, mta.Enhanced{5, 2, 3}, "Message size invalid")
	}
	if limit := s.server.config.MaxSize; limit > 0 && n > limit {
		return status(552, mta.Enhanced{5, 2, 3}, "Message size exceeds fixed maximum message size ("+strconv.FormatInt(limit, 10)+")")
	}
	return nil
}
