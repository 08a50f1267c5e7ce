// Package cert keeps the certificate by which our listeners are known: one of a CA of our own, made at first use, or the user's own.
//
// The CA of our own lives in a directory (etc/tls of a home): ca.pem is for whoever is to trust it, server.pem is for the names that
// we are reached by. Their keys, ca-key.pem and server-key.pem, are for the owner alone. A key is made once and never replaced: what
// trusts ca.pem goes on to do so when the certificates are made again, which is when they near their end, when a name is missing, or
// when they do not fit their key. Two processes may do that at one time: keys are made by linking, certificates by renaming.
//
// Limits: a file of more than 1 MiB, and more than 100 names, are refused.
//
// Left to others: handshakes (smtpd), who is told of the CA (app/cli), when files are read again (app).
package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// How long certificates are good, and how long before their end they are made again. Some clients take no server's that is good for more
// than 825 days, or 398.
const (
	caLife      = 10 * 365 * 24 * time.Hour
	serverLife  = 397 * 24 * time.Hour
	renewBefore = 30 * 24 * time.Hour
	backdated   = time.Hour // for clocks that are late
	maxFile     = 1 << 20
	maxNames    = 100
)

// Options says where certificates are and what they are for.
type Options struct {
	Dir   string   // of the CA of our own and its files; made when missing
	Names []string // host names and addresses that server.pem is for, beside localhost, 127.0.0.1 and ::1
	Owner string   // "alice on desk.example.com": who the CA's subject says it belongs to

	// CertFile and KeyFile are the user's own, "" for the CA of our own. CertFile has the chain, the server's first; KeyFile may
	// be the same file.
	CertFile, KeyFile string

	Now  func() time.Time
	Rand io.Reader
}

// Info is what there is to be known of a certificate.
type Info struct {
	File        string    `json:"file"`
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Names       []string  `json:"names"`
	Fingerprint string    `json:"fingerprint"` // SHA-256 as openssl prints it, "AB:CD:…"
	NotAfter    time.Time `json:"not_after"`
}

// Server is a certificate with its key, and what it leads to.
type Server struct {
	Certificate tls.Certificate
	Info        Info
	CA          *Info // of the CA of our own; nil where the user's own certificate is in force
}

// The files of the CA of our own.
const (
	caFile     = "ca.pem"
	caKey      = "ca-key.pem"
	serverFile = "server.pem"
	serverKey  = "server-key.pem"
)

// Load gives the certificate in force. That of our own CA is made, or made again, where there is need. Errors name the file and the cure.
func Load(o Options) (*Server, error) {
	if o.CertFile != "" || o.KeyFile != "" {
		return loadOwn(o)
	}
	ca, err := loadCA(o)
	if err != nil {
		return nil, err
	}
	leaf, key, err := loadServer(o, ca)
	if err != nil {
		return nil, err
	}
	about := ca.info
	return &Server{
		Certificate: tls.Certificate{Certificate: [][]byte{leaf.Raw, ca.certificate.Raw}, PrivateKey: key, Leaf: leaf},
		Info:        infoOf(filepath.Join(o.Dir, serverFile), leaf), CA: &about,
	}, nil
}

// CA is the path of the CA of our own below dir.
func CA(dir string) string { return filepath.Join(dir, caFile) }

// loadOwn reads the user's own certificate and key.
func loadOwn(o Options) (*Server, error) {
	if o.CertFile == "" || o.KeyFile == "" {
		return nil, errors.New("certificate: cert_file and key_file belong together: set both, or neither")
	}
	chain, err := readFile(o.CertFile)
	if err != nil {
		return nil, err
	}
	if err := private(o.KeyFile); err != nil {
		return nil, err
	}
	key, err := readFile(o.KeyFile)
	if err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %s, key %s: %s; write PEM files in which the server's certificate comes first and the key belongs to it, without a password",
			o.CertFile, o.KeyFile, strings.TrimPrefix(err.Error(), "tls: "))
	}
	leaf := c.Leaf
	if now := o.Now(); now.After(leaf.NotAfter) {
		return nil, fmt.Errorf("certificate: %s: it ended on %s; get a new one", o.CertFile, leaf.NotAfter.Format(time.DateOnly))
	}
	return &Server{Certificate: c, Info: infoOf(o.CertFile, leaf)}, nil
}

// private refuses a key that others may read, or that more than its group may.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if perm := info.Mode().Perm(); runtime.GOOS != "windows" && perm&0o027 != 0 {
		return fmt.Errorf("certificate: %s: others may read or change this key (mode %04o); cure: chmod 600 %s", path, perm, path)
	}
	return nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("certificate: %s: not a file", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = errors.New("over 1 MiB")
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	return b, nil
}

func unreadable(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("certificate: %s: %w; make it readable for Postroom's user, or set [tls] cert_file and key_file in etc/postroom.toml", path, err)
}

// authority is the CA of our own.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	info        Info
}

func loadCA(o Options) (*authority, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, unreadable(o.Dir, err)
	}
	key, err := loadKey(filepath.Join(o.Dir, caKey), o.Rand)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(o.Dir, caFile)
	c, err := readCertificate(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if c == nil || !fits(c, key) || !c.IsCA || ending(c, o.Now()) {
		subject := pkix.Name{CommonName: "Postroom CA of " + o.Owner}
		c, err = issue(o, path, &x509.Certificate{
			Subject: subject, NotAfter: o.Now().Add(caLife), IsCA: true, MaxPathLenZero: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}, key, nil, key)
		if err != nil {
			return nil, err
		}
	}
	return &authority{c, key, infoOf(path, c)}, nil
}

func loadServer(o Options, ca *authority) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := loadKey(filepath.Join(o.Dir, serverKey), o.Rand)
	if err != nil {
		return nil, nil, err
	}
	names, addrs, err := split(o.Names)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(o.Dir, serverFile)
	c, err := readCertificate(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if c != nil && fits(c, key) && !ending(c, o.Now()) && c.CheckSignatureFrom(ca.certificate) == nil && covers(c, names, addrs) {
		return c, key, nil
	}
	end := o.Now().Add(serverLife)
	if end.After(ca.certificate.NotAfter) {
		end = ca.certificate.NotAfter
	}
	c, err = issue(o, path, &x509.Certificate{
		Subject:  pkix.Name{CommonName: names[min(1, len(names)-1)]}, // the host's own name where there is one
		NotAfter: end, DNSNames: names, IPAddresses: addrs, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, // we show it to other hosts, too
	}, key, ca.certificate, ca.key)
	return c, key, err
}

// issue signs a certificate and puts it in the place of the file at path. parent is nil for one that signs itself.
func issue(o Options, path string, c *x509.Certificate, key *ecdsa.PrivateKey, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	var serial [16]byte
	if _, err := io.ReadFull(o.Rand, serial[:]); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	serial[0] = serial[0]&0x7f | 1 // positive and not zero, RFC 5280 §4.1.2.2
	c.SerialNumber = new(big.Int).SetBytes(serial[:])
	c.NotBefore = o.Now().Add(-backdated)
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(o.Rand, c, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("certificate: %s: %w", path, err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	temp, err := writeTemp(path, text, 0o644)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return nil, unwritable(path, err)
	}
	return x509.ParseCertificate(der)
}

// loadKey reads a key, which is made when there is none. Of two processes that make one, the first has made it for both.
func loadKey(path string, random io.Reader) (*ecdsa.PrivateKey, error) {
	for range 2 {
		text, err := readFile(path)
		if err == nil {
			return parseKey(path, text)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), random)
		if err != nil {
			return nil, fmt.Errorf("certificate: %s: %w", path, err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("certificate: %s: %w", path, err)
		}
		temp, err := writeTemp(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
		if err != nil {
			return nil, err
		}
		err = place(temp, path)
		os.Remove(temp)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, unwritable(path, err)
		}
	}
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseKey(path, text)
}

// place gives temp the name path as well, unless something has it. Where there are no links, it is renamed.
func place(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, there := os.Stat(path); there == nil {
		return fs.ErrExist
	}
	return os.Rename(temp, path)
}

func parseKey(path string, text []byte) (*ecdsa.PrivateKey, error) {
	cure := "; take it away, and a new one is made, which those who trusted the old CA have to be told of"
	if err := private(path); err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("certificate: %s: no PEM key in it%s", path, cure)
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certificate: %s: %w%s", path, err, cure)
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("certificate: %s: not an ECDSA key%s", path, cure)
	}
	return key, nil
}

// readCertificate gives the first certificate in a file; nil for one in which there is none, since it can be made again.
func readCertificate(path string) (*x509.Certificate, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil
	}
	return c, nil
}

func writeTemp(path string, text []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", unwritable(path, err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", unwritable(path, err)
	}
	return f.Name(), nil
}

func unwritable(path string, err error) error {
	return fmt.Errorf("certificate: %s: %w; make its directory writable for Postroom's user, or set [tls] cert_file and key_file in etc/postroom.toml", path, err)
}

func fits(c *x509.Certificate, key *ecdsa.PrivateKey) bool {
	public, ok := c.PublicKey.(*ecdsa.PublicKey)
	return ok && public.Equal(&key.PublicKey)
}

// ending says that a certificate is to be made again: it nears its end, or the clock is before its beginning.
func ending(c *x509.Certificate, now time.Time) bool {
	return now.Add(renewBefore).After(c.NotAfter) || now.Before(c.NotBefore)
}

// split sorts what a certificate is to be for into names and addresses.
func split(all []string) (names []string, addrs []net.IP, err error) {
	names, addrs = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}
	if len(all) > maxNames {
		return nil, nil, fmt.Errorf("certificate: %d names, at most %d", len(all), maxNames)
	}
	for _, n := range all {
		n = strings.ToLower(strings.TrimSuffix(n, "."))
		if ip := net.ParseIP(n); ip != nil {
			if v4 := ip.To4(); v4 != nil {
				ip = v4
			}
			if !slices.ContainsFunc(addrs, ip.Equal) {
				addrs = append(addrs, ip)
			}
			continue
		}
		if !isHostName(n) {
			return nil, nil, fmt.Errorf("certificate: %q is neither a host name nor an address; see [tls] names in etc/postroom.toml", n)
		}
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names, addrs, nil
}

// isHostName says that a certificate can have n among its names, where "*." may stand first.
func isHostName(n string) bool {
	n = strings.TrimPrefix(n, "*.")
	return n != "" && len(n) < 254 && strings.Trim(n, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == "" && !strings.HasPrefix(n, ".") && !strings.Contains(n, "..")
}

func covers(c *x509.Certificate, names []string, addrs []net.IP) bool {
	for _, n := range names {
		if !slices.Contains(c.DNSNames, n) {
			return false
		}
	}
	for _, a := range addrs {
		if !slices.ContainsFunc(c.IPAddresses, a.Equal) {
			return false
		}
	}
	return true
}

func infoOf(path string, c *x509.Certificate) Info {
	sum := sha256.Sum256(c.Raw)
	hex := make([]string, len(sum))
	for i, b := range sum {
		hex[i] = fmt.Sprintf("%02X", b)
	}
	names := slices.Clone(c.DNSNames)
	for _, a := range c.IPAddresses {
		names = append(names, a.String())
	}
	if names == nil {
		names = []string{}
	}
	return Info{
		File: path, Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: names,
		Fingerprint: strings.Join(hex, ":"), NotAfter: c.NotAfter.UTC(),
	}
}
