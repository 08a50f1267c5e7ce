// Package maillog writes log/maillog, the lines that sendmail sends to syslog:
//
//	Nov 22 09:39:14 mail sendmail[12314]: 6AM9dEmd012314: from=<alice@example.com>, size=321, class=0, …
//
// The prefix is syslog's: time, host, tag[pid]. From, To and Notify give sendmail's lines, Line any other. What comes from
// outside is neutralised, so that a line is one line and begins with what Postroom wrote; see Line. Limits: 8 KiB a
// line; a To's recipients are spread over as many lines as they need.
//
// The file is opened when the first line comes. When it would grow beyond Options.MaxSize it becomes maillog.1, the older
// ones move up, and what is older than Options.Keep is deleted. Where another program moved the file away, a line that
// comes a moment later (recheck) begins a new one. Several processes may write one file.
//
// Logging never stops mail: what goes wrong is told to Options.Problem and the line is lost.
package maillog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The defaults of Options.
const (
	DefaultMaxSize = 10 << 20
	DefaultKeep    = 4
)

// recheck is how long a Log takes for granted that the path still names its file, and that nobody else makes it grow. To ask before
// every line was half the cost of logging.
const recheck = 100 * time.Millisecond

// maxWrite is how many octets of lines that belong together are written with one call.
const maxWrite = 4 << 10

// Options says where and as whom a Log writes.
type Options struct {
	Path    string           // of the file, "…/log/maillog"; its directory is made when missing
	Host    string           // our host's name; what follows the first dot is left out, as syslog does
	Tag     string           // the program's name, sendmail -L; "" is "sendmail"
	PID     int              // the process id
	Now     func() time.Time // the clock; its zone is the log's
	MaxSize int64            // octets at which the file is rotated; 0 is DefaultMaxSize
	Keep    int              // how many old files there are at most; 0 is DefaultKeep
	// Problem is told what goes wrong, once until a line is written again. It may be nil; it must not log here.
	Problem func(error)
}

// Log is an open log. Any goroutine may write to it. A nil *Log takes lines and writes nothing.
type Log struct {
	o      Options
	prefix string // " host tag[pid]: "

	mu     sync.Mutex
	second int64     // the time that stamp prints, as Unix seconds
	stamp  string    // "Nov 22 09:39:14"
	line   []byte    // what was written last, for its memory
	file   *os.File  // nil until the first line, and after Close
	size   int64     // of the file when it was looked at, and what we wrote since
	looked time.Time // when that was
	torn   bool      // the last write broke off in the middle of a line
	told   bool      // Problem knows already
	closed bool
}

// New gives a log that writes as o says.
func New(o Options) *Log {
	if o.MaxSize <= 0 {
		o.MaxSize = DefaultMaxSize
	}
	if o.Keep <= 0 {
		o.Keep = DefaultKeep
	}
	if o.Tag == "" {
		o.Tag = "sendmail"
	}
	return &Log{o: o, prefix: fmt.Sprintf(" %s %s[%d]: ", neutral(shortHost(o.Host)), neutral(o.Tag), o.PID)}
}

// Close closes the file. Lines that come later are dropped.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// write appends lines, each without its end, and rotates the file where they would not fit.
func (l *Log) write(lines ...string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	now := l.o.Now()
	if second := now.Unix(); second != l.second || l.stamp == "" {
		l.second, l.stamp = second, now.Format(time.Stamp)
	}
	for len(lines) > 0 {
		l.line = l.line[:0]
		for len(lines) > 0 && (len(l.line) == 0 || len(l.line)+len(lines[0]) < maxWrite) {
			l.line = append(append(append(append(l.line, l.stamp...), l.prefix...), lines[0]...), '\n')
			lines = lines[1:]
		}
		err := l.append(now, l.line)
		if err != nil && !l.told && l.o.Problem != nil {
			l.o.Problem(fmt.Errorf("maillog: %w", err))
		}
		l.told = err != nil
	}
}

// append writes whole lines with one call: with O_APPEND, lines of several processes do not mix.
func (l *Log) append(now time.Time, text []byte) error {
	if err := l.ready(now); err != nil {
		return err
	}
	var full error
	if l.size > 0 && l.size+int64(len(text)) > l.o.MaxSize {
		if full = l.rotate(); l.file == nil {
			return full
		}
	}
	if l.torn {
		text = append([]byte("\n"), text...)
	}
	n, err := l.file.Write(text)
	l.size += int64(n)
	l.torn = n < len(text) && (n > 0 || l.torn)
	return errors.Join(err, full)
}

// ready opens the file, again when it is no longer the one that the path names, and learns its size.
func (l *Log) ready(now time.Time) error {
	if since := now.Sub(l.looked); l.file != nil && 0 <= since && since < recheck {
		return nil
	}
	l.looked = now
	if l.file != nil {
		named, err := os.Stat(l.o.Path)
		if err == nil {
			if open, err := l.file.Stat(); err == nil && os.SameFile(named, open) {
				l.size = named.Size()
				return nil
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		l.file.Close()
		l.file, l.torn = nil, false
	}
	return l.open()
}

func (l *Log) open() error {
	f, err := os.OpenFile(l.o.Path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(l.o.Path), 0o700); err != nil {
			return err
		}
		f, err = os.OpenFile(l.o.Path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	return nil
}

// rotate moves maillog to maillog.1 and opens a new one. Where the moving does not succeed the old file goes on.
// The file is closed first: some systems do not rename an open one.
func (l *Log) rotate() error {
	err := l.file.Close()
	l.file, l.torn = nil, false
	if moved := l.shift(); moved != nil {
		err = errors.Join(err, moved)
	}
	return errors.Join(err, l.open())
}

func (l *Log) shift() error {
	old := func(n int) string {
		if n == 0 {
			return l.o.Path
		}
		return fmt.Sprintf("%s.%d", l.o.Path, n)
	}
	for n := l.o.Keep; n > 0; n-- {
		if err := os.Rename(old(n-1), old(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
