package daemon

import (
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
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

// As real sendmail does, measured: a host that offers DELIVERBY has by in its status.
func TestRelaysOnTheWayAreReportedWhereBYAsksForThem(t *testing.T) {
	notify, trace := mta.DeliverBy{Seconds: 600, Mode: mta.ByNotify}, mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn, Trace: true}
	both := mta.DeliverBy{Seconds: 600, Mode: mta.ByNotify, Trace: true}
	host := func(dsn, by bool) mta.Status {
		return mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted", RemoteMTA: "mx.example.net", DSN: dsn, By: by}
	}
	for _, c := range []struct {
		rule   string
		by     mta.DeliverBy
		notify mta.Notify
		host   mta.Status
		want   string // the action, "" for no report
	}{
		{"N, a host with DELIVERBY", notify, 0, host(true, true), ""},
		{"N, a host without", notify, 0, host(true, false), "relayed (Deliver-By notify mode)"},
		{"NT, a host with", both, 0, host(true, true), "relayed (Deliver-By trace mode)"},
		{"NT, a host without", both, 0, host(true, false), "relayed (Deliver-By notify mode)"},
		{"RT", trace, 0, host(true, true), "relayed (Deliver-By trace mode)"},
		{"RT and NOTIFY=FAILURE", trace, mta.NotifyFailure, host(true, true), "relayed (Deliver-By trace mode)"},
		{"RT and NOTIFY=NEVER", trace, mta.NotifyNever, host(true, true), ""},
		{"NT and NOTIFY=NEVER, a host without", both, mta.NotifyNever, host(true, false), ""},
		{"NT and NOTIFY=SUCCESS, a host without DSN and DELIVERBY", both, mta.NotifySuccess, host(false, false), "relayed (to non-DSN-aware mailer)"},
		{"no BY", mta.DeliverBy{}, 0, host(true, false), ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f := newFixture(t)
			f.remote.say("ada@example.net", c.host)
			env := to("6AMC00AA000001", "ada@example.net")
			env.By, env.Recipients[0].Notify = c.by, c.notify
			f.submit(env)
			f.run()
			reports := f.reports()
			if c.want == "" {
				f.same("reports", len(reports), 0)
				return
			}
			if len(reports) != 1 || reports[0].Subject != "Return receipt" || !strings.Contains(reports[0].text, "\r\nAction: "+c.want+"\r\n") {
				t.Errorf("%+v", reports)
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

func TestWhoWantsToHearOfSuccessHearsWhatAnAliasMadeOfARecipient(t *testing.T) {
	db, problems := alias.Parse("aliases", strings.NewReader("team: bob, carol\none: bob\nlist: bob, carol\nowner-list: dave\n"), func(d string) bool { return d == "example.com" })
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		to     string
		notify mta.Notify
		want   []string // in the reports, each in one
	}{
		{"team", mta.NotifySuccess, []string{"Action: expanded (to multi-recipient alias)\r\n", "Action: delivered (to mailbox)\r\n"}},
		{"list", mta.NotifySuccess, []string{"Action: delivered (to mailing list)\r\n"}},
		{"one", mta.NotifySuccess, []string{"Action: delivered (to mailbox)\r\n"}},
		{"team", mta.NotifyFailure, nil},
	} {
		t.Run(c.to, func(t *testing.T) {
			f := newFixture(t, func(config *Config) {
				var err error
				config.Router, err = route.New(route.Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}, Aliases: func() (*alias.DB, error) { return db, nil }})
				if err != nil {
					t.Fatal(err)
				}
			})
			env := to("6AMC00AA000001", c.to+"@example.com")
			env.Recipients[0].Notify, env.Recipients[0].Original = c.notify, "rfc822;asked@example.com"
			f.submit(env)
			f.run()
			reports := f.reports()
			if len(reports) != len(c.want) {
				t.Errorf("%d reports, want %d", len(reports), len(c.want))
			}
			for i, r := range reports {
				for _, want := range []string{c.want[min(i, len(c.want)-1)], "Original-Recipient: rfc822;asked@example.com\r\n", "Final-Recipient: RFC822; " + c.to + "@example.com\r\n", "To: <app@example.com>\r\n", "Subject: Return receipt\r\n"} {
					if !strings.Contains(r.text, want) {
						t.Errorf("report %d lacks %q:\n%s", i+1, want, r.text)
					}
				}
			}
		})
	}
}

func TestAReportIsWrittenThoughItsIDIsTaken(t *testing.T) {
	const id = "6AMC00AA000001"
	bounced := func(taken string) []report {
		f := newFixture(t)
		if taken != "" {
			f.submit(to(taken, "ada@example.net"))
		}
		f.remote.say("bad@example.net", unknown)
		f.submit(to(id, "bad@example.net"))
		f.run()
		return f.reports()
	}
	first := bounced("")
	if len(first) != 1 || first[0].Steps[0].In != id {
		t.Fatalf("%+v", first)
	}
	again := bounced(first[0].Envelope.ID)
	if len(again) != 1 || again[0].Envelope.ID == first[0].Envelope.ID {
		t.Errorf("%+v", again)
	}
}
