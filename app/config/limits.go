package config

import (
	"fmt"
	"time"
)

const exampleLimits = `
# What one client may have, where access has no ClientConn: or ClientRate: for it: connections
# at one time, and connections begun within a minute; 0 for no limit.
#max_per_client = 0
#client_rate = 0

# How long the greeting is held back from a client without a GreetPause: in access, as FEATURE(greet_pause)
# does it: whoever talks before it is refused.
#greet_pause = "0s"

# Bad commands that a session may have; the next one ends it.
#bad_commands = 25

# After so many refused recipients of a message each RCPT waits a second, sendmail's BadRcptThrottle; 0 for never.
#bad_rcpt_throttle = 0

# Slow a client down, as sendmail does, that repeats NOOP, HELO, VRFY, EXPN, ETRN or AUTH.
#throttle = false

# The longest header, in octets: sendmail's MaxHeadersLength. Refused when strict, otherwise noted. 0 for no limit.
#max_header = 32768

# The longest line of a message's text, in octets without its end; RFC 5321 has 998. 0 for no limit.
#max_line = 0

# A bare CR or LF in a text never ends it. "refuse" answers as sendmail does (421, and the connection ends), "accept"
# keeps and notes it; "" refuses when strict.
#bare_line_ends = ""

# How long to wait for a command, and for more of a text.
#command_timeout = "5m"
#data_timeout = "3m"

# How long one message may take in all, from MAIL to the end of its text, however busy the client is; then it hears 421,
# and nothing is kept. "0s" for no limit. (sendmail has none: a client that sends an octet a minute stays as long as it likes.)
#transaction_timeout = "1h"
`

// The values of [smtp] bare_line_ends, beside "".
const (
	BareRefuse = "refuse"
	BareAccept = "accept"
)

// wrongLimits gives the key whose value makes no sense, and why.
func (s SMTP) wrongLimits() (key, why string) {
	for _, n := range []struct {
		key   string
		value int64
	}{
		{"max_per_client", int64(s.MaxPerClient)}, {"client_rate", int64(s.ClientRate)}, {"bad_rcpt_throttle", int64(s.BadRcptThrottle)},
		{"max_header", s.MaxHeader}, {"max_line", s.MaxLine},
	} {
		if n.value < 0 {
			return n.key, fmt.Sprintf("%d is negative; write 0 for no limit", n.value)
		}
	}
	if s.BadCommands < 1 {
		return "bad_commands", fmt.Sprintf("%d is too small; write at least 1", s.BadCommands)
	}
	if p := time.Duration(s.GreetPause); p > 5*time.Minute {
		return "greet_pause", fmt.Sprintf("%v is longer than clients wait (5 minutes, RFC 5321 section 4.5.3.2.1)", p)
	}
	for _, t := range []struct {
		key   string
		value Interval
	}{{"command_timeout", s.CommandTimeout}, {"data_timeout", s.DataTimeout}} {
		if time.Duration(t.value) < time.Second {
			return t.key, fmt.Sprintf("%v is too short; write at least 1s", time.Duration(t.value))
		}
	}
	if t := time.Duration(s.Transaction); t != 0 && t < time.Minute {
		return "transaction_timeout", fmt.Sprintf("%v is too short; write at least 1m, or 0s for no limit", t)
	}
	if b := s.BareLineEnds; b != "" && b != BareRefuse && b != BareAccept {
		return "bare_line_ends", fmt.Sprintf("%q is unknown; write %q, %q or \"\"", b, BareRefuse, BareAccept)
	}
	return "", ""
}
