package rewrite

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta/address"
	"postroom.dev/mta/realsendmail"
)

// use is a place for addresses, as sendmail's rulesets and as ours.
type use struct {
	name     string
	rulesets string
	all      string // those with allmasquerade, "" for the same
	use      Use
}

var uses = []use{
	{"from", "3,1,HdrFromSMTP,4", "", Use{Kind: Sender}},
	{"to", "3,2,EnvToSMTP,4", "3,2,HdrFromSMTP,4", Use{Kind: Recipient}},
	{"envelope", "3,1,EnvFromSMTP,4", "", Use{Kind: Envelope}},
	{"local-from", "3,1,HdrFromL,4", "", Use{Kind: Sender, Local: true}},
	{"local-to", "3,2,HdrToL,4", "", Use{Kind: Recipient, Local: true}},
	{"local-envelope", "3,1,EnvFromL,4", "", Use{Kind: Envelope, Local: true}},
}

// TestAddressesAreRewrittenAsSendmailDoes compares with what real sendmail says, which testdata keeps: world, address, an answer for each use.
func TestAddressesAreRewrittenAsSendmailDoes(t *testing.T) {
	text, err := os.ReadFile("testdata/sendmail.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, w := range worlds {
		r := w.rewriter(t)
		t.Run(w.name, func(t *testing.T) {
			for line := range strings.Lines(string(text)) {
				f := strings.Fields(line)
				if len(f) != 2+len(uses) || f[0] != w.name {
					continue
				}
				a, err := address.Parse(f[1])
				if err != nil {
					t.Fatal(err)
				}
				for i, u := range uses {
					n++
					sendmails := f[2+i]
					got, steps, err := r.Address(a, u.use)
					if err != nil {
						t.Fatal(err)
					}
					if want, err := address.Parse(sendmails); err != nil || got != want { // printed, a..b has quotes with us
						t.Errorf("%s %s: got %s, sendmail has %s; steps %+v", u.name, a, got, sendmails, steps)
					}
					if len(steps) == 0 && got != a && got.Domain+"." != a.Domain && !strings.Contains(a.Local, "%") {
						t.Errorf("%s %s became %s without a step", u.name, a, got)
					}
				}
			}
		})
	}
	if want := len(worlds) * len(uses) * len(addresses); n != want {
		t.Errorf("testdata has %d cases, want %d: run with POSTROOM_UPDATE=1 beside real sendmail", n, want)
	}
}

// TestRealSendmailStillSaysSo asks real sendmail, and with POSTROOM_UPDATE=1 writes down what it says.
func TestRealSendmailStillSaysSo(t *testing.T) {
	m := realSendmail(t)
	var got bytes.Buffer
	for _, w := range worlds {
		cf := m.configure(t, w)
		var ask bytes.Buffer
		for _, u := range uses {
			rulesets := u.rulesets
			if strings.Contains(w.mc, "allmasquerade") && u.all != "" {
				rulesets = u.all
			}
			for _, a := range addresses {
				fmt.Fprintf(&ask, "%s %s\n", rulesets, a)
			}
		}
		cmd := m.command(t, "-C", cf, "-bt")
		cmd.Stdin = &ask
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", w.name, err, stderr.Bytes(), out)
		}
		answers := finals(out)
		if len(answers) != len(uses)*len(addresses) {
			t.Fatalf("%s: %d answers of %d\n%s", w.name, len(answers), len(uses)*len(addresses), out)
		}
		for k, a := range addresses {
			fmt.Fprint(&got, w.name, " ", a)
			for i := range uses {
				fmt.Fprint(&got, " ", answers[i*len(addresses)+k])
			}
			fmt.Fprintln(&got)
		}
	}
	const path = "testdata/sendmail.txt"
	if os.Getenv("POSTROOM_UPDATE") != "" {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("real sendmail says otherwise (-testdata +now):\n%s", d)
	}
}

// finals reads the last answer to each address: what ruleset 4 gave.
func finals(out []byte) (all []string) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "final            returns: ")
		if ok {
			all = append(all, strings.ReplaceAll(rest, " ", ""))
		}
	}
	return all
}

// machine is a real sendmail with its m4 files.
type machine struct{ sendmail, makemap, cf string }

// realSendmail finds the real one: the installed one, or that of POSTROOM_SENDMAIL.
func realSendmail(t *testing.T) machine {
	t.Helper()
	return machine{sendmail: realsendmail.Path(t), makemap: realsendmail.Tool(t, "makemap"), cf: realsendmail.Macros(t)}
}

// command runs the real one with its own host name.
func (m machine) command(t *testing.T, arg ...string) *exec.Cmd {
	return realsendmail.Command(t, m.sendmail, arg...)
}

// configure writes a world's sendmail.cf and table, and gives the former's path.
func (m machine) configure(t *testing.T, w world, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mc := "include(`" + m.cf + "m4/cf.m4')dnl\nOSTYPE(`linux')dnl\n" + strings.Join(more, "\n") + `
define(` + "`confDOMAIN_NAME',`mail.example.com')" + `
define(` + "`confDONT_BLAME_SENDMAIL',`GroupWritableDirPathSafe,MapInUnsafeDirPath')" + `
define(` + "`confSERVICE_SWITCH_FILE',`" + write("switch", "hosts files\naliases files\npasswd files\n") + "')" + `
define(` + "`confTO_IDENT',`0')define(`confPID_FILE',`/dev/null')define(`STATUS_FILE',`/dev/null')" + `
define(` + "`ALIAS_FILE',`')" + `
FEATURE(` + "`nocanonify')" + `
LOCAL_DOMAIN(` + "`" + classW + "')\n" + strings.ReplaceAll(w.mc, "@DIR@", dir) + "MAILER(`local')MAILER(`smtp')\n"
	m4 := exec.Command("m4", "-D_CF_DIR_="+m.cf, write("sendmail.mc", mc))
	cf, err := m4.Output()
	if err != nil {
		t.Fatalf("m4: %v", err)
	}
	makemap := exec.Command(m.makemap, "hash", write("genericstable", generics))
	makemap.Stdin = strings.NewReader(generics)
	if out, err := makemap.CombinedOutput(); err != nil {
		t.Fatalf("makemap: %v %s", err, out)
	}
	return write("sendmail.cf", string(cf))
}
