package e2e

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// deferred sends a message that has to wait, and waits until it was tried.
func (u *user) deferred(from, to, subject string) {
	u.t.Helper()
	m := u.mail(from, to, subject, "hello")
	u.wait("it waits", func() bool {
		return slices.ContainsFunc(u.queue(), func(q queued) bool { return q.QueueID == m.QueueID && q.State == "deferred" })
	})
}

// choose clicks the row of a recipient in the queue until it is the one that is selected: other rows may come and move it away.
func (u *user) choose(recipient string) {
	u.t.Helper()
	u.clicks("the row of "+recipient, row(recipient), "something is selected", func(all []seen) bool { return slices.ContainsFunc(all, button("Return")) })
}

// mailers writes the mailertable and waits until it is in force for the last domain.
func (u *user) mailers(lines ...string) {
	u.t.Helper()
	write(u.t, filepath.Join(u.home, "etc", "mail", "mailertable"), strings.Join(lines, "\n")+"\n")
	domain, mailer, _ := strings.Cut(lines[len(lines)-1], "\t")
	_, mailer, _ = strings.Cut(mailer, ":")
	u.wait("the mailertable is in force", func() bool { return strings.Contains(u.postroom("trace", "somebody@"+domain), mailer) })
}

func queueRun(t *testing.T, u *user, _ *sink) {
	l, err := net.Listen("tcp", "127.0.0.7:0") // an address whose ports nobody else takes
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	u.mailers("later.example\tesmtp:[127.0.0.7]:" + port)
	u.deferred("shop@store.example", "ada@later.example", "first")
	u.deferred("shop@store.example", "bob@later.example", "second")
	u.goTo("Queue")
	u.see("bob@later.example")
	u.see("Connection refused")
	u.picture("flow-05-deferred")
	later := newSink(t, address)
	u.choose("bob@later.example")
	u.keys("r")
	if _, text := later.got(t); !strings.Contains(text, "Subject: second\r\n") {
		t.Errorf("what was selected is not what came:\n%s", text)
	}
	u.gone("bob@later.example")
	u.wait("one waits still", func() bool { return len(u.queue()) == 1 })
	u.press("Run queue now")
	if _, text := later.got(t); !strings.Contains(text, "Subject: first\r\n") {
		t.Errorf("came\n%s", text)
	}
	u.see("Nothing waits")
	u.wait("both left", func() bool { return len(u.list("--state", "relayed")) == 2 })
	u.picture("flow-05-empty")
}

func queueOperations(t *testing.T, u *user, _ *sink) {
	u.mailers("stuck.example\tsim:defer")
	u.deferred("me@localhost", "ada@stuck.example", "to be held")
	u.goTo("Queue")
	u.choose("ada@stuck.example")
	u.press("Hold")
	u.wait("it is held", func() bool { q := u.queue(); return len(q) == 1 && q[0].State == "held" })
	u.picture("flow-06-held")
	u.press("Release")
	u.wait("it was tried again, and waits", func() bool { q := u.queue(); return len(q) == 1 && q[0].State == "deferred" && q[0].Tries == 2 })
	u.press("Return")
	u.see("Return 1 message?")
	u.picture("flow-06-return")
	u.keys("Return")
	u.wait("its sender has a bounce", func() bool {
		all := u.list()
		return len(u.queue()) == 0 && len(all) == 2 && strings.HasPrefix(all[0].Subject, "Returned mail") && all[0].Recipients[0].Address == "me@localhost"
	})
	u.see("Nothing waits")
	u.deferred("me@localhost", "bob@stuck.example", "to be deleted")
	u.choose("bob@stuck.example")
	u.keys("Delete")
	u.see("Delete 1 message from the queue?")
	u.keys("Escape")
	u.gone("Delete 1 message from the queue?")
	if len(u.queue()) != 1 {
		t.Error("it is gone though the question was not answered")
	}
	u.press("Delete")
	u.see("Delete 1 message from the queue?")
	u.press("Delete")
	u.wait("it is gone", func() bool { return len(u.queue()) == 0 })
	if all := u.list(); len(all) != 3 {
		t.Errorf("%d messages, want the two and one bounce", len(all))
	}
}

func clock(t *testing.T, u *user, _ *sink) {
	u.mailers("stuck.example\tsim:defer")
	u.deferred("me@localhost", "ada@stuck.example", "too late")
	u.goTo("Queue")
	u.see("ada@stuck.example")
	u.press("Clock")
	u.click(u.see("Move the clock 5 d ahead"))
	u.see("Clock is 5 d ahead")
	u.picture("flow-07-clock")
	u.keys("F5")
	u.wait("it comes back", func() bool {
		all := u.list()
		return len(all) == 2 && strings.HasPrefix(all[0].Subject, "Returned mail") && len(u.list("--state", "bounced")) == 1
	})
	u.see("Nothing waits")
	u.goTo("Bounces")
	u.see("too late")
	u.picture("flow-07-bounce")
	u.goTo("Queue")
	u.act("Set the clock right")
	u.gone("Clock is 5 d ahead")
	u.wait("the clock is right", func() bool { return !strings.Contains(u.postroom("clock"), "ahead") })
}
