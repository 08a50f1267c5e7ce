package app

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"postroom.dev/app/config/account"
	"postroom.dev/mta"
)

// callerDepth bounds the walk from the sendmail process up to the program that called it.
const callerDepth = 8

// identify says which program is at the other end of the submit socket. The kernel vouches for the pid and uid of the peer,
// which is our own sendmail command; the program that matters to a developer is the one that ran it. callerOf walks up past
// ourselves and past shells that only run one command, as popen and system start them.
func identify(c net.Conn, o *mta.Origin) {
	o.UID = -1
	u, ok := c.(*net.UnixConn)
	if !ok {
		return
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }) != nil || err != nil {
		return
	}
	o.UID = int(cred.Uid)
	o.User = strconv.Itoa(o.UID)
	if a, ok := account.System.ByUID(o.UID); ok {
		o.User = a.Name
	}
	o.PID, o.Argv = callerOf(int(cred.Pid))
	o.Dir = processDir(o.PID)
}

// callerOf walks up from our own process pid to the program that ran it.
func callerOf(pid int) (caller int, argv []string) {
	caller, argv = pid, processArgv(pid)
	for range callerDepth {
		pid = processParent(pid)
		words := processArgv(pid)
		if pid <= 1 || len(words) == 0 {
			return caller, argv
		}
		if !between(words) {
			return pid, words
		}
	}
	return caller, argv
}

// between says that a process only stands between the program that sends and us: "sh -c …", or we ourselves.
func between(argv []string) bool {
	switch filepath.Base(argv[0]) {
	case "sh", "bash", "dash", "busybox":
		return len(argv) > 1 && strings.HasPrefix(argv[1], "-") && strings.Contains(argv[1], "c")
	case "sendmail", "postroom", "postroom-server":
		return true
	}
	return false
}

// argvLimit bounds what is kept of a command line, in octets.
const argvLimit = 4096

func processArgv(pid int) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil || len(text) == 0 {
		return nil
	}
	text = bytes.TrimSuffix(text[:min(len(text), argvLimit)], []byte{0})
	var argv []string
	for word := range bytes.SplitSeq(text, []byte{0}) {
		argv = append(argv, strings.ToValidUTF8(string(word), "\uFFFD"))
	}
	return argv
}

// processDir gives the working directory of a process, "" where that may not be asked, as of another user's.
func processDir(pid int) string {
	dir, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if err != nil || len(dir) > argvLimit {
		return ""
	}
	return strings.ToValidUTF8(dir, "\uFFFD")
}

// processParent reads the parent's pid from /proc/PID/stat, whose second field is in parentheses and may hold anything.
func processParent(pid int) int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return parent
}
