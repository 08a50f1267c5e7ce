package daemon

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
	"postroom.dev/spool/spooltest"
)

// beyond is all other machines. It notes for whom mail came to which host, by the name that was looked up or the address alone.
type beyond struct {
	mu    sync.Mutex
	names []string
	came  []string // "host recipient"
}

func (b *beyond) LookupMX(context.Context, string) ([]*net.MX, error) {
	return nil, &net.DNSError{IsNotFound: true}
}

func (b *beyond) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name = strings.TrimSuffix(name, ".")
	n := slices.Index(b.names, name)
	if n < 0 {
		n, b.names = len(b.names), append(b.names, name)
	}
	return []netip.Addr{netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)})}, nil
}

func (b *beyond) dial(_ context.Context, _, to string) (net.Conn, error) {
	ip := netip.MustParseAddrPort(to).Addr()
	host := ip.String()
	b.mu.Lock()
	if a := ip.As4(); a[0] == 203 {
		host = b.names[int(a[2])<<8|int(a[3])]
	}
	b.came = append(b.came, host+" ")
	b.mu.Unlock()
	here, there := net.Pipe()
	go func() {
		defer there.Close()
		in := bufio.NewReader(there)
		for say := "220 x"; say != ""; {
			io.WriteString(there, say+"\r\n")
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			switch say = "250 ok"; {
			case strings.HasPrefix(line, "RCPT"):
				b.mu.Lock()
				b.came = append(b.came, host+" "+strings.TrimSuffix(line[len("RCPT To:<"):], ">\r\n"))
				b.mu.Unlock()
			case strings.HasPrefix(line, "DATA"):
				io.WriteString(there, "354 go on\r\n")
				for line != ".\r\n" && err == nil {
					line, err = in.ReadString('\n')
				}
			}
		}
	}()
	return here, nil
}

// The words that tables, settings and addresses are made of.
var (
	someDomains = []string{"a.example", "b.example", "sub.a.example", "c.example", "d.example"}
	someHosts   = []string{"[192.0.2.1]", "[192.0.2.2]", "[mx.a.example]", "relay.example"}
	someUsers   = []string{"ann", "bob", "list", "crew"}
)

// policy is a random world in plain words: what the oracle goes by.
type policy struct {
	external  string
	smartHost string
	allow     []string
	redirect  string
	mailers   map[string]string   // key of the mailertable to mailer:host
	aliases   map[string][]string // local name to addresses
}

func drawPolicy(t *rapid.T) policy {
	p := policy{mailers: map[string]string{}, aliases: map[string][]string{}}
	p.external = rapid.SampledFrom([]string{"catch", "relay"}).Draw(t, "external")
	p.smartHost = rapid.SampledFrom(append([]string{"", "", ""}, someHosts...)).Draw(t, "smart host")
	for range rapid.IntRange(0, 3).Draw(t, "allow") {
		p.allow = append(p.allow, rapid.SampledFrom(slices.Concat(someDomains, []string{".a.example", "ann@b.example", "bob@c.example", "[192.0.2.1]", "[mx.a.example]", "[relay.example]"})).Draw(t, "entry"))
	}
	if rapid.IntRange(0, 3).Draw(t, "redirected") == 0 {
		p.redirect = rapid.SampledFrom([]string{"ann@b.example", "bob@c.example", "me@d.example"}).Draw(t, "redirect")
	}
	for range rapid.IntRange(0, 4).Draw(t, "mailertable") {
		key := rapid.SampledFrom(append([]string{".a.example", ".example"}, someDomains...)).Draw(t, "key")
		host := rapid.SampledFrom(someHosts).Draw(t, "host")
		p.mailers[key] = rapid.SampledFrom([]string{"esmtp:" + host, "relay:" + host, "catch:", "hold:", "hold:smtp:" + host, "discard:", "error:no", "local:ann"}).Draw(t, "mailer")
	}
	for _, name := range someUsers[1:] {
		for range rapid.IntRange(0, 2).Draw(t, "alias") {
			p.aliases[name] = append(p.aliases[name], drawAddress(t))
		}
	}
	return p
}

// drawAddress gives an address as somebody writes it, of a kind that gets round other servers.
func drawAddress(t *rapid.T) string {
	user := rapid.SampledFrom(someUsers).Draw(t, "user")
	one := rapid.SampledFrom(someDomains).Draw(t, "domain")
	two := rapid.SampledFrom(someDomains).Draw(t, "other domain")
	return fmt.Sprintf(rapid.SampledFrom([]string{
		"%[1]s@%[2]s", "%[1]s@%[2]s", "%[1]s@%[2]s.", "%[1]s", "%[1]s@localhost", "%[1]s%%%[3]s@%[2]s", "%[1]s%%%[3]s@localhost", "%[3]s!%[1]s@%[2]s", "%[3]s!%[1]s",
		`"%[1]s@%[3]s"@%[2]s`, `"%[1]s@%[3]s"@localhost`, "<@%[3]s:%[1]s@%[2]s>", "%[1]s@x.%[2]s", "%[1]s@[192.0.2.1]", "%[1]s@[127.0.0.1]", "%[1]s@192.0.2.9", "%[1]s+x@%[2]s",
	}).Draw(t, "form"), user, strings.ToUpper(one[:1])+one[1:], two)
}

// mayGo says whether mail for an address may come to a host: the policy, said in another way than the code does. letOut are those whom the
// user let mail go out to.
func (p policy) mayGo(host, to string, letOut map[string]bool) bool {
	at := strings.LastIndexByte(to, '@')
	fold := func(s string) string { return strings.Trim(strings.ToLower(s), ".") }
	domain, user := fold(to[at+1:]), strings.ToLower(to[:at])
	if p.redirect != "" && user+"@"+domain != p.redirect {
		return false
	}
	entry, named := p.mailers[domain]
	for parent := domain; !named && strings.Contains(parent, ".") && domain[0] != '['; {
		_, parent, _ = strings.Cut(parent, ".")
		entry, named = p.mailers["."+parent]
	}
	way, _, _ := strings.Cut(strings.TrimPrefix(entry, "hold:"), ":")
	named = named && (way == "esmtp" || way == "relay" || way == "smtp")
	if !named && p.external != "relay" && !letOut[fold(to)] && (p.redirect == "" || len(letOut) == 0) {
		return false
	}
	if len(p.allow) == 0 {
		return true
	}
	for _, e := range p.allow {
		e = strings.ToLower(e)
		if e == domain || e == user+"@"+domain || e == "["+host+"]" || e[0] == '.' && strings.HasSuffix(domain, e) {
			return true
		}
	}
	return false
}

// begin makes a daemon that keeps to the policy.
func (p policy) begin(t *rapid.T, dir string, out *beyond) *Daemon {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	q, err := queue.Open(dir)
	must(err)
	allow, err := gate.Parse(p.allow)
	must(err)
	redirect, err := address.Parse(p.redirect)
	if p.redirect != "" {
		must(err)
	}
	var mailers, aliases strings.Builder
	for _, k := range slices.Sorted(maps.Keys(p.mailers)) {
		fmt.Fprintf(&mailers, "%s\t%s\n", k, p.mailers[k])
	}
	for _, k := range slices.Sorted(maps.Keys(p.aliases)) {
		fmt.Fprintf(&aliases, "%s: %s\n", k, strings.Join(p.aliases[k], ", "))
	}
	aliases.WriteString("owner-crew: bob@c.example\n")
	m, _ := table.Parse("mailertable", strings.NewReader(mailers.String()), table.Syntax{})
	db, _ := alias.Parse("aliases", strings.NewReader(aliases.String()), func(d string) bool { return strings.EqualFold(d, "localhost") })
	router, err := route.New(route.Config{Hostname: "mail.home.example", External: p.external, SmartHost: p.smartHost, Allow: allow, Redirect: redirect,
		Tables: route.Tables{Mailers: func() (*table.Map, error) { return m, nil }}, Aliases: func() (*alias.DB, error) { return db, nil }})
	must(err)
	smtp := deliver.NewSMTP(deliver.Options{Hostname: "mail.home.example", Dial: out.dial, Resolver: out})
	t.Cleanup(func() { smtp.Close() })
	all := map[string]deliver.Mailer{route.Local: newScript()}
	for _, name := range []string{route.ESMTP, route.Relay, route.SMTP, route.SMTP8, route.DSMTP} {
		all[name] = smtp
	}
	now := func() time.Time { return noon }
	return New(Config{Store: spooltest.NewMemory(), Hostname: "mail.home.example", Software: "Postroom 1", Now: now, Log: slog.New(slog.DiscardHandler),
		Queue: queue.NewGroup(func(int) int { return 0 }, q), Rules: Rules{Router: router}, Mailers: all, QueueID: qf.NewIDs(now, 77, 0).Next})
}

func TestWhateverTablesAndSettingsMailGoesOnlyWherePolicyAllows(t *testing.T) {
	left, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p, out := drawPolicy(t), &beyond{}
		dir, err := os.MkdirTemp("", "leaving")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		if err := os.Mkdir(filepath.Join(dir, "q"), 0o700); err != nil {
			t.Fatal(err)
		}
		d := p.begin(t, filepath.Join(dir, "q"), out)
		ctx := context.Background()
		letOut := map[string]bool{}
		for i := range rapid.IntRange(1, 3).Draw(t, "messages") {
			env := &mta.Envelope{ID: fmt.Sprintf("6AMC00A%c000001", 'A'+i), Sender: parsed(drawAddress(t)), Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:1", HELO: "x", UID: -1}, Arrival: d.Now()}
			for range rapid.IntRange(1, 4).Draw(t, "recipients") {
				env.Recipients = append(env.Recipients, mta.Recipient{Address: parsed(drawAddress(t)), Notify: mta.NotifySuccess | mta.NotifyFailure})
			}
			id, err := d.Submit(ctx, env, strings.NewReader(text))
			if err != nil {
				continue
			}
			if rapid.Bool().Draw(t, "redeliver") {
				d.Redeliver(ctx, id)
			}
			if rapid.Bool().Draw(t, "release") {
				order := mta.ReleaseOrder{Message: id, To: []string{drawAddress(t)}, Resent: rapid.Bool().Draw(t, "forward")}
				if rapid.Bool().Draw(t, "as it came") {
					order.To = nil
				}
				if done, err := d.LetOut(ctx, order); err == nil {
					for _, r := range done.Plan.Recipients {
						letOut[strings.Trim(strings.ToLower(r.Address), ".")] = true
					}
				}
			}
		}
		for range 3 {
			if err := d.Run(ctx, queue.Selection{}, nil); err != nil {
				t.Fatal(err)
			}
			for m := range d.Queue.Entries() {
				d.Release(ctx, m.ID)
			}
		}
		out.mu.Lock()
		defer out.mu.Unlock()
		for _, c := range out.came {
			host, to, _ := strings.Cut(c, " ")
			if to == "" { // a dial; its recipients follow
				continue
			}
			left++
			to, _, _ = strings.Cut(to, "> ")
			if !p.mayGo(host, strings.TrimSuffix(to, ">"), letOut) {
				t.Errorf("mail for %s went to %s\n%+v\nlet out: %v", to, host, p, letOut)
			}
		}
		ids, err := d.Store.IDs(ctx, spool.Query{State: mta.Caught})
		if err != nil {
			t.Fatal(err)
		}
		kept += len(ids)
	})
	if left == 0 || kept == 0 {
		t.Errorf("%d left, %d were kept: the test shows nothing", left, kept)
	}
	t.Logf("%d recipients' mail left, %d messages were kept", left, kept)
}

func parsed(s string) address.Address {
	if rest, ok := strings.CutPrefix(s, "<"); ok {
		if p, _, err := address.ParsePath("<" + rest); err == nil {
			return p
		}
	}
	a, _ := address.Parse(s)
	return a
}
