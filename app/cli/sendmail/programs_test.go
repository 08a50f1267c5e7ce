package sendmail

import (
	"strings"
	"testing"
)

// Arguments as programs really give them: bsd-mailx 8.1.2, s-nail 14.9, mutt 2.2, git send-email 2.39, cron 3.0pl1, php 8.2,
// and callers of msmtp, Exim and Postfix, whose sendmail commands know some options more.
func TestProgramsThatCall(t *testing.T) {
	const to = "To: student\nSubject: hello\n\nthis is a mail test\n"
	for _, c := range []struct {
		name   string
		argv   string
		text   string
		sender string
		rcpts  string
		body   string // "" for the text as it was
	}{
		{"mail -s hello student, of bsd-mailx", "/usr/sbin/sendmail -i -t", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"mail -v user@domain, of bsd-mailx", "/usr/sbin/sendmail -i -t -v", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"mail -r, of bsd-mailx", "/usr/sbin/sendmail -i -t -f shop@adidas.cn", to, "shop@adidas.cn", "student@mail.example.com", ""},
		{"s-nail", "/usr/sbin/sendmail -i -- student", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"s-nail -v", "/usr/sbin/sendmail -i -v -- user@domain", to, "alice@mail.example.com", "user@domain", ""},
		{"s-nail -r", "sendmail -i -f shop@adidas.cn -- a", to, "shop@adidas.cn", "a@mail.example.com", ""},
		{"mutt", "/usr/sbin/sendmail -oem -oi -- a@vm b@c", to, "alice@mail.example.com", "a@vm b@c", ""},
		{"mutt with DSN and a sender", "/usr/sbin/sendmail -oem -oi -f me@x -N failure,delay -R hdrs -- a@vm c@vm", to, "me@x", "a@vm c@vm", ""},
		{"mutt -B", "/usr/sbin/sendmail -oem -oi -B8BITMIME -- a@vm", to, "alice@mail.example.com", "a@vm", ""},
		{"cron", "/usr/sbin/sendmail -i -FCronDaemon -B8BITMIME -oem root", to, "alice@mail.example.com", "root@mail.example.com", ""},
		{"cron of Vixie", "/usr/sbin/sendmail -FCronDaemon -i -odi -oem -oi -t -f root", to, "root@mail.example.com", "student@mail.example.com", ""},
		{"anacron", "/usr/sbin/sendmail -FAnacron -odi root", to, "alice@mail.example.com", "root@mail.example.com", ""},
		{"at", "/usr/sbin/sendmail -i alice", to, "alice@mail.example.com", "alice@mail.example.com", ""},
		{"git send-email", "/usr/sbin/sendmail -i a@b c@d", to, "alice@mail.example.com", "a@b c@d", ""},
		{"git send-email with a sender", "/usr/sbin/sendmail -i -f me@x a@b", to, "me@x", "a@b", ""},
		{"php's default", "/usr/sbin/sendmail -t -i", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"php's fifth argument", "/usr/sbin/sendmail -t -i -fshop@adidas.cn", to, "shop@adidas.cn", "student@mail.example.com", ""},
		{"the seed's", "sendmail -f shop@adidas.cn -t -i", to, "shop@adidas.cn", "student@mail.example.com", ""},
		{"Symfony and Laravel", "/usr/sbin/sendmail -oi -t", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"Swift Mailer", "/usr/sbin/sendmail -oi -fshop@adidas.cn -- a@b", to, "shop@adidas.cn", "a@b", ""},
		{"PHPMailer", "/usr/sbin/sendmail -oi -fshop@adidas.cn -t", to, "shop@adidas.cn", "student@mail.example.com", ""},
		{"Rails", "/usr/sbin/sendmail -i -t -f shop@adidas.cn", to, "shop@adidas.cn", "student@mail.example.com", ""},
		{"Rails with its -- ", "/usr/sbin/sendmail -i -f shop@adidas.cn -- a@b c@d", to, "shop@adidas.cn", "a@b c@d", ""},
		{"Nodemailer", "sendmail -i -f shop@adidas.cn a@b", to, "shop@adidas.cn", "a@b", ""},
		{"Email::Sender and MIME::Lite", "/usr/lib/sendmail -t -oi -oem", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"fetchmail", "/usr/sbin/sendmail -i -f a@b student", to, "a@b", "student@mail.example.com", ""},
		{"procmail", "/usr/sbin/sendmail -oi -f a@b student", to, "a@b", "student@mail.example.com", ""},
		{"logwatch, mdadm, smartd", "/usr/sbin/sendmail -t", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"Debian's reportbug", "/usr/sbin/sendmail -f me@x -oi -oem a@b", to, "me@x", "a@b", ""},
		{"Emacs", "/usr/sbin/sendmail -oi -oem -odb -t -f me@x", to, "me@x", "student@mail.example.com", ""},
		{"msmtp -t --", "sendmail -oem -oi -t --", to, "alice@mail.example.com", "student@mail.example.com", ""},
		{"a dot ends it without -i", "sendmail student", to + ".\nmore\n", "alice@mail.example.com", "student@mail.example.com", to},
	} {
		d := newDesk(t)
		o := d.serve(true)
		exit, stdout, stderr := d.ask(c.text, strings.Fields(c.argv)...)
		if exit != 0 || stderr != "" || stdout != "" && !strings.Contains(c.argv, "-v") {
			t.Errorf("%s: exit %d, %q, %q", c.name, exit, stdout, stderr)
			continue
		}
		l := o.only(t)
		if c.body == "" {
			c.body = c.text
		}
		if l.env.Sender.String() != c.sender || l.recipients() != c.rcpts || l.text != c.body {
			t.Errorf("%s: from %s to %s: %q", c.name, l.env.Sender, l.recipients(), l.text)
		}
	}
}
