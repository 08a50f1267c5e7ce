package deliver

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

const mime8 = "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nh\xc3\xa4llo and some more, so that few octets are beyond ASCII\n.\n"

func TestEightBitTextForAHostOfSevenBits(t *testing.T) {
	seven, eight := offers("SIZE"), offers("SIZE", "8BITMIME")
	encoded := "Content-Transfer-Encoding: quoted-printable\r\nX-MIME-Autoconverted: from 8bit to quoted-printable by mail.example.com id 6AM800AA000001\r\n\r\nh=C3=A4llo and some more"
	for _, c := range []struct {
		name, offers, text string
		body               mta.BodyType
		asItIs             bool
		want, mail         string
		recoded            int
	}{
		{"MIME is encoded", seven, mime8, mta.Body8BitMIME, false, encoded, "MAIL From:<alice@example.com> SIZE=162", 1},
		{"whatever BODY said", seven, mime8, "", false, encoded, "MAIL From:<alice@example.com> SIZE=162", 1},
		{"a host that takes 8 bits gets them", eight, mime8, mta.Body8BitMIME, false, "h\xc3\xa4llo", "MAIL From:<alice@example.com> SIZE=162 BODY=8BITMIME", 0},
		{"the mailer sends 8 bits to everybody", seven, mime8, mta.Body8BitMIME, true, "h\xc3\xa4llo", "MAIL From:<alice@example.com> SIZE=162", 0},
		{"what is no MIME goes as it is", seven, "Subject: x\n\nh\xc3\xa4llo\n", mta.Body8BitMIME, false, "h\xc3\xa4llo", "MAIL From:<alice@example.com> SIZE=19", 0},
		{"seven bits stay", seven, "MIME-Version: 1.0\n\nhello\n", mta.Body8BitMIME, false, "\r\n\r\nhello\r\n", "MAIL From:<alice@example.com> SIZE=25", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, map[string][]string{"EHLO": {c.offers}})
			o := options(t)
			o.EightBit = c.asItIs
			j := job(t, p.host(), c.text, "u@x.example")
			j.Envelope.Body = c.body
			got := mailer(t, o).Deliver(t.Context(), j)
			if !got[0].OK() || got[0].Recoded != c.recoded {
				t.Errorf("%+v", got[0])
			}
			texts := p.kept()
			if len(texts) != 1 || !strings.Contains(texts[0], c.want) {
				t.Errorf("%q", texts)
			}
			if said := p.commands()[2]; said != c.mail {
				t.Errorf("%s, want %s", said, c.mail)
			}
		})
	}
}

func TestAHostThatIsOurselvesGetsNothing(t *testing.T) {
	for _, c := range []struct{ name, greeting, ehlo, want string }{
		{"ourselves", "220 mail.example.com ESMTP Postroom 0.1.0; x", "250-Mail.Example.com Hello localhost\r\n250 SIZE", "553 5.3.5 @ config error: mail loops back to me (MX problem?)"},
		{"another server of this machine", "220 mail.example.com ESMTP Postfix", "250-mail.example.com\r\n250 SIZE", "250 2.0.0 accepted (@)"},
		{"another Postroom", "220 peer.example ESMTP Postroom 0.1.0; x", "250-peer.example\r\n250 SIZE", "250 2.0.0 accepted (@)"},
		{"one that knows no EHLO", "220 mail.example.com Postroom", "500 what?", "553 5.3.5 @ config error: mail loops back to me (MX problem?)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, map[string][]string{"(connect)": {c.greeting}, "EHLO": {c.ehlo}, "HELO": {"250 mail.example.com hello"}, ".": {"250 accepted"}})
			got := results(mailer(t, options(t)).Deliver(t.Context(), job(t, p.host(), hello, "u@x.example")))
			want := strings.ReplaceAll(strings.Replace(c.want, "250 2.0.0", "250", 1), "@", p.host())
			if d := cmp.Diff([]string{want}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAHostThatTurnsMAILAwayGivesWayToTheNext(t *testing.T) {
	plain := offers("SIZE", "ENHANCEDSTATUSCODES")
	busy := newPeer(t, map[string][]string{"MAIL": {"451 4.3.2 not now"}})
	gone := newPeer(t, map[string][]string{"EHLO": {plain}, "MAIL": {"=close"}})
	shy := newPeer(t, map[string][]string{"MAIL": {"421 4.3.2 going down=close"}})
	good := newPeer(t, nil)
	o := options(t)
	o.Resolver = zone{
		mx: map[string][]*net.MX{
			"ok.example":   {{Host: "a.example.", Pref: 1}, {Host: "b.example.", Pref: 2}, {Host: "c.example.", Pref: 3}, {Host: "d.example.", Pref: 4}},
			"busy.example": {{Host: "b.example.", Pref: 1}, {Host: "a.example.", Pref: 2}},
		},
		a: map[string][]string{"a.example": {"127.0.0.1"}, "b.example": {"127.0.0.2"}, "c.example": {"127.0.0.3"}, "d.example": {"127.0.0.4"}},
	}
	to := map[string]*peer{"127.0.0.1:25": busy, "127.0.0.2:25": gone, "127.0.0.3:25": shy, "127.0.0.4:25": good}
	o.Dial = func(ctx context.Context, network, a string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, to[a].addr())
	}
	m := mailer(t, o)
	for host, want := range map[string]string{"ok.example": "250 2.0.0 accepted (d.example)", "busy.example": "451 4.3.2 not now (a.example)"} {
		if d := cmp.Diff([]string{want, want}, results(m.Deliver(t.Context(), job(t, host, hello, "u@ok.example", "v@ok.example")))); d != "" {
			t.Errorf("%s: %s", host, d)
		}
	}
	refused := newPeer(t, map[string][]string{"MAIL": {"550 5.7.1 not you"}})
	to["127.0.0.1:25"] = refused
	_ = m.Close()
	if d := cmp.Diff([]string{"550 5.7.1 not you (a.example)"}, results(mailer(t, o).Deliver(t.Context(), job(t, "ok.example", hello, "u@ok.example")))); d != "" {
		t.Error(d)
	}
}

func TestAMailerForOldHostsSaysHELOUnlessTheGreetingSaysESMTP(t *testing.T) {
	for greeting, want := range map[string]string{"220 peer.example ESMTP": "EHLO mail.example.com", "220 peer.example esmtp x": "EHLO mail.example.com", "220 peer.example": "HELO mail.example.com"} {
		p := newPeer(t, map[string][]string{"(connect)": {greeting}})
		o := options(t)
		o.Plain = true
		if got := mailer(t, o).Deliver(t.Context(), job(t, p.host(), hello, "u@x.example")); !got[0].OK() || p.commands()[1] != want {
			t.Errorf("%s: %v %v", greeting, got, p.commands())
		}
	}
}
