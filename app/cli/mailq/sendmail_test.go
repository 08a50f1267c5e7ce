//go:build unix

package mailq

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta/realsendmail"
	"postroom.dev/spool/queue"
)

// sendmailCF takes the queue directory.
const sendmailCF = `V10/Berkeley
Cwlocalhost mail.example.com
Djmail.example.com
DnMAILER-DAEMON
O QueueDirectory=%s
O QueueFileMode=0600
O QueueLA=100
O PidFile=/dev/null
O ControlSocketName
Troot
HReceived: by $j id $i
Sparse=0
R$*	$#esmtp $@ [127.0.0.1] $: $1
Mlocal,	P=/bin/false, F=lsDFMAw5:/|@qPrmn9, S=0, R=0, T=DNS/RFC822/X-Unix, A=false
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
Mesmtp,	P=[IPC], F=mDFMuXa, S=0, R=0, E=\r\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h 9
`

// sendmail gives a function that runs real sendmail -bp on a host with a name of its own, and what it printed
// on standard output. Nothing outside its namespaces changes but the queue directory.
func sendmail(t testing.TB) func(pattern string, args ...string) string {
	path := realsendmail.Path(t)
	return func(pattern string, args ...string) string {
		cf := filepath.Join(t.TempDir(), "sendmail.cf")
		must(t, os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, pattern), 0o600))
		cmd := realsendmail.Command(t, path, append([]string{"-C", cf, "-bp"}, args...)...)
		cmd.Env = append(os.Environ(), "TZ=UTC")
		out, err := cmd.Output()
		if err != nil {
			if _, exit := err.(*exec.ExitError); !exit {
				t.Fatal(err)
			}
		}
		return string(out)
	}
}

// compare compares our listing with sendmail's, ours first: sendmail's may rename files.
func compare(t *testing.T, real func(string, ...string) string, c Command, args ...string) {
	t.Helper()
	ours := list(t, c)
	if d := cmp.Diff(real(c.Directory, args...), ours.out); d != "" {
		t.Errorf("%v (-sendmail +ours):\n%s", args, d)
	}
}

func TestRealSendmailListsEachFixtureTheSame(t *testing.T) {
	real := sendmail(t)
	for _, name := range fixtures(t, "mailq.txt") {
		t.Run(name, func(t *testing.T) {
			for _, verbose := range []bool{false, true} {
				c, args := Command{Directory: fixture(t, name), Verbose: verbose}, []string{}
				if verbose {
					args = append(args, "-v")
				}
				if name == "quarantined" {
					c.Select, args = selection(t, "Q"), append(args, "-qQ")
				}
				compare(t, real, c, args...)
			}
		})
	}
}

// odd holds envelopes with what is hard to print: long, escaped, missing.
var odd = []string{
	"V8\nT1795340354\nP1\nSa\\b\\c" + strings.Repeat("x", 80) + "\nRPFD:gr\xfc\xdfe@b\nRPFD:a\tb\x7fc\n",
	"V8\nT1795340354\nP2\nSq\nRPFD:" + strings.Repeat("y", 36) + "\\\\z\nRPFD:" + strings.Repeat("y", 37) + "\xfcz\nRPFD:" + strings.Repeat("y", 33) + "\xfcz\nRPFD:" + strings.Repeat("\xfc", 40) + "\n",
	"V8\nT1795340354\nP3\nBxxxxxxxxxxxxxxx\nS" + strings.Repeat("\\", 90) + "\nRPFD:" + strings.Repeat("\\", 90) + "\n",
	"V8\nT1795340354\nP4\nM" + strings.Repeat("m\xfc\\", 80) + "\nFw\nSq\nRPFD:u\n",
	"V8\nT99999999999\nP-5000000000000\nSq\nRPFD:u\n",
	"V8\nTx\nP6\nSq\nRPFD:u\n",
	"V8\nT0\nP7\nM\nB\nSq\nRPFD:MX\nC:x\nMstat\nRPFD:last\n",
	"V8\nT1795340354\nP8\nSq\nMfirst\nC" + strings.Repeat("c", 100) + "\nRPFD:a\nM" + strings.Repeat("s", 200) + "\nRPFD:b\nRPFD:c\n",
	"V8\nT1795340354\nP9\nRPFD:u\n",
	"V8\nT1795340354\nP10\nSa\nRno colon\nRPFD:u\n",
	"P11\nT1795340354\nSa\nRu@Example.COM\n",
	"",
	"V8\nT1795340354\nSno priority\nRPFD:u\n",
}

func TestRealSendmailPrintsOddEnvelopesTheSame(t *testing.T) {
	real := sendmail(t)
	dir := filepath.Join(t.TempDir(), "mqueue")
	must(t, os.Mkdir(dir, 0o700))
	for n, envelope := range odd {
		put(t, dir, "qf", fmt.Sprintf("6AM9dEmd%06d", n), envelope)
		put(t, dir, "hf", fmt.Sprintf("6AM9dEme%06d", n), strings.Replace(envelope, "\nS", "\nq"+strings.Repeat("because \\\xfc ", 20)+"\nS", 1))
	}
	compare(t, real, Command{Directory: dir})
	compare(t, real, Command{Directory: dir, Verbose: true}, "-v")
	compare(t, real, Command{Directory: dir, Select: selection(t, "Q"), Verbose: true}, "-qQ", "-v")
	compare(t, real, Command{Directory: dir, Select: selection(t, "Inothing")}, "-qInothing")
	compare(t, real, Command{Directory: dir, Max: 3}, "-O", "MaxQueueRunSize=3")
	for _, order := range []string{"host", "time", "filename", "modification"} {
		compare(t, real, Command{Directory: dir, Order: queue.ParseOrder(order)}, "-O", "QueueSortOrder="+order)
	}
}

func TestRealSendmailListsSeveralDirectoriesTheSame(t *testing.T) {
	real := sendmail(t)
	base := t.TempDir()
	must(t, os.Chmod(base, 0o700))
	for _, sub := range []string{"q1", "q2", "q3", "q3/qf", "q3/df"} {
		must(t, os.Mkdir(filepath.Join(base, sub), 0o700))
	}
	put(t, filepath.Join(base, "q1"), "qf", "6AM9dEmd012301", odd[0])
	put(t, filepath.Join(base, "q3"), "qf", "6AM9dEmd012303", odd[1])
	mustRename(t, filepath.Join(base, "q3"), "6AM9dEmd012303")
	compare(t, real, Command{Directory: filepath.Join(base, "q*")})
	for _, missing := range []string{filepath.Join(base, "missing"), filepath.Join(base, "missing", "q*"), filepath.Join(base, "none*")} {
		compare(t, real, Command{Directory: missing})
	}
}

// mustRename moves a message's files into the subdirectories of their kind.
func mustRename(t *testing.T, dir, id string) {
	t.Helper()
	for _, kind := range []string{"qf", "df"} {
		must(t, os.Rename(filepath.Join(dir, kind+id), filepath.Join(dir, kind, kind+id)))
	}
}

func TestRealSendmailMarksTheLockedTheSame(t *testing.T) {
	real := sendmail(t)
	dir := filepath.Join(t.TempDir(), "mqueue")
	must(t, os.Mkdir(dir, 0o700))
	put(t, dir, "qf", "6AM9dEmd012301", odd[0])
	put(t, dir, "qf", "6AM9dEmd012302", odd[1])
	q, err := queue.Open(dir)
	must(t, err)
	e, err := q.Lock("6AM9dEmd012302")
	must(t, err)
	defer e.Close()
	compare(t, real, Command{Directory: dir})
	compare(t, real, Command{Directory: dir, Order: queue.ByHost}, "-O", "QueueSortOrder=host")
}
