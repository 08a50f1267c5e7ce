// Package mailq prints what waits in a queue, column for column as sendmail's mailq (sendmail -bp) does:
//
//			/var/spool/mqueue (1 request)
//	-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------
//	6AM800AA000002*       4 Sun Nov 22 07:13 <bob@example.com>
//	      8BITMIME   (Deferred: Connection refused by mx.closed.example.)
//						 <u@defer.example>
//			Total requests: 1
//
// It reads the directories itself, so that no mail system needs to be running. Unlike sendmail, which renames
// control files that it cannot read while it lists them, it changes nothing: what is wrong with a file is said on
// standard error. What sendmail itself says in the middle of a listing, of a message whose body is missing, stands
// there. Options are parsed by package sendmail of app/cli.
package mailq

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"postroom.dev/spool/queue"
)

// Exit codes, as in sysexits.h.
const (
	exitOK     = 0
	exitOSErr  = 71
	exitConfig = 78
)

// Command is one call of mailq.
type Command struct {
	Directory string      // QueueDirectory: "…/mqueue" or "…/mqueue/q*"; of the client queue with -Ac
	Mode      fs.FileMode // QueueFileMode, 0600 when 0
	Select    queue.Selection
	Order     queue.Order
	Verbose   bool
	Max       int            // MaxQueueRunSize: how many are printed of each directory; 0 for all
	MinAge    time.Duration  // MinQueueAge: younger messages are marked "-"
	Now       time.Time      // for MinAge
	Zone      *time.Location // of the times printed; UTC when nil

	// Index is of the directories, and kept by somebody; nil to open and read them. Directory and Mode are then only for texts.
	Index *queue.Index

	// Load is the load average; while it is at least QueueLA (0 for never), messages whose priority is above
	// QueueFactor / (Load - QueueLA + 1) are marked "X".
	Load, QueueLA, QueueFactor int

	Stdout, Stderr io.Writer
}

// Run prints the listing and gives the exit code: 0, also when nothing matches; 78 when a directory cannot be
// looked at, 71 when it is one that everybody may write or when the listing cannot be written.
func (c Command) Run(ctx context.Context) int {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	index, err := c.open()
	if err == nil {
		err = index.RefreshLocks(ctx)
	}
	if err != nil {
		return c.refuse(err)
	}
	out := bufio.NewWriterSize(c.Stdout, 64<<10)
	total := 0
	for _, q := range index.Group().Queues() {
		total += c.queue(out, q.DataDir(), index.MessagesIn(q, c.Select, queue.Unsorted))
		for _, m := range index.All(q) {
			// It is in no listing, of the free messages or of the quarantined ones, as in sendmail's.
			if m.Kind == "qf" && m.Summary.Quarantine != "" {
				c.problem(out, m)
			}
		}
	}
	if c.Select.Group() == "" { // sendmail adds up only when it goes through all groups
		fmt.Fprintf(out, "\t\tTotal requests: %d\n", total)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(c.Stderr, err)
		return exitOSErr
	}
	return exitOK
}

func (c Command) open() (*queue.Index, error) {
	if c.Index != nil {
		return c.Index, nil
	}
	options := []queue.Option{}
	if c.Mode != 0 {
		options = append(options, queue.Mode(c.Mode))
	}
	group, err := queue.OpenAll(c.Directory, func(int) int { return 0 }, options...)
	if err != nil {
		return nil, err
	}
	return queue.NewIndex(group), nil
}

// refuse says why a queue directory cannot be listed, in sendmail's words.
func (c Command) refuse(err error) int {
	dir := c.Directory
	var path *fs.PathError
	if errors.As(err, &path) {
		dir = path.Path
	}
	verb := "chdir"
	var errno syscall.Errno
	switch {
	case errors.Is(err, queue.ErrUnsafe):
		fmt.Fprintf(c.Stderr, "451 4.0.0 %s: World writable directory\n%v\n", dir, err)
		return exitOSErr
	case errors.As(err, &errno):
		if strings.HasSuffix(c.Directory, "*") {
			dir = filepath.Dir(c.Directory)
		}
	case errors.Is(err, fs.ErrNotExist): // a pattern that nothing fits
		verb, dir, errno = "opendir", strings.TrimSuffix(c.Directory, "*"), syscall.ENOENT
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(c.Stderr, err)
		return exitOSErr
	default:
		errno = syscall.ENOTDIR
	}
	if verb == "chdir" {
		dir += "/"
	}
	fmt.Fprintf(c.Stdout, "can not %s(%s): %s\n", verb, dir, sentence(errno))
	if errors.Is(err, fs.ErrPermission) {
		fmt.Fprintln(c.Stderr, "Program mode requires special privileges, e.g., root or TrustedUser.")
	}
	return exitConfig
}

// sentence gives an error of the system as C programs print it.
func sentence(err syscall.Errno) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// queue prints one directory, which sendmail calls by where its df files are, and gives the number of its messages.
func (c Command) queue(out *bufio.Writer, dir string, messages []*queue.Message) int {
	kept := messages[:0]
	for _, m := range messages {
		if errors.Is(m.Problem, queue.ErrID) {
			to := c.Stderr
			if c.Verbose { // sendmail's other choice is its log
				to = out
			}
			fmt.Fprintf(to, "gatherq: %s%s too long, 21 max characters\n", m.Kind, Neutral(m.ID))
			continue
		}
		if !m.IsFile() {
			fmt.Fprintf(out, "gatherq: %s is not a regular file\n", Neutral(m.Path()))
			c.problem(out, m)
			continue
		}
		kept = append(kept, m)
	}
	n := len(kept)
	if n == 0 {
		fmt.Fprintf(out, "%s is empty\n", dir)
		return 0
	}
	plural := "s"
	if n == 1 {
		plural = ""
	}
	fmt.Fprintf(out, "\t\t%s (%d request%s", dir, n, plural)
	if c.Max > 0 && n > c.Max {
		fmt.Fprintf(out, ", only %d printed", c.Max)
		kept = kept[:c.Max]
	}
	heading := "-----Q-Time----- ------------Sender/Recipient-----------"
	if c.Verbose {
		heading = "-Priority- ---Q-Time--- --------Sender/Recipient--------"
	}
	fmt.Fprintf(out, ")\n-----Q-ID----- --Size-- %s\n", heading)
	c.Order.Sort(kept)
	p := printer{Command: &c}
	for _, m := range kept {
		p.b = p.b[:0]
		p.message(m)
		out.Write(p.b) // Flush tells of an error
		c.problem(out, m)
	}
	return n
}

// problem says on standard error what is wrong with a message; first out what was printed before. A missing
// body is part of the listing.
func (c Command) problem(out *bufio.Writer, m *queue.Message) {
	if m.Problem == nil || errors.Is(m.Problem, queue.ErrNoData) {
		return
	}
	out.Flush()
	fmt.Fprintln(c.Stderr, Neutral(m.Problem.Error()))
}
