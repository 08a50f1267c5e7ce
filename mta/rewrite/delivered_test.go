package rewrite

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// forms are values of address fields as people and programs write them.
var forms = []string{
	"apache@MagentoWebServer",
	"<apache@MagentoWebServer>",
	"Apache Web <apache@MagentoWebServer>",
	`"Web, the" <apache@MagentoWebServer>`,
	`"quoted \"twice\"" <apache@MagentoWebServer>`,
	"=?utf-8?q?J=C3=B6rg?= <apache@MagentoWebServer>",
	"Jörg <apache@MagentoWebServer>",
	"apache@MagentoWebServer (Apache)",
	"(before) apache@MagentoWebServer (after (nested))",
	"alice",
	"alice (a comment)",
	"alice, bob",
	"alice,bob,root",
	"Alice <alice>, Bob <bob@localhost>",
	"alice,\n\tbob@mail.example.com,\n  paul@example.com",
	"Alice\n <alice>",
	"Long Name Of A Person <alice>, Another Long Name <bob@localhost>, \"A, Third\" <root>, u@ok.example",
	"undisclosed-recipients:;",
	"Team: alice, u@ok.example;",
	"Team: alice, u@ok.example;, bob",
	`"A: B" <alice>`,
	"x@dom.example, q@dom.example",
	"detail+foo@adidas.cn",
	"dave@[127.0.0.1]",
	"dave@[IPv6:2001:db8::1]",
	"dave@example.com",
	"root@md.example, dave@md.example",
	"ALICE@ADIDAS.CN",
	"<alice>",
	"u@ok.example",
	`"a b"@adidas.cn`,
}

// post takes one message.
type post struct{ texts chan string }

func (p post) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (post) Mail(string, *smtp.MailOptions) error          { return nil }
func (post) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (post) Reset()                                        {}
func (post) Logout() error                                 { return nil }
func (p post) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	p.texts <- string(b)
	return err
}

// message has every form in a field of senders and one of recipients, and every field that may be rewritten.
func message() string {
	var b strings.Builder
	b.WriteString("From: Apache <apache@MagentoWebServer>\nDate: Mon, 23 Nov 2026 00:00:00 +0000\nMessage-Id: <1@x>\n")
	for i, form := range forms {
		fmt.Fprintf(&b, "Comments: form %d\nReply-To: %s\nCc: %s\n", i, form, form)
	}
	for _, name := range []string{"Sender", "Errors-To", "Disposition-Notification-To", "Return-Receipt-To", "Delivery-Receipt-To", "Mail-Followup-To",
		"X-Sender", "List-Post", "To", "Apparently-To", "Subject"} {
		fmt.Fprintf(&b, "%s: alice, paul@example.com\n", name)
	}
	for _, name := range []string{"From", "Sender", "Reply-To", "To", "Cc"} {
		fmt.Fprintf(&b, "Resent-%s: apache@MagentoWebServer\n", name)
	}
	return b.String() + "\nbody\n"
}

// words is a header without what sendmail does to it beside rewriting: folding, blanks, quotes around names.
func words(header string) (all []string) {
	header, _, _ = strings.Cut(strings.ReplaceAll(header, "\r\n", "\n")+"\n\n", "\n\n")
	header = strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(header)
	for line := range strings.Lines(header) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "received", "resent-date", "resent-message-id", "return-path", "full-name":
			continue
		}
		all = append(all, name+": "+strings.NewReplacer(" ", "", "\t", "", "\n", "", `"`, "", `\`, "").Replace(value))
	}
	return all
}

func TestHeadersLeaveAsFromSendmail(t *testing.T) {
	m := realSendmail(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := post{make(chan string, 1)}
	server := smtp.NewServer(box)
	go server.Serve(l)
	defer server.Close()
	text := message()
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "q"), 0o700); err != nil {
				t.Fatal(err)
			}
			cf := m.configure(t, w, "define(`QUEUE_DIR',`"+dir+"/q')", "define(`SMART_HOST',`esmtp:[127.0.0.1]')",
				fmt.Sprintf("define(`ESMTP_MAILER_ARGS',`TCP $h %d')", l.Addr().(*net.TCPAddr).Port))
			cmd := m.command(t, "-C", cf, "-odi", "-i", "-f", "apache@MagentoWebServer", "u@ok.example")
			cmd.Stdin = strings.NewReader(text)
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, said)
			}
			var theirs string
			select {
			case theirs = <-box.texts:
			case <-time.After(30 * time.Second):
				t.Fatal("nothing came")
			}
			changes, _, err := w.rewriter(t).Header([]byte(text), false, false)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(words(theirs), words(string(Apply([]byte(text), changes)))); d != "" {
				t.Errorf("-sendmail +ours:\n%s", d)
			}
		})
	}
}
