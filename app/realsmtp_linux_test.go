package app

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"postroom.dev/mta/realsendmail"
)

// realMC is the configuration of the real sendmail; the lines of a case come before the mailers.
const realMC = "define(`_USE_ETC_MAIL_')dnl\n" +
	"include(`/usr/share/sendmail/cf/m4/cf.m4')dnl\n" +
	"OSTYPE(`debian')dnl\n" +
	"undefine(`confHOST_STATUS_DIRECTORY')dnl\n" +
	"define(`confTO_IDENT',`0')dnl\n" +
	"define(`confDELIVERY_MODE',`q')dnl\n" +
	"define(`confDONT_PROBE_INTERFACES',`true')dnl\n" +
	"define(`confPID_FILE',`/run/sendmail/mta/sendmail.pid')dnl\n" +
	"define(`confSMTP_LOGIN_MSG',`$j Sendmail $v/$Z; $b')dnl\n" +
	"define(`confPRIVACY_FLAGS',`authwarnings')dnl\n" +
	"define(`LOCAL_MAILER_PATH',`/bin/false')dnl\n" +
	"define(`LOCAL_MAILER_FLAGS',`PrSm9')dnl\n" +
	"define(`STATUS_FILE',`/dev/null')dnl\n" +
	"FEATURE(`use_cw_file')FEATURE(`use_ct_file')FEATURE(`no_default_msa')FEATURE(`always_add_domain')dnl\n" +
	"FEATURE(`access_db',`hash -T<TMPF> -o /etc/mail/access')FEATURE(`nocanonify')dnl\n" +
	"define(`ALIAS_FILE',`/etc/mail/aliases')dnl\n" +
	"DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=smtp, Addr=127.0.0.1')dnl\n"

// TestRealSendmailAnswersAsIsWrittenDown plays every session to the real one.
func TestRealSendmailAnswersAsIsWrittenDown(t *testing.T) {
	if dir := realsendmail.Inside(); dir != "" {
		askRealServer(t, dir)
		return
	}
	dir := realsendmail.Machine{DNS: true, Users: []string{"alice:Alice Example", "bob:Bob Example"}}.Run(t)
	text, err := os.ReadFile(filepath.Join(dir, "answers"))
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string][][]string
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range smtpCases(t) {
		c.sessions(func(name string, f *txtar.File) {
			n++
			got, list := answers[c.name()+"/"+name], exchanges(t, string(f.Data))
			if len(got) != len(list) {
				t.Errorf("%s: %s: %d answers", c.name(), name, len(got))
				return
			}
			for i, x := range list {
				if trimmed(got[i]) != trimmed(x.theirs) && !*updateSMTP {
					t.Errorf("%s: %s: %s\nsendmail says\n%s\nwritten down\n%s", c.name(), name, x.does, trimmed(got[i]), trimmed(x.theirs))
				}
				x.theirs = got[i]
			}
			f.Data = []byte(printExchanges(list))
		})
		if *updateSMTP {
			c.save(t)
		}
	}
	t.Logf("%d sessions", n)
}

// askRealServer runs inside the machine.
func askRealServer(t *testing.T, dir string) {
	answers := map[string][][]string{}
	for _, c := range smtpCases(t) {
		stop := startRealServer(t, dir, c)
		c.sessions(func(name string, f *txtar.File) {
			got, err := playAll(dialReal(t), exchanges(t, string(f.Data)))
			if err != nil {
				t.Fatalf("%s: %s: %v", c.name(), name, err)
			}
			answers[c.name()+"/"+name] = got
		})
		stop()
	}
	text, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "answers"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// startRealServer writes /etc/mail and runs a daemon.
func startRealServer(t *testing.T, dir string, c *smtpCase) (stop func()) {
	t.Helper()
	binary := realsendmail.Path(t)
	shell := func(stdin, name string, arg ...string) string {
		cmd := exec.Command(name, arg...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %s %q: %v\n%s", c.name(), name, arg, err, out)
		}
		return string(out)
	}
	put := func(name, text string) {
		if err := os.WriteFile("/etc/mail/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("sendmail.cf", shell(realMC+c.files["mc"]+"MAILER(`local')MAILER(`smtp')dnl\n", "m4", "-"))
	put("local-host-names", "mail.example.com\nexample.com\nlocalhost\n[127.0.0.1]\n")
	for _, name := range []string{"trusted-users", "relay-domains", "access", "aliases"} {
		put(name, c.files[name])
	}
	for name, text := range c.files {
		if strings.HasPrefix(name, "list.") {
			put(name, text)
		}
	}
	if help, err := os.ReadFile(filepath.Join(dir, "helpfile")); err == nil {
		put("helpfile", string(help))
	}
	shell(c.files["access"], filepath.Join(filepath.Dir(binary), "makemap"), "hash", "/etc/mail/access")
	shell("", binary, "-bi")
	cmd := exec.Command(binary, "-bD")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		cmd.Process.Kill()
		cmd.Wait()
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if conn, err := net.Dial("tcp", "127.0.0.1:25"); err != nil {
				return
			} else {
				conn.Close()
			}
		}
	}
}

func dialReal(t *testing.T) net.Conn {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:25")
		if err == nil {
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
