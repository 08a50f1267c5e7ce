package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"
)

// An entry of the journal is a header of entryHeader octets and its payload. The header has entryMagic, the payload's length,
// the record's id, and the checksums of the payload and of the header itself; numbers are little-endian. The payload is a row without
// what can be read from the message later: fields with their lengths before them, the message's bytes last. Both checksums begin with
// the store's identity, so that nobody who sends a message can make a part of it look like an entry.
const (
	entryMagic  = "PRj1"
	entryHeader = 24
	maxEntry    = 512 << 10 // octets of a payload; writing more than that twice costs more than it saves
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errNoEntry = errors.New("no whole entry here")

// journalEntry is a row on its way into the journal.
type journalEntry struct {
	queueID string
	head    []byte // header and payload up to the message's bytes; the id and the header's checksum come last
	bytes   []byte
	id      int64 // what the journal gave it
}

// heads holds the buffers of entries that are done with.
var heads = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func (e *journalEntry) size() int { return len(e.head) + len(e.bytes) }

// encode makes the entry of a row. b is used for it.
func (r *row) encode(b []byte, seed uint32) *journalEntry {
	b = append(b[:0], make([]byte, entryHeader)...)
	b = appendField(b, r.queueID)
	b = appendField(b, r.envelope)
	b = appendField(b, r.transcript)
	b = appendField(b, r.added)
	b = binary.AppendUvarint(b, uint64(len(r.rcpt)))
	for _, k := range r.rcpt {
		b = appendField(b, k.address)
		b = appendField(b, k.state)
	}
	copy(b, entryMagic)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-entryHeader+len(r.bytes)))
	sum := crc32.Update(crc32.Update(seed, castagnoli, b[entryHeader:]), castagnoli, r.bytes)
	binary.LittleEndian.PutUint32(b[16:], sum)
	return &journalEntry{queueID: r.queueID, head: b, bytes: r.bytes}
}

func appendField[T string | []byte](b []byte, field T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(field))), field...)
}

// number completes the header.
func (e *journalEntry) number(id int64, seed uint32) {
	e.id = id
	binary.LittleEndian.PutUint64(e.head[8:], uint64(id))
	binary.LittleEndian.PutUint32(e.head[20:], crc32.Update(seed, castagnoli, e.head[:20]))
}

// header reads a header, and gives the record's id and the payload's length.
func header(b []byte, seed uint32) (id int64, length int, ok bool) {
	if len(b) < entryHeader || string(b[:4]) != entryMagic || crc32.Update(seed, castagnoli, b[:20]) != binary.LittleEndian.Uint32(b[20:]) {
		return 0, 0, false
	}
	n := binary.LittleEndian.Uint32(b[4:])
	return int64(binary.LittleEndian.Uint64(b[8:])), int(n), n <= maxEntry
}

// decode reads the entry at the front of b, which the row goes on using.
func decode(b []byte, seed uint32) (r *row, id int64, err error) {
	id, length, ok := header(b, seed)
	if !ok || len(b)-entryHeader < length {
		return nil, 0, errNoEntry
	}
	p := b[entryHeader : entryHeader+length]
	if crc32.Update(seed, castagnoli, p) != binary.LittleEndian.Uint32(b[16:]) {
		return nil, 0, errNoEntry
	}
	f := fields{p}
	r = &row{queueID: string(f.next()), envelope: f.next(), transcript: f.next(), added: f.next()}
	for range f.count() {
		r.rcpt = append(r.rcpt, rcpt{string(f.next()), string(f.next())})
	}
	if r.bytes = f.left; f.left == nil {
		return nil, 0, fmt.Errorf("entry of record %d: %w", id, io.ErrUnexpectedEOF)
	}
	r.size = int64(len(r.bytes))
	return r, id, nil
}

// fields reads a payload. left is nil when it was too short.
type fields struct{ left []byte }

func (f *fields) next() []byte {
	n, w := binary.Uvarint(f.left)
	if w <= 0 || n > uint64(len(f.left)-w) {
		f.left = nil
		return nil
	}
	end := w + int(n)
	field := f.left[w:end:end]
	f.left = f.left[end:]
	return field
}

// count reads how many follow, of which each takes an octet at least.
func (f *fields) count() int {
	n, w := binary.Uvarint(f.left)
	if w <= 0 || n > uint64(len(f.left)-w) {
		f.left = nil
		return 0
	}
	f.left = f.left[w:]
	return int(n)
}

// ref is where an entry is that store.db does not have yet.
type ref struct {
	id   int64
	at   int64 // offset in its file
	size int   // with its header
}

// scan finds the entries in a file whose ids are greater than newest, and gives those that are whole to found. What is no whole entry is
// passed over: the end of a file that a crash cut off, and what an earlier use of it left behind. damaged is the offset of such a place
// that has a newer entry behind it, -1 for none.
func scan(file io.ReaderAt, size int64, seed uint32, newest int64, found func(r *row, e ref)) (damaged int64, err error) {
	damaged = -1
	gap := int64(-1)
	var head [entryHeader]byte
	var b []byte
	for at := int64(0); at+entryHeader <= size; {
		if _, err := file.ReadAt(head[:], at); err != nil {
			return damaged, err
		}
		id, length, ok := header(head[:], seed)
		if ok = ok && at+entryHeader+int64(length) <= size; ok {
			b = slices.Grow(b[:0], entryHeader+length)[:entryHeader+length]
			if _, err := file.ReadAt(b, at); err != nil {
				return damaged, err
			}
			var r *row
			if r, _, err = decode(b, seed); err == nil {
				if id > newest {
					if gap >= 0 && damaged < 0 {
						damaged = gap
					}
					found(r, ref{id, at, len(b)})
				}
				gap = -1
				at += int64(len(b))
				continue
			}
		}
		if gap < 0 {
			gap = at
		}
		if at, err = nextHeader(file, at+1, size, seed); err != nil {
			return damaged, err
		}
	}
	return damaged, nil
}

// nextHeader gives the first place from at on where a whole header is, size for none.
func nextHeader(file io.ReaderAt, at, size int64, seed uint32) (int64, error) {
	block := make([]byte, 64<<10)
	for at+entryHeader <= size {
		n := int(min(int64(len(block)), size-at))
		if _, err := file.ReadAt(block[:n], at); err != nil {
			return 0, err
		}
		for i := 0; i+entryHeader <= n; i++ {
			next := bytes.Index(block[i:n], []byte(entryMagic))
			if next < 0 {
				break
			}
			i += next
			if _, _, ok := header(block[i:n], seed); ok {
				return at + int64(i), nil
			}
		}
		at += int64(n - entryHeader + 1)
	}
	return size, nil
}
