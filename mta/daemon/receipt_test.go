package daemon

import (
	"strings"
	"testing"

	"postroom.dev/mta"
)

func TestSuccessIsReportedOfAHostThatWillNotDoSo(t *testing.T) {
	for name, host := range map[string]mta.Status{
		"a host without DSN": {Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted", RemoteMTA: "mx.example.net"},
		"a host with DSN":    {Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted", RemoteMTA: "mx.example.net", DSN: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.remote.say("ada@example.net", host)
			env := to("6AMC00AA000001", "ada@example.net", "bob@example.net")
			env.Recipients[0].Notify = mta.NotifySuccess
			f.submit(env)
			f.run()
			reports := f.reports()
			if host.DSN {
				f.same("reports", len(reports), 0)
				return
			}
			if len(reports) != 1 {
				t.Fatalf("%d reports, want 1", len(reports))
			}
			for _, want := range []string{"Subject: Return receipt\r\n", "<ada@example.net>  (relayed to non-DSN-aware mailer)\r\n",
				"<ada@example.net>... relayed; expect no further notifications\r\n", "Action: relayed (to non-DSN-aware mailer)\r\n"} {
				if !strings.Contains(reports[0].text, want) {
					t.Errorf("the report lacks %q:\n%s", want, reports[0].text)
				}
			}
			if strings.Contains(reports[0].text, "bob@") {
				t.Errorf("bob did not ask for one:\n%s", reports[0].text)
			}
		})
	}
}

func TestCutLinesAreAStep(t *testing.T) {
	f := newFixture(t)
	f.remote.say("ada@example.net", mta.Status{Code: 250, Cut: 3})
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.run()
	steps := f.recorded("6AMC00AA000001").Recipients[0].Steps
	if s := steps[len(steps)-1]; s.Key != "L=990" || !strings.HasPrefix(s.Note, "3 lines") {
		t.Errorf("%+v", s)
	}
}
