package table

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// A built map is a file:
//
//	8 octets    "PRMAP1\r\n"; the CR and LF show a copy that changed line ends
//	8 octets    the type: "hash", "btree" or "implicit", filled up with NULs
//	4 octets    flags: 1 keys were not folded, 2 equal keys stand side by side
//	4 octets    number of entries
//	            the entries in the order of their keys: length of the key and of the value
//	            (uvarint each), the key, the value
//	4 octets    CRC-32C of all before it
//
// Numbers are little-endian. There is no NUL behind keys and values, whatever makemap -N says. It
// is not Berkeley DB's format, which sendmail uses: neither reads the other's, both are made from the same source.
const (
	magic      = "PRMAP1\r\n"
	headerSize = 24
	maxFile    = MaxSize + MaxSize/2 // more than lengths and all else take up
)

// Types are the types of built maps, as makemap -l lists them. The type makes no difference but that a
// map is opened by the type it was made with.
func Types() []string { return []string{"hash", "btree", "implicit"} }

// castagnoli gives the table of the checksum, which package crc32 makes once, when it is first asked for.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Write writes m as a built map of the given type.
func (m *Map) Write(w io.Writer, kind string) error {
	if !slices.Contains(Types(), kind) {
		return fmt.Errorf("table: %q is no type of map", kind)
	}
	sum := crc32.New(castagnoli())
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	var header [headerSize]byte
	copy(header[:], magic)
	copy(header[8:16], kind)
	var flags uint32
	if m.syntax.KeepCase {
		flags |= 1
	}
	if m.syntax.Duplicates {
		flags |= 2
	}
	binary.LittleEndian.PutUint32(header[16:], flags)
	binary.LittleEndian.PutUint32(header[20:], uint32(len(m.entries)))
	out.Write(header[:]) // out keeps the first error for Flush
	var number []byte
	for _, e := range m.sorted() {
		number = binary.AppendUvarint(number[:0], uint64(e.keyLen))
		number = binary.AppendUvarint(number, uint64(e.valueLen))
		out.Write(number)
		out.Write(m.key(e))
		out.Write(m.value(e))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// Read reads a built map and gives its type. Errors are ErrForeign, with the cure, ErrDamaged, ErrTooLarge and r's own.
func Read(name string, r io.Reader) (m *Map, kind string, err error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile))
	switch {
	case err != nil:
		return nil, "", err
	case len(text) == maxFile:
		return nil, "", ErrTooLarge
	case isBerkeley(text):
		return nil, "", fmt.Errorf("%w but Berkeley DB: keep the text beside it, or make it anew: makemap hash %s < SOURCE", ErrForeign, name)
	case !bytes.HasPrefix(text, []byte(magic)):
		return nil, "", fmt.Errorf("%w: make it anew: makemap hash %s < SOURCE", ErrForeign, name)
	case len(text) < headerSize+4:
		return nil, "", ErrDamaged
	}
	body := text[:len(text)-4]
	if crc32.Checksum(body, castagnoli()) != binary.LittleEndian.Uint32(text[len(body):]) {
		return nil, "", ErrDamaged
	}
	kind = string(bytes.TrimRight(text[8:16], "\x00"))
	flags, count := binary.LittleEndian.Uint32(text[16:]), binary.LittleEndian.Uint32(text[20:])
	b := NewBuilder(name, Syntax{KeepCase: flags&1 != 0, Duplicates: flags&2 != 0})
	rest := body[headerSize:]
	for range count {
		var key, value []byte
		var ok bool
		if key, value, rest, ok = cutRecord(rest); !ok {
			return nil, "", ErrDamaged
		}
		if err := b.Add(key, value, 0); errors.Is(err, ErrDuplicate) {
			return nil, "", ErrDamaged
		} else if err != nil {
			return nil, "", err
		}
	}
	if len(rest) > 0 || !slices.Contains(Types(), kind) {
		return nil, "", ErrDamaged
	}
	return b.Map(), kind, nil
}

// cutRecord reads the record at the start of b.
func cutRecord(b []byte) (key, value, rest []byte, ok bool) {
	k, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, nil, nil, false
	}
	b = b[n:]
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, nil, nil, false
	}
	b = b[n:]
	if k > uint64(len(b)) || v > uint64(len(b))-k {
		return nil, nil, nil, false
	}
	return b[:k], b[k : k+v], b[k+v:], true
}

// isBerkeley knows Berkeley DB's hash and btree files: a magic number at octet 12, in either byte order.
func isBerkeley(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	for _, number := range []uint32{0x061561, 0x053162} {
		if binary.LittleEndian.Uint32(b[12:]) == number || binary.BigEndian.Uint32(b[12:]) == number {
			return true
		}
	}
	return false
}
