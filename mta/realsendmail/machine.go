package realsendmail

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Machine is a machine of its own for one test. The zero value has the loopback, and knows no names but its own.
type Machine struct {
	Hosts     string   // further lines of /etc/hosts
	Addresses []string // further addresses of the loopback: "192.0.2.33"
	DNS       bool     // names are also asked for in the DNS, at 127.0.0.1:53
	Users     []string // further users, who have no home: "alice", or with a full name "alice:Alice Example"
}

// inside is the environment's name for the directory that a test inside shares with the one outside.
const inside = "POSTROOM_TEST_MACHINE"

// Inside gives the directory that a test shares with the one outside, where it runs on a Machine; "" where it does not.
func Inside() string { return os.Getenv(inside) }

// machine makes it: names, addresses, users, directories.
const machine = `set -e
cp /etc/mail/helpfile "$0/helpfile" 2>/dev/null || :
mount --make-rprivate /; ip link set lo up; hostname ` + Host + `
for a in $ADDRESSES; do ip addr add "$a/32" dev lo; done
for d in /etc/mail /var/spool/mqueue /var/mail /run/sendmail/mta; do
  mkdir -p "$0/ns$d"; [ -d $d ] || mkdir -p $d; mount --bind "$0/ns$d" $d; done
mount --bind "$0/hosts" /etc/hosts; mount --bind "$0/resolv.conf" /etc/resolv.conf
sed "s/^hosts:.*/hosts: $LOOKUPS/" /etc/nsswitch.conf >"$0/nsswitch.conf"; mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf
cat /etc/passwd >"$0/passwd"; n=2001
printf '%s\n' "$USERS" | while IFS=: read -r u full; do
  [ -z "$u" ] || echo "$u:x:$n:$n:$full:/tmp:/bin/sh" >>"$0/passwd"; n=$((n+1)); done
mount --bind "$0/passwd" /etc/passwd
chmod 700 /var/spool/mqueue
exec "$@"`

// Run runs t once more on the machine, where Inside is not "", and gives the directory that the two share: what the one there found
// out, it writes down. A failure there is one here, and what is skipped there is skipped here.
func (m Machine) Run(t *testing.T) (shared string) {
	t.Helper()
	path := Path(t)
	Macros(t)
	if out, err := exec.Command("unshare", "-m", "-n", "-u", "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Skipf("[skip] no network namespace for real sendmail here: %v %s", err, out)
	}
	dir, err := os.MkdirTemp("/root", "sendmail") // no directory above may be for all to write in
	if err != nil {
		t.Skipf("[skip] %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, text := range map[string]string{"hosts": "127.0.0.1 localhost\n127.0.0.1 " + Host + " mail\n" + m.Hosts, "resolv.conf": resolver} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	lookups := "files"
	if m.DNS {
		lookups += " dns"
	}
	cmd := exec.Command("unshare", "-m", "-n", "-u", "-p", "--fork", "--kill-child", "sh", "-c", machine, dir,
		self, "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"="+dir, "POSTROOM_SENDMAIL="+path, "LOOKUPS="+lookups,
		"ADDRESSES="+strings.Join(m.Addresses, " "), "USERS="+strings.Join(m.Users, "\n"))
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Fatalf("on the machine: %v\n%s", err, out)
	case bytes.Contains(out, []byte("--- SKIP: "+t.Name()+" ")):
		t.Skipf("on the machine: %s", out) // or what proved nothing there would pass here
	case !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")):
		t.Fatalf("the test did not run on the machine:\n%s", out)
	}
	return dir
}
