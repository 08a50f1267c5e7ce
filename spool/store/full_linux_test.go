package store

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestAFullDiskKeepsNothingHalf fills a small file system of its own, which takes root to mount.
func TestAFullDiskKeepsNothingHalf(t *testing.T) {
	for rule, size := range map[string]int{"messages in rows": 100 << 10, "messages in files": 2 << 20} {
		t.Run(rule, func(t *testing.T) {
			disk := t.TempDir()
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=32m"); err != nil {
				t.Skipf("cannot mount a tmpfs: %v", err)
			}
			t.Cleanup(func() {
				if err := syscall.Unmount(disk, 0); err != nil {
					t.Error(err)
				}
			})
			ballast := filepath.Join(disk, "ballast")
			if err := os.WriteFile(ballast, make([]byte, 24<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, filepath.Join(disk, "store"))
			fillUp(t, s, size, func() {
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
			})
			mustClose(t, s)
		})
	}
}
