// Package sendmail is the sendmail command: it reads sendmail's command line and
// a message from standard input, and hands both to the mail transfer agent.
//
// The command line (grammar.go, options.go, setoption.go, queuerun.go) is sendmail 8.17's: options up to the first
// address, letters clustered, -o and -O with their names; its texts and exit codes (exit.go) are sendmail's, too, except
// that complaints go to standard error in every mode. Options that only an MTA that delivers by itself would need are taken and change nothing.
//
// Modes that do not deliver (modes.go: -q -bp -bd -bs -bv -bt -bi -bh -bH and the names mailq, newaliases, smtpd, hoststat,
// purgestat) are the MTA's to do, behind the interface of that name (mta.go); who may ask for them, and for options that
// name files, is decided here: root and the owner of the home. -d0 (debug.go) prints and lets the mode follow.
//
// The message (text.go, header.go) is read to its end before anything is sent. It goes on as it came: without -i
// a line with a single dot ends it and ".." at the start of a line loses a dot, nothing else is touched. Only its
// header is looked at, for -t and for whether it names its author.
//
// It goes (submit.go) to the MTA's own socket, else to an SMTP listener, else into the client queue (clientqueue.go) as
// qf and df. -v and -X (talk.go) follow that. What is refused for good goes, as -oe says, into ~/dead.letter or back to the
// sender (deadletter.go). A call ends with status 0 only when one of them has the message on stable storage, or nothing was asked for.
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

	"postroom.dev/app/config/account"
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

	UID      int                             // of the caller, -1 where there are none
	PID      int                             // of this process, for a traffic log
	CalledBy func() (pid int, argv []string) // the program that ran us, for a queue file; asked only then. nil: not known
	Trusted  func() bool                     // the caller owns the home; asked only when needed, never for root. nil: no
	ClassT   func(user string) bool          // trusted-users: who may say who sends without a warning; nil: nobody but those
	Accounts Accounts
	MTA      MTA           // nil where there is none to ask: its modes are then refused
	Hostname func() string // asked for only when needed, as Accounts is

	Home     Home
	SMTP     string                                          // host:port to submit to when the socket cannot be used; "" for none
	Dial     func(network, address string) (net.Conn, error) // "unix" and "tcp"; has to give up by itself
	QueueID  func() string                                   // makes the id of a message for the client queue
	Software string                                          // our name and version in the Received field of a queue file: "Postroom/0.1.0"
}

// Accounts knows the system's users. It is asked only when an answer is needed.
type Accounts interface {
	ByUID(uid int) (account.Account, bool)
	ByName(name string) (account.Account, bool)
}

// Home is what a call needs of the directory that holds everything.
type Home struct {
	Submit      string // path of the MTA's socket
	ClientQueue string // directory for mail that waits for an MTA
	Queue       string // directory of the MTA's queue, for texts
	Settings    string // path of the settings' file, for -d0.10
	PID         string // path of the pid file, for -d0.10
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
		err = j.operate(ctx)
	}
	if r, ok := errors.AsType[*Exit](err); ok {
		if r.Text != "" {
			fmt.Fprintln(c.Stderr, r.Text)
		}
		return r.Code
	}
	return j.exit
}

// job is a call on its way.
type job struct {
	Command
	*call
	talk
	trafficFile io.Closer
	host        string
	exit        int // of the first recipient that was refused
	env         mta.Envelope
	text        *text
	head        *header // nil until asked for
	for1        string  // the only recipient on the command line, for the Received field

	refused []mta.Recipient // for good; Last says why
	unsaid  []string        // complaints that go where -oe says
}

// run does a call. The error is a *Exit, or nil when complaints about single recipients, if any, were
// printed and j.exit says the rest.
func (j *job) run(ctx context.Context) error {
	if !j.fromHeader && len(j.operands) == 0 {
		return j.nobody()
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
	if j.fromHeader || len(rcpts.list) > 0 || len(rcpts.bad) > 0 {
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
			return &Exit{exOK, "No recipient addresses found in header"}
		}
	}
	if len(rcpts.list)+len(rcpts.bad) == 0 {
		return nil // "sendmail ''"
	}
	j.fillEnvelope(rcpts.list)
	for _, bad := range rcpts.bad {
		text, exit := complaint(bad)
		j.complain(text, exit)
		j.refused = append(j.refused, unreadable(bad))
	}
	err := j.send(ctx)
	j.account(ctx)
	return err
}

// nobody is the answer to a call that names no recipient. In the mode of ARPANET mail, -ba, it is a reply.
func (j *job) nobody() error {
	code := ""
	if j.mode == 'a' {
		code = "550 "
	}
	return usage("%sRecipient names must be specified", code)
}

// send submits the message to those who are left.
func (j *job) send(ctx context.Context) error {
	list := j.env.Recipients
	if len(list) == 0 {
		return nil
	}
	if j.hops <= maxHops {
		return j.submit(ctx)
	}
	text := fmt.Sprintf("Too many hops %d (%d max): from %s via localhost, to %s", j.hops, maxHops, j.env.Sender.Path(), list[0].Address)
	j.complain(text, exUnavailable)
	for i := range list {
		list[i].Last = mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 6}, Text: text}
	}
	j.refused = append(j.refused, list...)
	return nil
}

var errHeaderTooLarge = &Exit{exDataErr, fmt.Sprintf("Headers too large (%d max)", keptInMemory)}

// read takes the message from standard input.
func (j *job) read() (err error) {
	in := j.Stdin
	if !j.ignoreDots {
		in = newDotReader(in)
	}
	j.text, err = readText(in, j.overflow)
	if err != nil || j.log == nil {
		return err
	}
	text, done := j.recorded("<<<", j.text.from(0))
	_, err = io.Copy(io.Discard, text)
	done()
	j.record("<<<", "[EOF]")
	return err
}

func (j *job) overflow() (*overflow, error) {
	temp := j.Home.Temp
	if temp == "" {
		temp = os.TempDir()
	}
	return newOverflow(temp, j.Home.ClientQueue)
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
	if words := strings.Fields(*j.sender); err != nil && len(words) > 1 { // sendmail's BlankSub: "-f 'web shop'" is web.shop
		if b, wrong := address.Parse(strings.Join(words, ".")); wrong == nil {
			a, err = b, nil
		}
	}
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
func (j *job) caller() account.Account {
	if u, ok := j.Accounts.ByUID(j.UID); ok {
		return u
	}
	for _, name := range []string{j.Getenv("LOGNAME"), j.Getenv("USER")} {
		if a, err := address.Parse(name); err == nil && a.Local == name && name != "" {
			return account.Account{Name: name}
		}
	}
	return account.Account{Name: "nobody"}
}

func (j *job) hostname() string {
	if j.host == "" {
		if j.host = j.Hostname(); j.host == "" {
			j.host = "localhost"
		}
	}
	return j.host
}

// complain says what is wrong with a recipient and remembers the exit status. -oem, -oew and -oee have it said in a letter,
// -oeq not at all.
func (j *job) complain(text string, exit int) {
	switch j.errors {
	case 'p':
		fmt.Fprintln(j.Stderr, text)
	case 'm', 'w', 'e':
		j.unsaid = append(j.unsaid, text)
	}
	if j.exit == exOK {
		j.exit = exit
	}
}
