package app

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/route"
)

// testMode is sendmail -bt: addresses and questions come in, one a line, and what the router makes of them goes out.
type testMode struct {
	router   *route.Router
	rewriter *rewrite.Rewriter
	tables   *tables
	host     string
	out      io.Writer
	client   route.Client    // who connects, for check_mail and the like; .D{client_addr} and .D{client_name} set it
	from     address.Address // who sends; .D{mail_from} sets it
	flags    tryFlags
}

const testHelp = `Enter an address, or as with sendmail:
  3,0 ADDRESS      where mail for ADDRESS goes
  /tryflags HS     what /try is about: H header or E envelope, S sender or R recipient
  /try MAILER ADDR how ADDR is rewritten on its way to the mailer
  /parse ADDRESS   the same, and the triple of mailer, host and user
  /map NAME KEY    what a table has for a key: access, virtuser, mailertable, generics, aliases
  check_relay NAME $| ADDRESS, check_mail ADDRESS, check_rcpt ADDRESS
                   what the access table says; .D{client_addr}192.0.2.1 and
                   .D{client_name}host.example say who connects, .D{mail_from}ADDRESS who sends
  $j  $w  $m       our name, its first part, its domain
  $=w $=R $=t $=G  the words of a class: local-host-names, relay-domains, trusted-users, generics-domains
  =M               the mailers
  /quit            ends
`

func (t *testMode) run(in io.Reader) error {
	fmt.Fprint(t.out, "ADDRESS TEST MODE (ruleset 3 NOT automatically invoked)\nEnter <ruleset> <address>\n")
	lines := bufio.NewScanner(in)
	for {
		fmt.Fprint(t.out, "> ")
		if !lines.Scan() {
			return lines.Err()
		}
		line := strings.TrimSpace(lines.Text())
		if line == "/quit" {
			return nil
		}
		t.answer(line)
	}
}

func (t *testMode) answer(line string) {
	words := strings.Fields(line)
	short, domain, _ := strings.Cut(t.host, ".")
	switch {
	case len(words) == 0, strings.HasPrefix(line, "#"):
	case line == "?":
		fmt.Fprint(t.out, testHelp)
	case line == "$j":
		fmt.Fprintln(t.out, t.host)
	case line == "$w":
		fmt.Fprintln(t.out, short)
	case line == "$m":
		fmt.Fprintln(t.out, domain)
	case line == "=M":
		for i, name := range testMailers {
			fmt.Fprintf(t.out, "mailer %d (%s)\n", i, name)
		}
	case t.asksTable(line, words):
	case words[0] == "/parse" && len(words) == 2:
		t.resolve(words[1], true)
	case words[0] == "/tryflags":
		t.tryflags(words[1:])
	case words[0] == "/try" && len(words) == 3:
		t.try(words[1], words[2])
	case words[0] == "/parse":
		fmt.Fprintln(t.out, "Usage: /parse address")
	case words[0] == "/try":
		fmt.Fprintln(t.out, "Usage: /try mailer address")
	case strings.HasPrefix(words[0], "/"):
		fmt.Fprintf(t.out, "Unknown \"/\" command %s\n", words[0])
	case strings.HasPrefix(words[0], "$"), strings.HasPrefix(words[0], "="):
		fmt.Fprintf(t.out, "%s: unknown, or not as it should be; ? shows what there is\n", words[0])
	case len(words) == 1 && !strings.Contains(line, "@"):
		fmt.Fprintln(t.out, "No address!")
	default:
		t.resolve(words[len(words)-1], false)
	}
}

// resolve prints the router's steps for an address, and with triple what they come to, in sendmail's words.
func (t *testMode) resolve(text string, triple bool) {
	a, err := address.Parse(text)
	if err != nil || a.IsNull() {
		_, words := address.Complaint(err)
		fmt.Fprintf(t.out, "%s... %s\n", text, words)
		return
	}
	leaves, err := t.router.Leaves(a)
	if err != nil {
		fmt.Fprintf(t.out, "%s... %v\n", text, err)
		return
	}
	var last []mta.Step
	for _, l := range leaves {
		for i, s := range l.Steps {
			if i >= len(last) || s != last[i] { // the way that is common to two leaves is shown once
				t.step(s)
			}
		}
		last = l.Steps
		if triple {
			host := ""
			if l.Host != "" {
				host = ", host " + l.Host
			}
			fmt.Fprintf(t.out, "mailer %s%s, user %s\n", l.Mailer, host, l.User)
		}
	}
}

func (t *testMode) step(s mta.Step) {
	fmt.Fprintf(t.out, "%-18s input: %s\n%-18s returns: %s", s.Rule, s.In, s.Rule, s.Out)
	notes := []string{}
	if s.Note != "" {
		notes = append(notes, s.Note)
	}
	if s.File != "" && (s.Key != "" || s.Line > 0) {
		notes = append(notes, strings.TrimSpace(s.Key+" "+s.Where()))
	}
	if len(notes) > 0 {
		fmt.Fprintf(t.out, "   (%s)", strings.Join(notes, ": "))
	}
	fmt.Fprintln(t.out)
}
