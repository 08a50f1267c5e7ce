package sendmail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// operate does what the command line asks for once it has been read.
func (j *job) operate(ctx context.Context) error {
	if err := j.mayI(); err != nil {
		return err
	}
	if err := j.openLog(); err != nil {
		return err
	}
	if j.trafficFile != nil {
		defer j.trafficFile.Close()
	}
	if j.debug > 0 {
		if err := j.identity(); err != nil {
			return err
		}
	}
	if err := j.checkDir(); err != nil {
		return err
	}
	if j.mode == 'm' || j.mode == 'a' {
		return j.run(ctx)
	}
	if j.MTA == nil {
		return unavailable("-" + string(rune(j.mode)))
	}
	err := j.ask(ctx)
	if _, ok := errors.AsType[*Exit](err); err != nil && !ok {
		err = &Exit{exTempFail, "sendmail: " + printable(err.Error())}
	}
	return err
}

// ask has the MTA do what a mode does.
func (j *job) ask(ctx context.Context) error {
	out := Streams{j.Stdout, j.Stderr}
	switch j.mode {
	case 's':
		return j.converse(ctx)
	case 't':
		return j.MTA.Test(ctx, Session{In: j.Stdin, Streams: out, Verbose: j.verbose})
	case 'v':
		return j.verify(ctx)
	case 'C':
		return j.MTA.Check(ctx)
	case 'i':
		return j.MTA.Aliases(ctx, Aliases{File: j.aliasFile, Verbose: j.verbose, Streams: out})
	case 'h':
		return j.MTA.HostStatus(ctx, HostStatus{Verbose: j.verbose, Streams: out})
	case 'H':
		return j.MTA.PurgeStatus(ctx, HostStatus{Verbose: j.verbose, Streams: out})
	case 'P': // the numbers of a queue that sendmail keeps in shared memory, which is an option of it
		fmt.Fprintln(j.Stdout, "Data unavailable: shared memory not updated")
		return nil
	}
	return j.askQueue(ctx)
}

// askQueue does the modes that know selections.
func (j *job) askQueue(ctx context.Context) error {
	q, out := &j.queue, Streams{j.Stdout, j.Stderr}
	if q.group != "" && q.group != defaultGroup {
		fmt.Fprintf(j.Stderr, "Queue group %s unknown\n", printable(q.group))
		return nil
	}
	selected, err := q.selection()
	if err != nil {
		return err
	}
	switch {
	case j.mode == 'p':
		return j.MTA.List(ctx, Listing{Place: j.place, Select: selected, Verbose: j.verbose, Streams: out})
	case j.mode == 'd' || j.mode == 'D' || q.interval > 0:
		return j.MTA.Serve(ctx, Serve{Place: j.place, Listen: j.mode != queueMode, Foreground: j.mode == 'D',
			Interval: q.interval, Select: selected, Argv: j.Argv, Streams: out})
	case j.quarantine != nil:
		reason := *j.quarantine
		if reason == alone('Q') {
			reason = ""
		}
		return j.MTA.Quarantine(ctx, Quarantine{Place: j.place, Select: selected, Reason: reason, Release: reason == "",
			Verbose: j.verbose, Streams: out})
	}
	return j.MTA.RunQueue(ctx, QueueRun{Place: j.place, Select: selected, Wait: q.foreground || j.verbose,
		Verbose: j.verbose, Streams: out})
}

// converse is -bs. A traffic log gets both sides of it. The exit status is that of the last reply that found an address or
// its domain wrong; other refusals are the client's to read (measured with sendmail 8.17.1.9).
func (j *job) converse(ctx context.Context) error {
	in, heard := j.recorded("<<<", j.Stdin)
	exit := exOK
	w := &lineWriter{line: func(s string) {
		s = strings.TrimSuffix(s, "\r")
		j.record(">>>", s)
		if status := replyStatus(s); status != exOK {
			exit = status
		}
	}}
	err := j.MTA.Session(ctx, Session{In: in, Streams: Streams{both{j.Stdout, w}, j.Stderr}, Verbose: j.verbose})
	heard()
	w.end()
	if err == nil {
		err = Code(exit)
	}
	return err
}

// replyStatus gives the exit status that the last line of a reply leads to.
func replyStatus(line string) int {
	if len(line) < 4 || line[0] != '5' || line[3] != ' ' {
		return exOK
	}
	e, _, ok := cutEnhanced(line[4:], 500)
	if status := exitStatus(mta.Status{Code: 500, Enhanced: e}); ok && (status == exUsage || status == exNoHost) {
		return status
	}
	return exOK
}

// both writes to a peer and tells a log what it was given.
type both struct {
	peer interface{ Write([]byte) (int, error) }
	log  *lineWriter
}

func (b both) Write(p []byte) (int, error) {
	n, err := b.peer.Write(p)
	b.log.Write(p[:n])
	return n, err
}

// verify is -bv: the addresses of the command line and, with -t, those in the header.
func (j *job) verify(ctx context.Context) error {
	if !j.fromHeader && len(j.operands) == 0 {
		return usage("Recipient names must be specified")
	}
	asked := j.operands
	if j.fromHeader {
		if err := j.read(); err != nil {
			return err
		}
		defer j.text.close()
		if !j.headed() {
			return errHeaderTooLarge
		}
		rcpts := &recipients{domain: j.hostname}
		rcpts.addHeader(j.head)
		for _, r := range rcpts.list {
			asked = append(asked, r.Address.String())
		}
		for _, bad := range rcpts.bad {
			asked = append(asked, bad.Entry)
		}
	}
	return j.MTA.Verify(ctx, Verify{Addresses: asked, Verbose: j.verbose, Streams: Streams{j.Stdout, j.Stderr}})
}

// special is sendmail's sentence for a caller who may not do what was asked.
const special = "Program mode requires special privileges, e.g., root or TrustedUser."

// mayI says whether this caller may do what was asked. root and the owner of the home may do all; others may submit
// mail, look at the client queue and try addresses. Options that name files to write or to read as settings, or a
// queue directory, are for the same few: a web page that gets at the arguments of a call must gain nothing by it.
// sendmail gives up its own rights instead and goes on with the caller's; this command never had others.
func (j *job) mayI() error {
	if err := j.readConfig(); err != nil {
		return err
	}
	options := []struct {
		given bool
		name  string
	}{{j.config != nil, "-C"}, {j.traffic != nil, "-X"}, {j.debugFile != nil, "-D"}, {j.place.Dir != "", "-oQ"}}
	named := false
	for _, o := range options {
		named = named || o.given
	}
	if !named && (j.mode == 'm' || j.mode == 'a' || j.mode == 's' || j.mode == 't' || j.mode == 'p' && j.place.Client) || j.trusted() {
		return nil
	}
	for _, o := range options {
		if o.given {
			return &Exit{exConfig, "sendmail: " + o.name + ": " + special}
		}
	}
	switch {
	case strings.IndexByte("dDiH", j.mode) >= 0 || j.quarantine != nil || j.queue.interval > 0:
		text := "Permission denied (real uid not trusted)"
		if j.mode == 'd' {
			text = "550 " + text
		}
		return usage("%s", text)
	case j.mode == queueMode && j.place.Client:
		return &Exit{exNoPerm, "You do not have permission to process the queue"}
	}
	text := "can not chdir(" + printable(j.Home.Queue) + "/): Permission denied\n" + special
	if j.mode == 'v' {
		text = "Notice: -bv may give misleading output for non-privileged user\n" + text
	}
	return &Exit{exConfig, text}
}

// trusted says that the caller is root or owns the home.
func (j *job) trusted() bool { return j.UID == 0 || j.Trusted != nil && j.Trusted() }

// readConfig does -C. There is no configuration but the home's own; the names of sendmail's two files choose between
// the queues, as -A does.
func (j *job) readConfig() error {
	if j.config == nil {
		return nil
	}
	if _, err := os.Stat(*j.config); err != nil {
		return &Exit{exOSFile, printable(*j.config) + ": line 0: cannot open: " + cause(err)}
	}
	switch filepath.Base(*j.config) {
	case "submit.cf":
		j.place.Client = true
	case "sendmail.cf":
		j.place.Client = false
	default:
		return &Exit{exUnavailable, "sendmail: -C " + printable(*j.config) + ": settings are those of the home; name another with POSTROOM_HOME=DIR"}
	}
	return nil
}

// openLog opens the traffic log.
func (j *job) openLog() error {
	if j.verbose {
		j.talk.watcher = j.Stdout
	}
	if j.traffic == nil {
		return nil
	}
	f, err := appendTo(*j.traffic)
	if err != nil {
		return err
	}
	j.trafficFile, j.talk.log, j.talk.pid = f, f, j.PID
	return nil
}

// checkDir looks at the directory of -oQ. A pattern is for whoever opens it.
func (j *job) checkDir() error {
	dir := j.place.Dir
	if dir == "" || strings.Contains(dir, "*") {
		return nil
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errNotDirectory
	}
	if err != nil {
		return &Exit{exConfig, "can not chdir(" + printable(strings.TrimSuffix(dir, "/")) + "/): " + cause(err)}
	}
	j.Home.ClientQueue = dir
	return nil
}

var errNotDirectory = errors.New("not a directory")

// warning is the field that sendmail puts before the header of a message whose sender was set by a caller who may
// not: "alice set sender to shop@adidas.cn using -f". "" where there is nothing to warn of.
func (j *job) warning() string {
	if j.sender == nil || j.trusted() {
		return ""
	}
	who, set := j.caller().Name, j.env.Sender
	if j.ClassT != nil && j.ClassT(who) {
		return ""
	}
	if own := (address.Address{Local: who, Domain: j.hostname()}); set.Fold() == own.Fold() {
		return ""
	}
	text := set.String()
	if set.IsNull() {
		text = "<>"
	}
	return "X-Authentication-Warning: " + word(j.hostname()) + ": " + word(who) + " set sender to " + printable(text) + " using -f\n"
}
