package dsn

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// text is an original's bytes.
type text string

func (t text) Open() (mta.Reader, error) { return closer{strings.NewReader(string(t))}, nil }
func (t text) Size() int64               { return int64(len(t)) }

type closer struct{ *strings.Reader }

func (closer) Close() error { return nil }

func mailbox(t testing.TB, s string) address.Address {
	t.Helper()
	if s == "" {
		return address.Address{}
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return address.Address{Local: s}
	}
	return address.Address{Local: s[:at], Domain: s[at+1:]}
}

func at(t testing.TB, clock string) time.Time {
	t.Helper()
	when, err := time.Parse("2006-01-02 15:04:05", "2026-11-22 "+clock)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

var (
	unknown   = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "User unknown"}
	threeLine = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "No such user\nsecond line here\nthird", RemoteMTA: "[127.0.0.21]"}
	greylist  = mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 7, 1}, Text: "Greylisted, try again later", RemoteMTA: "[127.0.0.22]"}
)

func to(t testing.TB, name, mailer string, a Action, last mta.Status, via ...string) Recipient {
	r := Recipient{Recipient: mta.Recipient{Address: mailbox(t, name), Mailer: mailer, Last: last}, Action: a}
	for _, v := range via {
		r.Via = append(r.Via, mailbox(t, v))
	}
	if mailer == "esmtp" {
		r.Host = r.Address.Domain
	}
	return r
}

// commandLine is a report about root's message from the command line of id, received at arrival.
func commandLine(t testing.TB, id, when, original, arrival, received string) Report {
	return Report{
		ID: id, Time: at(t, when), Host: "mail.example.com", Software: "8.17.1.9/8.17.1.9", Kind: Failure,
		To: []address.Address{mailbox(t, "root@mail.example.com")},
		Envelope: &mta.Envelope{
			ID: original, Arrival: at(t, arrival), Sender: mailbox(t, "root"),
			Origin: mta.Origin{Protocol: "sendmail", User: "root"},
			Added: []byte("Received: (from root@localhost)\r\n\tby mail.example.com (8.17.1.9/8.17.1.9) id " + original + received + "\r\n" +
				"Date: Sun, 22 Nov 2026 " + arrival + " GMT\r\nFrom: root <root>\r\n" +
				"Message-Id: <202611222251." + original + "@mail.example.com>\r\n"),
		},
		Content: text("Subject: hi\nMime-Version: 1.0\n\nbody line\n"),
	}
}

// goldens are reports that sendmail 8.17.1.9 wrote (reference §17), with LF. In three of them our reply of several lines is folded where sendmail
// gives the first line only.
func goldens(t testing.TB) map[string]Report {
	all := map[string]Report{}

	r := commandLine(t, "6AMMpJTA014063", "22:51:19", "6AMMpJT9014063", "22:51:19", "\r\n\tfor nobodyx; Sun, 22 Nov 2026 22:51:19 GMT")
	r.Recipients = []Recipient{to(t, "nobodyx", "local", Failed, unknown)}
	all["local-failure"] = r

	r = commandLine(t, "6AMMpJ8l014076", "22:51:19", "6AMMpJ8m014073", "22:51:19", ";\r\n\tSun, 22 Nov 2026 22:51:19 GMT")
	r.Recipients = []Recipient{
		to(t, "nobodyx", "local", Failed, unknown, "fwd"),
		to(t, "u@[127.0.0.21]", "esmtp", Failed, threeLine),
		to(t, "v@[127.0.0.21]", "esmtp", Failed, threeLine),
	}
	r.Transcript = []byte("550 5.1.1 nobodyx... User unknown\n... while talking to [127.0.0.21]:\n" +
		">>> RCPT To:<v@[127.0.0.21]>\n<<< 550-5.1.1 No such user\n<<< 550-5.1.1 second line here\n<<< 550 5.1.1 third\n" +
		"550 5.1.1 v@[127.0.0.21]... User unknown\n" +
		">>> RCPT To:<u@[127.0.0.21]>\n<<< 550-5.1.1 No such user\n<<< 550-5.1.1 second line here\n<<< 550 5.1.1 third\n" +
		"550 5.1.1 u@[127.0.0.21]... User unknown\n")
	all["multi-failure"] = r

	r = commandLine(t, "6AMMpJ2C014069", "22:51:19", "6AMMpJ2D014067", "22:51:19", ";\r\n\tSun, 22 Nov 2026 22:51:19 GMT")
	r.Kind, r.Envelope.EnvID = Receipt, "ENV1"
	r.Recipients = []Recipient{
		to(t, "root", "local", Delivered, mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 1, 5}, Text: "Ok"}),
		to(t, "u@[127.0.0.20]", "esmtp", Relayed, mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "ok", RemoteMTA: "[127.0.0.20]"}),
	}
	r.Transcript = []byte("team... expanded to multiple addresses\r\nMessage delivered to mailing list list\r\nlist... expanded to multiple addresses\r\n" +
		"games... Successfully delivered\r\ndaemon... Successfully delivered\r\nroot... Successfully delivered\r\n" +
		"u@[127.0.0.20]... relayed; expect no further notifications\r\n")
	all["receipt"] = r

	deferred := "... while talking to [127.0.0.22]:\n>>> RCPT To:<u@[127.0.0.22]>\n<<< 451 4.7.1 Greylisted, try again later\n" +
		"u@[127.0.0.22]... Deferred: 451 4.7.1 Greylisted, try again later\n"
	r = commandLine(t, "6AMMpLrQ014128", "22:51:21", "6AMMpJYb014079", "22:51:19", "\r\n\tfor u@[127.0.0.22]; Sun, 22 Nov 2026 22:51:19 GMT")
	r.Recipients = []Recipient{to(t, "u@[127.0.0.22]", "esmtp", Failed, greylist)}
	r.Waited, r.Transcript = time.Second, []byte(deferred)
	all["expired"] = r

	r = commandLine(t, "6AMMpNY8014138", "22:51:23", "6AMMpL3Q014133", "22:51:21", "\r\n\tfor u@[127.0.0.33]; Sun, 22 Nov 2026 22:51:21 GMT")
	r.Recipients = []Recipient{to(t, "u@[127.0.0.33]", "esmtp", Failed,
		mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 4, 1}, Text: "Connection refused by [127.0.0.33]"})}
	r.Waited = time.Second
	all["refused"] = r

	r = commandLine(t, "6AMMpPRn014144", "22:51:25", "6AMMpNDB014142", "22:51:23", "\r\n\tfor u@[127.0.0.22]; Sun, 22 Nov 2026 22:51:23 GMT")
	r.Kind, r.Waited, r.GiveUp, r.Transcript = Warning, time.Second, 5*24*time.Hour, []byte(deferred)
	r.Recipients = []Recipient{to(t, "u@[127.0.0.22]", "esmtp", Delayed, greylist)}
	all["warning"] = r

	all["failure"] = smtpFailure(t)
	return all
}

func smtpFailure(t testing.TB) Report {
	return Report{
		ID: "6AM9dfWY013534", Time: at(t, "09:39:41"), Host: "mail.example.com", Kind: Failure,
		Software: "8.17.1.9/8.17.1.9/Debian-2+deb12u2", To: []address.Address{mailbox(t, "sender@defer.example")},
		Envelope: &mta.Envelope{
			ID: "6AM9dfWY013532", Arrival: at(t, "09:39:41"), Sender: mailbox(t, "sender@defer.example"),
			Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:34567", Name: "localhost"},
		},
		Content: text("Received: from client.example (localhost [127.0.0.1])\r\n" +
			"\tby mail.example.com (8.17.1.9/8.17.1.9/Debian-2+deb12u2) with ESMTP id 6AM9dfWY013532;\r\n\tSun, 22 Nov 2026 09:39:41 GMT\r\n" +
			"Date: Sun, 22 Nov 2026 09:39:41 GMT\r\nMessage-Id: <202611220939.6AM9dfWY013532@mail.example.com>\r\n" +
			"From: sender@defer.example\r\nSubject: will bounce\r\n\r\noriginal body\r\n"),
		Recipients: []Recipient{to(t, "bad@reject.example", "esmtp", Failed,
			mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "No such user here", RemoteMTA: "mx.reject.example."})},
		Transcript: []byte("... while talking to mx.reject.example.:\n>>> DATA\n<<< 550 5.1.1 No such user here\n" +
			"550 5.1.1 <bad@reject.example>... User unknown\n<<< 503 5.5.1 no recipients\n"),
	}
}

// mixed is a failure with a receipt for another recipient, about an 8-bit message.
func mixed(t testing.TB) Report {
	root := to(t, "root", "local", Delivered, mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 1, 5}})
	bad := to(t, "u@[127.0.0.21]", "esmtp", Failed, threeLine)
	bad.Original = "rfc822;orig@orig.example"
	return Report{
		ID: "6AMMr8LW015054", Time: at(t, "22:53:08"), Host: "mail.example.com", Software: "8.17.1.9/8.17.1.9", Kind: Failure,
		To: []address.Address{mailbox(t, "root@mail.example.com")},
		Envelope: &mta.Envelope{
			ID: "6AMMr8LW015053", Arrival: at(t, "22:53:08"), Sender: mailbox(t, "root@mail.example.com"), EnvID: "a+b", Return: mta.ReturnFull,
			Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:34567", Name: "localhost"},
		},
		Content: text("Received: from client (localhost [127.0.0.1])\n\tby mail.example.com (8.17.1.9/8.17.1.9) with ESMTP id 6AMMr8LW015053;\n" +
			"\tSun, 22 Nov 2026 22:53:08 GMT\nDate: Sun, 22 Nov 2026 22:53:08 GMT\nFrom: root <root@mail.example.com>\n" +
			"Message-Id: <202611222253.6AMMr8LW015053@mail.example.com>\nSubject: x\n\ncaf\xc3\xa9\n"),
		Recipients: []Recipient{root, bad},
		Transcript: []byte("<team>... expanded to multiple addresses\ndaemon... Successfully delivered\n<root>... Successfully delivered\n" +
			"... while talking to [127.0.0.21]:\n>>> RCPT To:<u@[127.0.0.21]>\n<<< 550-5.1.1 No such user\n<<< 550-5.1.1 second line here\n" +
			"<<< 550 5.1.1 third\n550 5.1.1 <u@[127.0.0.21]>... User unknown\n"),
	}
}

// postmaster is what becomes of a bounce that bounces.
func postmaster(t testing.TB) Report {
	return Report{
		ID: "6AMMr8LW015058", Time: at(t, "22:53:08"), Host: "mail.example.com", Software: "8.17.1.9/8.17.1.9", Kind: Postmaster,
		To: []address.Address{mailbox(t, "postmaster@mail.example.com")},
		Envelope: &mta.Envelope{
			ID: "6AMMr8LX015053", Arrival: at(t, "22:53:08"),
			Origin: mta.Origin{Protocol: "ESMTP", Client: "127.0.0.1:34567", Name: "localhost"},
		},
		Content: text("Received: from client (localhost [127.0.0.1])\n\tby mail.example.com (8.17.1.9/8.17.1.9) with ESMTP id 6AMMr8LX015053;\n" +
			"\tSun, 22 Nov 2026 22:53:08 GMT\nDate: Sun, 22 Nov 2026 22:53:08 GMT\nFrom: \n" +
			"Message-Id: <202611222253.6AMMr8LX015053@mail.example.com>\nSubject: dbl\n\nbody\n"),
		Recipients: []Recipient{to(t, "u@[127.0.0.21]", "esmtp", Failed, threeLine)},
		Transcript: []byte("... while talking to [127.0.0.21]:\n>>> RCPT To:<u@[127.0.0.21]>\n<<< 550-5.1.1 No such user\n" +
			"<<< 550-5.1.1 second line here\n<<< 550 5.1.1 third\n550 5.1.1 <u@[127.0.0.21]>... User unknown\n" +
			"<u@[127.0.0.33]>... Deferred: Connection refused by [127.0.0.33]\n"),
	}
}

func compose(t testing.TB, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Compose(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReportsAreSendmails(t *testing.T) {
	all := goldens(t)
	all["mixed-8bit"], all["postmaster"] = mixed(t), postmaster(t)
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) != len(all) {
		t.Fatalf("%d golden files for %d reports, %v", len(files), len(all), err)
	}
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
			if err != nil {
				t.Fatal(err)
			}
			got := compose(t, r)
			if strings.Count(string(got), "\n") != strings.Count(string(got), "\r\n") {
				t.Error("a line does not end in CRLF")
			}
			if diff := cmp.Diff(string(want), strings.ReplaceAll(string(got), "\r\n", "\n")); diff != "" {
				t.Errorf("report (-sendmail +ours):\n%s", diff)
			}
		})
	}
}
