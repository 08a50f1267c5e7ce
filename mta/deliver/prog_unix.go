//go:build unix

package deliver

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a command a process group, and has all of it killed.
func ownGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
