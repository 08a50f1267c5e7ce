//go:build unix

package deliver

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/mta/table"
)

const password = "s3cret word"

// entry is an authinfo of one entry for every host.
func entry(value string) func(name, address string) (table.Login, bool, error) {
	m, _ := table.Parse("authinfo", strings.NewReader("AuthInfo: "+value+"\n"), table.Syntax{})
	return func(name, address string) (table.Login, bool, error) { return table.AuthInfo(m, name, address) }
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestTheClientLogsInWhereThatIsOfferedAndAnEntrySaysHow(t *testing.T) {
	const plain = `"U:ada" "P:s3cret word"`
	for _, test := range []struct {
		rule, offer, entry string
		answers            map[string][]string
		want               []string // the conversation between EHLO and MAIL or QUIT
		status             string
	}{
		{"PLAIN", "AUTH PLAIN LOGIN", plain, map[string][]string{"AUTH": {"235 2.7.0 ok"}}, []string{"AUTH PLAIN " + b64("\x00ada\x00s3cret word")}, "250"},
		{"on behalf of another", "AUTH PLAIN", `"U:shop" "I:ada" "P:s3cret word"`, map[string][]string{"AUTH": {"235 ok"}}, []string{"AUTH PLAIN " + b64("shop\x00ada\x00s3cret word")}, "250"},
		{"a password in base64", "AUTH PLAIN", `"U:ada" "P=` + b64(password) + `"`, map[string][]string{"AUTH": {"235 ok"}}, []string{"AUTH PLAIN " + b64("\x00ada\x00s3cret word")}, "250"},
		{"LOGIN where the entry wants it", "AUTH PLAIN LOGIN", plain + ` "M:LOGIN"`,
			map[string][]string{"AUTH": {"334 VXNlcm5hbWU6"}, b64("ada"): {"334 " + b64("Your password, please")}, b64(password): {"235 ok"}},
			[]string{"AUTH LOGIN", b64("ada"), b64(password)}, "250"},
		{"CRAM-MD5 before the others", "AUTH LOGIN CRAM-MD5 PLAIN", `"U:tim" "P:tanstaaftanstaaf"`, // RFC 2195 §2
			map[string][]string{"AUTH": {"334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"}, "dGlt": {"235 ok"}},
			[]string{"AUTH CRAM-MD5", "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"}, "250"},
		{"no mechanism in common", "AUTH GSSAPI", plain, nil, nil, "250"},
		{"not offered", "SIZE", plain, nil, nil, "250"},
		{"a refusal is temporary, with the host's words", "AUTH PLAIN", plain, map[string][]string{"AUTH": {"535 5.7.8 bad credentials"}},
			[]string{"AUTH PLAIN " + b64("\x00ada\x00s3cret word")}, "454 4.7.0 AUTH PLAIN: 535 5.7.8 bad credentials"},
		{"too many questions are cancelled", "AUTH LOGIN", plain, map[string][]string{"": {"334 "}, "AUTH": {"334 "}, "*": {"501 5.7.0 cancelled"}},
			[]string{"AUTH LOGIN", b64("ada"), b64(password), "*"}, "454 4.7.0 AUTH LOGIN: 501 5.7.0 cancelled"},
		{"an entry that cannot be read", "AUTH PLAIN", `"U:ada"`, nil, nil, "454 4.7.0 authinfo: it has no password"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			answers := map[string][]string{"EHLO": {offers(test.offer)}}
			for k, v := range test.answers {
				answers[k] = v
			}
			p := newPeer(t, answers)
			m := NewSMTP(Options{Hostname: "me.example", Dial: (&net.Dialer{}).DialContext, Resolver: net.DefaultResolver, Login: entry(test.entry), Idle: -1})
			defer m.Close()
			var shown []string
			j := authJob(p.host())
			j.Verbose = func(line string) { shown = append(shown, line) }
			s := m.Deliver(context.Background(), j)[0]
			if got := s.Error(); !strings.HasPrefix(got, test.status) {
				t.Errorf("%s, want %s", got, test.status)
			}
			said := p.commands()
			from := slices.IndexFunc(said, func(s string) bool { return strings.HasPrefix(s, "EHLO") }) + 1
			to := slices.IndexFunc(said, func(s string) bool { return strings.HasPrefix(s, "MAIL") || s == "QUIT" })
			if got := said[from:to]; !slices.Equal(got, test.want) {
				t.Errorf("said %q, want %q", got, test.want)
			}
			everything := strings.Join(shown, "\n") + s.Error()
			for _, secret := range []string{password, b64(password), b64("\x00ada\x00s3cret word"), "tanstaaf", "dGltIGI5"} {
				if strings.Contains(everything, secret) {
					t.Errorf("%q is shown in\n%s", secret, everything)
				}
			}
		})
	}
}

// authJob is a message for one recipient at a host.
func authJob(host string) Job {
	j := local(text("Subject: x\r\n\r\nhi\r\n"))
	j.Host, j.Rcpts = host, j.Rcpts[:1]
	return j
}

func TestPasswordsGoOverNoOpenConnectionToOtherMachines(t *testing.T) {
	p := newPeer(t, map[string][]string{"EHLO": {offers("AUTH PLAIN")}, "AUTH": {"235 ok"}})
	for _, inClear := range []bool{false, true} {
		m := NewSMTP(Options{Hostname: "me.example", Resolver: net.DefaultResolver, Login: entry(`"U:ada" "P:x"`), InClear: func() bool { return inClear }, Idle: -1,
			Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, p.addr())
			}})
		s := m.Deliver(context.Background(), authJob("[192.0.2.1]"))[0]
		m.Close()
		asked := slices.ContainsFunc(p.commands(), func(s string) bool { return strings.HasPrefix(s, "AUTH") })
		if asked != inClear || s.OK() != inClear || !inClear && !strings.Contains(s.Error(), "set [safety] auth_in_clear") {
			t.Errorf("in clear %v: AUTH was said: %v, %v", inClear, asked, s)
		}
	}
}

func TestWhatCannotBeLookedUpWaits(t *testing.T) {
	p := newPeer(t, map[string][]string{"EHLO": {offers("AUTH PLAIN")}})
	m := NewSMTP(Options{Hostname: "me.example", Dial: (&net.Dialer{}).DialContext, Resolver: net.DefaultResolver, Idle: -1,
		Login: func(name, address string) (table.Login, bool, error) {
			if name != "" || address != "["+netip.MustParseAddr("127.0.0.1").String()+"]" {
				t.Errorf("asked for %q, %q", name, address)
			}
			return table.Login{}, false, errors.New("World readable file")
		}})
	defer m.Close()
	if s := m.Deliver(context.Background(), authJob(p.host()))[0]; !s.Temporary() || s.Enhanced != (mta.Enhanced{4, 7, 0}) {
		t.Errorf("%v", s)
	}
}
