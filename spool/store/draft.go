package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/spool/store/summary"
)

const (
	maxBlob  = 1 << 20  // a message that is larger goes to a file
	headSize = 64 << 10 // what Draft.Head gives at most
)

// blocks holds the buffers of ended drafts.
var blocks = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

var (
	errEnded = errors.New("spool/store: the draft has ended")
	errNoID  = errors.New("spool/store: an envelope without a queue id")
)

// draft collects up to maxBlob octets in memory; beyond that it writes to a file
// below large/ and keeps only the head.
type draft struct {
	s     *Store
	block *[]byte // nil when the draft has ended
	size  int64
	file  *os.File
	out   *bufio.Writer // to file
	err   error         // of an earlier Write
}

// Create begins a message.
func (s *Store) Create() (spool.Draft, error) {
	return &draft{s: s, block: blocks.Get().(*[]byte)}, nil
}

// Write takes the next bytes.
func (d *draft) Write(p []byte) (int, error) {
	switch {
	case d.block == nil:
		return 0, errEnded
	case d.err != nil:
		return 0, d.err
	}
	if d.file == nil && d.size+int64(len(p)) > maxBlob {
		if d.err = d.spill(); d.err != nil {
			return 0, d.err
		}
	}
	if d.file == nil {
		*d.block = append(*d.block, p...)
		d.size += int64(len(p))
		return len(p), nil
	}
	n, err := d.out.Write(p)
	d.size += int64(n)
	if have := len(*d.block); have < headSize { // one write brought it from less than a head to too large
		*d.block = append(*d.block, p[:min(n, headSize-have)]...)
	}
	if err != nil {
		d.err = full(d.file.Name(), err)
	}
	return n, d.err
}

// spill moves what was written to a file. The file has its final name from the
// start: only a row makes it count, and a file without a row is removed at the next Open.
func (d *draft) spill() error {
	f, err := os.CreateTemp(d.s.large(""), "*.eml")
	if err != nil {
		return full(d.s.large(""), err)
	}
	d.file, d.out = f, bufio.NewWriterSize(f, 128<<10)
	if _, err := d.out.Write(*d.block); err != nil {
		return full(f.Name(), err)
	}
	*d.block = (*d.block)[:min(len(*d.block), headSize)]
	return nil
}

// Head gives the first bytes.
func (d *draft) Head() []byte {
	if d.block == nil {
		return nil
	}
	return (*d.block)[:min(len(*d.block), headSize)]
}

func (d *draft) Size() int64 { return d.size }

// Discard throws away what was written.
func (d *draft) Discard() { d.end(false) }

// end gives the buffer back, and the file unless it was kept.
func (d *draft) end(kept bool) {
	if d.block == nil {
		return
	}
	if cap(*d.block) <= maxBlob { // append may have taken more; such a block is not worth keeping
		*d.block = (*d.block)[:0]
		blocks.Put(d.block)
	}
	d.block = nil
	if d.file != nil {
		d.file.Close() // a second time after sync, which does no harm
		if !kept {
			os.Remove(d.file.Name())
		}
	}
}

// sync makes the file durable, and its name.
func (d *draft) sync() error {
	if d.file == nil {
		return nil
	}
	err := d.out.Flush()
	if err == nil {
		err = d.file.Sync()
	}
	if err = errors.Join(err, d.file.Close()); err == nil {
		err = syncDir(d.s.large(""))
	}
	return full(d.file.Name(), err)
}

// Commit makes the message durable.
func (d *draft) Commit(ctx context.Context, env *mta.Envelope) (id int64, err error) {
	switch {
	case d.block == nil:
		return 0, errEnded
	case d.err != nil:
		err = d.err
	case env.ID == "":
		err = errNoID
	default:
		err = d.s.inPlace()
	}
	kept := false
	defer func() { d.end(kept) }()
	if err != nil {
		return 0, err
	}
	r, err := newRow(d, env)
	if err != nil {
		return 0, err
	}
	if err := d.sync(); err != nil {
		return 0, err
	}
	err = errDirect
	if r.large == "" {
		id, err = d.s.keepJournalled(ctx, r, env.Origin.Session)
		kept = err == nil
	}
	if errors.Is(err, errDirect) {
		r.Summary = summary.Header(d.Head(), env.Added)
		id, kept, err = d.s.keepDirectly(ctx, r, env.Origin.Session)
	}
	return id, err
}

// row is what a commit writes.
type row struct {
	id         int64
	queueID    string
	size       int64
	large      string // name below large/, "" when bytes has the message
	bytes      []byte
	envelope   []byte
	transcript []byte
	added      []byte
	rcpt       []rcpt
	spool.Summary
}

// rcpt is a key of the table rcpt.
type rcpt struct{ address, state string }

func newRow(d *draft, env *mta.Envelope) (*row, error) {
	r := &row{queueID: env.ID, size: d.size, added: env.Added, transcript: env.Transcript}
	var err error
	if r.envelope, err = appendEnvelope(make([]byte, 0, 1<<10), env); err != nil {
		return nil, err
	}
	r.rcpt = keys(env)
	if d.file != nil {
		r.large = baseName(d.file)
	} else {
		r.bytes = *d.block
	}
	return r, nil
}

// keys gives the rows of the table rcpt, each once: the address that has the mail, and the alias that it was sent to.
func keys(env *mta.Envelope) []rcpt {
	all := make([]rcpt, 0, len(env.Recipients))
	if one := env.Recipients; len(one) == 1 && len(one[0].Via) == 0 {
		return append(all, rcpt{lowerAddress(one[0].Address), string(one[0].State)})
	}
	seen := make(map[rcpt]bool, len(env.Recipients))
	add := func(a address.Address, s mta.State) {
		if k := (rcpt{lowerAddress(a), string(s)}); !seen[k] {
			seen[k] = true
			all = append(all, k)
		}
	}
	for _, r := range env.Recipients {
		add(r.Address, r.State)
		if len(r.Via) > 0 {
			add(r.Via[0], r.State)
		}
	}
	return all
}

// lowerAddress is how the table rcpt writes an address.
func lowerAddress(a address.Address) string {
	if a.Domain == "" {
		return strings.ToLower(a.Local)
	}
	return strings.ToLower(a.Local + "@" + a.Domain)
}

// timeText is how a row writes a time; the zero time is "".
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// insert adds the record within a transaction, unless one with this queue id is present.
func (r *row) insert(w *writer) (added bool, err error) {
	var large any
	if r.large != "" {
		large = r.large
	}
	res, err := w.exec("INSERT INTO message(id, queue_id, size, large) VALUES (?, ?, ?, ?) ON CONFLICT(queue_id) DO NOTHING", r.id, r.queueID, r.size, large)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	_, err = w.exec(`INSERT INTO record(id, envelope, subject, from_, to_, cc, date, message_id, added, transcript, bytes)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.id, string(r.envelope), r.Subject, r.From, r.To, r.Cc, timeText(r.Date), r.MessageID,
		r.added, r.transcript, r.bytes)
	if err != nil {
		return false, err
	}
	for _, k := range r.rcpt {
		if _, err := w.exec("INSERT INTO rcpt(address, record, state) VALUES (?, ?, ?)", k.address, r.id, k.state); err != nil {
			return false, err
		}
	}
	return true, nil
}

// present looks for a record with r's queue id: its id when it has the same
// bytes, a refusal when it has others.
func (s *Store) present(w *writer, r *row) (id int64, refusal, err error) {
	var size int64
	var large sql.NullString
	err = w.each(func(rows *sql.Rows) error { return rows.Scan(&id, &size, &large) },
		"SELECT id, size, large FROM message WHERE queue_id = ?", r.queueID)
	if err != nil || id == 0 {
		return 0, nil, err
	}
	same := size == r.size && large.Valid == (r.large != "")
	switch {
	case same && large.Valid:
		same, err = sameFile(s.large(large.String), s.large(r.large))
	case same:
		err = w.each(func(rows *sql.Rows) error {
			var kept sql.RawBytes
			err := rows.Scan(&kept)
			same = bytes.Equal(kept, r.bytes)
			return err
		}, "SELECT bytes FROM record WHERE id = ?", id)
	}
	if err != nil {
		return 0, nil, err
	}
	if !same {
		return 0, fmt.Errorf("%w: %s", spool.ErrDuplicate, r.queueID), nil
	}
	return id, nil, nil
}
