package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// outside is a mail server beyond this machine that remembers what it takes.
type outside struct{ took chan [2]string } // envelope sender, text

// next waits for the next message that it takes: who sent it, and its text.
func (o outside) next(t *testing.T) [2]string {
	t.Helper()
	select {
	case m := <-o.took:
		return m
	case <-time.After(patience):
		t.Fatal("nothing left")
		return [2]string{}
	}
}

type outsideSession struct {
	outside
	from string
}

func (o outside) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &outsideSession{outside: o}, nil
}

func (s *outsideSession) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }
func (*outsideSession) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (*outsideSession) Reset()                                        {}
func (*outsideSession) Logout() error                                 { return nil }
func (s *outsideSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.took <- [2]string{s.from, string(b)}
	return err
}

// rewriting makes a home as the shop has it: local-host-names serves as class G, as nobody wrote generics-domains, and all mail leaves
// through the outside.
func rewriting(t *testing.T, settings string) (string, outside) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := outside{make(chan [2]string, 1)}
	server := smtp.NewServer(o)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), fmt.Sprintf("[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:%d\"\n\n[rewrite]\n%s",
		l.Addr().(*net.TCPAddr).Port, settings))
	write(t, filepath.Join(home, "etc", "mail", "local-host-names"), "adidas.cn\nMagentoWebServer\n")
	write(t, filepath.Join(home, "etc", "mail", "genericstable"), "apache@MagentoWebServer shop@adidas.cn\npaul@example.com paul@otherexample.com\n")
	return home, o
}

// shown is what show --json says of rewriting.
type shown struct {
	SentFrom  string `json:"sent_from"`
	Rewritten []struct{ Name, In, Out string }
	Steps     []struct {
		Rule, File, Key, In, Out, Note string
		Line                           int
	}
}

func (p *post) shown(id int) (s shown) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.postroom("show", "--json", fmt.Sprint(id))), &s); err != nil {
		p.t.Fatal(err)
	}
	return s
}

func TestAPHPMailOfApacheLeavesAsTheShop(t *testing.T) {
	need(t, "php")
	home, o := rewriting(t, "masquerade_envelope = true\n")
	p := serve(t, home)
	p.php(`echo mail("ada@example.net", "order", "Thank you", "From: Shop <apache@MagentoWebServer>\r\nX-Mailer: PHP", "-fapache@MagentoWebServer") ? "sent" : "no";`)
	took := o.next(t)
	if took[0] != "shop@adidas.cn" || !strings.Contains(took[1], "\r\nFrom: Shop <shop@adidas.cn>\r\n") || strings.Contains(took[1], "From: Shop <apache@") {
		t.Errorf("left as %q:\n%s", took[0], took[1])
	}
	p.wait("it is sent", func() bool { return len(p.list("--state", "relayed")) == 1 })
	s := p.shown(1)
	if s.SentFrom != "shop@adidas.cn" || len(s.Rewritten) != 1 || s.Rewritten[0].Out != "Shop <shop@adidas.cn>" || s.Rewritten[0].In != "Shop <apache@MagentoWebServer>" {
		t.Errorf("show: %+v", s)
	}
	told := 0
	for _, step := range s.Steps {
		if step.Rule == "genericstable" && step.File == filepath.Join(home, "etc", "mail", "genericstable") && step.Line == 1 &&
			step.Key == "apache@magentowebserver" && step.In == "apache@MagentoWebServer" && step.Out == "shop@adidas.cn" {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d steps tell of envelope and From, want 2: %+v", told, s.Steps)
	}
	if raw := p.postroom("raw", "1"); !strings.Contains(raw, "From: Shop <apache@MagentoWebServer>") || strings.Contains(raw, "adidas") {
		t.Errorf("what came was changed:\n%s", raw)
	}
	if sent := p.postroom("raw", "--sent", "1"); sent != took[1] {
		t.Errorf("raw --sent:\n%s\nwhat left:\n%s", sent, took[1])
	}
}

func TestPaulIsNotRewrittenWhileHisDomainIsNotInClassG(t *testing.T) {
	home, o := rewriting(t, "masquerade_envelope = true\n")
	p := serve(t, home)
	p.send("From: Paul P. <paul@example.com>\nTo: ada@example.net\n\nhello\n", "-t", "-i", "-f", "paul@example.com")
	if took := o.next(t); took[0] != "paul@example.com" || !strings.Contains(took[1], "\r\nFrom: Paul P. <paul@example.com>\r\n") {
		t.Errorf("left as %q:\n%s", took[0], took[1])
	}
	near := 0
	for _, step := range p.shown(1).Steps {
		if step.Rule == "genericstable" && step.Line == 2 && step.Out == "paul@example.com" && strings.Contains(step.Note, "example.com is not in class G") {
			near++
		}
	}
	if near != 2 {
		t.Errorf("%d near misses, want one for the envelope and one for From: %+v", near, p.shown(1).Steps)
	}

	// The table's line comes into force when the domain is listed, as soon as the file is saved.
	domains := filepath.Join(home, "etc", "mail", "generics-domains")
	write(t, domains, "adidas.cn\nMagentoWebServer\nexample.com\n")
	p.send("From: paul@example.com\nTo: ada@example.net\n\nhello\n", "-t", "-i", "-f", "paul@example.com")
	if took := o.next(t); took[0] != "paul@otherexample.com" || !strings.Contains(took[1], "\r\nFrom: paul@otherexample.com\r\n") {
		t.Errorf("left as %q:\n%s", took[0], took[1])
	}
}

func TestMailForAMailboxIsRewrittenToo(t *testing.T) {
	home, _ := rewriting(t, "")
	p := serve(t, home)
	p.send("From: apache@MagentoWebServer (the shop)\nTo: student\n\nhello\n", "-i", "-f", "apache@MagentoWebServer", "student@localhost")
	p.wait("it is delivered", func() bool { return len(p.list("--state", "delivered")) == 1 })
	text, err := os.ReadFile(filepath.Join(home, "mail", "student"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"From apache@MagentoWebServer ", "\nReturn-Path: <apache@MagentoWebServer>\n", "\nFrom: shop@adidas.cn (the shop)\n", "\nTo: student@"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the mailbox lacks %q:\n%s", want, text)
		}
	}
	for _, step := range p.shown(1).Steps {
		if step.Rule == "masquerade_envelope" && strings.Contains(step.Note, "with it shop@adidas.cn") {
			return
		}
	}
	t.Errorf("nothing says why the envelope sender stays: %+v", p.shown(1).Steps)
}

func TestACaughtMessageShowsWhatWouldHaveLeft(t *testing.T) {
	home, _ := rewriting(t, "")
	write(t, filepath.Join(home, "etc", "postroom.toml"), "")
	p := serve(t, home)
	p.send("From: apache@MagentoWebServer\nTo: ada@example.net\nBcc: eve@example.net\n\nhello\n", "-t", "-i", "-f", "apache@MagentoWebServer")
	if sent := p.postroom("raw", "--sent", "1"); !strings.Contains(sent, "\r\nFrom: shop@adidas.cn\r\n") || strings.Contains(sent, "Bcc") {
		t.Errorf("raw --sent:\n%s", sent)
	}
	if out := p.postroom("show", "1"); !strings.Contains(out, "  From: apache@MagentoWebServer\n") || !strings.Contains(out, "> From: shop@adidas.cn\n") {
		t.Errorf("show:\n%s", out)
	}
}

func TestProductionsConfigurationIsImportedAndRewritesAsThere(t *testing.T) {
	etc := filepath.Join(t.TempDir(), "mail")
	for name, text := range map[string]string{
		"sendmail.mc": "include(`/usr/share/sendmail/cf/m4/cf.m4')dnl\nOSTYPE(`linux')dnl\nFEATURE(`use_cw_file')dnl\nFEATURE(`always_add_domain')dnl\n" +
			"FEATURE(`genericstable')dnl\nGENERICS_DOMAIN_FILE(`/etc/mail/local-host-names')dnl\nMAILER(`local')dnl\nMAILER(`smtp')dnl\n",
		"local-host-names": "adidas.cn\nMagentoWebServer\n",
		"genericstable":    "apache@MagentoWebServer shop@adidas.cn\npaul@example.com paul@otherexample.com\n",
	} {
		write(t, filepath.Join(etc, name), text)
	}
	home := newHome(t)
	env := []string{"POSTROOM_HOME=" + home}
	mustRun(t, "", env, program(t, "postroom-server"), "import", etc)
	p := serve(t, home)
	for i, test := range []struct{ from, want string }{
		{"Shop <apache@MagentoWebServer>", "Shop <shop@adidas.cn>"},
		{"paul@example.com", "paul@example.com"},
	} {
		p.send("From: "+test.from+"\nTo: ada@example.net\n\nhello\n", "-t", "-i", "-f", "apache@MagentoWebServer")
		if sent := p.postroom("raw", "--sent", fmt.Sprint(i+1)); !strings.Contains(sent, "\r\nFrom: "+test.want+"\r\n") {
			t.Errorf("from %s:\n%s", test.from, sent)
		}
	}
}
