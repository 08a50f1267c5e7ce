package sendmail

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// account answers for a message that was refused, for some or for all, in the way of -oe: print and keep it in ~/dead.letter
// (p), mail the sender (m, w), the same and never fail (e), nothing (q).
func (j *job) account(ctx context.Context) {
	if len(j.refused) == 0 || j.errors == 'q' {
		return
	}
	if j.errors != 'p' {
		if j.mailBack(ctx) {
			if j.errors == 'e' {
				j.exit = exOK
			}
			return
		}
		for _, text := range j.unsaid {
			fmt.Fprintln(j.Stderr, text)
		}
	}
	path := j.deadLetter()
	if path == "" {
		return
	}
	if err := j.bury(path); err != nil {
		fmt.Fprintf(j.Stderr, "%s... savemail: cannot save rejected email anywhere: %s\n", path, cause(err))
		return
	}
	fmt.Fprintf(j.Stderr, "%s... Saved message in %s\n", path, path)
}

// unreadable is an entry that is no address, as one of the recipients that were refused.
func unreadable(bad *address.EntryError) mta.Recipient {
	return mta.Recipient{Address: address.Address{Local: bad.Entry}, Last: mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 1, 3}, Text: wrong(bad)}}
}

// deadLetter is where the caller's dead letters go. "" for a caller without a home, such as a container's bare number.
func (j *job) deadLetter() string {
	home := j.caller().Home
	if home == "" {
		home = j.Getenv("HOME")
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, "dead.letter")
}

// bury appends the message to the mailbox at path, whole or not at all.
func (j *job) bury(path string) error {
	if !j.headed() {
		return errHeaderTooLarge
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	mode := os.FileMode(0o640)
	if j.UID == 0 {
		mode = 0o600
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w := bufio.NewWriterSize(f, keptInMemory) // most letters are written at once, so that two calls do not mix theirs
	err = j.writeMbox(w)
	if err = errors.Join(err, w.Flush()); err != nil {
		return errors.Join(err, f.Truncate(size), f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// writeMbox writes the message as a local mailer appends it: a "From " line, Return-Path, the fields that were missing,
// the message with LF line ends, and an empty line. ">" stands before lines of the body that begin with "From ".
func (j *job) writeMbox(w *bufio.Writer) error {
	sender := j.env.Sender.String()
	if j.env.Sender.IsNull() {
		sender = "MAILER-DAEMON@" + j.hostname()
	}
	head := j.text.head
	start := j.head.end
	if len(j.head.fields) > 0 {
		start = j.head.fields[0].start
	}
	fmt.Fprintf(w, "From %s %s\nReturn-Path: <%s>\n", printable(sender), j.env.Arrival.Format(time.ANSIC), printable(sender))
	w.Write(bytes.ReplaceAll(j.added(j.QueueID()), []byte("\r\n"), []byte("\n")))
	w.WriteString(j.warning())
	fields := bytes.ReplaceAll(head[start:j.head.end], []byte("\r\n"), []byte("\n"))
	w.Write(fields)
	if len(fields) > 0 && fields[len(fields)-1] != '\n' {
		w.WriteByte('\n')
	}
	w.WriteByte('\n')
	body := &mboxBody{w: w, begin: true}
	if _, err := io.Copy(body, newLFReader(j.text.from(j.bodyStart()))); err != nil {
		return err
	}
	return body.end()
}

// mboxBody writes a body into a mailbox.
type mboxBody struct {
	w     *bufio.Writer
	begin bool   // the next octet begins a line
	held  []byte // the start of a line that may yet become "From "
}

func (m *mboxBody) Write(b []byte) (int, error) {
	const from = "From "
	for _, c := range b {
		if m.begin {
			m.held = append(m.held, c)
			if string(m.held) == from {
				m.w.WriteByte('>')
			} else if strings.HasPrefix(from, string(m.held)) {
				continue
			}
			m.w.Write(m.held)
			m.held, m.begin = m.held[:0], c == '\n'
			continue
		}
		m.w.WriteByte(c)
		m.begin = c == '\n'
	}
	return len(b), nil
}

// end ends the last line and the message.
func (m *mboxBody) end() error {
	m.w.Write(m.held)
	if !m.begin || len(m.held) > 0 {
		m.w.WriteByte('\n')
	}
	return m.w.WriteByte('\n')
}
