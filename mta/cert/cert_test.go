package cert

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func options(dir string, now time.Time, names ...string) Options {
	return Options{Dir: dir, Names: names, Owner: "the tests", Now: func() time.Time { return now }, Rand: rand.Reader}
}

var begin = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func load(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// verifies says that a client that has ca.pem believes s to be name.
func verifies(t *testing.T, ca []byte, s *Server, name string, now time.Time) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in ca.pem")
	}
	if _, err := s.Certificate.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: now}); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestFirstUseMakesACAAndACertificateForEachName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	s := load(t, options(dir, begin, "Desk.example.com.", "192.0.2.1", "*.test"))
	ca, err := os.ReadFile(CA(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "desk.example.com", "127.0.0.1", "::1", "192.0.2.1", "app.test"} {
		verifies(t, ca, s, name, begin)
	}
	if s.Info.Subject != "CN=desk.example.com" || s.CA.Subject != "CN=Postroom CA of the tests" || len(s.Info.Fingerprint) != 95 {
		t.Errorf("%+v %+v", s.Info, s.CA)
	}
	for name, mode := range map[string]os.FileMode{"ca-key.pem": 0o600, "server-key.pem": 0o600, "ca.pem": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Errorf("%v left in %s, %v", files, dir, err)
	}
}

func TestNothingIsMadeAgainWithoutNeed(t *testing.T) {
	dir := t.TempDir()
	first := load(t, options(dir, begin, "desk.example.com"))
	for _, later := range []time.Duration{0, 300 * 24 * time.Hour} {
		if again := load(t, options(dir, begin.Add(later), "desk.example.com")); again.Info.Fingerprint != first.Info.Fingerprint {
			t.Errorf("made again after %v", later)
		}
	}
	if again := load(t, options(dir, begin)); again.Info.Fingerprint != first.Info.Fingerprint {
		t.Error("made again for fewer names")
	}
}

func TestWhatTrustsTheCAGoesOnToDoSo(t *testing.T) {
	for _, tt := range []struct {
		name   string
		later  time.Duration
		names  []string
		damage func(t *testing.T, dir string)
	}{
		{"when the certificate nears its end", 380 * 24 * time.Hour, nil, nil},
		{"when a name is added", 0, []string{"other.example.com"}, nil},
		{"when the certificate was lost", 0, nil, func(t *testing.T, dir string) { remove(t, dir, serverFile) }},
		{"when its key was lost", 0, nil, func(t *testing.T, dir string) { remove(t, dir, serverKey) }},
		{"when the CA's certificate was lost", 0, nil, func(t *testing.T, dir string) { remove(t, dir, caFile) }},
		{"when a file is damaged", 0, nil, func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, serverFile), []byte("-----BEGIN"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			load(t, options(dir, begin))
			ca, err := os.ReadFile(CA(dir))
			if err != nil {
				t.Fatal(err)
			}
			if tt.damage != nil {
				tt.damage(t, dir)
			}
			now := begin.Add(tt.later)
			s := load(t, options(dir, now, tt.names...))
			verifies(t, ca, s, "localhost", now)
			if len(tt.names) > 0 {
				verifies(t, ca, s, tt.names[0], now)
			}
			if tt.later > 0 && s.Info.NotAfter.Before(now.Add(renewBefore)) {
				t.Errorf("still good until %v only", s.Info.NotAfter)
			}
		})
	}
}

func TestTheCAIsMadeAgainBeforeItEnds(t *testing.T) {
	dir := t.TempDir()
	load(t, options(dir, begin))
	now := begin.Add(caLife - 10*24*time.Hour)
	s := load(t, options(dir, now))
	if s.CA.NotAfter.Before(now.Add(caLife - time.Hour)) {
		t.Errorf("good until %v only", s.CA.NotAfter)
	}
	ca, _ := os.ReadFile(CA(dir))
	verifies(t, ca, s, "localhost", now)
}

func remove(t *testing.T, dir, name string) {
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func TestManyThatLoadAtOnceAgreeOnTheCA(t *testing.T) {
	dir := t.TempDir()
	var all [8]*Server
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() { all[i], _ = Load(options(dir, begin)) })
	}
	wait.Wait()
	ca, err := os.ReadFile(CA(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s == nil {
			t.Fatal("one could not load")
		}
		verifies(t, ca, s, "localhost", begin)
	}
}

func TestTheUsersOwnFiles(t *testing.T) {
	dir := t.TempDir()
	made := load(t, options(dir, begin, "mail.example.com"))
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	chain := string(bytes.Join([][]byte{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate.Certificate[1]})}, nil))
	key, err := os.ReadFile(filepath.Join(dir, serverKey))
	if err != nil {
		t.Fatal(err)
	}
	good, goodKey := write("good.pem", chain, 0o644), filepath.Join(dir, serverKey)
	for _, tt := range []struct {
		name      string
		cert, key string
		now       time.Time
		want      string // in the error; "" for none
	}{
		{"a chain and its key", good, goodKey, begin, ""},
		{"both in one file", write("both.pem", chain+string(key), 0o600), filepath.Join(dir, "both.pem"), begin, ""},
		{"no key", good, "", begin, "cert_file and key_file belong together"},
		{"no certificate", "", goodKey, begin, "cert_file and key_file belong together"},
		{"a file that is not there", filepath.Join(dir, "none.pem"), goodKey, begin, "none.pem: no such file or directory"},
		{"a key that is not there", good, filepath.Join(dir, "none.pem"), begin, "none.pem: no such file or directory"},
		{"a directory", dir, goodKey, begin, "not a file"},
		{"text", write("text.pem", "hello", 0o600), goodKey, begin, "failed to find any PEM data in certificate input"},
		{"the key of another", good, filepath.Join(dir, caKey), begin, "private key does not match public key"},
		{"a key that others may read", good, write("open.pem", string(key), 0o644), begin, "chmod 600"},
		{"one that ended", good, goodKey, begin.Add(2 * serverLife), "it ended on 2027-12-24"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && tt.want == "chmod 600" {
				t.Skip("no permission bits")
			}
			o := options(filepath.Join(dir, "unused"), tt.now)
			o.CertFile, o.KeyFile = tt.cert, tt.key
			s, err := Load(o)
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want == "":
				if s.CA != nil || s.Info.File != tt.cert || !slices.Contains(s.Info.Names, "mail.example.com") {
					t.Errorf("%+v", s.Info)
				}
				if _, err := os.Stat(o.Dir); err == nil {
					t.Error("a CA was made that nobody needs")
				}
			case err == nil || !strings.Contains(err.Error(), tt.want):
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWhatCannotBeReadIsNamedWithACure(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		want   string
	}{
		{"a key that is none", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, caKey), []byte("hello"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "ca-key.pem: no PEM key in it; take it away"},
		{"a key that others may read", func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, serverKey), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "server-key.pem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("no permission bits")
			}
			dir := t.TempDir()
			load(t, options(dir, begin))
			tt.damage(t, dir)
			if _, err := Load(options(dir, begin)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestNamesThatNobodyCanHaveAreRefused(t *testing.T) {
	for _, name := range []string{"", "a b", "a..b", ".a", "a/b", strings.Repeat("a.", 200)} {
		if _, err := Load(options(t.TempDir(), begin, name)); err == nil || !strings.Contains(err.Error(), "[tls] names") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, addrs, err := split([]string{"127.0.0.1", "::ffff:192.0.2.1"}); err != nil || len(addrs) != 3 || !addrs[2].Equal(net.IPv4(192, 0, 2, 1)) {
		t.Errorf("%v, %v", addrs, err)
	}
}
