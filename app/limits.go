package app

import (
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/smtpd"
)

// limit puts the settings' limits and switches into a server's.
func limit(c *smtpd.Config, s config.SMTP) {
	c.MaxSize, c.MaxRecipients, c.MaxConns = s.MaxSize, s.MaxRecipients, s.MaxConnections
	c.Hide, c.Privacy = s.Hide, s.Privacy
	c.Limits = smtpd.Limits{
		Bad: s.BadCommands, BadRcpts: s.BadRcptThrottle, Header: s.MaxHeader, Line: s.MaxLine, Repeats: s.Throttle, Bare: smtpd.Bare(s.BareLineEnds),
	}
	c.Timeout = smtpd.Timeout{Command: time.Duration(s.CommandTimeout), Data: time.Duration(s.DataTimeout), Transaction: time.Duration(s.Transaction)}
}
