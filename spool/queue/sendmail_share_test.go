//go:build unix

package queue

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	server "github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool/qf"
)

func TestRealSendmailSelectsTheSame(t *testing.T) {
	path := sendmail(t)
	dir := t.TempDir()
	mustDo(t, os.Chmod(dir, 0o700))
	for _, a := range []asked{alice, bob, null, spam, mute, lost} {
		text := "V8\nT1795340354\nK0\nN0\nP1\n"
		if a.reason != "" {
			text += "q" + a.reason + "\n"
		}
		text += "S" + a.sender + "\n"
		for _, r := range a.recipients {
			text += "RPFD:" + r + "\n"
		}
		mustDo(t, os.WriteFile(filepath.Join(dir, a.kind+a.id), []byte(text+"H??Subject: x\n.\n"), 0o600))
		mustDo(t, os.WriteFile(filepath.Join(dir, "df"+a.id), []byte(body), 0o600))
	}
	cf := filepath.Join(t.TempDir(), "sendmail.cf")
	mustDo(t, os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, dir, 9), 0o600))
	for words, meant := range selected {
		args := []string{path, "-C", cf, "-bp"}
		for _, w := range strings.Fields(words) {
			args = append(args, "-q"+w)
		}
		out, err := run(t, "", args...)
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		var got, want []string
		for _, line := range strings.Split(out, "\n") {
			if strings.HasPrefix(line, "6") {
				got = append(got, line[:14])
			}
		}
		for _, a := range meant {
			want = append(want, a.id)
		}
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-q%s (-ours +sendmail):\n%s", words, d)
		}
	}
}

// counter is an SMTP server that counts how often each message arrives, by its Subject.
type counter struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *counter) NewSession(*server.Conn) (server.Session, error) { return &counterSession{c}, nil }

type counterSession struct{ *counter }

func (*counterSession) Mail(string, *server.MailOptions) error { return nil }
func (*counterSession) Rcpt(string, *server.RcptOptions) error { return nil }
func (*counterSession) Reset()                                 {}
func (*counterSession) Logout() error                          { return nil }
func (s *counterSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	_, subject, _ := strings.Cut(string(text), "Subject: ")
	subject, _, _ = strings.Cut(subject, "\r\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count[subject]++
	return err
}

func TestRealSendmailAndWeRunOneDirectoryTogether(t *testing.T) {
	path := sendmail(t)
	const messages = 1000
	c := &counter{count: make(map[string]int)}
	srv := server.NewServer(c)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustDo(t, err)
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(l) })
	defer wg.Wait()
	defer srv.Close()

	q := open(t, t.TempDir())
	mustDo(t, os.Chmod(q.Dir(), 0o700))
	for n := range messages {
		m := message()
		m.Time = time.Now()
		m.Recipients[0].Flags = "PN" // no notices
		m.Header = append(m.Header, qf.Header{Text: "Subject: number " + fmt.Sprint(n)})
		m.Header = m.Header[2:] // without the Subject that all have
		text, err := m.Append(nil)
		mustDo(t, err)
		id := fmt.Sprintf("6AM9dEmd%06d", n)
		mustDo(t, os.WriteFile(q.path("df", id), []byte(body), 0o600)) // Create would wait for the disk 4,000 times
		mustDo(t, os.WriteFile(q.path("qf", id), text, 0o600))
	}
	cf := filepath.Join(t.TempDir(), "sendmail.cf")
	mustDo(t, os.WriteFile(cf, fmt.Appendf(nil, sendmailCF, q.Dir(), l.Addr().(*net.TCPAddr).Port), 0o600))
	var theirs sync.WaitGroup
	theirs.Go(func() {
		if out, err := run(t, "", path, "-C", cf, "-O", "QueueSortOrder=filename", "-qf"); err != nil {
			t.Errorf("sendmail -qf: %v\n%s", err, out)
		}
	})
	ours, deadline := 0, time.Now().Add(time.Minute)
	for c.arrived() == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond) // sendmail takes its time to start
	}
	for filesIn(t, q) > 0 && time.Now().Before(deadline) {
		ours += runOnce(t, q, l.Addr().String())
	}
	theirs.Wait()
	for n := range messages {
		if got := c.count[fmt.Sprint("number ", n)]; got != 1 {
			t.Errorf("number %d arrived %d times", n, got)
		}
	}
	if left := filesIn(t, q); left > 0 || len(c.count) != messages {
		t.Errorf("%d arrived, %d files left", len(c.count), left)
	}
	if ours == 0 || ours == messages {
		t.Errorf("we ran %d of %d messages: not both had some", ours, messages)
	}
	t.Logf("we ran %d, sendmail %d", ours, messages-ours)
}

// filesIn gives the number of files in the queue.
func filesIn(t *testing.T, q *Queue) int {
	all, err := os.ReadDir(q.Dir())
	mustDo(t, err)
	return len(all)
}

func (c *counter) arrived() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.count)
}

// runOnce sends what nobody has in hand, last id first, and gives the number.
func runOnce(t *testing.T, q *Queue, addr string) int {
	g := NewGroup(nil, q)
	x := NewIndex(g)
	mustDo(t, x.Refresh(t.Context()))
	all := x.Messages(Selection{}, ByFilename)
	slices.Reverse(all)
	conn, err := smtp.Dial(addr)
	mustDo(t, err)
	defer conn.Close()
	sent := 0
	for _, m := range all {
		e, err := m.Queue.Lock(m.ID)
		if errors.Is(err, ErrLocked) || errors.Is(err, ErrGone) {
			continue
		}
		mustDo(t, err)
		mustDo(t, send(conn, e))
		mustDo(t, e.Remove())
		sent++
	}
	return sent
}

func send(conn *smtp.Client, e *Entry) error {
	if err := conn.Mail(e.Control.Sender); err != nil {
		return err
	}
	for _, r := range e.Control.Recipients {
		if err := conn.Rcpt(r.Address); err != nil {
			return err
		}
	}
	w, err := conn.Data()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s\n%s", e.Control.HeaderBytes(), body); err != nil {
		return err
	}
	return w.Close()
}
