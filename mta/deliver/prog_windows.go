package deliver

import "os/exec"

// ownGroup does nothing: there is no /bin/sh to run programs with.
func ownGroup(*exec.Cmd) {}
