package app

import (
	"os"

	"postroom.dev/app/cli"
	"postroom.dev/app/config"
	"postroom.dev/mta/cert"
)

// showTLS gives the certificate of a home's listeners, which is made when there is none yet.
func showTLS(home string) (t cli.TLS, err error) {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return t, err
	}
	if err := h.Create(); err != nil {
		return t, err
	}
	settings, err := config.Load(h.Settings())
	if err != nil {
		return t, err
	}
	host := settings.SMTP.Hostname
	if host == "" {
		host = hostname()
	}
	s, err := cert.Load(certOptions(h, host, settings.TLS))
	if err != nil {
		return t, err
	}
	t.Certificate, t.CA, t.Listeners = s.Info, s.CA, []string{}
	for _, l := range settings.AllListeners() {
		if l.TLS != config.TLSNone {
			t.Listeners = append(t.Listeners, l.Address+" "+l.TLS)
		}
	}
	return t, nil
}
