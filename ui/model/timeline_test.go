package model

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

// clock is a time of the day on which the messages of these tests came.
func clock(text string) time.Time {
	t, err := time.Parse("15:04:05.000", text)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, 23, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func TestATimelineTellsWhenWhatBecameOfARecipient(t *testing.T) {
	grey := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 7, 1}, Text: "Greylisted", RemoteMTA: "mx.example.com"}
	slow := mta.Recipient{Address: at("bob@example.com"), State: mta.Deferred, Mailer: "esmtp", Host: "example.com", Turns: []mta.Turn{
		{Time: clock("09:12:44.130"), Took: 2 * time.Second, State: mta.Deferred, Mailer: "esmtp", Host: "example.com", Status: grey},
		{Time: clock("09:42:45.000"), Last: clock("10:42:45.000"), Count: 3, State: mta.Deferred, Mailer: "esmtp", Host: "example.com", Status: mta.Status{Code: 421, Text: "busy"}},
		{Time: clock("10:50:00.000"), State: mta.Held, Note: "held by the user"},
		{Time: clock("10:49:00.000"), State: mta.Queued, Note: "the user let it go"},
	}}
	days := mta.Recipient{Address: at("bob@example.com"), State: mta.Bounced, Mailer: "esmtp", Host: "example.com", Turns: []mta.Turn{
		{Time: clock("09:12:45.000").AddDate(0, 0, 5), State: mta.Bounced, Note: "Cannot send message for 5 days"},
	}}
	for _, c := range []struct {
		name string
		rcpt mta.Recipient
		wait Wait
		want string
	}{
		{"caught at once", mta.Recipient{Address: at("a@b"), State: mta.Caught, Mailer: "catch"}, Wait{}, `
  09:12:44  received by ESMTP · 127.0.0.1:5
  09:12:44  caught
`},
		{"tried, held, let go, and what comes next", slow, Wait{Now: clock("11:00:00.000"), Waiting: &spool.Waiting{NextTry: clock("11:14:00.000"), Expires: clock("09:12:44.000").AddDate(0, 0, 5)}}, `
  09:12:44               received by ESMTP · 127.0.0.1:5
  09:12:44               routed to esmtp, host example.com
  09:12:44  +130 ms      deferred · example.com · took 2 s · 451 4.7.1 Greylisted
  09:42:45  +30 min      deferred · example.com · 3 times until 10:42:45 · 421 busy
  10:50:00  +7 min 15 s  held · held by the user
  10:49:00  -1 min       queued · the user let it go
  11:14:00               next try · in 14 min
  28 Nov 2026
  09:12:44               goes back to its sender · in 4 d 22 h
`},
		{"a try that is overdue is now", mta.Recipient{Address: at("a@b"), State: mta.Queued, Mailer: "local"}, Wait{Now: clock("11:00:00.000"), Waiting: &spool.Waiting{NextTry: clock("10:00:00.000")}}, `
  09:12:44  received by ESMTP · 127.0.0.1:5
  09:12:44  routed to local
  11:00:00  next try
`},
		{"a try that goes on", mta.Recipient{Address: at("a@b"), State: mta.Queued, Mailer: "local"}, Wait{Now: clock("11:00:00.000"), Waiting: &spool.Waiting{State: spool.WaitsSending}}, `
  09:12:44  received by ESMTP · 127.0.0.1:5
  09:12:44  routed to local
  11:00:00  being tried now
`},
		{"who is served waits for nothing", mta.Recipient{Address: at("a@b"), State: mta.Relayed}, Wait{Now: clock("11:00:00.000"), Waiting: &spool.Waiting{NextTry: clock("11:30:00.000")}}, `
  09:12:44  received by ESMTP · 127.0.0.1:5
`},
		{"over days with their date", days, Wait{}, `
  09:12:44        received by ESMTP · 127.0.0.1:5
  09:12:44        routed to esmtp, host example.com
  28 Nov 2026
  09:12:45  +5 d  bounced · Cannot send message for 5 days
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &spool.Record{Envelope: mta.Envelope{Arrival: clock("09:12:44.000"), Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:5"}}}
			if c.wait.Now.IsZero() {
				c.wait.Now = r.Arrival
			}
			if d := cmp.Diff(strings.TrimPrefix(c.want, "\n"), text(timelineLines(nil, r, &c.rcpt, c.wait))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestATimelineTellsOfAReleaseOfWhatWasCaught(t *testing.T) {
	r := &spool.Record{Envelope: mta.Envelope{Arrival: clock("09:12:44.000"), Origin: mta.Origin{Protocol: "sendmail"}, Steps: []mta.Step{
		{Rule: "release", Key: "7ABC", In: "ada by postroom", Out: "bob@example.com", Note: "2026-11-23T10:12:44Z as 7ABC: relayed: Sent"},
		{Rule: "release", Key: "7ABD", In: "ada", Out: "eve@example.com", Note: "2026-11-23T11:12:44Z as 7ABD: relayed: Sent"},
	}}}
	want := `  09:12:44        received by sendmail
  09:12:44        caught
  10:12:44  +1 h  let go by ada by postroom as 7ABC: relayed: Sent
`
	rcpt := mta.Recipient{Address: at("bob@example.com"), State: mta.Caught, Mailer: "catch"}
	if d := cmp.Diff(want, text(timelineLines(nil, r, &rcpt, Wait{Now: r.Arrival}))); d != "" {
		t.Error(d)
	}
}

func TestRecipientsThatNeedSomebodyStandFirst(t *testing.T) {
	r := &spool.Record{Envelope: mta.Envelope{Arrival: clock("09:12:44.000")}}
	if rows := RouteRows(r, r.Arrival); rows != nil {
		t.Errorf("nobody: %+v", rows)
	}
	for i, s := range []mta.State{mta.Relayed, mta.Caught, mta.Deferred, mta.Relayed, mta.Bounced, mta.Caught} {
		rcpt := mta.Recipient{Address: at(fmt.Sprintf("r%d@example.com", i)), State: s, Mailer: "esmtp"}
		if s == mta.Bounced {
			rcpt.Via = []address.Address{at("list")}
			rcpt.Last = mta.Status{Code: 550, Text: "no such user"}
			rcpt.Turns = []mta.Turn{{Time: clock("09:13:00.000"), State: s}}
		}
		r.Recipients = append(r.Recipients, rcpt)
	}
	var got []string
	for _, row := range RouteRows(r, r.Arrival) {
		got = append(got, strings.TrimSpace(fmt.Sprint(row.Recipient, " ", row.State.Text, " ", row.Address, " ", row.Host, " ", row.Last, " ", row.Time)))
	}
	want := []string{
		"-1  All 6 recipients  1 bounced · 1 deferred · 2 relayed · 2 caught",
		"4 bounced list -> r4@example.com esmtp 550 no such user 09:13:00",
		"2 deferred r2@example.com esmtp  09:12:44",
		"0 relayed r0@example.com esmtp  09:12:44", "3 relayed r3@example.com esmtp  09:12:44",
		"1 caught r1@example.com esmtp  09:12:44", "5 caught r5@example.com esmtp  09:12:44",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if rows := RouteRows(&spool.Record{Envelope: mta.Envelope{Recipients: r.Recipients[:1]}}, r.Arrival); rows != nil {
		t.Errorf("one recipient needs no list: %+v", rows)
	}
}

func TestColumnsAgreeBehindLettersOfAnyWidth(t *testing.T) {
	const narrow, wide = 7.225, 12.0 // pixels of a letter of the monospaced face, and of a Chinese one beside it
	at := func(s string) (x float64) {
		for _, r := range s {
			switch {
			case r == '\t':
				x += tabStop*narrow - math.Mod(x, tabStop*narrow)
			case isWide(r):
				x += wide
			default:
				x += narrow
			}
		}
		return x
	}
	texts := []string{"", "a", "29 分钟后", "+36 ms", "三个字abc", "应答", "投递程序的名字", "4 天 23 小时后", "12345678"}
	align(texts)
	for _, s := range texts {
		if math.Abs(at(s)-at(texts[0])) > 0.01 {
			t.Errorf("%q ends at %.2f, want %.2f", s, at(s), at(texts[0]))
		}
	}
}
