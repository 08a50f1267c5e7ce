package config

import (
	"errors"
	"fmt"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/gate"
)

const exampleLeaving = `
# What bounds the mail that leaves, whatever lets it out: tables, external = "relay", or you by postroom release.
# Where it may go: "me@example.com", "example.com", ".example.com" (all below it), "[192.0.2.25]" and
# "[mail.example.com]:2525" (a host, whomever the mail is for). An empty list bounds nothing.
#allow = []

# How many recipients' mail may leave on a day; what there is no room for is held. 0 for no cap.
#daily_cap = 0

# Who gets all mail that would leave, in the place of its recipients; "" for nobody. Each copy tells in
# X-Original-To whom it was for.
#redirect = ""
`

// RedirectTo is who gets all mail that would leave, the null path for nobody.
func (d Delivery) RedirectTo() (address.Address, error) {
	if d.Redirect == "" {
		return address.Address{}, nil
	}
	a, err := address.Parse(d.Redirect)
	if err == nil && (a.IsNull() || strings.HasPrefix(a.Local, "|") || strings.HasPrefix(a.Local, "/") || strings.HasPrefix(a.Local, ":")) {
		err = errors.New("it names no mailbox")
	}
	if err != nil {
		return address.Address{}, fmt.Errorf("%q is no address; write \"me@example.com\": %w", d.Redirect, err)
	}
	return a, nil
}

// Allowed is the list of where mail may leave for, nil for no bounds.
func (d Delivery) Allowed() (*gate.List, error) { return gate.Parse(d.Allow) }

// wrongLeaving gives the key whose value makes no sense, and why.
func (d Delivery) wrongLeaving() (key, why string) {
	if _, err := d.Allowed(); err != nil {
		return "allow", err.Error()
	}
	if d.DailyCap < 0 {
		return "daily_cap", fmt.Sprintf("%d is negative; write 0 for no cap", d.DailyCap)
	}
	if _, err := d.RedirectTo(); err != nil {
		return "redirect", err.Error()
	}
	return "", ""
}
