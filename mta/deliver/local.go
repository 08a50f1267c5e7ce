package deliver

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/table"
)

// maxUser is how long the name of a mailbox may be, in octets: a file name with room for ".lock".
const maxUser = 200

// LocalOptions says where Local delivers. Dir and Now must be given.
type LocalOptions struct {
	Dir      string           // holds a file for each user; made with mode 0700 when it is not there
	Now      func() time.Time // for From_ lines
	LockWait time.Duration    // how long to wait for a mailbox that others have locked: 30 s when 0
	Stale    time.Duration    // the age at which a lock file of unknown origin counts as forgotten: 5 min when 0
}

// Local appends messages to mbox files, DIR/USER, where USER is the local part in lower case and without its detail: mail for
// Alice+shop is for alice. An entry
// is there as a whole or not at all: what fails in its middle is taken back at once; what a killed process left
// behind is taken back before the next message is written. An entry is on stable storage before the status says 250.
//
// While it writes it holds every lock that readers look at: flock, fcntl (Linux) and the lock file USER.lock,
// which has the process id in it.
type Local struct {
	o     LocalOptions
	plain bool // links are not followed
	mu    sync.Mutex
	turns map[string]*turn
}

// turn lets the deliveries of one process to one mailbox queue up instead of trying the locks again and again.
type turn struct {
	free  chan struct{}
	users int
}

// NewLocal makes a Local.
func NewLocal(o LocalOptions) *Local {
	o.LockWait = cmp.Or(o.LockWait, 30*time.Second)
	o.Stale = cmp.Or(o.Stale, 5*time.Minute)
	return &Local{o: o, turns: make(map[string]*turn)}
}

// Deliver appends j to the mailbox of each recipient.
func (l *Local) Deliver(ctx context.Context, j Job) []mta.Status {
	j.say(j.who(j.Rcpts) + "... Connecting to local...")
	got := make([]mta.Status, len(j.Rcpts))
	for n, i := range j.Rcpts {
		got[n] = l.one(ctx, mailbox(j.Envelope.Recipients[i].Address.Local), &j)
	}
	j.result(got)
	return got
}

func (l *Local) one(ctx context.Context, user string, j *Job) mta.Status {
	if !safeUser(user) {
		return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "User unknown"}
	}
	if err := os.MkdirAll(l.o.Dir, 0o700); err != nil {
		return verdict(ctx, "mailbox of "+user, err)
	}
	return verdict(ctx, "mailbox of "+user, l.deliver(ctx, filepath.Join(l.o.Dir, user), j))
}

// verdict is what became of an attempt to append to what.
func verdict(ctx context.Context, what string, err error) mta.Status {
	if err == nil {
		return mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}}
	}
	s := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 2, 0}, Err: fmt.Errorf("%s: %w", what, err)}
	switch {
	case ctx.Err() != nil:
		s.Enhanced, s.Text = mta.Enhanced{4, 3, 2}, "delivery was interrupted"
	case errors.Is(err, errLocked):
		s.Code, s.Text = 450, what+" is locked"
	case isFull(err):
		s.Code, s.Enhanced, s.Text = 452, mta.Enhanced{4, 2, 2}, what+": No space left on device"
	case errors.Is(err, errContent):
		s.Enhanced, s.Text = mta.Enhanced{4, 3, 0}, "the message could not be read; try again later"
	default:
		s.Text = what + " cannot be written"
	}
	return s
}

// mailbox is the user that a local part means, as sendmail's local mailer has it.
func mailbox(local string) string {
	if user, _, ok := strings.Cut(local, "+"); ok && user != "" {
		local = user
	}
	return table.Fold(local)
}

// safeUser says that a name is one file's in the directory, and not that of a lock.
func safeUser(user string) bool {
	if user == "" || len(user) > maxUser || user[0] == '.' || strings.HasSuffix(user, lockSuffix) {
		return false
	}
	for _, c := range []byte(user) {
		if c < ' ' || c == 0x7f || c == '/' || c == '\\' || c == ':' {
			return false
		}
	}
	return filepath.IsLocal(user)
}

func (l *Local) deliver(ctx context.Context, path string, j *Job) error {
	ctx, cancel := context.WithTimeoutCause(ctx, l.o.LockWait, errLocked)
	defer cancel()
	done, err := l.queue(ctx, path)
	if err != nil {
		return err
	}
	defer done()
	box, err := l.lock(ctx, path)
	if err != nil {
		return err
	}
	defer box.unlock()
	return box.add(fromLine(j.Envelope, l.o.Now()), j)
}

// queue waits for our own turn.
func (l *Local) queue(ctx context.Context, path string) (done func(), err error) {
	l.mu.Lock()
	t := l.turns[path]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		l.turns[path] = t
	}
	t.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(l.turns, path)
		}
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}

// lock opens and locks a mailbox, and tries again while others have it.
func (l *Local) lock(ctx context.Context, path string) (*mbox, error) {
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		b, err := openMbox(path, l.o.Stale, !l.plain)
		if !errors.Is(err, errLocked) {
			return b, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// add appends an entry, or leaves the file as it was.
func (b *mbox) add(from string, j *Job) error {
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	gap, err := b.gap(size)
	if err != nil {
		return err
	}
	length := counter(len(gap))
	if err := writeMbox(&length, from, j.Envelope, j.Content); err != nil {
		return errors.Join(errContent, err)
	}
	if err := b.announce(size, int64(length), gap+from); err != nil {
		return err
	}
	if err := b.write(size, int64(length), gap, from, j); err != nil {
		return errors.Join(err, b.file.Truncate(size), b.file.Sync())
	}
	if size == 0 {
		return syncDir(filepath.Dir(b.path))
	}
	return nil
}

func (b *mbox) write(size, length int64, gap, from string, j *Job) error {
	out := bufio.NewWriterSize(io.NewOffsetWriter(b.file, size), 64<<10)
	if _, err := out.WriteString(gap); err != nil {
		return err
	}
	if err := writeMbox(out, from, j.Envelope, j.Content); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if info, err := b.file.Stat(); err != nil || info.Size() != size+length {
		return errors.Join(err, fmt.Errorf("%w: it changed while it was written, or the mailbox did", errContent))
	}
	return b.file.Sync()
}

// gap is what is missing at the end of the file for a From_ line to be found behind it.
func (b *mbox) gap(size int64) (string, error) {
	if size == 0 {
		return "", nil
	}
	tail := []byte("\n\n")
	n := min(size, 2)
	if _, err := b.file.ReadAt(tail[2-n:], size-n); err != nil {
		return "", err
	}
	switch {
	case tail[1] != '\n':
		return "\n\n", nil
	case tail[0] != '\n':
		return "\n", nil
	}
	return "", nil
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
