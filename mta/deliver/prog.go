package deliver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"postroom.dev/mta"
)

// maxOutput is how much of what a program prints is kept for the report, in octets.
const maxOutput = 8 << 10

// ProgOptions says how programs are run. Command, Now and Dir must be given.
type ProgOptions struct {
	// Command gives what sh -c is told for a command of an alias; its error, a Status, says why that one is not run.
	Command func(command string) (string, error)
	Now     func() time.Time // for From_ lines
	Dir     string           // where programs run
	Env     []string         // their environment, beside AGENT=sendmail
	Limit   time.Duration    // how long one may take: 1 min when 0
}

// Prog is sendmail's prog mailer: it runs a command for each recipient, with sh -c, and gives it the message on its standard input: a
// From_ line, the header and the body, with LF. A recipient's local part is "|" and the command.
//
// The exit status is one of sysexits.h, and means what it means to sendmail: 75 is tried again, 67 is an unknown user. What the program
// prints is in Status.Output. At the time limit the command's whole process group is killed, and the message is tried again.
type Prog struct{ o ProgOptions }

// NewProg makes a Prog.
func NewProg(o ProgOptions) *Prog {
	o.Limit = cmp.Or(o.Limit, time.Minute)
	return &Prog{o}
}

// Deliver runs the program of each recipient, one after the other.
func (p *Prog) Deliver(ctx context.Context, j Job) []mta.Status {
	j.say(j.who(j.Rcpts) + "... Connecting to prog...")
	got := make([]mta.Status, len(j.Rcpts))
	for n, i := range j.Rcpts {
		got[n] = p.one(ctx, strings.TrimPrefix(j.Envelope.Recipients[i].Address.Local, "|"), &j)
	}
	j.result(got)
	return got
}

func (p *Prog) one(ctx context.Context, command string, j *Job) mta.Status {
	line, err := p.o.Command(command)
	if err != nil {
		return mta.StatusOf(err)
	}
	text, err := openLines(j.Content, j.Envelope)
	if err != nil {
		return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "the message could not be read; try again later", Err: err}
	}
	defer text.Close()
	ctx, cancel := context.WithTimeout(ctx, p.o.Limit)
	defer cancel()
	var out head
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.Dir, cmd.Env = p.o.Dir, append([]string{"AGENT=sendmail"}, p.o.Env...)
	body := &unixText{r: text}
	cmd.Stdin = io.MultiReader(strings.NewReader(fromLine(j.Envelope, p.o.Now())), body)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 2 * time.Second // for what the program left running with its output open
	ownGroup(cmd)
	err = cmd.Run()
	s := p.status(ctx, err)
	if body.err != nil { // it had not all of the message, whatever it says
		s = mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "the message could not be read; try again later", Err: body.err}
	}
	s.Output = strings.ToValidUTF8(out.String(), "?")
	return s
}

// status is what the end of a program means.
func (p *Prog) status(ctx context.Context, err error) mta.Status {
	s := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Err: err}
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil:
		s.Text = fmt.Sprintf("prog mailer (/bin/sh) was killed: it took longer than %v", p.o.Limit)
	case ctx.Err() != nil && err != nil:
		s.Enhanced, s.Text = mta.Enhanced{4, 3, 2}, "delivery was interrupted"
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}}
	case ended && exit.Exited():
		return exitStatus(exit.ExitCode())
	case ended:
		s.Text = "prog mailer (/bin/sh) died: " + exit.Error()
	default:
		s.Text = "prog mailer (/bin/sh) cannot be run"
	}
	return s
}

// sysexits are the statuses of sysexits.h in sendmail's words, from 64 on.
var sysexits = []mta.Status{
	{Code: 500, Enhanced: mta.Enhanced{5, 0, 0}, Text: "Command line usage error"},
	{Code: 501, Enhanced: mta.Enhanced{5, 6, 0}, Text: "Data format error"},
	{Code: 550, Enhanced: mta.Enhanced{5, 3, 0}, Text: "Cannot open input"},
	{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "User unknown"},
	{Code: 550, Enhanced: mta.Enhanced{5, 1, 2}, Text: "Host unknown"},
	{Code: 554, Enhanced: mta.Enhanced{5, 0, 0}, Text: "Service unavailable"},
	{Code: 554, Enhanced: mta.Enhanced{5, 3, 0}, Text: "Internal error"},
	{Code: 451, Enhanced: mta.Enhanced{4, 0, 0}, Text: "Operating system error"},
	{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "System file missing"},
	{Code: 550, Enhanced: mta.Enhanced{5, 0, 0}, Text: "Can't create output"},
	{Code: 451, Enhanced: mta.Enhanced{4, 0, 0}, Text: "I/O error"},
	{Code: 451, Enhanced: mta.Enhanced{4, 0, 0}, Text: "prog mailer (/bin/sh) exited with EX_TEMPFAIL"},
	{Code: 554, Enhanced: mta.Enhanced{5, 5, 0}, Text: "Remote protocol error"},
	{Code: 550, Enhanced: mta.Enhanced{5, 0, 0}, Text: "Insufficient permission"},
	{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "Local configuration error"},
}

func exitStatus(code int) mta.Status {
	if n := code - 64; n >= 0 && n < len(sysexits) {
		return sysexits[n]
	}
	return mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 0}, Text: fmt.Sprintf("unknown mailer error %d", code)}
}

// head keeps the first octets that are written to it.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	h.Buffer.Write(p[:min(len(p), maxOutput-h.Len())])
	return len(p), nil
}

// ReadFrom hides the buffer's, which has no limit.
func (h *head) ReadFrom(r io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{h}, r) }

// unixText gives a message with LF for each CRLF.
type unixText struct {
	r   io.Reader
	cr  bool // a CR was read and not given
	err error
}

func (u *unixText) Read(p []byte) (int, error) {
	if len(p) < 2 {
		return 0, io.ErrShortBuffer
	}
	for {
		n, err := u.r.Read(p[1:]) // room for the CR
		if err != nil && err != io.EOF {
			u.err = err
		}
		w := 0
		for _, c := range p[1 : n+1] {
			if u.cr && c != '\n' {
				p[w] = '\r'
				w++
			}
			if u.cr = c == '\r'; !u.cr {
				p[w] = c
				w++
			}
		}
		if err == io.EOF && u.cr {
			p[w], u.cr = '\r', false
			w++
		}
		if w > 0 || err != nil {
			return w, err
		}
	}
}
