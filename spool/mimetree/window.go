package mimetree

import "io"

// block is how much is read at once: the largest piece that Go allocates cheaply.
const block = 32 << 10

// window is the stretch of the message that is in memory. It moves forward.
type window struct {
	r     io.ReaderAt
	size  int64 // shrinks to what could be read
	buf   []byte
	start int64 // of buf in the message
	err   error // why size shrank
}

// at gives what stands at off: n octets or more, fewer only at the message's end. Valid until the next call.
func (w *window) at(off int64, n int) []byte {
	if off >= w.size {
		return nil
	}
	need := min(int64(n), w.size-off)
	if off >= w.start && off+need <= w.start+int64(len(w.buf)) {
		return w.buf[off-w.start:]
	}
	want := int(min(int64(max(n, block)), w.size-off))
	if cap(w.buf) < want {
		w.buf = make([]byte, want)
	}
	k, err := w.r.ReadAt(w.buf[:want], off)
	w.buf, w.start = w.buf[:k], off
	if k < want {
		if err == nil {
			err = io.ErrNoProgress
		}
		w.size, w.err = off+int64(k), err
	}
	return w.buf
}

// lineEndBefore says how long the line end before off is, not reaching below floor.
func (w *window) lineEndBefore(off, floor int64) int64 {
	var tail [3]byte
	n := min(off-floor, int64(len(tail)))
	if n <= 0 {
		return 0
	}
	b := tail[:n]
	if off-n >= w.start && off <= w.start+int64(len(w.buf)) {
		copy(b, w.buf[off-n-w.start:])
	} else if k, err := w.r.ReadAt(b, off-n); k < len(b) {
		w.err = err
		return 0
	}
	i := len(b)
	if b[i-1] == '\n' {
		i--
		for i > 0 && b[i-1] == '\r' {
			i--
		}
	} else if b[i-1] == '\r' {
		i--
	}
	return int64(len(b) - i)
}
