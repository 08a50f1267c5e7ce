package sendmail

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The lines are sendmail 8.17.1.9's, but for BDAT in place of DATA and the name of the socket.
func TestVerboseDelivery(t *testing.T) {
	const hello = "local...\n220 mx ESMTP\n>>> EHLO mail.example.com\n250-mx\n250-PIPELINING\n250-SIZE 0\n250-8BITMIME\n250-DSN\n250-CHUNKING\n250 XNAME\n"
	const mail = ">>> MAIL From:<alice@mail.example.com> SIZE=29\n250 2.1.0 ok\n"
	const text = ">>> BDAT 29 LAST\n250 2.0.0 accepted\n"
	const bye = "Closing connection to local\n>>> QUIT\n221 2.0.0 bye\n"
	for _, c := range []struct {
		name   string
		script script
		args   string
		exit   int
		stdout string
		stderr string
	}{
		{"what is said and heard", friendly, "a@x", 0,
			"a@x... Connecting to " + hello + mail + ">>> RCPT To:<a@x>\n250 2.1.5 ok\n" + text + "a@x... Sent (accepted)\n" + bye, ""},
		{"recipients with one fate share a line, a refused one has its own", with("RCPT To:<b@x>", "550 5.1.1 <b@x>... User unknown"), "a@x b@x c@x d@x", 67,
			"a@x,b@x,c@x,d@x... Connecting to " + hello + mail + ">>> RCPT To:<a@x>\n250 2.1.5 ok\n>>> RCPT To:<b@x>\n550 5.1.1 <b@x>... User unknown\n" +
				">>> RCPT To:<c@x>\n250 2.1.5 ok\n>>> RCPT To:<d@x>\n250 2.1.5 ok\n" + text + "a@x... Sent (accepted)\nc@x,d@x... Sent (accepted)\n" + bye,
			"b@x... User unknown\n"},
		{"a sender that has to wait", with("MAIL", "451 4.1.8 Domain of sender address does not resolve"), "a@x", 0,
			"a@x... Connecting to " + hello + strings.Replace(mail, "250 2.1.0 ok", "451 4.1.8 Domain of sender address does not resolve", 1) +
				"a@x... Deferred: 451 4.1.8 Domain of sender address does not resolve\n" + bye, ""},
		{"a server that hangs up", with("BDAT", "close"), "a@x", 0,
			"a@x... Connecting to " + hello + mail + ">>> RCPT To:<a@x>\n250 2.1.5 ok\n>>> BDAT 29 LAST\na@x... Deferred: The server closed the connection\n", ""},
		{"a server that has no time", with("greeting", "421 4.3.2 too many"), "a@x", 0,
			"a@x... Connecting to local...\n421 4.3.2 too many\na@x... Deferred: 421 4.3.2 too many\n", ""},
		{"what the MTA tells by VERB", with("EHLO", "250-mx\r\n250-CHUNKING\r\n250-XNAME\r\n250 VERB", "VERB", "250 2.0.0 Verbose mode",
			"BDAT", "050 <a@x>... Connecting to local...\r\n050 <a@x>... Sent\r\n250 2.0.0 accepted"), "a@x", 0,
			"a@x... Connecting to local...\n220 mx ESMTP\n>>> EHLO mail.example.com\n250-mx\n250-CHUNKING\n250-XNAME\n250 VERB\n>>> VERB\n250 2.0.0 Verbose mode\n" +
				">>> MAIL From:<alice@mail.example.com>\n250 2.1.0 ok\n>>> RCPT To:<a@x>\n250 2.1.5 ok\n>>> BDAT 29 LAST\n" +
				"050 <a@x>... Connecting to local...\n050 <a@x>... Sent\n250 2.0.0 accepted\na@x... Sent (accepted)\n" + bye, ""},
		{"nothing that a terminal would act on", with("RCPT", "250 2.1.5 \x1b[2Jok\a"), "a@x", 0,
			"a@x... Connecting to " + hello + mail + ">>> RCPT To:<a@x>\n250 2.1.5 ?[2Jok?\n" + text + "a@x... Sent (accepted)\n" + bye, ""},
	} {
		d := newDesk(t)
		d.play(c.script)
		exit, stdout, stderr := d.ask("From: a@b.c\n"+small, append([]string{"sendmail", "-v"}, strings.Fields(c.args)...)...)
		if diff := cmp.Diff(c.stdout, stdout); diff != "" || exit != c.exit || stderr != c.stderr {
			t.Errorf("%s: exit %d, %q\n%s", c.name, exit, stderr, diff)
		}
	}
}

func TestVerboseWithNobodyThere(t *testing.T) {
	d := newDesk(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.SMTP = l.Addr().String()
	l.Close()
	to := "[127.0.0.1]:" + d.SMTP[strings.Index(d.SMTP, ":")+1:]
	exit, stdout, stderr := d.ask(small, "sendmail", "-v", "bob")
	want := "bob@mail.example.com... Connecting to local...\nbob@mail.example.com... Deferred: Connection refused by local\n" +
		"bob@mail.example.com... Connecting to " + to + " via relay...\nbob@mail.example.com... Deferred: Connection refused by " + to + "\n"
	if diff := cmp.Diff(want, stdout); diff != "" || exit != 0 || stderr != "" || d.queuedFor() != "bob@mail.example.com" {
		t.Errorf("exit %d, %q, queue %q\n%s", exit, stderr, d.queuedFor(), diff)
	}
}

// A server that never says VERB may not send what looks like its lines.
func TestTraceLinesOnlyAfterVERB(t *testing.T) {
	d := newDesk(t)
	d.play(with("RCPT", "050 x\r\n250 ok"))
	d.call(small, 0, "", "a@x")
	if d.queuedFor() != "a@x" {
		t.Errorf("queue: %q", d.queuedFor())
	}
}

// The format was measured with sendmail 8.17.1.9.
func TestTrafficLog(t *testing.T) {
	d := newDesk(t)
	log := filepath.Join(t.TempDir(), "x")
	d.play(with("EHLO", noChunks))
	for range 2 {
		d.call("From: a@b\n\n.x\nlast", 0, "", "-i", "-X", log, "a@x")
	}
	once := "04711 <<< From: a@b\n04711 <<< \n04711 <<< .x\n04711 <<< last\n04711 <<< [EOF]\n04711 === CONNECT local\n04711 <<< 220 mx ESMTP\r\n" +
		"04711 >>> EHLO mail.example.com\n04711 <<< 250-mx\r\n04711 <<< 250-pipelining\r\n04711 <<< 250 8BITMIME\r\n" +
		"04711 >>> MAIL From:<alice@mail.example.com>\n04711 >>> RCPT To:<a@x>\n04711 <<< 250 2.1.0 ok\r\n04711 <<< 250 2.1.5 ok\r\n" +
		"04711 >>> DATA\n04711 <<< 354 go\r\n04711 >>> From: a@b\n04711 >>> \n04711 >>> .x\n04711 >>> last\n04711 >>> .\n04711 <<< 250 2.0.0 accepted\r\n" +
		"04711 >>> QUIT\n04711 <<< 221 2.0.0 bye\r\n"
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once+once, string(b)); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(log); info.Mode().Perm()&^0o644 != 0 {
		t.Errorf("mode %o", info.Mode())
	}
}

func TestTrafficLogOfASession(t *testing.T) {
	d := newDesk(t)
	log := filepath.Join(t.TempDir(), "x")
	if exit, stdout, _ := d.ask("EHLO x\r\nQUIT", "sendmail", "-bs", "-X"+log); exit != 0 || stdout != "220 mx\r\n" {
		t.Errorf("%d, %q", exit, stdout)
	}
	if b, _ := os.ReadFile(log); string(b) != "04711 >>> 220 mx\n04711 <<< EHLO x\r\n04711 <<< QUIT\n" {
		t.Errorf("%q", b)
	}
	if d.asked.question != `session "EHLO x\r\nQUIT"` {
		t.Error(d.asked.question)
	}
}

func TestLongLinesInATrafficLog(t *testing.T) {
	var lines []string
	w := &lineWriter{line: func(s string) { lines = append(lines, s) }}
	for range 5 {
		w.Write([]byte(strings.Repeat("x", maxLogLine/2)))
	}
	w.Write([]byte("\n\ny"))
	w.end()
	w.end()
	if len(lines) != 5 || len(lines[0]) != maxLogLine || lines[4] != "y" {
		t.Errorf("%d lines", len(lines))
	}
}
