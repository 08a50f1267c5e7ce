package app

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/app/config/account"
	"postroom.dev/mta/cert"
)

// renewInterval is how often it is tried to get a certificate that lasts longer in the place of one that nears its end.
const renewInterval = time.Hour

// renewBefore is when that begins.
const renewBefore = 30 * 24 * time.Hour

// certificates keep the certificate in force by which our listeners are known, and the CAs that we believe. The first who needs it
// has it made.
type certificates struct {
	home    config.Home
	host    string
	problem func(string)
	cured   func(string)

	inForce atomic.Pointer[secured]

	mu       sync.Mutex
	settings config.TLS
	told     string // the problem that is told
}

// secured is what TLS goes by. It never changes.
type secured struct {
	server  *tls.Config
	roots   *x509.CertPool // of ca_file, else the system's and our own
	about   *cert.Server
	renewAt time.Time // when to look for a better certificate
}

// certOptions are what a home's settings say of its certificate.
func certOptions(home config.Home, host string, s config.TLS) cert.Options {
	owner := host
	if a, ok := account.System.ByUID(os.Getuid()); ok && a.Name != "" {
		owner = a.Name + " on " + host
	}
	return cert.Options{
		Dir: home.TLS(), Names: append([]string{host}, s.Names...), Owner: owner,
		CertFile: s.CertFile, KeyFile: s.KeyFile, Now: time.Now, Rand: rand.Reader,
	}
}

// secure reads, or makes, what settings describe.
func secure(home config.Home, host string, s config.TLS) (*secured, error) {
	about, err := cert.Load(certOptions(home, host, s))
	if err != nil {
		return nil, err
	}
	x := &secured{about: about, renewAt: about.Info.NotAfter.Add(-renewBefore)}
	var clients *x509.CertPool // the CAs that clients are told of; the system's are too many for that
	switch {
	case s.CAFile != "":
		text, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("certificate: ca_file: %w", err)
		}
		clients = x509.NewCertPool()
		if !clients.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("certificate: ca_file: %s: no PEM certificate in it", s.CAFile)
		}
		x.roots = clients
	default:
		if x.roots, err = x509.SystemCertPool(); err != nil {
			x.roots = x509.NewCertPool()
		}
		if own := x.about.Certificate.Certificate; about.CA != nil {
			ca, err := x509.ParseCertificate(own[len(own)-1])
			if err != nil {
				return nil, fmt.Errorf("certificate: %w", err)
			}
			x.roots.AddCert(ca)
			clients = x509.NewCertPool()
			clients.AddCert(ca)
		}
	}
	x.server = &tls.Config{Certificates: []tls.Certificate{about.Certificate}, ClientAuth: tls.RequestClientCert, ClientCAs: clients, Time: time.Now}
	return x, nil
}

// load makes sure that there is a certificate in force.
func (c *certificates) load() error {
	if c.inForce.Load() != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inForce.Load() != nil {
		return nil
	}
	return c.read(c.settings)
}

// configure puts other settings, or what their files say now, in force. With an error what was in force stays so. Where no certificate
// was needed so far, none is made.
func (c *certificates) configure(s config.TLS) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inForce.Load() == nil {
		c.settings = s
		return nil
	}
	return c.read(s)
}

// read is called with c.mu held.
func (c *certificates) read(s config.TLS) error {
	x, err := secure(c.home, c.host, s)
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != c.told {
		c.cured(c.told)
		if c.told = text; text != "" {
			c.problem(text)
		}
	}
	if err != nil {
		return err
	}
	c.settings = s
	c.inForce.Store(x)
	return nil
}

// config is how a handshake of a listener is to be done now; nil when there is no certificate.
func (c *certificates) config() *tls.Config {
	x := c.inForce.Load()
	if x == nil {
		return nil
	}
	if now := time.Now(); now.After(x.renewAt) && c.mu.TryLock() {
		defer c.mu.Unlock()
		if x = c.inForce.Load(); now.After(x.renewAt) {
			if c.read(c.settings) != nil || c.inForce.Load().renewAt.Before(now) { // a failure, or the user's own that was not renewed yet
				later := *c.inForce.Load()
				later.renewAt = now.Add(renewInterval)
				c.inForce.Store(&later)
			}
			x = c.inForce.Load()
		}
	}
	return x.server
}

// inForceSettings are the settings that are in force.
func (c *certificates) inForceSettings() config.TLS {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings
}

// trusted are the CAs whose certificates verify other hosts, nil for the system's.
func (c *certificates) trusted() *x509.CertPool {
	if x := c.inForce.Load(); x != nil {
		return x.roots
	}
	c.mu.Lock()
	s := c.settings
	c.mu.Unlock()
	return trustedRoots(c.home, s)
}

// trustedRoots are the CAs of ca_file, or the system's and that of our own if it was made; nil for the system's alone.
func trustedRoots(home config.Home, s config.TLS) *x509.CertPool {
	path, system := s.CAFile, false
	if path == "" {
		path, system = cert.CA(home.TLS()), true
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte("BEGIN CERTIFICATE")) {
		if system {
			return nil
		}
		return x509.NewCertPool() // nobody, rather than all that the system believes
	}
	pool := x509.NewCertPool()
	if system {
		if all, err := x509.SystemCertPool(); err == nil {
			pool = all
		}
	}
	pool.AppendCertsFromPEM(text)
	return pool
}
