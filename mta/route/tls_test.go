package route

import (
	"net/netip"
	"strings"
	"testing"

	"postroom.dev/mta/address"
	"postroom.dev/mta/starttls"
	"postroom.dev/mta/table"
)

// tlsRouter goes by one access table.
func tlsRouter(t *testing.T, access string) *Router {
	t.Helper()
	m, problems := table.Parse("access", strings.NewReader(access), table.Syntax{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r, err := New(Config{Hostname: "mail.example.com", Tables: Tables{Access: func() (*table.Map, error) { return m, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEntriesAboutTLSAreLookedUpByNameAddressAndTag(t *testing.T) {
	client := Client{Name: "app.example.net", IP: netip.MustParseAddr("192.0.2.7")}
	for _, tt := range []struct{ name, access, want string }{
		{"nothing", "", ""},
		{"the name", "TLS_Clt:app.example.net\tVERIFY\n", "454 4.7.0 authentication required"},
		{"a parent", "TLS_Clt:example.net\tPERM+VERIFY\n", "503 5.7.0 authentication required"},
		{"the address", "TLS_Clt:192.0.2\tTEMP+ENCR:128\n", "403 4.7.0 encryption too weak 0 less than 128"},
		{"the tag alone", "TLS_Clt:\tENCR:128\n", "454 4.7.0 encryption too weak 0 less than 128"},
		{"the name before the tag alone", "TLS_Clt:\tENCR:128\nTLS_Clt:app.example.net\tOK\n", ""},
		{"keys without the tag do not count", "app.example.net\tVERIFY\n", ""},
		{"other words ask for nothing", "TLS_Clt:\tfoo\n", ""},
	} {
		v := tlsRouter(t, tt.access).CheckTLSClient(client, starttls.Facts{})
		got := ""
		if v.Refusal.Code != 0 {
			got = v.Refusal.Error()
			if len(v.Steps) != 1 || v.Steps[0].Rule != "tls_client" || v.Steps[0].Line != 1 {
				t.Errorf("%s: steps %+v", tt.name, v.Steps)
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	r := tlsRouter(t, "Srv_Features:192.0.2.7\tA V\nSrv_Features:\tS\nTry_TLS:mx.example.org\tNO\nTLS_Srv:example.org\tVERIFY\n"+
		"TLS_Rcpt:ada@example.org\tENCR:112\nTLS_Rcpt:example.com\tVERIFY\nTLS_Rcpt:\tENCR:1\n")
	if got, other := r.ServerFeatures(client), r.ServerFeatures(Client{IP: netip.MustParseAddr("192.0.2.8")}); got != "A V" || other != "S" {
		t.Errorf("features %q and %q", got, other)
	}
	ip := netip.MustParseAddr("198.51.100.1")
	features := tlsRouter(t, "Clt_Features:example.org\tAS\nClt_Features:198.51.100\tS\nClt_Features:mx.example.com\ts\n")
	for _, tt := range []struct {
		host, letter string
		want         bool
	}{
		{"mx.example.org.", "A", true}, {"mx.example.org", "S", true}, {"", "S", true}, {"", "A", false}, {"mx.example.com", "S", false}, {"mx.example.com", "A", false},
	} {
		if got, err := features.ClientFeature(tt.host, ip, tt.letter); got != tt.want || err != nil {
			t.Errorf("%q %s: %v, %v", tt.host, tt.letter, got, err)
		}
	}
	if try, err := r.TryTLS("mx.example.org.", ip); try || err != nil {
		t.Errorf("mx.example.org: try %v, %v", try, err)
	}
	if try, _ := r.TryTLS("example.org", ip); !try {
		t.Error("example.org is not tried")
	}
	if need, ok, err := r.TLSServer("mx.example.org", ip); !ok || !need.Verify || err != nil {
		t.Errorf("%+v, %v, %v", need, ok, err)
	}
	if need, ok, _ := r.TLSServer("example.com", ip); ok || need.Needed() {
		t.Errorf("%+v", need)
	}
	for to, want := range map[string]starttls.Requirement{
		"ada@example.org": {Bits: 112}, "bob@sub.example.com": {Verify: true}, "x@other.example": {Bits: 1},
	} {
		a, err := address.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.TLSRcpt(a); err != nil || got.Verify != want.Verify || got.Bits != want.Bits {
			t.Errorf("%s: %+v, %v", to, got, err)
		}
	}
}
