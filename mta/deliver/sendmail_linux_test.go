package deliver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/realsendmail"
)

// sendmailCF is a sendmail that takes mail into its queue; the user unknown is unknown to it.
const sendmailCF = `V10/Berkeley
Cwx.example
Djmx.x.example
DnMAILER-DAEMON
DZ8.17
O QueueDirectory=%s/q
O QueueFileMode=0600
O DeliveryMode=q
O Timeout.ident=0
O PrivacyOptions=
O HostsFile=/etc/hosts
O PidFile=/dev/null
O ControlSocketName
O SmtpGreetingMessage=$j Sendmail $v/$Z; $b
Troot
HReceived: from $s by $j id $i
Scanonify=3
R$* < $* > $*	$2
Sparse=0
R$* < $+ > $*	$2
Runknown @ $*	$#error $@ 5.1.1 $: "550 User unknown"
R$*	$#local $: $1
Mlocal,	P=/bin/sh, F=lsDFMoqeu9mn, S=0, R=0, T=DNS/RFC822/X-Unix, A=sh -c $u
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
`

func TestRealSendmailTakesWhatWeSend(t *testing.T) {
	path := realsendmail.Path(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cf"), fmt.Appendf(nil, sendmailCF, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "q"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	var running sync.WaitGroup
	defer running.Wait()
	defer l.Close()
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f, err := c.(*net.TCPConn).File()
			_ = c.Close()
			if err != nil {
				t.Error(err)
				return
			}
			cmd := realsendmail.CommandOn(t, "mx.x.example", path, "-C"+filepath.Join(dir, "cf"), "-Am", "-bs")
			cmd.Stdin, cmd.Stdout = f, f
			if err := cmd.Start(); err != nil {
				t.Error(err)
			}
			_ = f.Close()
			running.Go(func() { _ = cmd.Wait() })
		}
	})
	o := options(t)
	const long = 30 * time.Second // it takes its time
	o.Timeout = Timeouts{long, long, long, long, long, long, long, long}
	m := NewSMTP(o)
	defer m.Close() // before the wait for sendmail, which waits for us
	var verbose strings.Builder
	for n := range 2 {
		j := job(t, hostOf(l), strings.Replace(mime8, "Subject: x", fmt.Sprintf("Subject: %d", n), 1), "u@x.example", "unknown@x.example", "v@x.example")
		j.Envelope.Body, j.Envelope.EnvID, j.Envelope.Return = mta.Body8BitMIME, "QQ 1", mta.ReturnHeaders
		j.Envelope.Recipients[0].Notify, j.Envelope.Recipients[0].Original = mta.NotifyNever, "rfc822;o@o.example"
		j.Verbose = func(line string) { verbose.WriteString(line + "\n") }
		got := m.Deliver(t.Context(), j)
		if !got[0].OK() || !got[2].OK() || got[1].Error() != "550 5.1.1 <unknown@x.example>... User unknown" {
			t.Fatalf("%v\n%s", results(got), verbose.String())
		}
	}
	m.CloseIdle(func(line string) { verbose.WriteString(line + "\n") })
	for _, want := range []string{" BODY=8BITMIME ENVID=QQ+201 RET=HDRS\n", ">>> RCPT To:<u@x.example> NOTIFY=NEVER ORCPT=rfc822;o@o.example\n", "Using cached ESMTP connection"} {
		if !strings.Contains(verbose.String(), want) {
			t.Errorf("no %q in\n%s", want, verbose.String())
		}
	}
	bodies, _ := filepath.Glob(filepath.Join(dir, "q", "df*"))
	if len(bodies) != 2 {
		t.Fatalf("%d messages in its queue", len(bodies))
	}
	for n, file := range bodies {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		control, err := os.ReadFile(strings.Replace(file, "/df", "/qf", 1))
		if err != nil {
			t.Fatal(err)
		}
		if string(body) != "h\xc3\xa4llo and some more, so that few octets are beyond ASCII\n.\n" {
			t.Errorf("its text: %q", body)
		}
		for _, want := range []string{"\nB8BITMIME\n", "\nZQQ+201\n", "\nQrfc822;o@o.example\n", "<u@x.example>\n", "<v@x.example>\n", fmt.Sprintf("\nH??Subject: %d\n", n)} {
			if !strings.Contains(string(control), want) {
				t.Errorf("no %q in its control file:\n%s", want, control)
			}
		}
	}
}
