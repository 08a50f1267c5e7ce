package app

import (
	"fmt"
	"slices"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/route"
)

// testMailers are the mailers that the test mode knows.
var testMailers = []string{route.Local, route.Prog, route.File, route.Catch, route.ESMTP, route.Relay, route.SMTP, route.SMTP8, route.DSMTP,
	route.Sim, route.Hold, route.Discard, route.Error}

// tryFlags say what /try is about; the zero value is sendmail's: a recipient in the envelope.
type tryFlags struct{ header, sender bool }

// tryflags takes the letters of /tryflags, in any order; others mean nothing, as in sendmail.
func (t *testMode) tryflags(words []string) {
	if len(words) == 0 {
		fmt.Fprintln(t.out, "Usage: /tryflags [Hh|Ee][Ss|Rr]")
		return
	}
	for _, letter := range strings.ToLower(words[0]) {
		switch letter {
		case 'h':
			t.flags.header = true
		case 'e':
			t.flags.header = false
		case 's':
			t.flags.sender = true
		case 'r':
			t.flags.sender = false
		}
	}
}

// try prints how an address is rewritten for a mailer, in sendmail's words.
func (t *testMode) try(mailer, text string) {
	if !slices.Contains(testMailers, mailer) {
		fmt.Fprintf(t.out, "Unknown mailer %s\n", mailer)
		return
	}
	place, who := "envelope", "recipient"
	if t.flags.header {
		place = "header"
	}
	if t.flags.sender {
		who = "sender"
	}
	fmt.Fprintf(t.out, "Trying %s %s address %s for mailer %s\n", place, who, text, mailer)
	a, err := address.Parse(text)
	if err != nil {
		_, words := address.Complaint(err)
		fmt.Fprintf(t.out, "%s... %s\n", text, words)
		return
	}
	use := rewrite.Use{Local: mailer == route.Local || mailer == route.Prog || mailer == route.File}
	switch t.flags {
	case tryFlags{header: true, sender: true}:
		use.Kind = rewrite.Sender
	case tryFlags{header: true}:
		use.Kind = rewrite.Recipient
	case tryFlags{sender: true}:
		use.Kind = rewrite.Envelope
	default: // a recipient in the envelope stays as it is
		fmt.Fprintf(t.out, "Rcode = 0, addr = %s\n", a)
		return
	}
	out, steps, err := t.rewriter.Address(a, use)
	if err != nil {
		fmt.Fprintf(t.out, "%v\nRcode = 75, addr = %s\n", err, a) // EX_TEMPFAIL
		return
	}
	for _, s := range steps {
		t.step(s)
	}
	fmt.Fprintf(t.out, "Rcode = 0, addr = %s\n", out)
}
