package simulate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func addr(t testing.TB, s string) address.Address {
	t.Helper()
	if s == "" {
		return address.Address{}
	}
	a, err := address.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func parse(t testing.TB, text string) *Script {
	t.Helper()
	s, problems := Parse("simulate", strings.NewReader(text))
	for _, p := range problems {
		if !p.Warning {
			t.Fatalf("%q: %s", text, p)
		}
	}
	return s
}

// event is a session of a client up to a stage.
func event(t testing.TB, stage Stage, client, from string, to ...string) Event {
	e := Event{Stage: stage, Host: "mail.example.com", Origin: &mta.Origin{Client: client, Name: "app.local.example", HELO: "app"}}
	if stage == Connect || stage == Helo {
		return e
	}
	e.Envelope = &mta.Envelope{Sender: addr(t, from)}
	if stage == Rcpt {
		e.Rcpt = addr(t, to[len(to)-1])
		to = to[:len(to)-1]
	}
	for _, s := range to {
		e.Envelope.Recipients = append(e.Envelope.Recipients, mta.Recipient{Address: addr(t, s)})
	}
	return e
}

const local = "127.0.0.1:40000"

// said is an answer in short.
func said(a Answer, ok bool) string {
	if !ok {
		return "-"
	}
	text := ""
	if a.Delay > 0 {
		text = a.Delay.String() + " "
	}
	switch {
	case a.Keep:
		text += "keep, disconnect"
	case a.Disconnect:
		text += "disconnect"
	case a.Within > 0:
		text += fmt.Sprintf("disconnect after %d", a.Within)
	case a.Status.Code != 0:
		text += a.Status.Error()
	default:
		text += "pass"
	}
	return text
}

func TestTheFirstRuleThatMatchesAnswers(t *testing.T) {
	rcpt := func(to ...string) Event { return event(t, Rcpt, local, "a@app.example", to...) }
	dot := event(t, Dot, local, "a@app.example", "u@x.example", "v@y.example")
	dot.Header, dot.Size = []byte("From: a\r\nSubject: please\r\n Refuse this\r\nX-Test: Yes\r\n\r\nsubject: body\r\n"), 2000
	for _, c := range []struct {
		name, script string
		event        Event
		want         string
	}{
		{"none", "", rcpt("u@x.example"), "-"},
		{"another stage", "mail 451 no", rcpt("u@x.example"), "-"},
		{"any", "rcpt 451 4.3.0 not now", rcpt("u@x.example"), "451 4.3.0 not now"},
		{"without an enhanced code", "rcpt 550 not you", rcpt("u@x.example"), "550 not you"},
		{"the first of two", "rcpt to=u@ 452 one\nrcpt 550 two", rcpt("u@x.example"), "452 one"},
		{"the second", "rcpt to=v@ 452 one\nrcpt 550 two", rcpt("u@x.example"), "550 two"},
		{"pass asks no more", "rcpt to=u@ pass\nrcpt 550 two", rcpt("u@x.example"), "pass"},
		{"address", "rcpt to=U@X.Example 550 no", rcpt("u@x.example"), "550 no"},
		{"another address", "rcpt to=v@x.example 550 no", rcpt("u@x.example"), "-"},
		{"domain", "rcpt to=@x.example 550 no", rcpt("u@x.example"), "550 no"},
		{"a domain is not those below it", "rcpt to=@x.example 550 no", rcpt("u@sub.x.example"), "-"},
		{"below a domain", "rcpt to=@.x.example 550 no", rcpt("u@sub.x.example"), "550 no"},
		{"sender", "rcpt from=@app.example 550 no", rcpt("u@x.example"), "550 no"},
		{"null sender", "mail from=<> 550 no", event(t, Mail, local, ""), "550 no"},
		{"an address is not the null sender", "mail from=<> 550 no", event(t, Mail, local, "a@b.example"), "-"},
		{"client's address", "connect client=127.0.0.1 421 4.3.2 busy", event(t, Connect, local, ""), "421 4.3.2 busy"},
		{"client's network", "connect client=127.0.0.0/8 delay=2s 421 4.3.2 busy", event(t, Connect, local, ""), "2s 421 4.3.2 busy"},
		{"another network", "connect client=192.0.2.0/24 421 busy", event(t, Connect, local, ""), "-"},
		{"client's name", "connect client=app.LOCAL.example 421 busy", event(t, Connect, local, ""), "421 busy"},
		{"client's domain", "connect client=.local.example 421 busy", event(t, Connect, local, ""), "421 busy"},
		{"the sendmail command", "connect client=sendmail 421 busy", event(t, Connect, "", ""), "421 busy"},
		{"not the sendmail command", "connect client=sendmail 421 busy", event(t, Connect, local, ""), "-"},
		{"HELO", "helo helo=APP 550 no", event(t, Helo, local, ""), "550 no"},
		{"delay alone", "data delay=1m", event(t, Data, local, "a@b.example", "u@x.example"), "1m0s pass"},
		{"too few recipients", "rcpt after=2 452 4.5.3 too many", rcpt("1@x.example", "2@x.example"), "-"},
		{"n recipients before", "rcpt after=2 452 4.5.3 too many", rcpt("1@x.example", "2@x.example", "3@x.example"), "452 4.5.3 too many"},
		{"size", "dot over=1K 552 5.3.4 too big", dot, "552 5.3.4 too big"},
		{"not so large", "dot over=2000 552 5.3.4 too big", dot, "-"},
		{"subject, folded, in any case", `dot subject="please refuse THIS" 554 no`, dot, "554 no"},
		{"the body has no fields", "dot subject=body 554 no", dot, "-"},
		{"another field", "dot header=x-test:yes 554 no", dot, "554 no"},
		{"any of the recipients", "dot to=@y.example disconnect", dot, "disconnect"},
		{"kept, but never said", "dot accept-disconnect", dot, "keep, disconnect"},
		{"in the text", "data disconnect-after=10K", event(t, Data, local, "a@b.example", "u@x.example"), "disconnect after 10240"},
		{"words", `rcpt 550 {to} from {from} at {client}, {helo}: no\n{host}`, rcpt("u@x.example"), "550 u@x.example from a@app.example at 127.0.0.1, app: no\nmail.example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPlayer(func() time.Time { return start })
			if got := said(p.Ask(parse(t, c.script), c.event)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestConditionsThatCount(t *testing.T) {
	type ask struct {
		after time.Duration
		to    string
		want  string
	}
	for _, c := range []struct {
		name, script string
		asks         []ask
	}{
		{"the first three times, then as ever", "rcpt first=3 451 later",
			[]ask{{0, "u@x.example", "451 later"}, {0, "u@x.example", "451 later"}, {0, "u@x.example", "451 later"}, {0, "u@x.example", "-"}, {0, "v@x.example", "451 later"}}},
		{"the first time for all together", "rcpt first=1 per=all 451 later",
			[]ask{{0, "u@x.example", "451 later"}, {0, "v@x.example", "-"}}},
		{"each second", "rcpt every=2 451 later", []ask{{0, "u@x.example", "-"}, {0, "v@x.example", "451 later"}, {0, "u@x.example", "-"}}},
		{"greylisting by triple", "rcpt greylist=5m 451 grey",
			[]ask{{0, "u@x.example", "451 grey"}, {4 * time.Minute, "u@x.example", "451 grey"}, {0, "v@x.example", "451 grey"}, {time.Minute, "u@x.example", "-"}, {0, "v@x.example", "451 grey"}, {24 * time.Hour, "v@x.example", "-"}}},
		{"above a rate", "rcpt rate=2/1m 421 slow down",
			[]ask{{0, "u@x.example", "-"}, {time.Second, "u@x.example", "-"}, {time.Second, "v@x.example", "421 slow down"}, {time.Second, "v@x.example", "421 slow down"}, {time.Minute, "u@x.example", "-"}}},
		{"what does not match is not counted", "rcpt to=u@ first=1 451 later", []ask{{0, "v@x.example", "-"}, {0, "u@x.example", "451 later"}, {0, "u@x.example", "-"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := start
			p := NewPlayer(func() time.Time { return now })
			s := parse(t, c.script)
			for i, a := range c.asks {
				now = now.Add(a.after)
				if got := said(p.Ask(s, event(t, Rcpt, local, "a@app.example", a.to))); got != a.want {
					t.Errorf("%d: %s, want %s", i+1, got, a.want)
				}
			}
		})
	}
}

func TestAnotherScriptCountsAnew(t *testing.T) {
	p := NewPlayer(func() time.Time { return start })
	e := event(t, Rcpt, local, "a@app.example", "u@x.example")
	var got []string
	for _, text := range []string{"rcpt first=1 451 later", "rcpt first=1 451 later", "#\nrcpt first=1 451 later"} {
		got = append(got, said(p.Ask(parse(t, text), e)))
	}
	p.Forget()
	got = append(got, said(p.Ask(parse(t, "#\nrcpt first=1 451 later"), e)))
	if d := cmp.Diff([]string{"451 later", "-", "451 later", "451 later"}, got); d != "" {
		t.Error(d)
	}
}

func TestChanceIsTheSameEachTime(t *testing.T) {
	draw := func(seed int) string {
		p := NewPlayer(func() time.Time { return start })
		s := parse(t, fmt.Sprintf("rcpt chance=30%% seed=%d 451 later", seed))
		var b strings.Builder
		for range 200 {
			if _, ok := p.Ask(s, event(t, Rcpt, local, "a@app.example", "u@x.example")); ok {
				b.WriteByte('x')
			} else {
				b.WriteByte('.')
			}
		}
		return b.String()
	}
	one, two := draw(1), draw(2)
	if one != draw(1) || one == two {
		t.Errorf("%s\n%s", one, two)
	}
	if n := strings.Count(one, "x"); n < 40 || n > 80 {
		t.Errorf("%d of 200 for 30%%", n)
	}
}

func TestCountersAreBounded(t *testing.T) {
	p := NewPlayer(func() time.Time { return start })
	s := parse(t, "rcpt first=1 451 later")
	busy := event(t, Rcpt, local, "a@app.example", "busy@x.example")
	p.Ask(s, busy)
	for i := range 5 * maxCounters {
		p.Ask(s, event(t, Rcpt, local, "a@app.example", fmt.Sprintf("u%d@x.example", i)))
		if i%1000 == 0 {
			if _, again := p.Ask(s, busy); again {
				t.Fatalf("who is asked often was forgotten after %d", i)
			}
		}
	}
	if n := len(p.young) + len(p.old); n > 2*maxCounters {
		t.Errorf("%d counters", n)
	}
}

func TestProblems(t *testing.T) {
	for line, want := range map[string]string{
		"quit 451 no":                     `"quit" is no stage of a session; begin with connect, helo, mail, rcpt, data or dot`,
		"rcpt":                            "the rule answers nothing; write CODE TEXT, disconnect or pass behind the conditions",
		"rcpt to=u":                       `"u" is no address; write user@host, user@, @host, @.host or <>`,
		"rcpt 250 ok":                     "250 is no refusal; write a code from 400 to 599, or pass",
		"rcpt 4510 ok":                    `"4510" is neither a condition nor an answer; write CODE TEXT, disconnect, accept-disconnect or pass`,
		"rcpt 451":                        "451 has no text; write some words behind it",
		"rcpt 451 5.7.1 no":               "5.7.1 does not go with 451; write 4.7.1",
		"rcpt 451 näh":                    `a reply is ASCII, and "äh" is not; write ASCII`,
		"rcpt maybe":                      `"maybe" is neither a condition nor an answer; write CODE TEXT, disconnect, accept-disconnect or pass`,
		"rcpt tomorrow=1 451 no":          `"tomorrow" is no condition; write one of client helo from to after over subject header first every greylist rate chance seed per delay`,
		"rcpt to=u@ to=v@ 451 no":         "to stands there twice; write another rule",
		"rcpt first=1 every=2 451 no":     "first and every do not go together; write two rules",
		"rcpt first=0 451 no":             `"0" is no count; write a number from 1 to 1000000`,
		"rcpt rate=10 451 no":             `"10" is no rate; write rate=10/1m for ten times in a minute`,
		"rcpt rate=10/x 451 no":           `"x" is no time; write 500ms, 10s or 5m, and not more than 8760h0m0s`,
		"rcpt chance=0 451 no":            `"0" is no chance; write chance=20%`,
		"rcpt chance=NaN 451 no":          `"NaN" is no chance; write chance=20%`,
		"rcpt seed=1 451 no":              "seed is for chance; write chance=P%",
		"rcpt per=to 451 no":              "per counts nothing by itself; write first=N or another count",
		"rcpt first=1 per=day 451 no":     "per=day counts nothing; write all, client, from, to or triple",
		"rcpt delay=11m 451 no":           `"11m" is no time; write 500ms, 10s or 5m, and not more than 10m0s`,
		"rcpt over=1K 451 no":             "over is not known at rcpt; ask at dot",
		"mail to=u@ 451 no":               "to is not known at mail; ask at rcpt",
		"connect from=u@ 451 no":          "from is not known at connect; ask at mail",
		"connect helo=x 451 no":           "helo is not known at connect; ask at helo",
		"dot over=much 451 no":            `"much" is no size; write 500, 10K or 1M`,
		"dot header=x 451 no":             `"x" names no field; write header=NAME:TEXT`,
		"connect client=1.2.3.0/99 421 x": `"1.2.3.0/99" is no client; write an IP address, a network such as 192.0.2.0/24, a host name, or sendmail`,
		"rcpt accept-disconnect":          "nothing is there to be accepted at rcpt; write it at dot, or write disconnect",
		"dot disconnect-after=1K":         "no text comes after dot; write it at data",
		`dot subject="x 451 no`:           `a quote is not closed; end it with "`,
		"rcpt to= 451 no":                 "to has no value; write to=VALUE",
		strings.Repeat("x", 1024):         "line too long (1023 octets max); cut it",
	} {
		s, problems := Parse("simulate", strings.NewReader("# one\n"+line+"\nmail pass\n"))
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if d := cmp.Diff([]string{"simulate:2: " + want}, got); d != "" || s.Len() != 1 {
			t.Errorf("%s: %d rules, %s", line, s.Len(), d)
		}
	}
	_, problems := Parse("simulate", strings.NewReader("rcpt 451 no\nrcpt to=u@ 550 no\n"))
	if len(problems) != 1 || !problems[0].Warning || problems[0].String() != "simulate:2: never asked: line 1 answers every rcpt; put it before that line" {
		t.Errorf("%v", problems)
	}
	_, problems = Parse("simulate", strings.NewReader(strings.Repeat("mail from=u@ pass\n", MaxRules+1)))
	if len(problems) != 1 || problems[0].Line != MaxRules+1 {
		t.Errorf("%v", problems)
	}
}

func TestAStepNamesTheRule(t *testing.T) {
	s := parse(t, "\nrcpt to=@x.example first=1 451 4.7.1 later\nrcpt delay=2s")
	a, _ := NewPlayer(func() time.Time { return start }).Ask(s, event(t, Rcpt, local, "a@app.example", "u@x.example"))
	if got := a.Step.String(); got != "simulate: u@x.example -> 451 4.7.1 later  (simulate:2: rcpt to=@x.example first=1)" {
		t.Error(got)
	}
	a, _ = NewPlayer(func() time.Time { return start }).Ask(s, event(t, Rcpt, local, "a@app.example", "u@y.example"))
	if got := a.Step.String(); got != "simulate: u@y.example -> delay of 2s  (simulate:3: rcpt delay=2s)" {
		t.Error(got)
	}
}

func TestHosts(t *testing.T) {
	for _, name := range append(HostNames(), "SLOW:10s", "greylist:2d", "flaky:77") {
		h, err := NewHost(name)
		if err != nil || !strings.HasSuffix(h.Name, ".sim.invalid") {
			t.Errorf("%s: %v, %v", name, h, err)
		}
	}
	for name, want := range map[string]string{
		"": "no simulated host", "storm": "no simulated host", "defer:5": "defer takes no argument", "slow:x": "no time", "flaky:-1": "no number",
		"slow:1s 451 no": "no time", "greylist:": "no time",
	} {
		if _, err := NewHost(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "rcpt first=3 451 4.3.0 try again", "dot subject=\"a b\" header=X:y over=1K disconnect", "connect rate=10/1m client=::1 421 4.7.0 x",
		"mail chance=20% seed=7 per=all 451 {from}", "data disconnect-after=10K", "helo delay=1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, problems := Parse("simulate", strings.NewReader(text))
		for _, p := range problems {
			if p.Line < 0 || p.Text == "" || p.Cure == "" {
				t.Errorf("%+v", p)
			}
		}
		p := NewPlayer(func() time.Time { return start })
		for _, stage := range Stages() {
			e := event(t, stage, local, "a@app.example", "u@x.example")
			a, ok := p.Ask(s, e)
			if !ok {
				continue
			}
			if c := a.Status.Code; c != 0 && (c < 400 || c > 599) || a.Delay < 0 || a.Delay > MaxDelay || a.Keep && stage != Dot || a.Step.Line < 1 {
				t.Errorf("%+v", a)
			}
			if strings.ContainsAny(strings.ReplaceAll(a.Status.Text, "\n", ""), "\r\x00") {
				t.Errorf("%q", a.Status.Text)
			}
		}
	})
}
