package app

import (
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta/cert"
	"postroom.dev/mta/realsendmail"
)

// clientMC is a sendmail that gives all mail to 127.0.0.2, at once.
const clientMC = "define(`_USE_ETC_MAIL_')dnl\n" +
	"include(`/usr/share/sendmail/cf/m4/cf.m4')dnl\n" +
	"OSTYPE(`debian')dnl\n" +
	"undefine(`confHOST_STATUS_DIRECTORY')dnl\n" +
	"define(`confTO_IDENT',`0')define(`confDELIVERY_MODE',`i')define(`confDONT_PROBE_INTERFACES',`true')dnl\n" +
	"define(`confPID_FILE',`/dev/null')define(`STATUS_FILE',`/dev/null')define(`ALIAS_FILE',`/etc/mail/aliases')dnl\n" +
	"define(`LOCAL_MAILER_PATH',`/bin/false')define(`SMART_HOST',`esmtp:[127.0.0.2]')dnl\n" +
	"define(`confCACERT_PATH',`/etc/mail/certs')define(`confCACERT',`/etc/mail/CA')dnl\n" +
	"FEATURE(`use_cw_file')FEATURE(`use_ct_file')FEATURE(`no_default_msa')FEATURE(`nocanonify')FEATURE(`accept_unresolvable_domains')dnl\n" +
	"FEATURE(`access_db',`hash -T<TMPF> -o /etc/mail/access')dnl\n" +
	"MAILER(`local')MAILER(`smtp')dnl\n"

func TestRealSendmailSendsToUsByTLS(t *testing.T) {
	if realsendmail.Inside() == "" {
		realsendmail.Machine{}.Run(t)
		return
	}
	room := settingsRoom(t, "[smtp]\nhostname = \"postroom.example\"\ntls = \"starttls\"\n[tls]\nnames = [\"127.0.0.2\"]\n", "127.0.0.2:25")
	ours, err := os.ReadFile(cert.CA(room.home.TLS()))
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if _, err := cert.Load(cert.Options{Dir: other, Names: []string{"other.example"}, Now: time.Now, Rand: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	others, err := os.ReadFile(cert.CA(other))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, text []byte) {
		if err := os.WriteFile("/etc/mail/"+name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("/etc/mail/certs", 0o755); err != nil {
		t.Fatal(err)
	}
	m4 := exec.Command("m4", "-")
	m4.Stdin = strings.NewReader(clientMC)
	cf, err := m4.Output()
	if err != nil {
		t.Fatal(err)
	}
	put("sendmail.cf", cf)
	put("local-host-names", []byte("localhost\n"))
	put("trusted-users", nil)
	put("relay-domains", nil)
	put("aliases", []byte("postmaster: root\n"))
	sendmail := realsendmail.Path(t)
	if out, err := exec.Command(sendmail, "-bi").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	n := 0
	for _, c := range []struct {
		rule   string
		ca     []byte
		access string
		want   string // in what it says, "" for a message that arrives
	}{
		{"our CA trusted, and asked for", ours, "TLS_Srv:127.0.0.2\tVERIFY:128\n", ""},
		{"not trusted, not asked for", others, "", ""},
		{"not trusted, and asked for", others, "TLS_Srv:127.0.0.2\tVERIFY\n", "authentication failed"},
		{"not trusted, but encrypted", others, "TLS_Srv:127.0.0.2\tENCR:128\n", ""},
		{"no TLS for us", ours, "Try_TLS:127.0.0.2\tNO\n", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			put("CA", c.ca)
			makemap := exec.Command(realsendmail.Tool(t, "makemap"), "hash", "/etc/mail/access")
			makemap.Stdin = strings.NewReader(c.access)
			if out, err := makemap.CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			before := room.store.Counts().All
			send := exec.Command(sendmail, "-Am", "-v", "-f", "root@localhost", "u@[192.0.2.9]")
			send.Stdin = strings.NewReader("Subject: x\n\nhello\n")
			out, err := send.CombinedOutput()
			if c.want != "" {
				if !strings.Contains(string(out), c.want) || room.store.Counts().All != before {
					t.Errorf("%v %s", err, out)
				}
				return
			}
			if room.store.Counts().All != before+1 {
				t.Fatalf("nothing came: %v %s", err, out)
			}
			n = before + 1
			list, err := room.store.Get(t.Context(), int64(n))
			if err != nil || len(list) != 1 {
				t.Fatalf("%v %d", err, len(list))
			}
			o := list[0].Origin
			if clear := strings.HasPrefix(c.access, "Try_TLS"); clear != (o.Protocol == "ESMTP") || clear != (o.TLS == "") || !clear && o.Protocol != "ESMTPS" {
				t.Errorf("%s %q: %s", o.Protocol, o.TLS, out)
			}
		})
	}
}
