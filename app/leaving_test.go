package app

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/gate"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
	"postroom.dev/ui"
)

// outside is all other machines: each name has an address of its own, and whoever is connected to takes all mail. It remembers
// who was dialled and for whom mail was.
type outside struct {
	mu    sync.Mutex
	names map[string]netip.Addr
	dials []string // names, or addresses that have none
	rcpts []string // "host recipient"
	texts []string
}

func newOutside() *outside { return &outside{names: map[string]netip.Addr{}} }

func (o *outside) LookupMX(context.Context, string) ([]*net.MX, error) {
	return nil, &net.DNSError{IsNotFound: true}
}

func (o *outside) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name = strings.TrimSuffix(name, ".")
	if _, ok := o.names[name]; !ok {
		n := len(o.names)
		o.names[name] = netip.AddrFrom4([4]byte{203, 0, byte(n / 250), byte(n%250 + 1)})
	}
	return []netip.Addr{o.names[name]}, nil
}

func (o *outside) dial(_ context.Context, _, to string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	for name, ip := range o.names {
		if ip.String() == host {
			host = name
		}
	}
	if port != "25" {
		host += ":" + port
	}
	o.dials = append(o.dials, host)
	o.mu.Unlock()
	here, there := net.Pipe()
	go o.host(there, host)
	return here, nil
}

// host speaks as another mail server.
func (o *outside) host(c net.Conn, name string) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { io.WriteString(c, s+"\r\n") }
	say("220 " + name + " ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); strings.ToUpper(word) {
		case "EHLO":
			say("250-" + name + "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN")
		case "RCPT":
			o.mu.Lock()
			o.rcpts = append(o.rcpts, name+" "+rest)
			o.mu.Unlock()
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go on")
			text := ""
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text += line
			}
			o.mu.Lock()
			o.texts = append(o.texts, text)
			o.mu.Unlock()
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

// seen gives who was dialled and "host recipient", each once.
func (o *outside) seen() (dials, rcpts []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	once := func(s []string) []string { s = slices.Clone(s); slices.Sort(s); return slices.Compact(s) }
	return once(o.dials), once(o.rcpts)
}

// houseTables is a home from which many ways lead outside. FORWARD stands for a directory with .forward files.
var houseTables = map[string]string{
	"mailertable": "out.example\tesmtp:[192.0.2.25]\nsimulated.example\tsim:defer\nkept.example\tcatch:\nwaits.example\thold:\nwaits2.example\thold:esmtp:evil-held.example\n",
	"aliases": `away: eve@evil-alias.example
mixed: root, eve@evil-alias2.example, ann@out.example
list: :include:FORWARD/list
crew: bob@evil-crew.example
owner-crew: owner@evil-owner.example
broken: |/bin/false
out: ann@out.example
loop: loop2
loop2: loop
`,
	"virtusertable":    "info@house.example\teve@evil-virtual.example\n@all.example\t%1@evil-all.example\n",
	"local-host-names": "house.example\nall.example\n",
	"genericstable":    "shop@house.example\tshop@evil-generic.example\n",
	"relay-domains":    "evil-relay.example\n",
	"access":           "To:evil-access.example\tRELAY\nConnect:127.0.0.1\tRELAY\n",
	"authinfo":         "AuthInfo:\t\"U:a\" \"P:b\"\n",
}

// paths are forward-paths of which none may lead outside but those at out.example.
var paths = []string{
	"<eve@evil.example>", "<EVE@Evil.EXAMPLE.>", "<eve@EvIl.example>", "<ann@out.example>", "<Ann@OUT.example>",
	"<eve@sub.out.example>", "<eve@out.example.evil.example>", "<eve@xn--vil-9oa.example>", "<eve@évil.example>",
	"<@out.example:eve@evil-route.example>", "<@out.example,@localhost:eve@evil-route.example>", "<@evil-route.example:ann@out.example>",
	"<eve%evil-percent.example@localhost>", "<eve%evil-percent.example@out.example>", "<ann%out.example@evil-percent.example>",
	"<evil-bang.example!eve>", "<evil-bang.example!eve@localhost>", "<out.example!evil-bang.example!eve>", "<out.example!ann@evil-bang.example>",
	`<"eve@evil-quoted.example"@out.example>`, `<"ann@out.example"@evil-quoted.example>`, `<"eve@evil-quoted.example"@localhost>`, `<"eve@evil-quoted.example">`,
	`<"x\"@out.example"@evil-quoted.example>`, `<ann@out.example@evil-quoted.example>`, `<eve@evil-quoted.example,ann@out.example>`,
	"<eve@[127.0.0.1]>", "<eve@[192.0.2.25]>", "<eve@[198.51.100.7]>", "<eve@[IPv6:2001:db8::7]>", "<eve@198.51.100.7>", "<eve@[evil-literal.example]>",
	"<eve@[IPv6:::ffff:10.0.0.1]>", "<eve@[::ffff:10.0.0.1]>", "<eve@[IPV6:::FFFF:0a00:0001]>", "<eve@[0x0a000001]>", "<eve@[167772161]>", "<eve@[010.0.0.1]>", "<eve@[10.1]>", "<eve@[10.0.0.1%lo]>", "<eve@[fe80::1%lo]>",
	"<eve@0x0a000001>", "<eve@167772161>", "<eve@10.0.0.1.>", "<eve@[::]>", "<eve@[0.0.0.0]>", "<eve@１０.0.0.1>",
	"<eve@out.example:evil-colon.example>", "<eve@[192.0.2.25]:[198.51.100.7]>", "<eve@out.example evil.example>", "<eve@out.example\tevil.example>", "<eve@out.example;evil.example>",
	"<away>", "<AWAY@localhost>", "<mixed>", "<list>", "<crew>", "<crew+x@house.example>", "<broken>", "<loop>", "<out>", "<root>", "<info@house.example>", "<any@all.example>",
	"<eve@simulated.example>", "<eve@kept.example>", "<eve@waits.example>", "<eve@waits2.example>", "<eve@evil-relay.example>", "<eve@evil-access.example>",
	"<|/bin/mail eve@evil.example>", `<"|/bin/mail eve@evil.example"@localhost>`, "<:include:/tmp/x>", "</tmp/x>", "<relay:eve@evil.example>", "<esmtp:eve@evil.example>", "<smtp:evil.example:eve>",
	"<>", "<@>", "<eve@>", "<@evil.example>", "<eve@.>", "<eve@..evil.example>",
}

// house is a running home with outside around it.
type house struct {
	*testing.T
	*Room
	outside *outside
	dir     string
	env     []string
}

func newHouse(t *testing.T, settings string) *house {
	t.Helper()
	h := &house{T: t, outside: newOutside(), dir: t.TempDir()}
	home := config.Home{Dir: filepath.Join(h.dir, "home")}
	forwards := filepath.Join(h.dir, "forward")
	if err := os.Mkdir(forwards, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := home.Create(); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "FORWARD", forwards)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(forwards, "list"), "eve@evil-include.example\nann@out.example\n")
	write(filepath.Join(forwards, "root"), "\\root, eve@evil-forward.example, ann@out.example\n")
	write(home.Settings(), strings.Replace(settings, "[delivery]", "[smtp]\nlisten = [\"127.0.0.1:0\"]\nhostname = \"house.example\"\nauth = \"any\"\n[queue]\ninterval = \"0\"\n[store]\ndurability = \"process\"\n[delivery]\nforward_path = \"FORWARD/$u\"", 1)+
		"\n[[listener]]\naddress = \"127.0.0.1:0\"\nprotocol = \"lmtp\"\n")
	for name, text := range houseTables {
		write(home.Table(name), text)
	}
	h.env = append(os.Environ(), "POSTROOM_HOME="+home.Dir, "HOME="+h.dir)
	var err error
	h.Room, err = Open(home, Options{Log: slog.New(slog.DiscardHandler), Outside: &Outside{Dial: h.outside.dial, Resolver: h.outside}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// dialogue plays a session of the SMTP server: each line waits for its reply, and is none the worse for a refusal.
func (h *house) dialogue(lines ...string) {
	h.Helper()
	h.talk("SMTP", append([]string{"EHLO app.example"}, lines...)...)
}

// talk plays a session at the listener of that protocol.
func (h *house) talk(protocol string, lines ...string) {
	h.Helper()
	s, err := h.Status(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	i := slices.IndexFunc(s.Listeners, func(l ui.Listener) bool { return l.Protocol == protocol && l.Err == "" })
	if i < 0 {
		h.Fatalf("no listener for %s: %+v", protocol, s.Listeners)
	}
	c, err := net.Dial("tcp", s.Listeners[i].Address)
	if err != nil {
		h.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	reply := func() string {
		for {
			line, err := in.ReadString('\n')
			if err != nil || len(line) < 4 || line[3] != '-' {
				return line
			}
		}
	}
	reply()
	for _, line := range append(lines, "QUIT") {
		fmt.Fprintf(c, "%s\r\n", line)
		if line == "DATA" {
			if !strings.HasPrefix(reply(), "354") {
				continue
			}
			fmt.Fprintf(c, "Subject: x\r\nFrom: eve@evil-from.example\r\nTo: eve@evil-to.example\r\nReply-To: eve@evil-reply.example\r\n"+
				"Errors-To: eve@evil-errors.example\r\nDisposition-Notification-To: eve@evil-mdn.example\r\nReturn-Receipt-To: eve@evil-receipt.example\r\n\r\nx\r\n.\r\n")
		}
		reply()
	}
}

// sendmail runs the command by that name.
func (h *house) sendmail(stdin string, args ...string) {
	h.Helper()
	cmd := exec.CommandContext(h.Context(), "sendmail", args...)
	cmd.Env, cmd.Stdin = h.env, strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() < 0 {
		h.Fatalf("sendmail %q: %v\n%s", args, err, out)
	}
}

// queueFile puts a message into the queue as another program would.
func (h *house) queueFile(dir, id, control string) {
	h.Helper()
	for name, text := range map[string]string{"df" + id: "body\n", "qf" + id: control} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			h.Fatal(err)
		}
	}
}

// everyWay sends mail by every way there is, to everybody.
func (h *house) everyWay() {
	h.Helper()
	for _, path := range paths {
		h.dialogue("MAIL FROM:<forger@evil-sender.example>", "RCPT TO:"+path+" NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;eve@evil-orcpt.example", "DATA")
	}
	h.dialogue("MAIL FROM:"+paths[0]+" RET=FULL ENVID=eve@evil-envid.example", "RCPT TO:<broken>", "RCPT TO:<away>", "DATA")
	h.dialogue("MAIL FROM:<>", "RCPT TO:<away>", "RCPT TO:<eve@evil.example>", "DATA")
	h.dialogue("MAIL FROM:<@evil.example:forger@evil-sender.example>", "RCPT TO:<broken>", "DATA")
	for _, by := range []string{"BY=1;R", "BY=-1;N", "BY=120;NT", "BY=1;RT"} { // one that has passed by the end, and reports of each kind
		h.dialogue("MAIL FROM:<forger@evil-sender.example> "+by, "RCPT TO:<ann@out.example> NOTIFY=SUCCESS,FAILURE,DELAY", "RCPT TO:<away>", "RCPT TO:<eve@evil.example>", "DATA")
	}
	h.dialogue("MAIL FROM:<shop@house.example>", "RCPT TO:<loop>", "RCPT TO:<crew>", "DATA")
	login := base64.StdEncoding.EncodeToString([]byte("\x00ann\x00secret"))
	h.dialogue(append(append([]string{"AUTH PLAIN " + login, "MAIL FROM:<ann@house.example> AUTH=<eve@evil.example> SMTPUTF8"}, rcptLines()...), "DATA")...)
	before := h.store.Counts().All
	h.talk("LMTP", append(append([]string{"LHLO app.example", "MAIL FROM:<forger@evil-sender.example>"}, rcptLines()...), "DATA")...)
	if h.store.Counts().All == before {
		h.Error("nothing came by LMTP, so that the test shows nothing of it")
	}
	h.dialogue("VRFY eve@evil.example", "EXPN crew", "ETRN evil.example", "ETRN @example", "ETRN #evil.example", "ETRN out.example")

	message := "From: a@house.example\nTo: eve@evil-to.example, away, \"x\" <eve@evil-to2.example>\nCc: eve@evil-cc.example\nBcc: eve@evil-bcc.example, ann@out.example\nSubject: x\n\nx\n"
	h.sendmail(message, "-t")
	h.sendmail("Resent-From: a@house.example\nResent-To: eve@evil-resent.example\nResent-Bcc: eve@evil-resent2.example, list\n"+message, "-t")
	h.sendmail(message, "-t", "-f", "forger@evil-sender.example", "away", "crew")
	h.sendmail(message, "-odq", "-oi", "-f", "forger@evil-sender.example", "eve@evil-client.example", "away", "list", "ann@out.example")
	h.sendmail(message, "-N", "success", "-R", "hdrs", "-V", "x", "-f", "forger@evil-sender.example", "root", "broken")
	h.sendmail("", "-bv", "eve@evil.example", "away", "list")
	h.sendmail("EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<eve@evil-bs.example>\r\nRCPT TO:<away>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n", "-bs")

	head := "V8\nT1763870000\nK0\nN0\nP30000\nFbs\n$_eve@localhost\n$rrelease\n$s[evil-macro.example]\n${daemon_flags}\nS<forger@evil-sender.example>\n"
	tail := "H?P?Return-Path: <\x81g>\nH??From: a@house.example\nH??To: eve@evil-header.example\nH??Subject: x\n.\n"
	h.queueFile(h.home.Queue(), "6AMC00ZA000001", head+"CRelay\nQrfc822;eve@evil-q.example\nrRFC822; eve@evil-r.example\nRPFD:<eve@evil-imported.example>\n"+tail)
	h.queueFile(h.home.Queue(), "6AMC00ZB000001", head+"RPFD:relay:[198.51.100.9]:eve@evil-imported.example\nRPFD:esmtp.evil-imported.example.eve\nRPFD:|/bin/mail eve\nRPFD:away\nRPFD:ann@out.example\n"+tail)
	h.queueFile(h.home.Queue(), "6AMC00ZC000001", head+"Aeve@evil-auth.example\nRPFD:<@out.example:eve@evil-imported.example>\nRPFD:eve@evil-imported.example@out.example\n"+tail)
	h.queueFile(h.home.ClientQueue(), "6AMC00ZD000001", head+"RPFD:eve@evil-client.example\nRPFD:<away>\n"+tail)
	h.queueFile(h.home.ClientQueue(), "6AMC00ZE000001", strings.Replace(head, "$rrelease", "$rreport", 1)+"RPFD:eve@evil-client.example\n"+tail)
}

// rcptLines are RCPT commands for all paths.
func rcptLines() (lines []string) {
	for _, p := range paths {
		lines = append(lines, "RCPT TO:"+p)
	}
	return lines
}

// settle runs the queues until nothing more happens, lets go whatever is held and redelivers everything once.
func (h *house) settle() {
	h.Helper()
	ctx := h.Context()
	run := func() {
		h.Helper()
		if err := h.drainNow(ctx, queue.Selection{}); err != nil && !strings.Contains(err.Error(), "stays") {
			h.Log(err)
		}
		for range 3 { // reports, and reports about reports
			if err := h.daemon.Run(ctx, queue.Selection{}, nil); err != nil {
				h.Fatal(err)
			}
		}
	}
	run()
	d := desk{shelf{h.store}, h.Room}
	for range 2 {
		waiting, err := d.Queue(ctx, []string{"Q"})
		if err != nil {
			h.Fatal(err)
		}
		for _, w := range waiting {
			if err := d.Operate(ctx, "release", w.QueueID); err != nil {
				h.Fatal(err)
			}
		}
		run()
	}
	ids, err := h.store.IDs(ctx, spool.Query{})
	if err != nil {
		h.Fatal(err)
	}
	for _, id := range ids {
		if _, err := h.Redeliver(ctx, id); err != nil && mta.StatusOf(err).Code == 451 {
			h.Fatal(err)
		}
	}
	run()
	if _, err := d.Clock(ctx, 6*24*time.Hour, false); err != nil { // what waits goes back
		h.Fatal(err)
	}
	run()
}

func TestNothingLeavesButByPolicy(t *testing.T) {
	if testing.Short() {
		t.Skip("it sends some hundred messages")
	}
	// 192.0.2.25 is the host of out.example. Whoever stands in a mailertable's hold: has been let go by the user at the end.
	for _, tt := range []struct {
		rule, settings string
		host           func(name string) bool // may be dialled
		rcpt           func(a address.Address, host string) bool
		must           []string // was reached
	}{
		{"the mailertable alone lets out", "[delivery]\n", func(n string) bool { return n == "192.0.2.25" || n == "evil-held.example" },
			func(a address.Address, host string) bool {
				return strings.EqualFold(a.Domain, "out.example") || host == "evil-held.example" && a.Domain == "waits2.example"
			}, []string{"192.0.2.25", "evil-held.example"}},
		{"a list bounds it", "[delivery]\nallow = [\"ok.example\"]\n", func(string) bool { return false }, nil, nil},
		{"a list bounds the settings", "[delivery]\nexternal = \"relay\"\nallow = [\"out.example\", \"[198.51.100.7]\"]\n",
			func(n string) bool { return n == "192.0.2.25" || n == "198.51.100.7" },
			func(a address.Address, host string) bool {
				return strings.EqualFold(strings.TrimSuffix(a.Domain, "."), "out.example") || a.Domain == "[198.51.100.7]"
			}, []string{"192.0.2.25", "198.51.100.7"}},
		{"a list of hosts bounds the smart host", "[delivery]\nexternal = \"relay\"\nsmart_host = \"[192.0.2.99]:587\"\nallow = [\"[192.0.2.99]\"]\n",
			func(n string) bool { return n == "192.0.2.99:587" }, func(address.Address, string) bool { return true }, []string{"192.0.2.99:587"}},
		{"a redirect gets all of it", "[delivery]\nexternal = \"relay\"\nredirect = \"me@ok.example\"\nallow = [\"me@ok.example\"]\n",
			func(n string) bool { return n == "ok.example" }, func(a address.Address, _ string) bool { return a.String() == "me@ok.example" }, []string{"ok.example"}},
		{"a redirect that may not leave gets nothing", "[delivery]\nredirect = \"me@ok.example\"\n", func(string) bool { return false }, nil, nil},
		{"nor one that the list does not have", "[delivery]\nexternal = \"relay\"\nredirect = \"me@ok.example\"\nallow = [\"out.example\", \"evil.example\"]\n",
			func(string) bool { return false }, nil, nil},
		{"a cap of one", "[delivery]\nexternal = \"relay\"\ndaily_cap = 1\n", func(string) bool { return true }, func(address.Address, string) bool { return true }, []string{""}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			h := newHouse(t, tt.settings)
			h.everyWay()
			h.settle()
			dials, rcpts := h.outside.seen()
			for _, d := range dials {
				if !tt.host(d) {
					t.Errorf("%s was dialled", d)
				}
			}
			for _, r := range rcpts {
				host, path, _ := strings.Cut(r, " ")
				a, err := address.Parse(strings.TrimPrefix(strings.TrimPrefix(path[:strings.IndexByte(path, '>')+1], "TO:"), "To:"))
				if err != nil || tt.rcpt == nil || !tt.rcpt(a, host) {
					t.Errorf("mail left for %s (%v)", r, err)
				}
			}
			for _, must := range tt.must {
				if !slices.ContainsFunc(dials, func(d string) bool { return strings.Contains(d, must) }) {
					t.Errorf("%q was never dialled, so that the test shows nothing: %v", must, dials)
				}
			}
			if strings.Contains(tt.settings, "daily_cap") && len(h.outside.rcpts) != 1 {
				t.Errorf("%d recipients with a cap of one: %v", len(h.outside.rcpts), h.outside.rcpts)
			}
			h.releases(t)
		})
	}
}

// releases tries to let everything out, and looks that the list, the cap and the redirect hold then, too.
func (h *house) releases(t *testing.T) {
	settings, err := config.Load(h.home.Settings())
	if err != nil {
		t.Fatal(err)
	}
	allow, err := gate.Parse(settings.Delivery.Allow)
	if err != nil {
		t.Fatal(err)
	}
	h.outside.mu.Lock()
	before := len(h.outside.rcpts)
	h.outside.mu.Unlock()
	ids, err := h.store.IDs(t.Context(), spool.Query{State: mta.Caught})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[:min(len(ids), 60)] {
		h.LetOut(t.Context(), mta.ReleaseOrder{Message: id})
		h.LetOut(t.Context(), mta.ReleaseOrder{Message: id, To: []string{"eve@evil-release.example"}, From: "x@evil-sender.example"})
		h.LetOut(t.Context(), mta.ReleaseOrder{Message: id, To: []string{"away", "ann@OUT.example"}, Resent: true})
	}
	if err := h.daemon.Run(t.Context(), queue.Selection{}, nil); err != nil {
		t.Fatal(err)
	}
	h.outside.mu.Lock()
	defer h.outside.mu.Unlock()
	for _, r := range h.outside.rcpts[before:] {
		host, path, _ := strings.Cut(r, " ")
		a, err := address.Parse(strings.TrimPrefix(path[:strings.IndexByte(path, '>')+1], "To:"))
		switch {
		case err != nil:
			t.Error(r, err)
		case settings.Delivery.DailyCap > 0:
			t.Errorf("released past the cap: %s", r)
		case settings.Delivery.Redirect != "" && a.String() != settings.Delivery.Redirect:
			t.Errorf("released past the redirect: %s", r)
		case !allow.Allows(a, "["+strings.Replace(host, ":", "]:", 1)+"]") && !allow.Allows(a, "["+strings.Split(host, ":")[0]+"]"):
			t.Errorf("released past the list: %s", r)
		}
	}
	if settings.Delivery.Allow == nil && settings.Delivery.DailyCap == 0 && len(ids) > 0 && len(h.outside.rcpts) == before {
		t.Error("nothing was released, so that the test shows nothing")
	}
}

func TestARedirectThatMayNotLeaveIsTold(t *testing.T) {
	for _, tt := range []struct{ name, settings, mailers, want string }{
		{"nobody is named", "[delivery]\nallow = [\"x.example\"]\n", "", ""},
		{"it may leave", "[delivery]\nexternal = \"relay\"\nredirect = \"me@ok.example\"\nallow = [\"ok.example\"]\n", "", ""},
		{"the list does not have it", "[delivery]\nexternal = \"relay\"\nredirect = \"me@ok.example\"\nallow = [\"far.example\"]\n", "",
			`postroom.toml:3: redirect: me@ok.example may not leave: not in [delivery] allow; all mail that would leave is kept here; put "me@ok.example" into [delivery] allow`},
		{"no table sends it anywhere", "[delivery]\nredirect = \"me@ok.example\"\n", "far.example\tesmtp:[192.0.2.1]\n",
			`postroom.toml:2: redirect: only what you release leaves for me@ok.example; what tables send out is kept here: no table sends it anywhere; give ok.example a way in the mailertable, or write external = "relay"`},
		{"a table sends it", "[delivery]\nredirect = \"me@ok.example\"\n", "ok.example\tesmtp:[192.0.2.1]\n", ""},
		{"a table keeps it", "[delivery]\nexternal = \"relay\"\nredirect = \"me@ok.example\"\n", "# x\nok.example\tcatch:\n",
			`mailertable:2: redirect: only what you release leaves for me@ok.example; what tables send out is kept here: mailertable: me@ok.example -> catch:; give ok.example a way here, esmtp:ok.example`},
		{"it is here", "[delivery]\nlocal_domains = [\"ok.example\"]\nredirect = \"me@ok.example\"\n", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := settingsRoom(t, tt.settings, "127.0.0.1:0")
			if err := os.WriteFile(r.home.Table("mailertable"), []byte(tt.mailers), 0o600); err != nil {
				t.Fatal(err)
			}
			problems, err := checkHome(r.home.Dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				p.File = filepath.Base(p.File)
				got = append(got, p.String())
			}
			if text := strings.Join(got, "\n"); text != tt.want {
				t.Errorf("it says\n%s\nnot\n%s", text, tt.want)
			}
			list, err := r.CheckTable(t.Context(), "mailertable", []byte(tt.mailers))
			if err != nil || (len(list) > 0) != (tt.want != "") {
				t.Errorf("the window says %v %v", list, err)
			}
		})
	}
}
