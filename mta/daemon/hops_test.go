package daemon

import (
	"fmt"
	"strings"
	"testing"

	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
)

// travelled is a message that came by n machines before us.
func travelled(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Received: from h%d by h%d;\r\n\tx\r\n", i, i+1)
	}
	return b.String() + text
}

func TestAMessageWithTooManyHopsComesBack(t *testing.T) {
	f := newFixture(t)
	for i, hops := range []int{24, 25} { // and one of ours
		id := fmt.Sprintf("6AMC00A%d000001", i)
		env := to(id, "ada@example.net", "bob@example.com")
		env.Arrival = f.now()
		if _, err := f.Submit(t.Context(), env, strings.NewReader(travelled(hops))); err != nil {
			t.Fatal(err)
		}
	}
	f.run()
	f.same("24 hops", f.states("6AMC00A0000001"), "ada@example.net relayed, bob@example.com delivered")
	f.same("25 hops", f.states("6AMC00A1000001"), "ada@example.net bounced, bob@example.com bounced")
	f.same("words", f.recorded("6AMC00A1000001").Recipients[0].Last.Error(), "554 5.4.6 Too many hops 26 (25 max): from <app@example.com> via localhost, to <ada@example.net>")
	reports := f.reports()
	if len(reports) == 0 || !strings.Contains(reports[0].text, "Status: 5.4.6\r\n") {
		t.Errorf("%d reports", len(reports))
	}
}

func TestCaughtMailMayHaveComeAnyWay(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Router, _ = route.New(route.Config{Hostname: "mail.example.com"}) })
	env := to("6AMC00AA000001", "ada@example.net")
	if _, err := f.Submit(t.Context(), env, strings.NewReader(travelled(99))); err != nil {
		t.Fatal(err)
	}
	f.same("state", f.states("6AMC00AA000001"), "ada@example.net caught")
}

func TestTheMailertableMayNameTheUserAtTheHost(t *testing.T) {
	mailers, problems := table.Parse("mailertable", strings.NewReader("example.net esmtp:all@mx.example.org\n"), table.Syntax{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f := newFixture(t, func(c *Config) {
		var err error
		c.Router, err = route.New(route.Config{Hostname: "mail.example.com", Tables: route.Tables{Mailers: func() (*table.Map, error) { return mailers, nil }}})
		if err != nil {
			t.Fatal(err)
		}
	})
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 all@mx.example.org"})
	f.same("ORCPT", f.remote.jobs[0].original, "rfc822;ada@example.net")
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed")
	f.same("host", f.recorded("6AMC00AA000001").Recipients[0].Host, "mx.example.org")
}

func TestAHostsManyWordsAreInTheRecordAndTheirStartInTheQueue(t *testing.T) {
	f := newFixture(t)
	long := greylisted
	long.Text = strings.Repeat("sehr lange Wörter ", 600)
	f.remote.say("ada@example.net", long)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.run()
	f.same("record", f.recorded("6AMC00AA000001").Recipients[0].Last.Text, long.Text)
	c := f.control("6AMC00AA000001")
	if n := len(c.Recipients[0].Status); n < maxStatus-3 || n > maxStatus || len(c.Status) != n {
		t.Errorf("%d and %d octets in the control file", n, len(c.Status))
	}
}
