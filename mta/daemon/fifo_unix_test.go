//go:build !windows

package daemon

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPipeInTheQueueStopsNobody(t *testing.T) {
	f := newFixture(t)
	if err := syscall.Mkfifo(filepath.Join(f.dir, "qfpipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.foreign("AA00269", "V8\nSgeo@example.com\nRPFD:ada@example.net\n.\n")
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.run()
	f.same("sent", f.remote.got(), []string{"AA00269 ada@example.net"})
	if told := f.told(); len(told) == 0 || !strings.Contains(told[0], "pipe") {
		t.Errorf("told %q", told)
	}
}
