package maillog

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

var start = time.Date(2026, 11, 22, 9, 39, 14, 0, time.UTC)

const prefix = "Nov 22 09:39:14 mail sendmail[12314]: "

func newLog(t *testing.T, change func(*Options)) (*Log, string) {
	t.Helper()
	o := Options{
		Path: filepath.Join(t.TempDir(), "log", "maillog"), Host: "mail.example.com", PID: 12314,
		Now: func() time.Time { return start }, Problem: func(err error) { t.Error(err) },
	}
	if change != nil {
		change(&o)
	}
	l := New(o)
	t.Cleanup(func() { l.Close() })
	return l, o.Path
}

// logged gives the lines that write made, without their prefix.
func logged(t *testing.T, write func(*Log)) []string {
	t.Helper()
	l, path := newLog(t, nil)
	write(l)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n") {
		text, ok := strings.CutPrefix(line, prefix)
		if !ok {
			t.Errorf("line %q has no prefix", line)
		}
		lines = append(lines, text)
	}
	return lines
}

func mailbox(local, domain string) address.Address {
	return address.Address{Local: local, Domain: domain}
}

// The lines are sendmail's, reference §15.
func TestLinesAreSendmails(t *testing.T) {
	smtp := &mta.Envelope{
		Sender: mailbox("alice", "mail.example.com"), Recipients: make([]mta.Recipient, 1),
		Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:41000", Name: "localhost"},
	}
	command := &mta.Envelope{
		Sender: mailbox("alice", ""), Arrival: start,
		Origin:     mta.Origin{Protocol: "sendmail", User: "alice", UID: 2001},
		Recipients: []mta.Recipient{{Address: mailbox("bob", ""), Mailer: "relay"}},
	}
	deferred := &mta.Envelope{
		Sender: mailbox("alice", "example.com"), Arrival: start, Origin: mta.Origin{User: "alice", UID: 2001},
		Recipients: []mta.Recipient{{Address: mailbox("user1", "defer.example"), Mailer: "esmtp"}},
	}
	local := &mta.Envelope{
		Sender: mailbox("alice", "example.com"), Arrival: start.Add(-6 * 24 * time.Hour),
		Origin:     mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:41000", Name: "localhost", UID: -1},
		Recipients: []mta.Recipient{{Address: mailbox("bob", "example.com"), Mailer: "local"}},
	}
	greylisted := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 7, 1}, Text: "Greylisted, try again later", RemoteMTA: "mx.defer.example."}
	sent := mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}}
	taken := sent
	taken.Text, taken.RemoteMTA = "6AM99CUb032210 Message accepted for delivery", "[127.0.0.1]"

	for name, c := range map[string]struct {
		write func(*Log)
		want  string
	}{
		"from= by SMTP": {
			func(l *Log) {
				l.From("6AM99CUb032210", FromOf(smtp, 321, 0, "<202611220909.6AM99C8M032209@mail.example.com>", "MTA"))
			},
			"6AM99CUb032210: from=<alice@mail.example.com>, size=321, class=0, nrcpts=1, msgid=<202611220909.6AM99C8M032209@mail.example.com>, proto=ESMTP, daemon=MTA, relay=localhost [127.0.0.1]",
		},
		"from= on the command line": {
			func(l *Log) { l.From("6AM99C8M032209", FromOf(command, 33, 0, "<x@y>", "MTA")) },
			"6AM99C8M032209: from=alice, size=33, class=0, nrcpts=1, msgid=<x@y>, relay=alice@localhost",
		},
		"from= without a sender": {
			func(l *Log) { l.From("A", From{Class: -60, BodyType: mta.Body8BitMIME}) },
			"A: from=<>, size=0, class=-60, nrcpts=0, bodytype=8BITMIME",
		},
		"to= that was deferred": {
			func(l *Log) {
				l.To("6AM92uQD001652", ToOf(deferred, []int{0}, start, start, greylisted, "mx.defer.example. [127.0.0.21]", 30121))
			},
			"6AM92uQD001652: to=user1@defer.example, ctladdr=alice@example.com (2001/2001), delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=30121, relay=mx.defer.example. [127.0.0.21], dsn=4.7.1, reply=451 4.7.1 Greylisted, try again later, stat=Deferred: 451 4.7.1 Greylisted, try again later",
		},
		"to= that was not tried": {
			func(l *Log) {
				to := ToOf(deferred, []int{0}, time.Time{}, start, mta.Status{}, "", 60022)
				to.Ctladdr = ""
				l.To("6AM92u1n001655", to)
			},
			"6AM92u1n001655: to=user1@defer.example, delay=00:00:00, mailer=esmtp, pri=60022, stat=queued",
		},
		"to= that was sent": {
			func(l *Log) {
				l.To("6AM99C8M032209", ToOf(command, []int{0}, start, start, taken, "[127.0.0.1] [127.0.0.1]", 30033))
			},
			"6AM99C8M032209: to=bob, ctladdr=alice (2001/2001), delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=30033, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AM99CUb032210 Message accepted for delivery)",
		},
		"to= in a mailbox, after six days": {
			func(l *Log) { l.To("6AM9OHrQ019529", ToOf(local, []int{0}, start, start, sent, "", -1)) },
			"6AM9OHrQ019529: to=<bob@example.com>, delay=6+00:00:00, xdelay=00:00:00, mailer=local, pri=9223372036854775807, dsn=2.0.0, stat=Sent",
		},
		"a bounce": {func(l *Log) { l.Notify("6AM9OLlM019698", "6AM9OLlM019700", DSN, "User unknown") }, "6AM9OLlM019698: 6AM9OLlM019700: DSN: User unknown"},
		"a warning": {func(l *Log) {
			l.Notify("6AM800AA000001", "6AM9ONst019792", SenderNotify, "Warning: could not send message for past 4 hours")
		}, "6AM800AA000001: 6AM9ONst019792: sender notify: Warning: could not send message for past 4 hours"},
		"a postmaster's notice": {func(l *Log) { l.Notify("6AM9OK55019636", "6AM9OK55019638", PostmasterNotify, "User unknown") }, "6AM9OK55019636: 6AM9OK55019638: postmaster notify: User unknown"},
		"a bounce's bounce":     {func(l *Log) { l.Notify("6AM9OLlM019700", "6AM9OLlN019700", ReturnToSender, "User unknown") }, "6AM9OLlM019700: 6AM9OLlN019700: return to sender: User unknown"},
		"no queue id": {
			func(l *Log) { l.Line("", "SYSERR(root): can not chdir(/var/spool/mqueue/): Permission denied") },
			"NOQUEUE: SYSERR(root): can not chdir(/var/spool/mqueue/): Permission denied",
		},
		"a free line": {func(l *Log) { l.Free("stopping daemon, reason=signal") }, "stopping daemon, reason=signal"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{c.want}, logged(t, c.write)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNobodyForgesALine(t *testing.T) {
	evil := "x\nNov 22 09:39:14 mail sendmail[1]: A: to=<ceo>, stat=Sent\r\t\x1b[2J\x00\\n\xff é\u2028\u0085"
	const safe = `x\nNov 22 09:39:14 mail sendmail[1]: A: to=<ceo>, stat=Sent\r\t\033[2J\000\\n\377 é\342\200\250\302\205`
	lines := logged(t, func(l *Log) {
		l.From(evil, From{From: evil, MessageID: evil, BodyType: mta.BodyType(evil), Protocol: evil, Daemon: evil, Relay: evil})
		l.To(evil, To{To: []string{evil}, Ctladdr: evil, Mailer: evil, Relay: evil, Reply: evil, Stat: evil})
		l.Notify(evil, evil, Notice(evil), evil)
		l.Line(evil, evil)
		l.Free(evil)
	})
	if len(lines) != 5 {
		t.Fatalf("%d lines, not 5", len(lines))
	}
	if lines[4] != safe {
		t.Errorf("got  %s\nwant %s", lines[4], safe)
	}
	for _, l := range lines {
		if strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0xfffd }) {
			t.Errorf("%q", l)
		}
	}
}

func TestLongLinesHaveAnEnd(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	for _, line := range logged(t, func(l *Log) {
		l.Line(long, long)
		l.From(long, From{From: long, MessageID: long, Relay: long})
		l.To(long, To{To: []string{long}, Relay: long, Reply: long, Stat: long})
	}) {
		if len(line) > 9<<10 {
			t.Errorf("line of %d octets", len(line))
		}
	}
}

func TestManyRecipientsAreSpreadOverLines(t *testing.T) {
	var all []string
	for i := range 200 {
		all = append(all, "<user"+strconv.Itoa(i)+"@example.com>")
	}
	lines := logged(t, func(l *Log) { l.To("A", To{To: all, Mailer: "esmtp", Stat: "Sent"}) })
	const rest = ", delay=00:00:00, mailer=esmtp, pri=0, stat=Sent"
	var got []string
	for i, line := range lines {
		if len(prefix)+len(line) > maxLine {
			t.Errorf("line of %d octets", len(line))
		}
		to, ok := strings.CutPrefix(strings.TrimSuffix(line, rest), "A: to=")
		if !ok || !strings.HasSuffix(line, rest) {
			t.Fatalf("line %q", line)
		}
		if i < len(lines)-1 {
			to, ok = strings.CutSuffix(to, ", [more]")
			if !ok {
				t.Errorf("line %q does not say [more]", line)
			}
		}
		got = append(got, strings.Split(to, ",")...)
	}
	if diff := cmp.Diff(all, got); diff != "" || len(lines) < 3 {
		t.Errorf("%d lines: %s", len(lines), diff)
	}
}

func TestStat(t *testing.T) {
	for want, st := range map[string]mta.Status{
		"queued":                       {},
		"User unknown":                 {Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "no such user", RemoteMTA: "mx"},
		"Service unavailable":          {Code: 554, Text: "go away", RemoteMTA: "mx"},
		"Host unknown":                 {Code: 550, Enhanced: mta.Enhanced{5, 1, 2}, Text: "Host unknown"},
		"Deferred: Connection refused": {Code: 451, Text: "Connection refused"},
		"Sent (one two)":               {Code: 250, Text: "one\ntwo"},
	} {
		if got := Stat(st); got != want {
			t.Errorf("%v: %q, want %q", st, got, want)
		}
	}
}

func TestInterval(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "00:00:00", -time.Second: "00:00:00", 59*time.Second + 999*time.Millisecond: "00:00:59", time.Hour + time.Minute + time.Second: "01:01:01",
		24 * time.Hour: "1+00:00:00", 6*24*time.Hour + 5*time.Second: "6+00:00:05", 100 * 24 * time.Hour: "100+00:00:00",
	} {
		if got := Interval(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestANilLogTakesLines(t *testing.T) {
	var l *Log
	l.From("A", From{})
	l.To("A", To{})
	l.Notify("A", "B", DSN, "")
	l.Line("A", "")
	l.Free("")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestProblemsAreToldOnceAndNeverStopMail(t *testing.T) {
	var told []error
	dir := t.TempDir()
	l, path := newLog(t, func(o *Options) {
		o.Path = filepath.Join(dir, "log", "maillog")
		o.Problem = func(err error) { told = append(told, err) }
	})
	if err := os.WriteFile(filepath.Join(dir, "log"), nil, 0o600); err != nil { // a file where the directory should be
		t.Fatal(err)
	}
	l.Free("lost")
	l.Free("lost too")
	if len(told) != 1 {
		t.Fatalf("told %v", told)
	}
	if err := os.Remove(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	l.Free("written")
	if b, err := os.ReadFile(path); err != nil || string(b) != prefix+"written\n" {
		t.Errorf("%q, %v", b, err)
	}
	l.Close()
	l.Free("after the end")
	if len(told) != 1 || errors.Is(told[0], os.ErrClosed) {
		t.Errorf("told %v", told)
	}
}
