package queue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocksAreReadFromTheKernelsTable(t *testing.T) {
	got := parseLocks(`1: POSIX  ADVISORY  READ  26825 fe:00:10019024 128 128
2: FLOCK  ADVISORY  WRITE 26824 fe:00:10019020 0 EOF
2: -> FLOCK  ADVISORY  WRITE 26826 fe:00:10019020 0 EOF
3: FLOCK  ADVISORY  READ  26824 fe:00:10019021 0 EOF
4: OFDLCK ADVISORY  WRITE -1 fe:00:10019022 0 EOF
5: FLOCK  ADVISORY  WRITE -1 00:1b:18446744073709551615 0 EOF
6: FLOCK
`)
	want := map[uint64]bool{10019020: true, 1<<64 - 1: true}
	if d := cmp.Diff(want, got.inodes); d != "" || got.all {
		t.Errorf("all %v\n%s", got.all, d)
	}
}
