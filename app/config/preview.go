package config

import (
	"fmt"
	"strings"
)

// Preview is the [preview] section: how the window shows HTML mail.
type Preview struct {
	Hosts []string `toml:"hosts"`
}

const examplePreview = `
[preview]
# Hosts of your own that pictures may be fetched from, when you ask for a message's pictures, although they are of
# this machine or a private network: "app.test", "localhost:3000". All others must be of the public internet.
#hosts = []
`

func defaultPreview() Preview { return Preview{Hosts: []string{}} }

// wrong gives the key whose value makes no sense, and why.
func (p Preview) wrong() (key, why string) {
	for _, h := range p.Hosts {
		if h == "" || strings.ContainsAny(h, "/ @") {
			return "hosts", fmt.Sprintf("%q is no host; write \"app.test\" or \"localhost:3000\"", h)
		}
	}
	return "", ""
}
