package smtpd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	smtp "github.com/emersion/go-smtp"
)

// go-smtp's client is the independent peer.
func TestPeerSendsMail(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.MaxSize = 100 << 20
	_, addr := start(t, config, d)
	long := strings.Repeat("x", 9000) + "\r\n"
	texts := []string{
		"Subject: one\r\n\r\nHello\r\n",
		"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n",
		"",
		"Subject: a long line\r\n\r\n" + long,
		"Subject: big\r\n\r\n" + strings.Repeat("0123456789\r\n", 200000),
	}
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, text := range texts {
		if err := c.SendMail("a@ok.example", []string{"alice@example.com", "bob@example.com"}, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range d.messages() {
		want := texts[i]
		if want == "" {
			want = "\r\n" // go-smtp's DotWriter ends an empty text with an empty line
		}
		if string(m.text) != want {
			t.Errorf("message %d: %.100q", i, m.text)
		}
		if len(m.env.Recipients) != 2 || m.env.Body != "8BITMIME" {
			t.Errorf("message %d: %s", i, describe(m.env))
		}
	}
	if n := len(d.messages()); n != len(texts) {
		t.Errorf("%d messages kept", n)
	}
	if size, ok := c.MaxMessageSize(); !ok || size != 100<<20 {
		t.Errorf("SIZE %d, %v", size, ok)
	}
	if err := c.Mail("a@ok.example", nil); err != nil {
		t.Fatal(err)
	}
	var refused *smtp.SMTPError
	if err := c.Rcpt("nobodyx@example.com", nil); !errors.As(err, &refused) || refused.Code != 550 ||
		refused.EnhancedCode != (smtp.EnhancedCode{5, 1, 1}) || refused.Message != "<nobodyx@example.com>... User unknown" {
		t.Errorf("RCPT: %v", err)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
	d.check(t)
}

func TestManySessionsAtATime(t *testing.T) {
	d := newDesk()
	_, addr := start(t, testConfig(), d)
	const sessions, each = 10, 20
	var all sync.WaitGroup
	for i := range sessions {
		all.Go(func() {
			c, err := smtp.Dial(addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for j := range each {
				text := fmt.Sprintf("Subject: %d %d\r\n\r\n%s\r\n", i, j, strings.Repeat("x\r\n", j*100))
				if err := c.SendMail("a@ok.example", []string{"alice@example.com"}, strings.NewReader(text)); err != nil {
					t.Error(err)
				}
			}
			if err := c.Quit(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, m := range d.messages() {
		head, _, _ := strings.Cut(string(m.text), "\r\n")
		seen[head] = true
		seen[m.env.ID] = true
	}
	if n := len(d.messages()); n != sessions*each || len(seen) != 2*n {
		t.Errorf("%d messages, %d ids and subjects", n, len(seen))
	}
	d.check(t)
}

// Nothing that a session holds grows with the message.
func TestBigMessageIsStreamed(t *testing.T) {
	const size = 50 << 20
	d := newDesk()
	line := strings.Repeat("x", 75) + "\r\n.." + strings.Repeat("y", 60) + "\r\n"
	wire := io.MultiReader(
		strings.NewReader("HELO x\r\nMAIL FROM:<big@ok.example>\r\nRCPT TO:<alice@example.com>\r\nDATA\r\n"),
		&repeated{text: line, left: size / len(line)},
		strings.NewReader(".\r\nQUIT\r\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := New(testConfig(), d).ServeConn(t.Context(), &streamed{r: wire}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := len(d.messages()); n != 1 {
		t.Fatalf("%d messages", n)
	}
	if d.widest > blockSize {
		t.Errorf("a Write of %d octets", d.widest)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d octets allocated for one message", n)
	}
	if want := fmt.Sprintf("* %d octets of text\n", size/len(line)*(len(line)-1)); !strings.Contains(string(d.session(t).Transcript), want) {
		t.Errorf("no %q in the transcript", want)
	}
}

type repeated struct {
	text string
	left int
	rest string
}

func (r *repeated) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if r.rest == "" {
			if r.left == 0 {
				if n == 0 {
					return 0, io.EOF
				}
				break
			}
			r.left--
			r.rest = r.text
		}
		k := copy(b[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	return n, nil
}

type streamed struct {
	scripted
	r io.Reader
}

func (s *streamed) Read(b []byte) (int, error) { return s.r.Read(b) }

// Programs that people send mail with, where they are installed.
func TestProgramsSendMail(t *testing.T) {
	for _, tt := range []struct {
		name string
		args func(host, port string) []string
	}{
		{"swaks", func(host, port string) []string {
			return []string{"--server", host, "--port", port, "--from", "a@ok.example", "--to", "alice@example.com", "--data", "-", "--pipeline"}
		}},
		{"msmtp", func(host, port string) []string {
			return []string{"--host=" + host, "--port=" + port, "--from=a@ok.example", "--auth=off", "--tls=off", "alice@example.com"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, err := exec.LookPath(tt.name)
			if err != nil {
				t.Skip(err)
			}
			d := newDesk()
			_, addr := start(t, testConfig(), d)
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), path, tt.args(host, port)...)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
			cmd.Stdin = strings.NewReader("Subject: x\n\nHello\n.\n..\n" + strings.Repeat("x\n", 700))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if s := d.session(t); s.Reason != "" || s.Messages != 1 {
				t.Errorf("%d messages, reason %q\n%s", s.Messages, s.Reason, s.Transcript)
			}
			text := string(d.messages()[0].text)
			if !strings.Contains(text, "Subject: x\r\n\r\nHello\r\n.\r\n..\r\nx\r\n") {
				t.Errorf("%.200q", text)
			}
		})
	}
}
