package smtpd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	smtp "github.com/emersion/go-smtp"

	"postroom.dev/mta"
)

// The two servers of each benchmark throw everything away and talk to the same
// client over TCP, one message after the other on a kept connection: compare "postroom" with "go-smtp".
// Group is the client that sends its envelope in one write, as PIPELINING lets it.

func BenchmarkSession2K(b *testing.B)       { benchSession(b, 2<<10, false) }
func BenchmarkSession2KGroup(b *testing.B)  { benchSession(b, 2<<10, true) }
func BenchmarkSession50K(b *testing.B)      { benchSession(b, 50<<10, false) }
func BenchmarkSession50MFlat(b *testing.B)  { benchSession(b, 50<<20, false) }
func BenchmarkSession50KDots(b *testing.B)  { benchText(b, strings.Repeat("..x\r\n", 10<<10)) }
func BenchmarkSession50KLines(b *testing.B) { benchText(b, lines(50<<10)) }

func lines(size int) string {
	line := strings.Repeat("The quick brown fox ", 4)[:76] + "\r\n"
	return strings.Repeat(line, size/len(line)+1)
}

func benchSession(b *testing.B, size int, group bool) {
	text := []byte("Subject: a benchmark\r\n\r\n" + lines(size) + ".\r\n")
	b.Run("postroom", func(b *testing.B) {
		c := Config{Hostname: "localhost", Software: "Postroom", QueueID: func() string { return "6AM94W00000001" }}
		s := New(c, discard{})
		l := listen(b)
		done := make(chan error, 1)
		go func() { done <- s.Serve(context.Background(), l) }()
		sendAll(b, l.Addr().String(), text, group)
		if err := s.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
		<-done
	})
	b.Run("go-smtp", func(b *testing.B) {
		s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return discardSession{}, nil }))
		s.Domain = "localhost"
		l := listen(b)
		done := make(chan error, 1)
		go func() { done <- s.Serve(l) }()
		sendAll(b, l.Addr().String(), text, group)
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			b.Error(err)
		}
		<-done
	})
}

func listen(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// sendAll sends b.N messages on one connection.
func sendAll(b *testing.B, addr string, text []byte, group bool) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	expect := func(n int) {
		for n > 0 {
			line, err := r.ReadSlice('\n')
			if err != nil || line[0] > '3' {
				b.Fatalf("reply %q, %v", line, err)
			}
			if line[3] == ' ' {
				n--
			}
		}
	}
	send := func(p []byte) {
		if _, err := conn.Write(p); err != nil {
			b.Fatal(err)
		}
	}
	expect(1)
	send([]byte("EHLO bench\r\n"))
	expect(1)
	mail, rcpt, data := []byte("MAIL FROM:<a@ok.example>\r\n"), []byte("RCPT TO:<alice@example.com>\r\n"), []byte("DATA\r\n")
	all := []byte(string(mail) + string(rcpt) + string(data))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if group {
			send(all)
			expect(3)
		} else {
			for _, p := range [][]byte{mail, rcpt, data} {
				send(p)
				expect(1)
			}
		}
		send(text)
		expect(1)
	}
	send([]byte("QUIT\r\n"))
	expect(1)
}

// benchText is the session alone, without a socket.
func benchText(b *testing.B, text string) {
	wire := []byte(opening + text + ".\r\nQUIT\r\n")
	s := New(Config{Hostname: "localhost", Timeout: Timeout{Command: time.Minute, Data: time.Minute}}, discard{})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.ServeConn(context.Background(), &scripted{wire: wire}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Connect(context.Context, *mta.Origin) error                { return nil }
func (discard) Mail(context.Context, *mta.Envelope) error                 { return nil }
func (discard) Rcpt(context.Context, *mta.Envelope, *mta.Recipient) error { return nil }
func (discard) Data(context.Context, *mta.Envelope) (Message, error)      { return discard{}, nil }
func (discard) Verify(context.Context, string) mta.Status                 { return mta.Status{} }
func (discard) Expand(context.Context, string) mta.Status                 { return mta.Status{Code: 252} }
func (discard) RunQueue(context.Context, string) mta.Status               { return mta.Status{Code: 250} }
func (discard) Closed(mta.Session)                                        {}
func (discard) Write(p []byte) (int, error)                               { return len(p), nil }
func (discard) Abort()                                                    {}
func (discard) Commit(_ context.Context, env *mta.Envelope) error {
	if len(env.Recipients) != 1 {
		return fmt.Errorf("%d recipients", len(env.Recipients))
	}
	return nil
}

type discardSession struct{}

func (discardSession) Mail(string, *smtp.MailOptions) error { return nil }
func (discardSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (discardSession) Reset()                               {}
func (discardSession) Logout() error                        { return nil }
func (discardSession) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
