package deliver

import (
	"testing"
	"time"

	"postroom.dev/mta"
)

func TestATimeToDeliverByGoesOnWithTheMessage(t *testing.T) {
	plain, with, slow := offers("SIZE", "ENHANCEDSTATUSCODES"), offers("DELIVERBY"), offers("DELIVERBY 500 x")
	for _, c := range []struct {
		rule, offers string
		by           mta.DeliverBy
		after        time.Duration
		mail, status string
	}{
		{"what is left", with, mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn}, 100*time.Second + 900*time.Millisecond, " BY=500;R", "250 accepted"},
		{"with T", with, mta.DeliverBy{Seconds: 600, Mode: mta.ByNotify, Trace: true}, 0, " BY=600;NT", "250 accepted"},
		{"too late and N is told as it is", with, mta.DeliverBy{Seconds: 600, Mode: mta.ByNotify}, 700 * time.Second, " BY=-100;N", "250 accepted"},
		{"and never with more than nine digits", with, mta.DeliverBy{Seconds: -999_999_990, Mode: mta.ByNotify}, 700 * time.Second, " BY=-999999999;N", "250 accepted"},
		{"R is never less than 1", with, mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn}, 600 * time.Second, " BY=1;R", "250 accepted"},
		{"N goes without to a host that does not know it", plain, mta.DeliverBy{Seconds: 600, Mode: mta.ByNotify}, 0, " SIZE=19", "250 accepted"},
		{"R does not", plain, mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn}, 0, "", "554 5.4.7 Server does not support Deliver By"},
		{"a host that needs less", slow, mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn}, 100 * time.Second, " BY=500;R", "250 accepted"},
		{"a host that needs more", slow, mta.DeliverBy{Seconds: 600, Mode: mta.ByReturn}, 101 * time.Second, "", "554 5.4.7 Message can't be delivered in time; 499 < 500"},
		{"a host that needs more gets N", slow, mta.DeliverBy{Seconds: 60, Mode: mta.ByNotify}, 0, " BY=60;N", "250 accepted"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := newPeer(t, map[string][]string{"EHLO": {c.offers}, ".": {"250 accepted"}})
			o := options(t)
			came := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			o.Now = func() time.Time { return came.Add(c.after) }
			j := job(t, p.host(), "Subject: x\n\nbody..\n", "u@x.example", "v@x.example")
			j.Envelope.By, j.Envelope.Arrival = c.by, came
			got := mailer(t, o).Deliver(t.Context(), j)
			for _, s := range got {
				s.RemoteMTA = ""
				if s.Error() != c.status || s.By != (s.OK() && c.offers != plain) {
					t.Errorf("%+v", s)
				}
			}
			said, mail := p.commands(), ""
			if len(said) > 2 {
				mail = said[2]
			}
			if want := "MAIL From:<alice@example.com>" + c.mail; mail != want && !(c.mail == "" && len(said) == 2) {
				t.Errorf("%q, want %q", said, want)
			}
		})
	}
}
