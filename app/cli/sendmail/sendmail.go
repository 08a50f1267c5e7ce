// Package sendmail is the sendmail command: it reads sendmail's command line and
// a message from standard input, and hands both to the mail transfer agent.
//
// The command line (grammar.go, options.go, setoption.go) is sendmail 8.17's: options up to the first address,
// letters clustered, -o and -O with their names; its texts and exit codes (exit.go) are sendmail's, too. Options that
// only an MTA that delivers by itself would need are taken and change nothing; modes and options that this version
// cannot serve are refused with one line and exit status 69.
//
// The message (text.go, header.go) is read to its end before anything is sent. It goes on as it came: without -i
// a line with a single dot ends it and ".." at the start of a line loses a dot, nothing else is touched. Only its
// header is looked at, for -t and for whether it names its author.
//
// It goes (submit.go) to the MTA's own socket, else to an SMTP listener, else into the client queue (clientqueue.go) as
// qf and df. A call ends with status 0 only when one of them has the message on stable storage, or nothing was asked for.
//
// Limits: a header of 1 MiB where it is needed; no limit on the body, of which 1 MiB is in memory; those of
// package address. Fields that a message lacks (Received, Date, From, Message-Id) the MTA adds; here only for a queue file.
package sendmail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// Command is one call of sendmail.
type Command struct {
	Argv   []string // Argv[0] is the name it was called by
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	Now    func() time.Time

	UID      int // of the caller, -1 where there are none
	Accounts Accounts
	Hostname func() string // asked for only when needed, as Accounts is

	Home     Home
	SMTP     string                                          // host:port to submit to when the socket cannot be used; "" for none
	Dial     func(network, address string) (net.Conn, error) // "unix" and "tcp"; has to give up by itself
	QueueID  func() string                                   // makes the id of a message for the client queue
	Software string                                          // our name and version in the Received field of a queue file: "Postroom/0.1.0"
}

// Home is what a call needs of the directory that holds everything.
type Home struct {
	Submit      string // path of the MTA's socket
	ClientQueue string // directory for mail that waits for an MTA
	Temp        string // directory for large messages while they are read; "" for the system's
}

// Run does what the command line asks for and gives the exit status (exit.go). It writes nothing when all goes well.
func (c Command) Run(ctx context.Context) (exit int) {
	asked, err := readCall(c.Argv)
	for _, note := range asked.notes {
		fmt.Fprintln(c.Stderr, note)
	}
	j := &job{Command: c, call: asked}
	if err == nil {
		err = j.run(ctx)
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		if r.text != "" {
			fmt.Fprintln(c.Stderr, r.text)
		}
		return r.exit
	}
	return j.exit
}

// job is a call on its way.
type job struct {
	Command
	*call
	host string
	exit int // of the first recipient that was refused
	env  mta.Envelope
	text *text
	head *header // nil until asked for
	for1 string  // the only recipient on the command line, for the Received field
}

// run does a call. The error is a *refusal, or nil when complaints about single recipients, if any, were
// printed and j.exit says the rest.
func (j *job) run(ctx context.Context) error {
	if !j.fromHeader && len(j.operands) == 0 {
		return usage("Recipient names must be specified")
	}
	rcpts := &recipients{notify: j.notify, domain: j.hostname}
	for _, o := range j.operands {
		rcpts.add(o)
	}
	if len(rcpts.list) == 1 {
		j.for1 = rcpts.list[0].Address.String()
	}
	if err := j.readSender(); err != nil {
		return err
	}
	if j.fromHeader || len(rcpts.list) > 0 {
		if err := j.read(); err != nil {
			return err
		}
		defer j.text.close()
	}
	if j.fromHeader {
		if !j.headed() {
			return errHeaderTooLarge
		}
		rcpts.addHeader(j.head)
		if len(rcpts.list) == 0 && len(rcpts.bad) == 0 {
			return &refusal{exOK, "No recipient addresses found in header"}
		}
	}
	for _, bad := range rcpts.bad {
		j.complain(complaint(bad))
	}
	if len(rcpts.list) == 0 {
		return nil
	}
	if j.hops > maxHops {
		return &refusal{exUnavailable, fmt.Sprintf("Too many hops %d (%d max): from %s via localhost, to %s",
			j.hops, maxHops, j.env.Sender.Path(), rcpts.list[0].Address)}
	}
	j.fillEnvelope(rcpts.list)
	return j.submit(ctx)
}

var errHeaderTooLarge = &refusal{exDataErr, fmt.Sprintf("Headers too large (%d max)", keptInMemory)}

// read takes the message from standard input.
func (j *job) read() (err error) {
	in := j.Stdin
	if !j.ignoreDots {
		in = newDotReader(in)
	}
	temp := j.Home.Temp
	if temp == "" {
		temp = os.TempDir()
	}
	j.text, err = readText(in, func() (*overflow, error) { return newOverflow(temp, j.Home.ClientQueue) })
	return err
}

// headed reads the header, once; false when it is larger than what is in memory.
func (j *job) headed() bool {
	if j.head == nil {
		h, ok := readHeader(j.text.head, j.text.whole())
		if !ok {
			return false
		}
		j.head = &h
	}
	return true
}

// readSender finds the envelope sender: -f, or the caller.
func (j *job) readSender() error {
	if j.sender == nil {
		j.env.Sender = address.Address{Local: j.caller().Name, Domain: j.hostname()}
		return nil
	}
	a, err := address.Parse(*j.sender)
	if err != nil {
		_, text := address.Complaint(err)
		return usage("%s... %s", printable(*j.sender), text)
	}
	if !a.IsNull() && a.Domain == "" {
		a = a.Qualify(j.hostname())
	}
	j.env.Sender = a
	return nil
}

func (j *job) fillEnvelope(list []mta.Recipient) {
	e := &j.env
	e.Recipients = list
	e.Body, e.Return, e.Arrival = j.body, j.ret, j.Now()
	if j.envID != nil {
		e.EnvID = decodeXtext(*j.envID)
	}
	e.UTF8 = !isASCII(e.Sender.String())
	for _, r := range list {
		e.UTF8 = e.UTF8 || !isASCII(r.Address.String())
	}
	if j.headed() && !j.head.has("From") {
		e.FullName = j.authorName()
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// authorName is the full name for a From field that somebody adds: -F, $NAME, the account's. None of
// them belongs to a sender on another host, nor to the null sender.
func (j *job) authorName() string {
	s := j.env.Sender
	if s.IsNull() || !strings.EqualFold(s.Domain, j.hostname()) && !strings.EqualFold(s.Domain, "localhost") {
		return ""
	}
	if j.fullName != "" {
		return j.fullName
	}
	caller := j.caller()
	if s.Local == caller.Name {
		if name := j.Getenv("NAME"); name != "" {
			return name
		}
		return caller.FullName()
	}
	user, _ := j.Accounts.ByName(s.Local)
	return user.FullName()
}

// caller is who calls. A container may run programs as a user that has no account.
func (j *job) caller() User {
	if u, ok := j.Accounts.ByUID(j.UID); ok {
		return u
	}
	for _, name := range []string{j.Getenv("LOGNAME"), j.Getenv("USER")} {
		if a, err := address.Parse(name); err == nil && a.Local == name && name != "" {
			return User{Name: name}
		}
	}
	return User{Name: "nobody"}
}

func (j *job) hostname() string {
	if j.host == "" {
		if j.host = j.Hostname(); j.host == "" {
			j.host = "localhost"
		}
	}
	return j.host
}

// complain says what is wrong with a recipient, unless -oeq asked for silence, and remembers the exit status.
func (j *job) complain(text string, exit int) {
	if j.errors != 'q' {
		fmt.Fprintln(j.Stderr, text)
	}
	if j.exit == exOK {
		j.exit = exit
	}
}
