package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListenersTakeFromSMTPWhatTheyDoNotSay(t *testing.T) {
	s, err := Parse("p.toml", []byte(`
[smtp]
listen = ["127.0.0.1:1025"]
tls = "starttls"
auth = "any"
[[listener]]
address = "/run/lmtp.sock"
protocol = "lmtp"
tls = "none"
mode = "0660"
[[listener]]
address = "127.0.0.1:1587"
protocol = "submission"
strict = true
auth_needs_tls = true
require_auth = true
hide = ["DSN"]
`))
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	want := []Listener{
		{Address: "127.0.0.1:1025", Protocol: "smtp", TLS: "starttls", Auth: "any", AuthNeedsTLS: &no},
		{Address: "/run/lmtp.sock", Protocol: "lmtp", TLS: "none", Auth: "any", AuthNeedsTLS: &no, Mode: "0660"},
		{Address: "127.0.0.1:1587", Protocol: "submission", TLS: "starttls", Strict: &yes, Auth: "any", AuthNeedsTLS: &yes, RequireAuth: true, Hide: []string{"DSN"}},
	}
	if diff := cmp.Diff(want, s.AllListeners()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := s.AllListeners()[1].SocketMode(); got != 0o660 || !s.AllListeners()[1].IsUnix() || s.AllListeners()[0].SocketMode() != 0o600 {
		t.Errorf("mode %o", got)
	}
}
