// Package remote fetches the pictures that a mail names, when the user asks for it, and lets the mail learn and reach as little as
// can be: what it names must not become a way into this machine or the network that it stands in.
//
// Only http and https; no cookies, no referrer, no proxy, no user in the address. Every address that is dialled is looked at as it is dialled,
// after the name was resolved, so that a name cannot point somewhere else the second time: loopback, private, link-local and other
// addresses that are not of the public internet are refused, on every redirect too. Hosts that the settings name ([preview] hosts) are
// exempt: those of the app in development.
//
// Limits: MaxSize octets, MaxTime for one file, MaxRedirects.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// The limits of one file.
const (
	MaxSize      = 10 << 20 // octets
	MaxTime      = 10 * time.Second
	MaxRedirects = 5
)

// The errors of Get.
var (
	ErrAddress = errors.New("only http and https addresses are fetched")
	ErrPrivate = errors.New("it is not an address of the public internet, and [preview] hosts does not name it")
	ErrLarge   = errors.New("it is larger than 10 MB")
	ErrStatus  = errors.New("the server refused it")
)

// Fetcher fetches files. Make it with New.
type Fetcher struct {
	hosts  map[string]bool
	client *http.Client
}

// New makes a fetcher that may also reach these hosts, as "app.test" or "localhost:3000" with a port of its own.
func New(hosts []string) *Fetcher {
	f := &Fetcher{hosts: map[string]bool{}}
	for _, h := range hosts {
		f.hosts[strings.ToLower(strings.TrimSpace(h))] = true
	}
	f.client = &http.Client{
		Timeout: MaxTime,
		Transport: &http.Transport{
			DialContext: f.dial, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
			TLSHandshakeTimeout: MaxTime / 2, ResponseHeaderTimeout: MaxTime / 2,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > MaxRedirects {
				return errors.New("too many redirects")
			}
			r.Header.Del("Referer")
			return check(r.URL)
		},
	}
	return f
}

// allowed says that the settings name a host, given with the port.
func (f *Fetcher) allowed(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	return f.hosts[strings.ToLower(hostport)] || err == nil && f.hosts[strings.ToLower(host)]
}

// dial connects to a host, unless what its name was resolved to is not of the public internet.
func (f *Fetcher) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: MaxTime / 2}
	if !f.allowed(addr) {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil || !public(ap.Addr()) {
				return fmt.Errorf("%s: %w", address, ErrPrivate)
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, addr)
}

// reserved are the networks that netip has no word for and that are not of the public internet (IANA's special-purpose registries), and
// those in which an IPv4 address may be hidden.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

// public says that an address is one of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// check says whether an address may be asked for at all.
func check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ErrAddress
	}
	return nil
}

// Get fetches a file. ErrAddress, ErrPrivate, ErrLarge, ErrStatus, or what the network said.
func (f *Fetcher) Get(ctx context.Context, address string) ([]byte, error) {
	address = strings.TrimSpace(address)
	if strings.HasPrefix(address, "//") {
		address = "https:" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, ErrAddress
	}
	if err := check(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, ErrAddress
	}
	r.Header.Set("User-Agent", "Mozilla/5.0")
	r.Header.Set("Accept", "image/png, image/jpeg, image/gif, image/webp")
	answer, err := f.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %w", answer.Status, ErrStatus)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, MaxSize+1))
	if err == nil && len(b) > MaxSize {
		err = ErrLarge
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}
