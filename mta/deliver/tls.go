package deliver

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/starttls"
)

// Security is what is asked of TLS with one host. The zero value wants it where it is offered, and goes on without where the handshake
// does not succeed.
type Security struct {
	Off     bool                 // STARTTLS is not said: Try_TLS: NO
	Need    starttls.Requirement // of the connection before MAIL: TLS_Srv:
	NoClear bool                 // a handshake that goes wrong is a temporary failure, as in sendmail without TLSFallbacktoClear
	Roots   *x509.CertPool       // whose certificates verify; nil for the system's
}

// security is what holds for a host.
func (m *SMTP) security(h host, a netip.Addr) (Security, mta.Status) {
	if m.o.Security == nil {
		return Security{}, mta.Status{}
	}
	s, err := m.o.Security(h.name, a.Unmap())
	if err != nil {
		return s, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "access table unavailable", Err: err}
	}
	return s, mta.Status{}
}

// secure says STARTTLS where there is cause to, and checks what is asked of the connection. again says that the host is to be tried
// once more without TLS; why, that the connection does not do. After either it is of no use any more.
func (m *SMTP) secure(ctx context.Context, c *conn, h host, s Security) (again bool, why mta.Status) {
	changed, err := c.startTLS(m.o.TLS, h.name, s.Roots)
	if err != nil {
		broken := c.broken(err)
		if c.facts.Verify == starttls.Software {
			m.logTLS(starttls.LogFailure("client", c.host, err))
			c.say(fmt.Sprintf("%s: TLS handshake: %v", c.host, err))
		}
		switch {
		case ctx.Err() != nil:
			return false, broken
		case c.facts.Verify == starttls.Software && (s.NoClear || s.Need.Needed()):
			refused := s.Need.Check(c.facts, cmp.Or(h.name, h.shown))
			refused.Err = err
			return false, refused
		case s.Need.Needed():
			return false, broken
		}
		return true, mta.Status{}
	}
	if changed {
		m.logTLS(c.facts.Log("client", c.host))
		if why, _ = c.hello(m.o.Hostname); why.Code != 0 { // RFC 3207 §4.2: what was offered before does not count
			return false, why
		}
	}
	return false, s.Need.Check(c.facts, cmp.Or(h.name, h.shown))
}

// stillDoes says that a kept connection is as good as is asked now: that may have changed since it was made, and so may who logs in there.
func (m *SMTP) stillDoes(c *conn) bool {
	if _, offered := c.ext["AUTH"]; offered && m.o.Login != nil {
		who, ok, err := m.o.Login(c.name, "["+c.ip.Unmap().String()+"]")
		if err != nil || ok != (c.user != "") || ok && who.ID != c.user {
			return false
		}
	}
	s, why := m.security(host{name: c.name, shown: c.host}, c.ip)
	return why.Code == 0 && !(s.Off && c.facts.Version != "") && s.Need.Check(c.facts, cmp.Or(c.name, c.host)).Code == 0
}

func (m *SMTP) logTLS(line string) {
	if m.o.MailLog != nil {
		m.o.MailLog(line)
	}
}

// startTLS changes to TLS where that is offered, RFC 3207, and notes in c.facts what came of it. An error means that the connection is of
// no use any more; where STARTTLS is refused, nothing has happened. The certificate is verified for the facts alone.
func (c *conn) startTLS(config *tls.Config, server string, roots *x509.CertPool) (bool, error) {
	c.facts.Verify = starttls.None
	if _, ok := c.ext["STARTTLS"]; !ok {
		return false, nil
	}
	r, err := c.cmd("STARTTLS", "client STARTTLS", c.limit.Mail)
	if err != nil || r.code != 220 {
		if r.class() == 4 {
			c.facts.Verify = "TEMP"
		}
		return false, err
	}
	c.facts.Verify = starttls.Software
	if c.in.Buffered() > 0 { // RFC 3207 §5: whoever sits between may have said it
		c.lost = true
		return false, fmt.Errorf("%w: words sent before the TLS handshake", errReply)
	}
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = server
	}
	raw := &starttls.Conn{Conn: c.net}
	secure := tls.Client(raw, config)
	ctx, cancel := context.WithTimeout(c.ctx, c.limit.Mail)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		c.lost = true
		return false, fmt.Errorf("TLS handshake: %w", raw.Explain(err))
	}
	raw.Done()
	c.net = secure
	now := time.Now
	if config.Time != nil {
		now = config.Time
	}
	c.facts = starttls.Of(secure.ConnectionState(), true, roots, x509.ExtKeyUsageServerAuth, now())
	return true, nil
}

// tooWeak says why the connection does not do for one recipient: TLS_Rcpt:. Code 0 when it does.
func (t *transaction) tooWeak(to address.Address) mta.Status {
	c := t.conn
	if c.needs == nil {
		return mta.Status{}
	}
	need, err := c.needs(to)
	if err != nil {
		return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "access table unavailable", Err: err}
	}
	if !need.Needed() {
		return mta.Status{}
	}
	return need.Check(c.facts, cmp.Or(c.name, c.host))
}
