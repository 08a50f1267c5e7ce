package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

func at(s string) address.Address {
	local, domain, _ := strings.Cut(s, "@")
	return address.Address{Local: local, Domain: domain}
}

func TestRoutingLinesTellTheWayAndWhy(t *testing.T) {
	aliased := mta.Step{Rule: "aliases", File: "/etc/aliases", Line: 12, Key: "staff", In: "staff", Out: "bob@example.com"}
	kept := mta.Step{Rule: "default", In: "bob@example.com", Out: "catch", Note: "kept here"}
	for _, c := range []struct {
		name string
		env  mta.Envelope
		want string
	}{
		{"nobody", mta.Envelope{}, "Nothing was decided: this message has no recipients.\n"},
		{"a recipient as it was asked for", mta.Envelope{Recipients: []mta.Recipient{{Address: at("bob@example.com"), State: mta.Caught, Mailer: "catch", Steps: []mta.Step{kept}}}},
			` caught      bob@example.com
  mailer     catch
   1  default: bob@example.com -> catch
      kept here
`},
		{"the way through aliases, the host and its answer", mta.Envelope{Recipients: []mta.Recipient{{
			Address: at("bob@example.com"), Via: []address.Address{at("staff")}, State: mta.Relayed, Mailer: "esmtp", Host: "mx.example.com",
			Last: mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "taken\nover"}, Steps: []mta.Step{aliased},
		}}}, ` relayed     staff
  by way of  staff -> bob@example.com
  mailer     esmtp, host mx.example.com
  answer     250 2.0.0 taken over
   1  aliases: staff -> bob@example.com
      /etc/aliases:12: staff
`},
		{"first what was decided about the message", mta.Envelope{
			Sender: at("apache@web"), SentFrom: at("shop@example.com"),
			Steps:      []mta.Step{{Rule: "genericstable", In: "apache@web", Out: "shop@example.com", File: "/g", Line: 1, Key: "apache@web", Note: "envelope sender"}},
			Recipients: []mta.Recipient{{Address: at("a@b"), State: mta.Discarded}, {Address: at("c@d")}},
		}, `The message
  sender     apache@web
  leaves as  shop@example.com
   1  genericstable: apache@web -> shop@example.com
      /g:1: apache@web
      envelope sender

 discarded   a@b

             c@d
`},
		{"no line ends and escapes of a client's", mta.Envelope{Recipients: []mta.Recipient{{Address: at("a@b"), State: mta.Caught, Steps: []mta.Step{{Rule: "x", In: "\x1b[2J\r\n", Out: "y\nz"}}}}},
			` caught      a@b
   1  x:  [2J   -> y z
`},
	} {
		if d := cmp.Diff(c.want, text(RoutingLines(&spool.Record{Envelope: c.env}, Wait{}))); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

func TestNotesOfWhatMightHaveBeenStandOut(t *testing.T) {
	for _, c := range []struct {
		name string
		step mta.Step
		want Tone
	}{
		{"a near miss", mta.Step{In: "a", Out: "a", Note: "almost this name"}, Warn},
		{"strict production", mta.Step{In: "a", Out: "OK", Note: "strict production would say 550"}, Warn},
		{"an explanation", mta.Step{In: "a", Out: "catch", Note: "no table sends it anywhere"}, Dim},
	} {
		lines := stepLines(nil, []mta.Step{c.step})
		if last := lines[len(lines)-1]; last[len(last)-1] != (Span{Text: c.step.Note, Tone: c.want}) {
			t.Errorf("%s: %+v", c.name, last)
		}
	}
}

func TestTheStateIsATagInItsColour(t *testing.T) {
	for state, want := range map[mta.State]Tone{
		mta.Bounced: Bad, mta.Refused: Bad, mta.Deferred: Warn, mta.Held: Warn, mta.Queued: Accent, mta.Caught: Accent,
		mta.Relayed: OK, mta.Delivered: OK, mta.Discarded: Dim,
	} {
		r := spool.Record{Envelope: mta.Envelope{Recipients: []mta.Recipient{{Address: at("a@b"), State: state}}}}
		if got := RoutingLines(&r, Wait{})[0][0]; got != (Span{Text: " " + string(state) + " ", Tone: want, Tag: true, Margin: true}) {
			t.Errorf("%s: %+v", state, got)
		}
	}
}

func BenchmarkRoutingLines500(b *testing.B) {
	r := &spool.Record{}
	for range 500 {
		r.Recipients = append(r.Recipients, mta.Recipient{Address: at("bob@example.com"), Via: []address.Address{at("big")}, State: mta.Caught, Mailer: "catch", Steps: []mta.Step{
			{Rule: "aliases", File: "/etc/aliases", Line: 4, Key: "big", In: "big", Out: ":include:/etc/big"},
			{Rule: ":include:", File: "/etc/big", Line: 7, In: ":include:/etc/big", Out: "bob@example.com"},
			{Rule: "default", In: "bob@example.com", Out: "catch", Note: "kept here"},
		}})
	}
	for b.Loop() {
		RoutingLines(r, Wait{})
	}
}
