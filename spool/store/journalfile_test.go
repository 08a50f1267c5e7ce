package store

import (
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
)

// refusing is a file system that opens files for writing around the page cache, and then refuses to.
type refusing struct{ asked *int }

func (r refusing) WriteAt([]byte, int64) (int, error) { *r.asked++; return 0, syscall.EINVAL }
func (refusing) Close() error                         { return nil }

func TestEntriesThatShareABlockAreAllThere(t *testing.T) {
	asked := 0
	for _, way := range []struct {
		name string
		take func(f *journalFile)
	}{
		{"around the page cache where that can be", func(*journalFile) {}},
		{"through the page cache", func(f *journalFile) { f.direct = nil }},
		{"a file system that changes its mind", func(f *journalFile) { f.direct = refusing{&asked} }},
	} {
		t.Run(way.name, func(t *testing.T) {
			s := mustOpen(t, t.TempDir())
			held(t, s)
			f := s.journal.files[s.journal.cur]
			if d := f.direct; d != nil {
				t.Cleanup(func() { d.Close() })
			}
			way.take(f)
			var want []string
			add := func(length int) {
				text := fmt.Sprintf("Subject: number %04d\r\n\r\n", len(want))
				text += strings.Repeat("x", max(0, length-len(text)))
				mustAdd(t, s, fmt.Sprintf("5BM3rA%08d", len(want)), text)
				want = append(want, text)
			}
			add(1000)
			around := f.refs[0].size - 1000
			// The next entry ends where it is said, seen from the beginning of a block.
			for _, ends := range []int64{0, 1, block - 1, 0, block / 2, block/2 + 1, block - 1, 1} {
				length := (ends-f.end)&(block-1) - int64(around)
				for length < 1000 {
					length += block
				}
				add(int(length))
				if f.end%block != ends || int64(len(f.tail)) != ends {
					t.Errorf("entry %d ends at %d, %d octets of its block are known, want %d", len(want), f.end%block, len(f.tail), ends)
				}
			}
			add(300 << 10) // beyond what was written ahead
			add(1000)
			again, log := openLogged(t, crashed(t, s))
			for i, text := range want {
				if got := content(t, again, int64(i+1)); got != text {
					t.Errorf("message %d came back with %d octets, want %d", i, len(got), len(text))
				}
			}
			if log.Len() > 0 {
				t.Errorf("complaints: %s", log)
			}
		})
	}
	if asked != 1 {
		t.Errorf("a file system that refused was asked %d times", asked)
	}
}

func TestAJournalWithoutRoomForItsRowsGoesOnWhereItEnded(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 3)
	path, refs := waitingRefs(s)
	f, err := openJournalFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	f.end = refs[2].at + int64(refs[2].size)
	if err := f.readTail(); err != nil {
		t.Fatal(err)
	}
	length, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	f.length = length
	b := append(roomFor(nil, len(f.tail)+3+block+ahead), f.tail...)
	if err := f.put(append(b, "new"...)); err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, mustOpen(t, crashed(t, s)), 0, 1, 2)
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, f.end); err != nil || string(got) != "new\x00" {
		t.Errorf("behind them stands %q, %v", got, err)
	}
}
