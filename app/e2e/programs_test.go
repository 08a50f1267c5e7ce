package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// php runs PHP code whose mail() calls our sendmail.
func (p *post) php(code string) {
	p.t.Helper()
	out, errs, exit := run(p.t, "", p.env(), need(p.t, "php"), "-d", "sendmail_path="+program(p.t, "sendmail")+" -t -i", "-r", code)
	if exit != 0 || out != "sent" || errs != "" {
		p.t.Fatalf("php: exit status %d, stdout %q, stderr %q", exit, out, errs)
	}
}

func TestPHPMailIsCaughtAndNamesItsSender(t *testing.T) {
	need(t, "php")
	p := serve(t, newHome(t))

	p.php(`echo mail("ada@example.com", "plain", "Hello Ada\n.\nmore") ? "sent" : "not sent";`)
	m := p.newest(1)
	if m.Subject != "plain" || m.Recipients[0].Address != "ada@example.com" || m.Recipients[0].State != "caught" {
		t.Errorf("plain: %+v", m)
	}
	if !strings.Contains(m.Text, "more") {
		t.Errorf("the text behind a lone dot is lost: %q", m.Text)
	}
	if len(m.Origin.Argv) == 0 || filepath.Base(m.Origin.Argv[0]) != "php" || m.Origin.PID == 0 || m.Origin.UID != os.Getuid() {
		t.Errorf("origin %+v, want PHP's command line, pid and uid", m.Origin)
	}

	p.php(`echo mail("ada@example.com", "html", "<h1>Hi</h1><p>& you</p>", "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nFrom: Shop <shop@example.com>") ? "sent" : "no";`)
	if m := p.newest(2); !strings.Contains(m.HTML, "<h1>Hi</h1>") || m.From != "Shop <shop@example.com>" {
		t.Errorf("html: %+v", m)
	}

	p.php(`echo mail("ada@example.com", "=?UTF-8?B?" . base64_encode("Grüße 你好 🎉") . "?=", "ü") ? "sent" : "no";`)
	if m := p.newest(3); m.Subject != "Grüße 你好 🎉" {
		t.Errorf("subject %q", m.Subject)
	}

	p.php(`$b = "=_b"; $body = "--$b\r\nContent-Type: text/plain\r\n\r\nsee file\r\n--$b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\n" .
		"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\n" . chunk_split(base64_encode("%PDF-1.4 x")) . "--$b--";
		echo mail("ada@example.com", "file", $body, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"$b\"", "-fshop@example.com") ? "sent" : "no";`)
	m = p.newest(4)
	if m.Sender != "shop@example.com" || m.Attachments != 1 || len(m.Parts) != 2 || m.Parts[1].Filename != "a.pdf" || m.Parts[1].Size != 10 {
		t.Errorf("attachment: %+v", m)
	}
}

func TestSwaksWithAnAttachment(t *testing.T) {
	swaks := need(t, "swaks")
	p := serve(t, newHome(t))
	file := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "", p.env(), swaks, "--server", p.smtp, "--from", "me@example.com", "--to", "you@example.com,other@example.net",
		"--header", "Subject: from swaks", "--attach", "@"+file)
	m := p.newest(1)
	if m.Subject != "from swaks" || m.Attachments != 1 || len(m.Recipients) != 2 || m.Origin.Protocol != "ESMTP" {
		t.Errorf("%+v", m)
	}
}

func TestGitSendEmail(t *testing.T) {
	git := need(t, "git")
	p := serve(t, newHome(t))
	dir := t.TempDir()
	env := append(p.env(), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	for _, args := range [][]string{
		{"init", "-q"}, {"commit", "-q", "--allow-empty", "-m", "first"},
		{"commit", "-q", "--allow-empty", "-m", "add 你好 to the greeting"}, {"format-patch", "-q", "-1", "--always"},
	} {
		mustRun(t, "", env, git, append([]string{"-C", dir}, args...)...)
	}
	mustRun(t, "", env, git, "-C", dir, "send-email", "--quiet", "--confirm=never", "--from=ada@example.com", "--envelope-sender=ada@example.com", "--to=list@example.com",
		"--smtp-server="+program(t, "sendmail"), "-1", "HEAD", "--always")
	m := p.newest(1)
	if m.Subject != "[PATCH] add 你好 to the greeting" || m.Sender != "ada@example.com" {
		t.Errorf("%+v", m)
	}
}

func TestMuttSendsThroughSendmail(t *testing.T) {
	mutt := need(t, "mutt")
	p := serve(t, newHome(t))
	file := filepath.Join(t.TempDir(), "photo.png")
	if err := os.WriteFile(file, []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "Hello from mutt\n", p.env(), mutt, "-n", "-e", "set sendmail='"+program(t, "sendmail")+" -oem -oi'", "-e", "set copy=no",
		"-e", "set from=ada@example.com", "-s", "مرحبا", "-a", file, "--", "you@example.com")
	m := p.newest(1)
	if m.Subject != "مرحبا" || m.Attachments != 1 {
		t.Errorf("%+v", m)
	}
}

func TestSNailSendsThroughSendmail(t *testing.T) {
	nail := need(t, "s-nail")
	p := serve(t, newHome(t))
	env := append(p.env(), "MAILRC=/dev/null", "LC_ALL=C.UTF-8")
	mustRun(t, "Hello from s-nail\n.\nmore\n", env, nail, "-:/", "-S", "mta="+program(t, "sendmail"), "-S", "sendwait", "-s", "Grüße", "-r", "shop@adidas.cn",
		"-c", "bob@example.com", "ada@example.com")
	m := p.newest(1)
	if m.Subject != "Grüße" || m.Sender != "shop@adidas.cn" || len(m.Recipients) != 2 || !strings.Contains(m.Text, "more") {
		t.Errorf("%+v", m)
	}
	if out := mustRun(t, "hello\n", env, nail, "-:/", "-v", "-S", "mta="+program(t, "sendmail"), "-S", "sendwait", "-s", "x", "user@domain.tld"); !strings.Contains(out, "user@domain.tld... Sent (") {
		t.Errorf("s-nail -v: %q", out)
	}
}

// cron of Debian (3.0pl1, do_command.c) runs its mailer by a shell and writes the header and the job's output into a pipe.
func TestCronsFormOfCall(t *testing.T) {
	p := serve(t, newHome(t))
	text := "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@mail> /bin/echo grüße\nMIME-Version: 1.0\n" +
		"Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nX-Cron-Env: <SHELL=/bin/sh>\nX-Cron-Env: <HOME=/root>\n" +
		"X-Cron-Env: <PATH=/usr/bin:/bin>\nX-Cron-Env: <LOGNAME=root>\n\ngrüße\n.\nlast\n"
	out, errs, exit := run(t, text, append(p.env(), "SHELL=/bin/sh", "LOGNAME=root"), "/bin/sh", "-c", program(t, "sendmail")+" -FCronDaemon -i -B8BITMIME -oem root")
	if out+errs != "" || exit != 0 {
		t.Fatalf("exit status %d, %q %q", exit, out, errs)
	}
	m := p.newest(1)
	if m.Subject != "Cron <root@mail> /bin/echo grüße" || len(m.Recipients) != 1 || !strings.HasPrefix(m.Recipients[0].Address, "root@") || m.Text != "grüße\n.\nlast\n" {
		t.Errorf("%+v", m)
	}
}

func TestMsmtp(t *testing.T) {
	msmtp := need(t, "msmtp")
	p := serve(t, newHome(t))
	host, port, _ := strings.Cut(p.smtp, ":")
	rc := filepath.Join(t.TempDir(), "msmtprc")
	write(t, rc, "account default\nhost "+host+"\nport "+port+"\nfrom me@example.com\n")
	mustRun(t, "From: shop@adidas.cn\nTo: ada@example.com\nSubject: from msmtp\n\nhello\n", p.env(), msmtp, "-C", rc, "-a", "default", "-t", "--read-envelope-from")
	if m := p.newest(1); m.Subject != "from msmtp" || m.Sender != "shop@adidas.cn" {
		t.Errorf("%+v", m)
	}
	// Its options that sendmail has not are no silent success.
	for _, args := range [][]string{{"-a", "default", "-t"}, {"-t", "-i", "--read-envelope-from"}} {
		out, errs, exit := run(t, "To: ada@example.com\n\nx\n", p.env(), program(t, "sendmail"), args...)
		if exit != 64 || out != "" || !strings.Contains(errs, "option") {
			t.Errorf("%q: exit status %d, %q %q", args, exit, out, errs)
		}
	}
	p.newest(1)
}

func TestMailSentWhileClosedIsThereAtTheNextStart(t *testing.T) {
	home := newHome(t)
	p := serve(t, home)
	if err := p.stop(15); err != nil {
		t.Fatalf("SIGTERM: %v\n%s", err, p.err())
	}
	text := "To: ada@example.com\nSubject: while closed\n\nline\n"
	if out, errs, exit := run(t, text, p.env(), program(t, "sendmail"), "-t", "-i"); out+errs != "" || exit != 0 {
		t.Fatalf("exit status %d, output %q %q", exit, out, errs)
	}
	p = serve(t, home)
	if m := p.newest(1); m.Subject != "while closed" || m.Recipients[0].Address != "ada@example.com" ||
		m.Origin.PID != os.Getpid() || m.Origin.UID != os.Getuid() || len(m.Origin.Argv) == 0 {
		t.Errorf("%+v", m)
	}
	if got := p.postroom("raw", "--rcpt", "ada@example.com"); got != text {
		t.Errorf("raw gives %q, sent was %q", got, text)
	}
	p.handedIn()
}

func TestRawIsByteForByteWhatWasSent(t *testing.T) {
	p := serve(t, newHome(t))
	for name, text := range map[string]string{
		"lf":       "To: lf@x.example\nSubject: a\n\nbody\n.\n..\n.x\n",
		"crlf":     "To: crlf@x.example\r\nSubject: a\r\n\r\nbody\r\n",
		"noend":    "To: noend@x.example\n\nno line end",
		"nobody":   "To: nobody@x.example\n",
		"eightbit": "To: eightbit@x.example\nSubject: \xfc\n\n\xff\xfe\x80\n",
		"broken":   "To: broken@x.example\nthis is no header line\n\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			if out, errs, exit := run(t, text, p.env(), program(t, "sendmail"), "-t", "-i"); out+errs != "" || exit != 0 {
				t.Fatalf("exit status %d, output %q %q", exit, out, errs)
			}
			p.handedIn()
			if got := p.postroom("raw", "--rcpt", name+"@x.example"); got != text {
				t.Errorf("raw gives %q, sent was %q", got, text)
			}
		})
	}
	t.Run("smtp", func(t *testing.T) {
		text := "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n"
		stuffed := strings.ReplaceAll(text, "\r\n.", "\r\n..")
		p.talk("EHLO x", "MAIL FROM:<a@x.example>", "RCPT TO:<smtp@x.example>", "DATA", stuffed+".", "QUIT")
		if got := p.postroom("raw", "--rcpt", "smtp@x.example"); got != text {
			t.Errorf("raw gives %q, sent was %q", got, text)
		}
	})
}
