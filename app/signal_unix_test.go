//go:build unix

package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestASignalEndsASendmailThatWaitsForItsInput(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range [][]string{{"sendmail", "-t"}, {"postroom", "sendmail", "-t"}} {
		link := filepath.Join(t.TempDir(), call[0])
		if err := os.Symlink(self, link); err != nil { // TestMain runs what it is called by
			t.Fatal(err)
		}
		cmd := exec.Command(link, call[1:]...)
		cmd.Env = append(os.Environ(), "POSTROOM_HOME="+filepath.Join(t.TempDir(), "home"))
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond) // it waits for input by now
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(20*time.Second, func() { in.Close() })
		_ = cmd.Wait()
		if !late.Stop() {
			t.Errorf("%v waited for the end of its input", call)
		}
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
			t.Errorf("%v ended with %v, not by the signal", call, cmd.ProcessState)
		}
	}
}
