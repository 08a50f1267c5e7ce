package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// dataSync makes what was written to f durable. A file's times may be lost, which spares half of an fsync where its length stays.
func dataSync(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
