package daemon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestTheTranscriptTellsWhereTheMessageGoesBeforeItIsAccepted(t *testing.T) {
	f := newFixture(t, aliased(t))
	env := to("6AMC00AA000001", "team@example.com", "out")
	env.Recipients[0].Steps = []mta.Step{{Rule: "check_rcpt", In: "team@example.com", Out: "OK"}} // which RCPT told
	env.Transcript = []byte("+0.001 C: RCPT TO:<team@example.com>\n+0.001 * check_rcpt: team@example.com -> OK\n+0.002 S: 250 2.0.0 6AMC00AA000001 Message accepted for delivery\n")
	f.submit(env)
	id, err := f.store.Lookup(t.Context(), "6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.store.Transcript(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	told := string(got)
	for _, r := range f.recorded("6AMC00AA000001").Recipients {
		for _, s := range r.Steps {
			if strings.Count(told, " * "+s.String()+"\n") != 1 {
				t.Errorf("%q does not stand once in\n%s", s, told)
			}
		}
	}
	if !strings.HasSuffix(told, "\n+0.002 S: 250 2.0.0 6AMC00AA000001 Message accepted for delivery\n") {
		t.Errorf("the reply is not the last line:\n%s", told)
	}
}

func TestExplain(t *testing.T) {
	step := func(in string) mta.Step { return mta.Step{Rule: "aliases", In: in, Out: "bob"} }
	var many []mta.Step
	for i := range 3000 {
		many = append(many, step(fmt.Sprintf("user%06d", i)))
	}
	line := len("+0.2 * aliases: user000000 -> bob\n")
	for _, c := range []struct {
		name  string
		env   mta.Envelope
		said  mta.Step
		lines string
	}{
		{"recipients, then the message", mta.Envelope{Steps: []mta.Step{step("m")}, Recipients: []mta.Recipient{{Steps: []mta.Step{step("r")}}}}, mta.Step{},
			"+0.2 * aliases: r -> bob\n+0.2 * aliases: m -> bob\n"},
		{"each once", mta.Envelope{Recipients: []mta.Recipient{{Steps: []mta.Step{step("r")}}, {Steps: []mta.Step{step("r")}}}}, mta.Step{}, "+0.2 * aliases: r -> bob\n"},
		{"what was said is not said again", mta.Envelope{Recipients: []mta.Recipient{{Steps: []mta.Step{step("r"), step("s")}}}}, step("r"), "+0.2 * aliases: s -> bob\n"},
		{"no line ends of a client's", mta.Envelope{Steps: []mta.Step{step("a\r\n+9 S: 250 é\x7f")}}, mta.Step{}, `+0.2 * aliases: a\x0d\x0a+9 S: 250 é\x7f -> bob` + "\n"},
		{"nothing", mta.Envelope{}, mta.Step{}, ""},
	} {
		c.env.Transcript = []byte("+0.1 C: .\n+0.2 S: 250 yes\n")
		explain(&c.env, map[mta.Step]bool{c.said: true})
		if d := cmp.Diff("+0.1 C: .\n"+c.lines+"+0.2 S: 250 yes\n", string(c.env.Transcript)); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	full := mta.Envelope{Steps: many, Transcript: []byte("S: 250 yes\n")}
	explain(&full, map[mta.Step]bool{})
	want := maxExplained / (line - len("+0.2 "))
	if got := string(full.Transcript); !strings.HasSuffix(got, fmt.Sprintf("\n* %d more steps\nS: 250 yes\n", 3000-want)) || len(got) > maxExplained+100 {
		t.Errorf("%d octets, the end is %q", len(got), got[len(got)-60:])
	}
	none := mta.Envelope{Steps: many}
	if explain(&none, map[mta.Step]bool{}); none.Transcript != nil {
		t.Errorf("a transcript of no session: %q", none.Transcript)
	}
}

func TestARefusalOfARecipientSaysWhy(t *testing.T) {
	f := newFixture(t, withTables(t, "To:bob@example.com ERROR:550 no\n", "gone.example error:nohost 550 no such host\n"))
	for _, c := range []struct{ rcpt, rule, out string }{
		{"bob@example.com", "check_rcpt", "550"},
		{"x@gone.example", "mailertable", "error:nohost"},
	} {
		env := envelope("6AMC00AA000001")
		r := mta.Recipient{Address: mustAddress(t, c.rcpt)}
		if err := f.Rcpt(t.Context(), env, &r); err == nil {
			t.Errorf("%s is taken", c.rcpt)
		}
		if len(r.Steps) == 0 || r.Steps[len(r.Steps)-1].Rule != c.rule || !strings.Contains(r.Steps[len(r.Steps)-1].Out, c.out) {
			t.Errorf("%s: %+v", c.rcpt, r.Steps)
		}
	}
}
