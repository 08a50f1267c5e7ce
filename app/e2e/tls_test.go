package e2e

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tlsHome is a home with listeners of all kinds.
const tlsListeners = `
[smtp]
listen = ["127.0.0.1:0"]
tls = "starttls"
[[listener]]
address = "127.0.0.1:0"
tls = "implicit"
[[listener]]
address = "127.0.0.1:0"
protocol = "submission"
tls = "required"
auth = "any"
auth_needs_tls = true
require_auth = true
`

// serveSettings starts a Postroom that listens where its settings say.
func serveSettings(t *testing.T, home, settings string) *post {
	t.Helper()
	write(t, filepath.Join(home, "etc", "postroom.toml"), settings)
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return start(t, home, nil, program(t, "postroom-server"), "--home", home, "serve")
}

// address gives where a protocol is listened for, with "localhost" for the host, as certificates have it.
func (p *post) address(protocol string) (host, port string) {
	p.t.Helper()
	s, _ := p.status()
	for _, l := range s.Listeners {
		if l.Protocol == protocol && l.Err == "" {
			_, port, err := net.SplitHostPort(l.Address)
			if err != nil {
				p.t.Fatal(err)
			}
			return "localhost", port
		}
	}
	p.t.Fatalf("nothing listens for %s: %+v", protocol, s.Listeners)
	return "", ""
}

// Each program believes the CA that "setup tls" names, checks the name, and would not go on without.
func TestProgramsSendMailWithTLS(t *testing.T) {
	p := serveSettings(t, newHome(t), tlsListeners)
	ca := filepath.Join(p.home, "etc", "tls", "ca.pem")
	if said := p.postroom("setup", "tls"); !strings.Contains(said, "curl --cacert "+ca) || !strings.Contains(said, "NODE_EXTRA_CA_CERTS="+ca) {
		t.Fatalf("setup tls says\n%s", said)
	}
	const text = "From: app@example.com\r\nTo: ada@example.net\r\nSubject: TLS\r\n\r\nHello\r\n"
	host, smtp := p.address("SMTP")
	_, smtps := p.address("SMTPS")
	_, submission := p.address("Submission")
	dir := t.TempDir()
	file := func(name, text string) string {
		write(t, filepath.Join(dir, name), text)
		return filepath.Join(dir, name)
	}
	swaks := func(more ...string) []string {
		return append([]string{"swaks", "--server", host, "--helo", "client.example", "--from", "app@example.com", "--to", "ada@example.net",
			"--tls-verify", "--tls-ca-path", ca, "--data", text}, more...)
	}
	msmtp := func(more ...string) []string {
		return append([]string{"msmtp", "--file=" + os.DevNull, "--host=" + host, "--from=app@example.com", "--tls=on", "--tls-trust-file=" + ca, "ada@example.net"}, more...)
	}
	node := file("send.js", `
const nodemailer = require(process.argv[2] + "/node_modules/nodemailer");
const secure = process.argv[4] === "secure";
nodemailer.createTransport({host: "localhost", port: +process.argv[3], secure, requireTLS: !secure}).sendMail(
	{from: "app@example.com", to: "ada@example.net", subject: "TLS", text: "Hello"}, (err) => { if (err) { console.error(err); process.exit(1); } });
`)
	mailer := os.Getenv("POSTROOM_NODEMAILER")
	php := file("send.php", `<?php
$s = stream_socket_client("tls://localhost:$argv[1]", $e, $m, 10) or exit(1);
foreach (["EHLO php.example", "MAIL FROM:<app@example.com>", "RCPT TO:<ada@example.net>", "DATA", "Subject: TLS\r\n\r\nHello\r\n.", "QUIT"] as $line) {
	do { $r = fgets($s); } while ($r !== false && $r[3] === "-");
	if ($r === false || $r[0] > "3") exit(2);
	fwrite($s, "$line\r\n");
}
exit(strncmp(fgets($s), "221", 3));
`)
	for i, tt := range []struct {
		name     string
		stdin    string
		env      []string
		command  []string
		protocol string
	}{
		{"swaks, STARTTLS", "", nil, swaks("--port", smtp, "--tls"), "ESMTPS"},
		{"swaks, TLS from the start", "", nil, swaks("--port", smtps, "--tls-on-connect"), "ESMTPS"},
		{"swaks, submission", "", nil, swaks("--port", submission, "--tls", "--auth", "PLAIN", "--auth-user", "tim", "--auth-password", "x"), "ESMTPSA"},
		{"msmtp, STARTTLS", text, nil, msmtp("--port="+smtp, "--tls-starttls=on"), "ESMTPS"},
		{"msmtp, TLS from the start", text, nil, msmtp("--port="+smtps, "--tls-starttls=off"), "ESMTPS"},
		{"msmtp, submission", text, nil, msmtp("--port="+submission, "--tls-starttls=on", "--auth=plain", "--user=tim", "--passwordeval=echo x"), "ESMTPSA"},
		{"curl, STARTTLS", text, nil, []string{"curl", "-sS", "--ssl-reqd", "--cacert", ca, "smtp://localhost:" + smtp + "/client.example", "--mail-from", "app@example.com", "--mail-rcpt", "ada@example.net", "-T", "-"}, "ESMTPS"},
		{"curl, TLS from the start", text, nil, []string{"curl", "-sS", "--cacert", ca, "smtps://localhost:" + smtps + "/client.example", "--mail-from", "app@example.com", "--mail-rcpt", "ada@example.net", "-T", "-"}, "ESMTPS"},
		{"PHP", "", nil, []string{"php", "-d", "openssl.cafile=" + ca, php, smtps}, "ESMTPS"},
		{"nodemailer, STARTTLS", "", []string{"NODE_EXTRA_CA_CERTS=" + ca}, []string{"node", node, mailer, smtp, "starttls"}, "ESMTPS"},
		{"nodemailer, TLS from the start", "", []string{"NODE_EXTRA_CA_CERTS=" + ca}, []string{"node", node, mailer, smtps, "secure"}, "ESMTPS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := tt.command[0]
			if name == "node" {
				if mailer == "" {
					t.Skip("POSTROOM_NODEMAILER is not set; scripts/nodemailer fetches it")
				}
			} else {
				need(t, name)
			}
			before := len(p.list())
			out, errs, exit := run(t, tt.stdin, append([]string{"HOME=" + dir}, tt.env...), name, tt.command[1:]...)
			if exit != 0 {
				t.Fatalf("%d: exit status %d\n%s%s", i, exit, out, errs)
			}
			m := p.newest(before + 1)
			if m.Origin.Protocol != tt.protocol || !strings.HasPrefix(m.Origin.TLS, "TLSv1.") || m.Subject != "TLS" {
				t.Errorf("%+v", m.Origin)
			}
			if sent := p.postroom("raw", "--sent", fmt.Sprint(m.ID)); !strings.Contains(sent, " with "+tt.protocol+" id ") || !strings.Contains(sent, "\n\t(version=TLSv1.") {
				t.Errorf("sent as\n%s", sent)
			}
		})
	}
	if log, err := os.ReadFile(filepath.Join(p.home, "log", "maillog")); err != nil || !strings.Contains(string(log), ": STARTTLS=server, relay=localhost [127.0.0.1], version=TLSv1.") {
		t.Errorf("%v, maillog:\n%s", err, log)
	}
}

func TestOpensslSeesTheCertificate(t *testing.T) {
	p := serveSettings(t, newHome(t), tlsListeners)
	ca := filepath.Join(p.home, "etc", "tls", "ca.pem")
	for protocol, more := range map[string][]string{"SMTP": {"-starttls", "smtp"}, "SMTPS": nil, "Submission": {"-starttls", "smtp"}} {
		host, port := p.address(protocol)
		args := append([]string{"s_client", "-connect", host + ":" + port, "-CAfile", ca, "-verify_return_error", "-verify_hostname", "localhost", "-crlf"}, more...)
		out, errs, exit := run(t, "QUIT\n", nil, need(t, "openssl"), args...)
		if exit != 0 || !strings.Contains(out, "Verify return code: 0 (ok)") {
			t.Errorf("%s: exit status %d\n%s%s", protocol, exit, out, errs)
		}
	}
	if pem := p.postroom("setup", "tls", "--ca"); !strings.HasPrefix(pem, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("setup tls --ca prints %q", pem)
	}
	if out, _, exit := run(t, "QUIT\n", nil, need(t, "openssl"), "s_client", "-connect", p.smtp, "-starttls", "smtp", "-verify_return_error"); exit == 0 {
		t.Errorf("openssl believes the certificate without the CA:\n%s", out)
	}
}

// A client that does not know the CA goes away without a word; the session says so.
func TestAClientThatDoesNotBelieveTheCertificateIsTold(t *testing.T) {
	p := serveSettings(t, newHome(t), tlsListeners)
	_, port := p.address("SMTPS")
	conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: "localhost"})
	if err == nil {
		conn.Close()
		t.Fatal("believed")
	}
	p.wait("the session is listed", func() bool {
		return strings.Contains(p.postroom("sessions", "--failed"), "TLS handshake with localhost [127.0.0.1]: remote error: tls: bad certificate: it does not believe our certificate")
	})
}

func TestHangUpOpensAndClosesListenersAndReadsTheCertificateAgain(t *testing.T) {
	p := serveSettings(t, newHome(t), "[smtp]\nlisten = [\"127.0.0.1:0\"]\n")
	old := p.smtp
	kept, err := net.Dial("tcp", old)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	say := func(line, want string) {
		t.Helper()
		_ = kept.SetDeadline(time.Now().Add(patience))
		if line != "" {
			fmt.Fprintf(kept, "%s\r\n", line)
		}
		var b [1000]byte
		if n, err := kept.Read(b[:]); err != nil || !strings.HasPrefix(string(b[:n]), want) {
			t.Fatalf("%s: %q, %v", line, b[:n], err)
		}
	}
	say("", "220")
	if _, err := os.Stat(filepath.Join(p.home, "etc", "tls")); err == nil {
		t.Error("a CA was made that nobody needs")
	}
	socket := filepath.Join(t.TempDir(), "in.sock")
	hangUp := func(settings, want string) {
		t.Helper()
		write(t, filepath.Join(p.home, "etc", "postroom.toml"), settings)
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		p.wait(want, func() bool {
			s, _ := p.status()
			return strings.Contains(fmt.Sprintf("%+v", s.Listeners), want)
		})
	}
	hangUp("[smtp]\nlisten = [\"127.0.0.1:0\"]\n[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"implicit\"\n[[listener]]\naddress = \""+socket+"\"\nmode = \"0660\"\n", socket)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info, err)
	}
	if host, port := p.address("SMTP"); net.JoinHostPort("127.0.0.1", port) != old {
		t.Errorf("the listener that stayed the same is now on %s:%s, not %s", host, port, old)
	}
	_, port := p.address("SMTPS")
	conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	first := conn.ConnectionState().PeerCertificates[0]
	conn.Close()

	// With a certificate that cannot be read the old one stays, and the problem is told.
	bad := filepath.Join(t.TempDir(), "bad.pem")
	implicit := "[smtp]\nlisten = []\n[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"implicit\"\n[tls]\n"
	write(t, bad, "hello")
	write(t, filepath.Join(p.home, "etc", "postroom.toml"), implicit+"cert_file = \""+bad+"\"\nkey_file = \""+bad+"\"\n")
	_ = p.cmd.Process.Signal(syscall.SIGHUP)
	p.wait("the problem is told", func() bool {
		s, _ := p.status()
		return strings.Contains(strings.Join(s.Problems, "\n"), "certificate: "+bad)
	})
	// Another name, another certificate, the same port. The listener that is gone does not answer, whoever was connected goes on.
	hangUp(implicit+"names = [\"app.test\"]\n", "SMTPS")
	p.wait("the certificate has the name", func() bool {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return false
		}
		defer conn.Close()
		now := conn.ConnectionState().PeerCertificates[0]
		return !now.Equal(first) && now.VerifyHostname("app.test") == nil
	})
	p.wait("the problem is gone", func() bool { s, _ := p.status(); return len(s.Problems) == 0 })
	p.wait("the listener is closed", func() bool { _, err := net.Dial("tcp", old); return err != nil })
	p.wait("its socket is gone", func() bool { _, err := os.Stat(socket); return errors.Is(err, fs.ErrNotExist) })
	say("NOOP", "250")
	say("QUIT", "221")
}

func TestAListenerThatCannotBeIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "precious")
	p := serveSettings(t, newHome(t), `
[smtp]
listen = ["127.0.0.1:0"]
[[listener]]
address = "`+file+`"
[[listener]]
address = "127.0.0.1:0"
tls = "implicit"
[tls]
cert_file = "`+dir+`/none.pem"
key_file = "`+dir+`/none.pem"
`)
	var why []string
	s, _ := p.status()
	for _, l := range s.Listeners {
		why = append(why, l.Err)
	}
	all := strings.Join(why, "\n")
	if !strings.Contains(all, "there is something that is no socket") || !strings.Contains(all, "none.pem: no such file or directory; make it readable") {
		t.Errorf("%+v", s.Listeners)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file is now %q, %v", text, err)
	}
	if got := p.talk("EHLO x")[1]; strings.Contains(got, "STARTTLS") {
		t.Errorf("STARTTLS is offered: %q", got)
	}
}

func TestLMTPByAUnixSocket(t *testing.T) {
	home := newHome(t)
	socket := filepath.Join(t.TempDir(), "lmtp.sock")
	p := serveSettings(t, home, "[smtp]\nlisten = [\"127.0.0.1:0\"]\n[[listener]]\naddress = \""+socket+"\"\nprotocol = \"lmtp\"\nmode = \"0600\"\n")
	out, errs, exit := run(t, "", p.env(), need(t, "swaks"), "--socket", socket, "--protocol", "LMTP", "--helo", "client.example",
		"--from", "app@example.com", "--to", "ada@example.net,bob@example.net", "--header", "Subject: LMTP")
	if exit != 0 || !strings.Contains(out, "250 2.1.5 <ada@example.net>... ") {
		t.Fatalf("exit status %d\n%s%s", exit, out, errs)
	}
	m := p.newest(1)
	if m.Origin.Protocol != "LMTP" || m.Subject != "LMTP" || len(m.Recipients) != 2 || m.Origin.UID != os.Getuid() {
		t.Errorf("%+v", m)
	}
	if said := p.postroom("show", "1"); !strings.Contains(said, "LMTP") {
		t.Errorf("show says\n%s", said)
	}
	if transcript, err := controlGet(p.home, "/v1/status"); err != nil || !strings.Contains(string(transcript), `"Protocol":"LMTP"`) {
		t.Errorf("%s, %v", transcript, err)
	}
}

// The access table's words about TLS, on both sides: one Postroom sends to another.
func TestTheAccessTableSpeaksOfTLS(t *testing.T) {
	far := serveSettings(t, newHome(t), "[smtp]\nhostname = \"far.test\"\nlisten = [\"127.0.0.1:0\"]\ntls = \"starttls\"\n")
	farAccess := filepath.Join(far.home, "etc", "mail", "access")
	ca := far.postroom("setup", "tls", "--ca")
	_, port := far.address("SMTP")
	near := serveSettings(t, newHome(t), "[smtp]\nlisten = [\"127.0.0.1:0\"]\n[tls]\nca_file = \""+filepath.Join(t.TempDir(), "ca.pem")+"\"\n")
	settings, err := os.ReadFile(filepath.Join(near.home, "etc", "postroom.toml"))
	if err != nil {
		t.Fatal(err)
	}
	_, file, _ := strings.Cut(string(settings), "ca_file = \"")
	file, _, _ = strings.Cut(file, "\"")
	write(t, filepath.Join(near.home, "etc", "mail", "mailertable"), "far.example\tesmtp:[127.0.0.1]:"+port+"\n")
	maillog := func(p *post) string {
		text, err := os.ReadFile(filepath.Join(p.home, "log", "maillog"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	sent := 0
	send := func(access, want string) {
		t.Helper()
		write(t, filepath.Join(near.home, "etc", "mail", "access"), access)
		sent++
		id := fmt.Sprintf("<%d@tests>", sent)
		out, errs, exit := run(t, "", near.env(), need(t, "swaks"), "--server", near.smtp, "--from", "app@example.com", "--to", "u@far.example", "--header", "Message-Id: "+id)
		if exit != 0 {
			t.Fatalf("exit status %d\n%s%s", exit, out, errs)
		}
		near.wait(want, func() bool {
			for line := range strings.Lines(maillog(near)) {
				if strings.Contains(line, "msgid="+id) {
					queueID := strings.Fields(line)[5]
					for line := range strings.Lines(maillog(near)) {
						if strings.Contains(line, queueID+" to=") && strings.Contains(line, want) {
							return true
						}
					}
				}
			}
			return false
		})
	}
	send("", "stat=Sent")
	if log := maillog(near); !strings.Contains(log, "]: STARTTLS=client, relay=[127.0.0.1]:"+port+", version=TLSv1.3, verify=FAIL, cipher=") {
		t.Errorf("maillog:\n%s", log)
	}
	if m := far.newest(1); m.Origin.Protocol != "ESMTPS" || !strings.HasPrefix(m.Origin.TLS, "TLSv1.3 ") {
		t.Errorf("%+v", m.Origin)
	}
	send("TLS_Srv:127.0.0.1\tVERIFY\n", "stat=Deferred: authentication failed")
	send("TLS_Rcpt:far.example\tPERM+VERIFY\n", "authentication failed")
	write(t, file, ca)
	send("TLS_Srv:127.0.0.1\tVERIFY:128+CN:localhost\n", "stat=Sent")
	send("Clt_Features:127.0.0.1\tS\n", "stat=Sent")
	far.wait("S went in the clear", func() bool { return far.list()[0].Origin.Protocol == "ESMTP" })
	send("Clt_Features:127.0.0.1\tS\nTLS_Srv:127.0.0.1\tENCR:1\n", "stat=Deferred: encryption too weak 0 less than 1")
	send("Clt_Features:127.0.0.1\tA\nTLS_Srv:127.0.0.1\tENCR:1\n", "stat=Sent")
	far.wait("A did not", func() bool { return far.list()[0].Origin.Protocol == "ESMTPS" })
	send("Try_TLS:127.0.0.1\tNO\n", "stat=Sent")
	far.wait("the last one came in the clear", func() bool { return far.list()[0].Origin.Protocol == "ESMTP" })

	// The server's side.
	talk := func(access, line, want string) {
		t.Helper()
		write(t, farAccess, access)
		far.wait(want, func() bool { return strings.Contains(far.talk("EHLO client.example", line)[2], want) })
	}
	talk("TLS_Clt:\tPERM+VERIFY\n", "MAIL FROM:<a@example.com>", "503 5.7.0 authentication required")
	talk("TLS_Clt:127.0.0.1\tTEMP+ENCR:128\n", "MAIL FROM:<a@example.com>", "403 4.7.0 encryption too weak 0 less than 128")
	talk("Srv_Features:127.0.0.1\tS\n", "STARTTLS", "503 5.5.0 TLS not available")
	if said := far.talk("EHLO client.example")[1]; strings.Contains(said, "STARTTLS") {
		t.Errorf("STARTTLS is offered: %q", said)
	}
	if log := maillog(far); !strings.Contains(log, "ruleset=check_mail, arg1=<a@example.com>, relay=localhost [127.0.0.1], reject=503 5.7.0 authentication required") {
		t.Errorf("maillog:\n%s", log)
	}
}
