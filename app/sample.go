package app

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"time"
)

// sampleMessage is a mail with a text, HTML and an attachment. Its lines end in LF; {date} and {server} are filled in.
//
//go:embed sample.eml
var sampleMessage string

// sampleWait bounds how long sending the sample takes.
const sampleWait = 10 * time.Second

// The sample's sender and recipient: a domain that belongs to nobody, whose mail is caught.
const sampleFrom, sampleTo = "postroom@example.com", "you@example.com"

// SendSample sends a first message to the program itself as an application would: by SMTP, or where nothing listens, through the
// socket of the sendmail command.
func (r *Room) SendSample(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sampleWait)
	defer cancel()
	server, conn, err := r.dialSelf(ctx)
	if err != nil {
		return fmt.Errorf("sample message: %w", err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return fmt.Errorf("sample message: %w", err)
	}
	if err := sendSample(conn, server, time.Now()); err != nil {
		return fmt.Errorf("sample message: %s: %w", server, err)
	}
	return nil
}

// dialSelf connects to the first address of our own that takes mail.
func (r *Room) dialSelf(ctx context.Context) (server string, conn net.Conn, err error) {
	status, err := r.Status(ctx)
	if err != nil {
		return "", nil, err
	}
	err = errors.New("nothing listens")
	for _, l := range status.Listeners {
		switch {
		case l.Err != "":
			continue
		case l.Protocol == "sendmail":
			conn, err = dialUnix(ctx, l.Address)
		case l.Protocol == "SMTP":
			var d net.Dialer
			conn, err = d.DialContext(ctx, "tcp", l.Address)
		default: // TLS from the first octet
			continue
		}
		if err == nil {
			return l.Address, conn, nil
		}
	}
	return "", nil, err
}

// sendSample talks SMTP.
func sendSample(conn net.Conn, server string, now time.Time) error {
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return err
	}
	defer c.Close()
	for _, step := range []func() error{
		func() error { return c.Hello("localhost") }, func() error { return c.Mail(sampleFrom) }, func() error { return c.Rcpt(sampleTo) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	text := strings.NewReplacer("{date}", now.Format(time.RFC1123Z), "{server}", server, "\n", "\r\n").Replace(sampleMessage)
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}
