package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var words = strings.Fields(`the of and to in that for it was with be on not he his but are this have from order
invoice receipt password account welcome shipment refund subscription newsletter meeting report deploy build failed passed ticket customer`)

// text makes the n-th message of about size octets: words that differ from message to message, lines of 70 octets.
func text(n, size int) []byte {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(size)))
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Load <load@example.com>\r\nTo: n%d@example.com\r\nSubject: message %d\r\n\r\n", n, n)
	for column := 0; b.Len() < size; {
		word := words[rng.IntN(len(words))]
		if column += len(word) + 1; column > 70 {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(word + " ")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// load is traffic for an SMTP server: sessions at a time, each keeping its connection.
type load struct {
	sessions, messages, size int
	delivered                func(n int) // called after each 250; may be nil
}

// send puts the load on the server at address, and gives how long it took. Every reply is checked.
func (l load) send(address string) (time.Duration, error) {
	texts := make([][]byte, 64)
	for i := range texts {
		texts[i] = text(i, l.size)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, l.sessions)
	began := time.Now()
	for s := range l.sessions {
		wg.Go(func() { errs[s] = l.session(address, &next, texts) })
	}
	wg.Wait()
	return time.Since(began), errors.Join(errs...)
}

func (l load) session(address string, next *atomic.Int64, texts [][]byte) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Minute))
	r := bufio.NewReader(conn)
	reply := func(want string) error {
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return fmt.Errorf("waiting for %s: %w", want, err)
			}
			if len(line) > 3 && line[3] == '-' {
				continue
			}
			if !strings.HasPrefix(line, want) {
				return fmt.Errorf("got %q, want %s", line, want)
			}
			return nil
		}
	}
	say := func(line, want string) error {
		if _, err := conn.Write([]byte(line)); err != nil {
			return err
		}
		return reply(want)
	}
	if err := errors.Join(reply("220"), say("EHLO load\r\n", "250")); err != nil {
		return err
	}
	for {
		n := int(next.Add(1)) - 1
		if n >= l.messages {
			return say("QUIT\r\n", "221")
		}
		for _, step := range [][2]string{
			{"MAIL FROM:<load@example.com>\r\n", "250"},
			{fmt.Sprintf("RCPT TO:<n%d@example.com>\r\n", n), "250"},
			{"DATA\r\n", "354"},
			{string(texts[n%len(texts)]) + ".\r\n", "250"},
		} {
			if err := say(step[0], step[1]); err != nil {
				return fmt.Errorf("message %d: %.20q: %w", n, step[0], err)
			}
		}
		if l.delivered != nil {
			l.delivered(n)
		}
	}
}
