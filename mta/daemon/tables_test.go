package daemon

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
	"postroom.dev/mta/smtpd"
	"postroom.dev/mta/table"
	"postroom.dev/spool"
)

// The files below testdata/sendmail hold tables and, in their sections smtp and bv, what a real sendmail does with them:
//
//	CLIENT SENDER RECIPIENT => the first reply that refuses, else accept, discard or quarantine: REASON
//	ADDRESS => MAILER HOST USER, several with "; " between, or the words of a refusal
//
// CLIENT is an address; clientNames has those with names. sendmail_tables_linux_test.go asks the real one again, and with -update
// writes down what it says. A line that begins with "!" is one where we mean to differ: what we say stands behind " | ".
var update = flag.Bool("update", false, "write down what real sendmail says")

// clientNames are the clients that have a name; others have none.
var clientNames = map[string]string{"127.0.0.1": "localhost", "192.0.2.33": "client.example", "192.0.2.60": "mx.relay.example"}

// knownUsers have mailboxes, beside root.
var knownUsers = []string{"alice", "bob", "carol"}

// tableCase is one file of cases.
type tableCase struct {
	name  string
	path  string
	files map[string]string
	smtp  []question
	bv    []question
}

// question is a line of a case.
type question struct {
	ask    string
	answer string // sendmail's
	ours   string // ours where it differs
}

func (q question) line() string {
	if q.ours != "" {
		return "!" + q.ask + " => " + q.answer + " | " + q.ours
	}
	return q.ask + " => " + q.answer
}

func (q question) want() string {
	if q.ours != "" {
		return q.ours
	}
	return q.answer
}

func readCases(t *testing.T) []*tableCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/sendmail/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	var all []*tableCase
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := &tableCase{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, files: map[string]string{}}
		for _, f := range a.Files {
			switch f.Name {
			case "smtp":
				c.smtp = questions(string(f.Data))
			case "bv":
				c.bv = questions(string(f.Data))
			default:
				c.files[f.Name] = string(f.Data)
			}
		}
		all = append(all, c)
	}
	return all
}

func questions(text string) (all []question) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		line, differs := strings.CutPrefix(line, "!")
		var q question
		q.ask, q.answer, _ = strings.Cut(line, " => ")
		if differs {
			q.answer, q.ours, _ = strings.Cut(q.answer, " | ")
		}
		all = append(all, q)
	}
	return all
}

// router makes ours of a case's tables.
func (c *tableCase) router(t *testing.T) *route.Router {
	t.Helper()
	m := func(name string) func() (*table.Map, error) {
		text, ok := c.files[name]
		if !ok {
			return nil
		}
		parsed, _ := table.Parse(name, strings.NewReader(text), table.Syntax{})
		return func() (*table.Map, error) { return parsed, nil }
	}
	class := func(name string) func() (*table.Class, error) {
		parsed, _ := table.ParseClass(name, strings.NewReader(c.files[name]))
		return func() (*table.Class, error) { return parsed, nil }
	}
	config := route.Config{
		Hostname: "mail.example.com", External: route.ExternalRelay, Strict: true,
		Tables: route.Tables{
			Access: m("access"), Virtusers: m("virtusertable"), Mailers: m("mailertable"),
			LocalHosts: class("local-host-names"), RelayDomains: class("relay-domains"), VirtualDomains: class("virtuser-domains"),
		},
		Known: func(user string) bool { return user == "root" || slices.Contains(knownUsers, user) },
	}
	for line := range strings.Lines(c.files["features"]) {
		line = strings.TrimSpace(line)
		switch f := &config.Features; line {
		case "FEATURE(`delay_checks')":
			f.DelayChecks = route.DelayAll
		case "FEATURE(`delay_checks',`friend')":
			f.DelayChecks = route.DelayFriend
		case "FEATURE(`delay_checks',`hater')":
			f.DelayChecks = route.DelayHater
		case "FEATURE(`lookupdotdomain')":
			f.LookupDotDomain = true
		case "FEATURE(`relay_entire_domain')":
			f.RelayEntireDomain = true
		case "FEATURE(`relay_hosts_only')":
			f.RelayHostsOnly = true
		case "FEATURE(`relay_local_from')":
			f.RelayLocalFrom = true
		case "FEATURE(`relay_mail_from')":
			f.RelayMailFrom = route.RelayFromAddress
		case "FEATURE(`promiscuous_relay')":
			f.PromiscuousRelay = true
		case "FEATURE(`accept_unqualified_senders')":
			f.AcceptUnqualifiedSenders = true
		case "FEATURE(`virtuser_entire_domain')":
			f.VirtuserEntireDomain = true
		case "VIRTUSER_DOMAIN_FILE(`/etc/mail/virtuser-domains')", "FEATURE(`ratecontrol')", "FEATURE(`conncontrol')",
			"define(`_RELAY_FULL_ADDR_',1)", "":
			f.RelayToFullAddress = f.RelayToFullAddress || strings.Contains(line, "FULL_ADDR")
		default:
			if smart, ok := strings.CutPrefix(line, "define(`SMART_HOST',`"); ok {
				config.SmartHost = strings.TrimSuffix(smart, "')")
				continue
			}
			t.Fatalf("%s: %q is not known here", c.path, line)
		}
	}
	r, err := route.New(config)
	if err != nil {
		t.Fatal(err)
	}
	db, _ := alias.Parse("aliases", strings.NewReader(c.files["aliases"]), r.IsLocal)
	config.Aliases = func() (*alias.DB, error) { return db, nil }
	if r, err = route.New(config); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTablesMeanWhatTheyMeanToSendmail(t *testing.T) {
	n := 0
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			router := c.router(t)
			var f *fixture
			for _, q := range c.smtp {
				n++
				if f == nil {
					f = newFixture(t, func(cfg *Config) { cfg.Router = router })
				}
				if got := f.converse(t, q.ask); got != q.want() {
					t.Errorf("smtp %s\n got %s\nwant %s", q.ask, got, q.want())
				}
			}
			for _, q := range c.bv {
				n++
				if got := destinations(router, q.ask); got != q.want() {
					t.Errorf("bv %s\n got %s\nwant %s", q.ask, got, q.want())
				}
			}
		})
	}
	t.Logf("%d cases", n)
}

// destinations is what -bv says of an address.
func destinations(r *route.Router, text string) string {
	a, err := address.Parse(text)
	if err != nil {
		_, words := address.Complaint(err)
		return words
	}
	leaves, err := r.Leaves(a)
	if err != nil {
		return mta.StatusOf(err).Text
	}
	var all []string
	for _, l := range leaves {
		if l.Mailer == route.Error {
			all = append(all, l.Status.Text)
			continue
		}
		all = append(all, strings.Join(strings.Fields(l.Mailer+" "+l.Host+" "+l.User), " "))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "; ")
}

// from is a connection that seems to come from another address.
type from struct {
	net.Conn
	ip string
}

func (f from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.ip), Port: 4711} }

// converse asks our server.
func (f *fixture) converse(t *testing.T, ask string) string {
	t.Helper()
	words := strings.Fields(ask)
	s := smtpd.New(smtpd.Config{Hostname: "mail.example.com", QueueID: f.QueueID, Strict: true, SessionID: func() string { return "s" },
		Lookup: func(_ context.Context, ip netip.Addr) string { return clientNames[ip.String()] }}, f.Daemon)
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.ServeConn(t.Context(), from{theirs, words[0]}) }()
	answer, err := dialogue(ours, words[1], words[2])
	ours.Close()
	<-done
	if err != nil {
		t.Fatal(ask, err)
	}
	if answer != "accept" {
		return answer
	}
	ids, err := f.store.IDs(t.Context(), spool.Query{})
	if err != nil || len(ids) == 0 {
		t.Fatal("nothing kept", err)
	}
	records, err := f.store.Get(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	env := records[0].Envelope
	for _, r := range env.Recipients {
		switch r.State {
		case mta.Discarded:
			return "discard"
		case mta.Held:
			return "quarantine: " + f.quarantineOf(t, env.ID)
		}
	}
	return answer
}

func (f *fixture) quarantineOf(t *testing.T, id string) string {
	t.Helper()
	e, err := f.Queue.Queues()[0].LockKind("hf", id)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.Control.Quarantine
}

// dialogue sends one message and gives the first reply that refuses it, else "accept".
func dialogue(conn net.Conn, sender, rcpt string) (string, error) {
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	c := textproto.NewConn(conn)
	reply := func(line string) (string, error) {
		if line != "" {
			if err := c.PrintfLine("%s", line); err != nil {
				return "", err
			}
		}
		code, text, err := c.ReadResponse(0)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d %s", code, strings.ReplaceAll(text, "\n", " / ")), nil
	}
	for i, line := range []string{"", "EHLO client.example", "MAIL FROM:" + sender, "RCPT TO:" + rcpt, "DATA", "Subject: test\r\n\r\ntext\r\n."} {
		got, err := reply(line)
		if err != nil {
			return "", err
		}
		if got[0] > '3' {
			if i > 0 {
				reply("QUIT")
			}
			return got, nil
		}
	}
	reply("QUIT")
	return "accept", nil
}

// write writes a case's file with new answers.
func (c *tableCase) write(t *testing.T) {
	t.Helper()
	old, err := txtar.ParseFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range old.Files {
		f := &old.Files[i]
		list := map[string][]question{"smtp": c.smtp, "bv": c.bv}[f.Name]
		if list == nil {
			continue
		}
		var b strings.Builder
		lines := bufio.NewScanner(strings.NewReader(string(f.Data)))
		for n := 0; lines.Scan(); {
			if text := strings.TrimSpace(lines.Text()); text == "" || strings.HasPrefix(text, "#") {
				b.WriteString(lines.Text() + "\n")
				continue
			}
			b.WriteString(list[n].line() + "\n")
			n++
		}
		f.Data = []byte(b.String())
	}
	if err := os.WriteFile(c.path, txtar.Format(old), 0o644); err != nil {
		t.Fatal(err)
	}
}
