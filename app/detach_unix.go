//go:build unix

package app

import (
	"os/exec"
	"syscall"
)

// detach makes a process that outlives the terminal and the session it was started from.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
