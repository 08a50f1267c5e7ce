package remote

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestOnlyAddressesOfThePublicInternetAreDialled(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "8.8.8.8": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fd00::1": false, "224.0.0.1": false, "ff02::1": false,
		"255.255.255.255": false, "100.64.0.1": false, "198.18.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "::127.0.0.1": false, "2001:db8::1": false, "240.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v", address, got)
		}
	}
}

func TestLoopbackIsRefusedByAddressByNameAndAfterARedirect(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++ }))
	defer s.Close()
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	f := New(nil)
	for _, address := range []string{s.URL, "http://localhost" + port, "http://[::ffff:127.0.0.1]" + port, "http://0.0.0.0" + port} {
		if _, err := f.Get(t.Context(), address); err == nil {
			t.Errorf("%s was fetched", address)
		}
	}
	if _, err := f.Get(t.Context(), s.URL); !errors.Is(err, ErrPrivate) {
		t.Errorf("the error is %v", err)
	}
	front := httptest.NewServer(http.RedirectHandler("http://localhost"+port, http.StatusFound))
	defer front.Close()
	allowed := New([]string{strings.TrimPrefix(front.URL, "http://")})
	if _, err := allowed.Get(t.Context(), front.URL); !errors.Is(err, ErrPrivate) {
		t.Errorf("after a redirect the error is %v", err)
	}
	if asked != 0 {
		t.Errorf("the server was asked %d times", asked)
	}
}

func TestWhatIsAskedTellsNothing(t *testing.T) {
	var last http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last = r.Header
		switch r.URL.Path {
		case "/first":
			http.SetCookie(w, &http.Cookie{Name: "id", Value: "you"})
			http.Redirect(w, r, "/second", http.StatusFound)
		case "/second":
			_, _ = w.Write([]byte("picture"))
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("x"), MaxSize+1))
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	f := New([]string{"127.0.0.1"})
	if b, err := f.Get(t.Context(), s.URL+"/first"); err != nil || string(b) != "picture" {
		t.Fatalf("%q, %v", b, err)
	}
	for _, name := range []string{"Cookie", "Referer", "Authorization"} {
		if last.Get(name) != "" {
			t.Errorf("%s: %s was sent", name, last.Get(name))
		}
	}
	for path, want := range map[string]error{"/file": ErrAddress, "/round": nil, "/large": ErrLarge, "/none": ErrStatus} {
		if _, err := f.Get(t.Context(), s.URL+path); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, address := range []string{"ftp://127.0.0.1/x", "file:///etc/passwd", "http://u:p@127.0.0.1/", "data:,x", "", "http://", "%zz"} {
		if _, err := f.Get(t.Context(), address); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
