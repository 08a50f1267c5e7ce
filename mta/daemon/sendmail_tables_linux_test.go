package daemon

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta/realsendmail"
)

// tablesMC is the configuration of the real sendmail; features of a case come before the mailers.
const tablesMC = "define(`_USE_ETC_MAIL_')dnl\n" +
	"include(`/usr/share/sendmail/cf/m4/cf.m4')dnl\n" +
	"OSTYPE(`debian')dnl\n" +
	"undefine(`confHOST_STATUS_DIRECTORY')dnl\n" +
	"define(`confTO_IDENT',`0')dnl\n" +
	"define(`confDELIVERY_MODE',`q')dnl\n" +
	"define(`confDONT_PROBE_INTERFACES',`true')dnl\n" +
	"define(`confPID_FILE',`/run/sendmail/mta/sendmail.pid')dnl\n" +
	"define(`LOCAL_MAILER_PATH',`/bin/false')dnl\n" +
	"define(`LOCAL_MAILER_FLAGS',`PrSm9')dnl\n" +
	"define(`STATUS_FILE',`/dev/null')dnl\n" +
	"TRUST_AUTH_MECH(`LOGIN PLAIN')dnl\n" +
	"FEATURE(`use_cw_file')FEATURE(`use_ct_file')FEATURE(`no_default_msa')FEATURE(`always_add_domain')dnl\n" +
	"FEATURE(`mailertable',`hash -o /etc/mail/mailertable')FEATURE(`virtusertable',`hash -o /etc/mail/virtusertable')dnl\n" +
	"FEATURE(`access_db',`hash -T<TMPF> -o /etc/mail/access',`skip')FEATURE(`blocklist_recipients')dnl\n" +
	"FEATURE(`nocanonify')FEATURE(`accept_unresolvable_domains')dnl\n" +
	"define(`ALIAS_FILE',`/etc/mail/aliases')dnl\n" +
	"DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=smtp, Addr=127.0.0.1')dnl\n"

// TestRealSendmailSaysWhatIsWrittenDown asks the real one about every case.
func TestRealSendmailSaysWhatIsWrittenDown(t *testing.T) {
	if dir := realsendmail.Inside(); dir != "" {
		askSendmail(t, dir)
		return
	}
	m := realsendmail.Machine{Users: []string{"alice", "bob", "carol"}}
	for _, i := range []string{"33", "40", "50", "60"} {
		m.Addresses = append(m.Addresses, "192.0.2."+i)
	}
	for ip, name := range clientNames {
		if name != "localhost" {
			m.Hosts += ip + " " + name + "\n"
		}
	}
	dir := m.Run(t)
	text, err := os.ReadFile(filepath.Join(dir, "answers"))
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string][]string
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range readCases(t) {
		got := answers[c.name]
		if len(got) != len(c.smtp)+len(c.bv) {
			t.Fatalf("%s: %d answers", c.name, len(got))
		}
		for _, list := range [][]question{c.smtp, c.bv} {
			for i := range list {
				n++
				if got[i] != list[i].answer && !*update {
					t.Errorf("%s: %s\nsendmail says %s\nwritten down  %s", c.name, list[i].ask, got[i], list[i].answer)
				}
				list[i].answer = got[i]
			}
			got = got[len(list):]
		}
		if *update {
			c.write(t)
		}
	}
	t.Logf("%d cases", n)
}

// askSendmail runs in the namespace.
func askSendmail(t *testing.T, dir string) {
	binary := realsendmail.Path(t)
	answers := map[string][]string{}
	for _, c := range readCases(t) {
		prepareMail(t, binary, c)
		var got []string
		if len(c.smtp) > 0 {
			got = askSMTP(t, binary, c)
		}
		for _, q := range c.bv {
			out, _ := exec.Command(binary, "-bv", q.ask).CombinedOutput() // a refusal is an exit status
			got = append(got, verified(string(out)))
		}
		answers[c.name] = got
	}
	text, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "answers"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRunAs(t *testing.T, stdin, name string, arg ...string) string {
	t.Helper()
	cmd := exec.Command(name, arg...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, arg, err, out)
	}
	return string(out)
}

// prepareMail writes /etc/mail.
func prepareMail(t *testing.T, binary string, c *tableCase) {
	t.Helper()
	tools := filepath.Dir(binary)
	cf := mustRunAs(t, tablesMC+c.files["features"]+"MAILER(`local')MAILER(`smtp')dnl\n", "m4", "-")
	if err := os.WriteFile("/etc/mail/sendmail.cf", []byte(cf), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"local-host-names", "trusted-users", "relay-domains", "virtuser-domains", "access", "virtusertable", "mailertable", "aliases"} {
		text := c.files[name]
		if name == "local-host-names" {
			text += "\n[127.0.0.1]\n"
		}
		if err := os.WriteFile("/etc/mail/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if slices.Contains([]string{"access", "virtusertable", "mailertable"}, name) {
			cmd := exec.Command(filepath.Join(tools, "makemap"), "hash", "/etc/mail/"+name)
			cmd.Stdin = strings.NewReader(text)
			if out, err := cmd.CombinedOutput(); err != nil && !strings.Contains(string(out), "duplicate key") {
				t.Fatalf("%s: %v %s", c.name, err, out)
			}
		}
	}
	mustRunAs(t, "", filepath.Join(tools, "newaliases"))
}

// askSMTP runs a daemon for a case's conversations.
func askSMTP(t *testing.T, binary string, c *tableCase) (got []string) {
	cmd := exec.Command(binary, "-bD")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	for _, q := range c.smtp {
		words := strings.Fields(q.ask)
		conn := dialFrom(t, words[0])
		answer, err := dialogue(conn, words[1], words[2])
		conn.Close()
		if err != nil {
			t.Fatal(c.name, q.ask, err)
		}
		if answer == "accept" {
			answer = queued(t)
		}
		got = append(got, answer)
	}
	return got
}

func dialFrom(t *testing.T, ip string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := dialer.Dial("tcp", "127.0.0.1:25")
		if err == nil {
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// queued says what became of the message that was just accepted, and clears the queue.
func queued(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/var/spool/mqueue/[qh]f*")
	if err != nil {
		t.Fatal(err)
	}
	answer := "discard"
	for _, f := range files {
		answer = "accept"
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "q") {
				answer = "quarantine: " + strings.TrimSpace(line[1:])
			}
		}
	}
	all, _ := filepath.Glob("/var/spool/mqueue/*")
	for _, f := range all {
		os.Remove(f)
	}
	return answer
}

// verified reads what -bv prints.
func verified(out string) string {
	var all []string
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		_, text, _ := strings.Cut(line, "... ")
		rest, ok := strings.CutPrefix(text, "deliverable: mailer ")
		if !ok {
			all = append(all, text)
			continue
		}
		mailer, rest, _ := strings.Cut(rest, ", ")
		host := ""
		if h, more, ok := strings.Cut(rest, ", user "); ok {
			host, rest = strings.TrimSuffix(strings.TrimPrefix(h, "host "), "."), more
		} else {
			rest = strings.TrimPrefix(rest, "user ")
		}
		if mailer == "local" { // the host is the detail
			host = ""
		}
		all = append(all, strings.Join(strings.Fields(fmt.Sprint(mailer, " ", host, " ", rest)), " "))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "; ")
}
