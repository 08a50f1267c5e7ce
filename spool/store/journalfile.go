package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"unsafe"
)

const (
	block = 4 << 10   // a write around the page cache begins and ends at a multiple of it, in the file and in memory
	ahead = 256 << 10 // octets of zeros written ahead: a file that keeps its length is synced in half the time
)

var zeros [ahead]byte

// journalFile is one of the journal's two files. It is written in whole blocks: the last one is written again, with more in it, as long as it
// is not full. That harms nothing which is durable, whatever a crash leaves of it, since those octets stay the same.
type journalFile struct {
	*os.File
	direct  directFile       // the same file around the page cache; nil where there is no such way
	end     int64            // where the next entry goes
	tail    []byte           // what stands between the last whole block and end
	length  int64            // octets that are on the disk, used or not
	refs    []ref            // entries that store.db does not have, by ascending id
	ids     map[string]int64 // of their queue ids
	broken  bool             // not to be written any more
	damaged bool             // it was found so at the start
}

type directFile interface {
	io.WriterAt
	io.Closer
}

// openJournalFile opens a file, or makes it. Where synced, it is written around the page cache if that can be.
func openJournalFile(path string, synced bool) (*journalFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	f := &journalFile{File: file, ids: make(map[string]int64)}
	if synced {
		f.openDirect()
	}
	return f, nil
}

func (f *journalFile) openDirect() {
	if direct, err := openDirect(f.Name()); err == nil {
		f.direct = direct
	}
}

// Close closes the file by either way.
func (f *journalFile) Close() error {
	err := f.File.Close()
	if f.direct != nil {
		err = errors.Join(err, f.direct.Close())
	}
	return err
}

func (f *journalFile) add(queueID string, e ref) {
	f.refs = append(f.refs, e)
	f.ids[queueID] = e.id
}

// readTail finds the tail that a crash left.
func (f *journalFile) readTail() error {
	f.tail = make([]byte, f.end%block)
	_, err := f.ReadAt(f.tail, f.end-int64(len(f.tail)))
	return err
}

// roomFor gives an empty buffer that n octets fit into, and that may be written around the page cache: b, or a new one.
func roomFor(b []byte, n int) []byte {
	if n <= cap(b) {
		return b[:0]
	}
	b = make([]byte, n+n/4+block)
	first := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (block - 1)
	return b[first:first]
}

// put writes the tail and what follows it, which b has. It needs room for ahead and a block more behind b.
func (f *journalFile) put(b []byte) error {
	at := f.end - int64(len(f.tail))
	b = append(b, zeros[:-len(b)&(block-1)]...)
	if at+int64(len(b)) > f.length {
		b = append(b, zeros[:]...)
	}
	err := error(syscall.EINVAL)
	if f.direct != nil {
		_, err = f.direct.WriteAt(b, at)
	}
	if errors.Is(err, syscall.EINVAL) {
		if f.direct != nil { // only now the file system says that it has no such way
			_ = f.direct.Close()
			f.direct = nil
		}
		_, err = f.WriteAt(b, at)
	}
	if err == nil {
		f.length = max(f.length, at+int64(len(b)))
	}
	return err
}

// renew begins a new file in the place of a broken one, which goes away, or stays under another name where it was found damaged. Without
// success it stays broken, and store.db takes all messages directly.
func (j *journal) renew(f *journalFile) {
	path, synced := f.Name(), f.direct != nil
	err := f.Close()
	if err == nil {
		err = f.leave()
	}
	if err != nil {
		j.log.Error("the journal of new messages cannot be begun anew", "file", path, "error", err)
		return
	}
	renewed, err := openJournalFile(path, synced)
	if err == nil {
		err = syncDir(j.dir)
	}
	if err != nil {
		j.log.Error("the journal of new messages cannot be begun anew", "file", path, "error", err)
		return
	}
	f.File, f.direct, f.length, f.broken, f.damaged = renewed.File, renewed.direct, 0, false, false
}

// giveWay moves a file away whose beginning this store has not written, when nothing in it can be read: somebody may be able to. What a
// crash cuts off, or leaves from an earlier use, begins with a header or with zeros.
func (j *journal) giveWay(f *journalFile) error {
	var head [entryHeader]byte
	if len(f.refs) > 0 || f.length < entryHeader {
		return nil
	}
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return err
	}
	if _, _, ok := header(head[:], j.seed); ok || head == [entryHeader]byte{} {
		return nil
	}
	j.log.Error("the journal of new messages cannot be read, and stays", "file", f.Name()+".damaged")
	f.broken, f.damaged = true, true
	j.renew(f)
	return nil
}

// leave takes a file out of the way whose entries store.db has.
func (f *journalFile) leave() error {
	if f.damaged {
		return os.Rename(f.Name(), f.Name()+".damaged")
	}
	if err := os.Remove(f.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
