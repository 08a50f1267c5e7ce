// Package realsendmail runs a real sendmail 8 for tests that compare with it, or talk to it. Only tests import it.
//
// The real one is that of POSTROOM_SENDMAIL (scripts/real-sendmail prints one), else the installed one of Debian. It wants to run as
// root, and on a host whose name has a dot; so it runs in namespaces of its own, and nothing else on the machine changes:
//
//   - [Command] runs a program where the host is called mail.example.com: its own mounts and host name. [Commands] runs many there.
//   - [Machine] runs a test once more on a machine of its own: with a network of its own, in which ports and the loopback are free,
//     with /etc/mail, a queue, mailboxes, users and names that others do not see.
//
// Where any of this is missing the test is skipped, with the reason.
package realsendmail

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Host is what the machine is called that the real one runs on.
const Host = "mail.example.com"

const (
	installed = "/usr/libexec/sendmail/sendmail"
	resolver  = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
)

// Path is where the real one is.
func Path(t testing.TB) string {
	t.Helper()
	path := os.Getenv("POSTROOM_SENDMAIL")
	if path == "" {
		path = installed
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("[skip] real sendmail is not installed (set POSTROOM_SENDMAIL to what scripts/real-sendmail prints): %v", err)
	}
	if os.Getuid() != 0 {
		t.Skip("[skip] real sendmail trusts root only")
	}
	if out, err := exec.Command("unshare", "-m", "-u", "true").CombinedOutput(); err != nil {
		t.Skipf("[skip] no namespaces for real sendmail here: %v %s", err, out)
	}
	return path
}

// Tool is where another of its programs is: "makemap", "praliases".
func Tool(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(Path(t)), name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("[skip] sendmail's %s is not there: %v", name, err)
	}
	return path
}

// Macros is the directory of the m4 files that make a sendmail.cf of a sendmail.mc, with a slash at its end: installed, or unpacked
// beside the real one. m4 is there, too.
func Macros(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("m4"); err != nil {
		t.Skipf("[skip] %v", err)
	}
	const dir = "/usr/share/sendmail/cf/"
	for _, root := range []string{filepath.Join(filepath.Dir(os.Getenv("POSTROOM_SENDMAIL")), "root"), ""} {
		if _, err := os.Stat(root + dir + "m4/cf.m4"); err == nil {
			return root + dir
		}
	}
	t.Skip("[skip] sendmail's configuration macros are not installed (apt-get install sendmail-cf)")
	return ""
}

// Command is a program that runs where the host is called mail.example.com and no name server answers.
func Command(t testing.TB, name string, arg ...string) *exec.Cmd {
	t.Helper()
	return CommandOn(t, Host, name, arg...)
}

// CommandOn is Command where the host is called otherwise.
func CommandOn(t testing.TB, host, name string, arg ...string) *exec.Cmd {
	t.Helper()
	return exec.Command("unshare", append(namespaces(t, host), append([]string{name}, arg...)...)...)
}

// Commands is Command for many programs: where they run is made once, so that the time that one takes is its own.
func Commands(t testing.TB) func(name string, arg ...string) *exec.Cmd {
	t.Helper()
	keeper := exec.Command("unshare", append(namespaces(t, Host), "sh", "-c", "echo ready && exec cat")...)
	in, err := keeper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = keeper.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	pid := strconv.Itoa(keeper.Process.Pid)
	return func(name string, arg ...string) *exec.Cmd {
		return exec.Command("nsenter", append([]string{"-t", pid, "-m", "-u", name}, arg...)...)
	}
}

// namespaces are the arguments of unshare for a host of that name, before those of a program.
func namespaces(t testing.TB, host string) []string {
	t.Helper()
	Path(t)
	hosts := "127.0.0.1 localhost\n127.0.0.1 " + host + "\n"
	etc := t.TempDir()
	for file, text := range map[string]string{"hosts": hosts, "resolv.conf": resolver} {
		if err := os.WriteFile(filepath.Join(etc, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const script = `mount --make-rprivate / && mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/resolv.conf" /etc/resolv.conf && hostname "$1" && shift && exec "$@"`
	return []string{"-m", "-u", "sh", "-c", script, etc, host}
}
