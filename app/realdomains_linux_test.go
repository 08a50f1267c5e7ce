package app

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/foxcpp/go-mockdns"
	"golang.org/x/net/dns/dnsmessage"

	"postroom.dev/mta/realsendmail"
)

// domainsMC is a sendmail that asks whether senders' domains exist.
var domainsMC = strings.Replace(clientMC, "FEATURE(`accept_unresolvable_domains')", "DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=smtp, Addr=127.0.0.1')", 1)

// nameServer answers at 127.0.0.1:53, where resolv.conf says.
func nameServer(t *testing.T) {
	t.Helper()
	server, err := mockdns.NewServerWithLogger(map[string]mockdns.Zone{
		"host.net.":               {A: []string{"127.0.0.9"}},
		"six.net.":                {AAAA: []string{"::1"}},
		"mx.net.":                 {MX: []net.MX{{Host: "host.net.", Pref: 10}}},
		"broken.net.":             {MX: []net.MX{{Host: "nowhere.net.", Pref: 10}}},
		"null.net.":               {MX: []net.MX{{Host: ".", Pref: 0}}},
		"9.2.0.192.in-addr.arpa.": {PTR: []string{"host.net."}},
		"text.net.":               {TXT: []string{"no address"}},
		"down.net.":               {Err: errors.New("server failure")},
		"alias.net.":              {CNAME: "host.net."},
		"aliasmx.net.":            {CNAME: "mx.net."},
		"chain.net.":              {CNAME: "alias.net."},
		"dangling.net.":           {CNAME: "nowhere.net."},
		"aliastext.net.":          {CNAME: "text.net."},
		"aliasdown.net.":          {CNAME: "down.net."},
		"loop.net.":               {CNAME: "pool.net."},
		"pool.net.":               {CNAME: "loop.net."},
	}, log.New(io.Discard, "", 0), true)
	if err != nil {
		t.Fatal(err)
	}
	in, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		b := make([]byte, 1500)
		for {
			n, from, err := in.ReadFrom(b)
			if err != nil {
				return
			}
			ask := append([]byte{}, b[:n]...)
			running.Go(func() {
				c, err := net.Dial("udp", server.LocalAddr().String())
				if err != nil {
					return
				}
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(5 * time.Second))
				answer := make([]byte, 1500)
				if _, err := c.Write(ask); err == nil {
					if n, err := c.Read(answer); err == nil {
						_, _ = in.WriteTo(aliasesFirst(answer[:n]), from)
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = in.Close()
		running.Wait()
		_ = server.Close()
	})
}

// aliasesFirst puts right what go-mockdns 1.3.0 says the wrong way round: that the canonical name is an alias of the alias.
func aliasesFirst(answer []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(answer); err != nil {
		return answer
	}
	for i := range m.Answers {
		if r, is := m.Answers[i].Body.(*dnsmessage.CNAMEResource); is {
			m.Answers[i].Header.Name, r.CNAME = r.CNAME, m.Answers[i].Header.Name
		}
	}
	right, err := m.Pack()
	if err != nil {
		return answer
	}
	return right
}

func TestSendersDomainsAreJudgedAsByRealSendmail(t *testing.T) {
	if realsendmail.Inside() == "" {
		realsendmail.Machine{DNS: true}.Run(t)
		return
	}
	nameServer(t)
	if _, err := net.DefaultResolver.LookupHost(t.Context(), "host.net."); err != nil {
		t.Skipf("[skip] the name server of this machine is not asked: %v", err)
	}
	settingsRoom(t, "strict = true\n[smtp]\nhostname = \"mail.example.com\"\n", "127.0.0.2:25")
	put := func(name, text string) {
		if err := os.WriteFile("/etc/mail/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m4 := exec.Command("m4", "-")
	m4.Stdin = strings.NewReader(domainsMC)
	cf, err := m4.Output()
	if err != nil {
		t.Fatal(err)
	}
	put("sendmail.cf", string(cf))
	for _, name := range []string{"local-host-names", "trusted-users", "relay-domains"} {
		put(name, "")
	}
	put("aliases", "postmaster: root\n")
	sendmail := realsendmail.Path(t)
	for _, call := range [][]string{{realsendmail.Tool(t, "makemap"), "hash", "/etc/mail/access"}, {sendmail, "-bi"}} {
		if out, err := exec.CommandContext(t.Context(), call[0], call[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", call, err, out)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	daemon := exec.CommandContext(ctx, sendmail, "-bD")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = daemon.Wait() })
	_ = dialReal(t).Close()
	for _, from := range []string{
		"a@host.net", "a@six.net", "a@mx.net", "a@broken.net", "a@null.net", "a@text.net", "a@nx.net", "a@sub.nx.net", "a@down.net",
		"a@HOST.Net", "a@[192.0.2.9]", "a@[192.0.2.10]", "a@[IPv6:2001:db8::9]", "a@mail.example.com",
		"a@alias.net", "a@aliasmx.net", "a@chain.net", "a@dangling.net", "a@aliastext.net", "a@aliasdown.net",
		"a@[999.1.1.1]", "a@[1.2.3]", "a@[nonsense]", "a@[IPv6:zz]", "a@[IPv6:]", "a@[]", "a@[127.0.0.1]", "a@127.0.0.1", "a@localhost", "a@host.net.", "a@-host.net",
	} {
		lines := []string{"HELO x", "MAIL FROM:<" + from + ">"}
		theirs, ours := said(t, "127.0.0.1:25", lines...)[2], said(t, "127.0.0.2:25", lines...)[2]
		if ours != theirs {
			t.Errorf("%s: Postroom says %q, sendmail %q", from, ours, theirs)
		}
		t.Logf("%s: %s", from, theirs)
	}
}
