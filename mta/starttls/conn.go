package starttls

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// Conn is what a handshake runs on. It hears what the other end says of why it goes away: in TLS 1.3, OpenSSL says so in the
// clear, where crypto/tls expects it to be encrypted and finds "bad record MAC". It belongs to one goroutine until Done.
type Conn struct {
	net.Conn
	alert byte
	done  bool
}

// Read reads, and during the handshake looks whether a whole alert in the clear came last.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.done || n < 2 {
		return n, err
	}
	// A record's header and its fragment may come in pieces, the fragment of an alert is 2 octets: level and description (RFC 8446 §6).
	if end := b[max(0, n-7):n]; len(end) == 7 && end[0] == 21 && end[1] == 3 && end[3] == 0 && end[4] == 2 && end[5] == 2 {
		c.alert = end[6]
	} else if n == 2 && b[0] == 2 {
		c.alert = b[1]
	}
	return n, err
}

// Done ends the listening: the handshake is over.
func (c *Conn) Done() { c.done = true }

// ErrUntrusted says that the other end does not believe our certificate.
var ErrUntrusted = errors.New("it does not believe our certificate")

// Explain gives a handshake's error in words that help: with the other end's reason, where it gave one.
func (c *Conn) Explain(err error) error {
	alert := err
	if c.alert != 0 && c.alert < 120 {
		name, ok := alerts[c.alert]
		if !ok {
			name = fmt.Sprintf("alert %d", c.alert)
		}
		alert = fmt.Errorf("remote error: tls: %s", name)
	}
	for _, n := range []byte{42, 43, 45, 46, 48} {
		if strings.HasSuffix(alert.Error(), "remote error: tls: "+alerts[n]) {
			return fmt.Errorf("%w: %w", alert, ErrUntrusted)
		}
	}
	return alert
}

// alerts are descriptions of RFC 8446 §6.2 that clients commonly give, in crypto/tls's words.
var alerts = map[byte]string{
	40: "handshake failure", 42: "bad certificate", 43: "unsupported certificate", 45: "expired certificate", 46: "unknown certificate",
	48: "unknown certificate authority", 51: "error decrypting message", 70: "protocol version not supported", 71: "insufficient security level",
	80: "internal error", 90: "user canceled", 112: "unrecognized name", 116: "certificate required",
}
