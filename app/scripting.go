package app

import (
	"time"

	"postroom.dev/mta/simulate"
	"postroom.dev/mta/smtpd"
	"postroom.dev/mta/table/live"
)

// tableSimulate is the file in etc/mail with answers of our own server, for programs to be tried with.
const tableSimulate = "simulate"

// openSimulate keeps the script at path in force.
func openSimulate(path string) *live.File[*simulate.Script] {
	return live.Open(path, time.Now, live.Parser[*simulate.Script]{Source: simulate.Parse})
}

// scripting has the servers answer as the home's script says. Both count together.
func scripting(file *live.File[*simulate.Script], now func() time.Time) *smtpd.Scripting {
	return &smtpd.Scripting{Player: simulate.NewPlayer(now), Script: func() *simulate.Script {
		script, err := file.Get()
		if err != nil {
			return nil // keepTables tells why
		}
		return script
	}}
}
