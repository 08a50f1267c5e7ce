package smtpd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/starttls"
)

// startTLS is RFC 3207: the verb, in this file.
func startTLS() extension {
	return extension{
		keyword: "STARTTLS",
		offered: func(s *session) bool { return s.origin.TLS == "" && s.has("STARTTLS") && s.tlsConfig() != nil },
	}
}

// tlsConfig is how a handshake is to be done now, nil when there can be none.
func (s *session) tlsConfig() *tls.Config {
	give := s.server.config.TLS
	if give == nil {
		return nil
	}
	config := give()
	if config != nil && s.withheld("V") {
		config = config.Clone()
		config.ClientAuth = tls.NoClientCert
	}
	return config
}

// startTLS is RFC 3207 §4, in sendmail's words. The handshake runs inside.
func (s *session) startTLS(ctx context.Context, arg string) mta.Status {
	config := s.tlsConfig()
	switch {
	case arg != "":
		return status(501, mta.Enhanced{5, 5, 2}, "Syntax error (no parameters allowed)")
	case s.server.config.TLS != nil && !s.has("STARTTLS"):
		return status(503, mta.Enhanced{5, 5, 0}, "TLS not available")
	case config == nil, s.origin.TLS != "":
		return status(454, mta.Enhanced{4, 3, 3}, "TLS not available after start")
	case s.env != nil:
		return status(503, mta.Enhanced{5, 5, 0}, "TLS not permitted during a mail transaction")
	}
	s.reply(status(220, mta.Enhanced{2, 0, 0}, "Ready to start TLS"))
	// RFC 3207 §6: who sits between could have put commands behind STARTTLS that would count as the client's own.
	if n := len(s.wire.unread()); n > 0 {
		step := mta.Step{Rule: "smtp", Note: strconv.Itoa(n) + " octets that were sent in the clear behind STARTTLS were thrown away, as production sendmail does"}
		s.steps = append(s.steps, step)
		s.log.note(step.Note)
	}
	if !s.handshake(ctx, config) {
		return mta.Status{}
	}
	s.forget()
	s.greeted = true
	return mta.Status{}
}

// forget is RFC 3207 §4.2: what the client said in the clear does not count.
func (s *session) forget() {
	s.reset()
	s.origin.HELO = ""
	s.extended = false
	if s.mechanism != "" {
		s.mechanism, s.origin.User = "", ""
	}
	s.origin.Protocol = s.protocol()
}

// handshake changes to TLS. When that is not possible the session is over.
func (s *session) handshake(ctx context.Context, config *tls.Config) bool {
	state, err := s.wire.secure(ctx, config)
	if err != nil {
		s.handshakeFailed(err)
		return false
	}
	now := time.Now
	if config.Time != nil {
		now = config.Time
	}
	f := starttls.Of(state, config.ClientAuth != tls.NoClientCert, config.ClientCAs, x509.ExtKeyUsageClientAuth, now())
	s.origin.TLS = f.String()
	s.origin.Protocol = s.protocol()
	s.tls = f
	s.logLine(f.Log("server", s.who))
	if f.Subject != "" {
		s.log.note("cert-subject=" + f.Subject + ", cert-issuer=" + f.Issuer)
	}
	return true
}

func (s *session) handshakeFailed(err error) {
	var timeout net.Error
	switch {
	case s.stopped() != nil:
		s.lost()
		return
	case errors.Is(err, errShutdown):
		s.end("connection from " + s.who + " closed at shutdown")
		return
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		err = errors.New("timeout")
	}
	s.logLine(starttls.LogFailure("server", s.who, err))
	s.aborted = true
	s.end(fmt.Sprintf("TLS handshake with %s: %v", s.who, err))
}

// logLine notes a line in the transcript and in the mail log.
func (s *session) logLine(text string) {
	s.log.note(text)
	if put := s.server.config.MailLog; put != nil {
		put(text)
	}
}

// needsTLS says which commands a listener that insists on TLS does not take before it, RFC 3207 §4.
func (s *session) needsTLS(name string) bool {
	if !s.server.config.RequireTLS || s.origin.TLS != "" {
		return false
	}
	switch name {
	case "EHLO", "HELO", "LHLO", "STARTTLS", "NOOP", "QUIT", "RSET", "HELP":
		return false
	}
	return true
}
