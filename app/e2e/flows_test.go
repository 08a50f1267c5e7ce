package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// flowSettings are those of the window that most flows share: nothing leaves unless it is let out, and then only to this domain.
const flowSettings = `[smtp]
listen = ["127.0.0.1:0"]
[delivery]
smart_host = "[127.0.0.1]:%d"
allow = ["partner.example", "later.example"]
`

// TestFlows does what a user does, from the first start on, in one window. Each flow begins with an empty mail list.
func TestFlows(t *testing.T) {
	need(t, "Xvfb")
	screen := display(t, "1280x800")
	out := newSink(t, "127.0.0.1:0")
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), fmt.Sprintf(flowSettings, out.port))
	u := sit(t, screen, home, []string{"PATH=" + browser(t, home) + ":" + os.Getenv("PATH")})
	for _, flow := range []struct {
		name string
		do   func(t *testing.T, u *user, s *sink)
	}{
		{"the empty window teaches, and a click sends a first mail", firstMail},
		{"a search with operators finds as it is typed, and what it found is deleted", searchAndDelete},
		{"release shows who and where, and lets go only to whom the list allows", releaseDialog},
		{"forward and redeliver", forwardAndRedeliver},
		{"what waits is delivered when its host is back, selected or all", queueRun},
		{"a waiting message is held, released, returned with a bounce, deleted", queueOperations},
		{"a star, a tag, and a saved search, by the palette", starTagAndSearch},
		{"the preview on a phone, in the dark, copied, and in the browser", preview},
		{"a message and its attachment are saved", save},
		{"a second start shows a file in the window of the first", openFile},
		{"a refused session is listed, and the log is followed", activity},
		{"a table is edited in the grid, saved, in force, and not lost to an outside edit", editTable},
		{"a long table is edited as a text", editText},
		{"what happens to this address", whatHappens},
		{"a rule is made from a message, undone, done again, saved", ruleFromMessage},
		{"a setting is changed, a bad value refused", changeSetting},
		{"somebody is let in, and a listener tried that asks for it", letIn},
		{"an application is connected: lines copied, test mail arrived", connectApp},
		{"all is done by the keyboard, and what has it is seen", keyboardOnly},
		{"five days later a bounce comes, and the clock is set right", clock},
	} {
		t.Run(flow.name, func(t *testing.T) {
			u.lend(t)
			u.fresh()
			began := time.Now()
			flow.do(t, u, out)
			t.Logf("%v", time.Since(began).Round(100*time.Millisecond))
		})
	}
	if err := u.stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, u.err())
	}
	t.Run("language, look and sizes outlive the program", func(t *testing.T) { languageAndLook(t, screen) })
}

// browser makes a folder with a browser that writes down what it is to open, and gives its path.
func browser(t *testing.T, home string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "xdg-open"), "#!/bin/sh\necho \"$1\" > \""+filepath.Join(filepath.Dir(home), "browsed")+"\"\n")
	if err := os.Chmod(filepath.Join(dir, "xdg-open"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fresh brings the window back to an empty list of all mail.
func (u *user) fresh() {
	u.t.Helper()
	u.keys("Escape", "Escape", "Escape")
	u.goTo("All mail")
	args := []string{"delete"}
	for _, m := range u.list() {
		args = append(args, strconv.FormatInt(m.ID, 10))
	}
	if len(args) > 1 {
		u.postroom(args...)
	}
	u.counts("0 messages")
	u.find("the same in the status bar", func(s seen) bool { return s.Kind == "Text" && s.Y > 700 && s.Text == "0 messages" })
}

// mail has the program take a message by its sendmail command, and gives it.
func (u *user) mail(from, to, subject, text string) (kept listed) {
	u.t.Helper()
	u.send(fmt.Sprintf("From: %s\nTo: %s\nSubject: %s\n\n%s\n", from, to, subject, text), "-t", "-i", "-f", from)
	u.wait(strconv.Quote(subject)+" is kept", func() bool {
		all := u.list()
		i := slices.IndexFunc(all, func(m listed) bool { return m.Subject == subject }) // the newest of that name
		if i >= 0 {
			kept = all[i]
		}
		return i >= 0
	})
	return kept
}

// sink is a mail server beyond this machine that takes everything and remembers it.
type sink struct {
	outside
	port int
}

func newSink(t *testing.T, address string) *sink {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{outside{make(chan [2]string, 20)}, l.Addr().(*net.TCPAddr).Port}
	server := smtp.NewServer(s.outside)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-served })
	return s
}

// got waits for the next message that the sink takes.
func (s *sink) got(t *testing.T) (sender, text string) {
	t.Helper()
	m := s.next(t)
	return m[0], m[1]
}

func firstMail(t *testing.T, u *user, _ *sink) {
	u.see("No mail yet. What is sent here is caught: you see it, and nobody else does.")
	u.see("swaks --server " + u.smtp + " --from app@example.com --to you@example.com")
	u.picture("flow-01-empty")
	u.press("Send me a sample mail")
	u.wait("the sample has come", func() bool { return len(u.list()) == 1 })
	m := u.newest(1)
	u.gone("No mail yet")
	u.open(m.Subject)
	u.wait("it is read", func() bool { return u.list()[0].Read })
	u.find("the preview", says("Preview"))
	u.picture("flow-01-arrived")
	if m.Recipients[0].State != "caught" || m.Sender != "postroom@example.com" {
		t.Errorf("%+v", m)
	}
}

func searchAndDelete(t *testing.T, u *user, _ *sink) {
	for i := range 3 {
		u.mail("shop@store.example", "ada@example.com", fmt.Sprintf("Invoice %d", i), "Please pay")
	}
	u.mail("shop@store.example", "ada@example.com", "Your parcel", "It is on its way")
	u.mail("bank@money.example", "ada@example.com", "Invoice of the bank", "Please pay")
	u.counts("5 messages")
	u.search("Search", "from:shop subject:invoice -subject:2")
	u.counts("2 found")
	u.see("Invoice 0")
	u.see("Invoice 1")
	u.gone("Your parcel")
	u.picture("flow-02-search")
	u.keys("Down")
	u.find("the list", focused("List"))
	u.keys("ctrl+a")
	u.see("2 messages selected")
	u.keys("Delete")
	var left []listed
	u.wait("they are deleted", func() bool { left = u.list(); return len(left) == 3 })
	u.see("Nothing found")
	u.keys("slash")
	u.find("the search field", focused("Entry"))
	u.keys("Escape")
	u.counts("3 messages")
	for _, m := range left {
		if m.Subject == "Invoice 0" || m.Subject == "Invoice 1" {
			t.Errorf("%q is still there", m.Subject)
		}
	}
	u.keys("Escape")
	u.find("the list", focused("List"))
}

func releaseDialog(t *testing.T, u *user, s *sink) {
	u.mail("shop@store.example", "ada@partner.example", "Order 17", "Thank you")
	u.open("Order 17")
	u.press("Release")
	u.see("Release message")
	u.see("ada@partner.example")
	u.see(fmt.Sprintf("127.0.0.1]:%d", s.port))
	u.picture("flow-03-release")
	u.click(u.find("the button", func(s seen) bool { return button("Release")(s) }))
	sender, text := s.got(t)
	if sender != "shop@store.example" || !strings.Contains(text, "Subject: Order 17\r\n") {
		t.Errorf("from %s came\n%s", sender, text)
	}
	u.wait("it is told so", func() bool { return len(u.list("--state", "relayed")) == 1 })

	u.mail("shop@store.example", "eve@forbidden.example", "Order 18", "Thank you")
	u.open("Order 18")
	u.find("its recipient", has("eve@forbidden.example"))
	u.keys("ctrl+r")
	u.see("It cannot go")
	u.picture("flow-03-refused")
	if b := u.find("the button", func(s seen) bool { return s.Kind == "IconButton" && s.Text == "Release" }); !b.Off {
		t.Error("what may not leave can be released")
	}
	u.keys("Return")
	u.keys("Escape")
	u.gone("It cannot go")
	u.newest(3) // the two, and what was let out
}

func forwardAndRedeliver(t *testing.T, u *user, s *sink) {
	u.mail("shop@store.example", "ada@example.com", "Order 19", "Thank you")
	u.open("Order 19")
	u.press("Forward")
	u.see("Forward message")
	u.field("ann@example.com")
	u.types("bob@partner.example")
	u.see(fmt.Sprintf("127.0.0.1]:%d", s.port))
	u.picture("flow-04-forward")
	u.keys("Return")
	_, text := s.got(t)
	if !strings.Contains(text, "Resent-To: bob@partner.example") {
		t.Errorf("forwarded\n%s", text)
	}
	u.gone("Forward message")

	// Whoever changes a table can have the message go through it as if it came now.
	u.mail("shop@store.example", "ann@localhost", "Order 20", "Thank you")
	u.open("Order 20")
	u.see("ann@localhost")
	table := filepath.Join(u.home, "etc", "mail", "aliases")
	write(t, table, "ann: carol@elsewhere.example\n")
	u.wait("the table is in force", func() bool { return strings.Contains(u.postroom("trace", "ann@localhost"), "carol@elsewhere.example") })
	n := len(u.list())
	u.act("Through the tables again")
	u.see("1 message went through the tables again")
	var all []listed
	u.wait("it came once more", func() bool { all = u.list(); return len(all) == n+1 })
	if m := all[0]; m.Subject != "Order 20" || len(m.Recipients) != 1 || m.Recipients[0].Address != "carol@elsewhere.example" {
		t.Errorf("%+v", m)
	}
	u.picture("flow-04-redelivered")
	write(t, table, "")
}
