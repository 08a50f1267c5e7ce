package model

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/assets"
	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/ui/say"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 KB", 48_200: "48.2 KB", 999_949: "999.9 KB", 999_950: "1.0 MB", 1_300_000_000: "1.3 GB", 5_000_000_000_000: "5.0 TB",
	} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 1: "1", 999: "999", 1000: "1,000", 100_412: "100,412", 1_234_567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestLastingHasTwoUnitsAtMost(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 400 * time.Millisecond: "0 s", 40 * time.Second: "40 s", 4 * time.Hour: "4 h", 90 * time.Minute: "1 h 30 min",
		122*time.Hour + 5*time.Minute: "5 d 2 h", 24*time.Hour + time.Minute: "1 d",
	} {
		if got := Lasting(d); got != want {
			t.Errorf("Lasting(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestRate(t *testing.T) {
	for n, want := range map[float64]string{0: "0 msg/s", 0.26: "0.3 msg/s", 3: "3 msg/s", 9.96: "10 msg/s", 1000: "1,000 msg/s"} {
		if got := Rate(n); got != want {
			t.Errorf("Rate(%v) = %q, want %q", n, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 12, 44, 0, time.UTC)
	for _, c := range []struct {
		name string
		t    time.Time
		want string
	}{
		{"today is the time", now.Add(-time.Hour), "08:12:44"},
		{"this year is the day", now.AddDate(0, 0, -2), "12 Mar 09:12"},
		{"the same day of another year is the date", now.AddDate(-1, 0, 0), "14 Mar 2025"},
		{"another zone is brought to ours", now.Add(-time.Minute).In(time.FixedZone("", 7*3600)), "09:11:44"},
		{"no time is nothing", time.Time{}, ""},
	} {
		if got := Clock(c.t, now); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestADateIsSaidInTheUsersLanguage(t *testing.T) {
	at := time.Date(2026, 1, 14, 9, 12, 44, 0, time.UTC)
	for _, c := range []struct{ language, clock, older, long, longer, full string }{
		{"", "14 Jan 09:12", "14 Jan 2026", "14 Jan, 09:12:44", "14 Jan 2026, 09:12", "Wed 14 Jan 2026, 09:12:44"},
		{say.Chinese, "1月14日 09:12", "2026年1月14日", "1月14日 09:12:44", "2026年1月14日 09:12", "2026年1月14日周三 09:12:44"},
	} {
		words, err := say.Read(assets.FS(), c.language)
		if err != nil {
			t.Fatal(err)
		}
		say.Use(words)
		t.Cleanup(func() { say.Use(nil) })
		day, year := at.AddDate(0, 0, 1), at.AddDate(1, 0, 0)
		for _, is := range []struct{ got, want string }{
			{Clock(at, day), c.clock}, {Clock(at, year), c.older}, {LongClock(at, day), c.long}, {LongClock(at, year), c.longer}, {FullDate(at), c.full},
		} {
			if is.got != is.want {
				t.Errorf("%s: %q, want %q", c.language, is.got, is.want)
			}
		}
	}
}

func TestSafeName(t *testing.T) {
	for _, c := range []struct{ name, proposed, want string }{
		{"a plain name stays", "Report 2026.pdf", "Report 2026.pdf"},
		{"letters of any script stay", "发票 №7.pdf", "发票 №7.pdf"},
		{"folders go", "../../etc/passwd", "passwd"},
		{"Windows folders go", `C:\Windows\system32\cmd.exe`, "cmd.exe"},
		{"no hidden file", ".bashrc", "bashrc"},
		{"control characters go", "a\x00b\nc\x7f.txt", "abc.txt"},
		{"turned-round extensions are seen", "photo\u202egpj.exe", "photogpj.exe"},
		{"what Windows forbids", `a<b>c:d|e?f*.txt`, "a_b_c_d_e_f_.txt"},
		{"device names", "con.txt", "_con.txt"},
		{"device names with a number", "LPT1", "_LPT1"},
		{"long names keep their extension", strings.Repeat("x", 300) + ".pdf", strings.Repeat("x", 116) + ".pdf"},
		{"nothing left", "..", "fallback"},
		{"nothing given", "", "fallback"},
		{"trailing dots and spaces", "name. . ", "name"},
	} {
		if got := SafeName(c.proposed, "fallback"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"../a", "CON", "\u202e", strings.Repeat("ä", 200) + ".x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := SafeName(s, "part.bin")
		if got == "" || got == "." || got == ".." || strings.ContainsAny(got, "/\\\x00\n") || len([]rune(got)) > nameLimit+1 {
			t.Errorf("SafeName(%q) = %q", s, got)
		}
	})
}

func rcpt(states ...mta.State) (out []mta.Recipient) {
	for _, s := range states {
		out = append(out, mta.Recipient{State: s})
	}
	return out
}

func TestRowOf(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 12, 44, 0, time.UTC)
	r := &spool.Record{Summary: spool.Summary{From: `"Ada Lovelace" <ada@example.com>`, Subject: "two\r\n lines", Attachments: 2}}
	r.Arrival, r.Recipients = at, rcpt(mta.Caught, mta.Bounced, mta.Deferred)
	r.Recipients[0].Address = address.Address{Local: "eve", Domain: "example.com"}
	want := Row{Sender: "Ada Lovelace", Rcpt: "eve@example.com +2", Time: "09:12:44", Subject: "two   lines", Unread: true, Attachment: true, Chip: Chip{"bounced", Bad}}
	if d := cmp.Diff(want, RowOf(r, at)); d != "" {
		t.Error(d)
	}
}

func TestSenderName(t *testing.T) {
	for _, c := range []struct{ name, from, sender, want string }{
		{"the display name", "Ada <ada@example.com>", "x", "Ada"},
		{"the address where there is no name", "<ada@example.com>", "x", "ada@example.com"},
		{"a bare address", "ada@example.com", "x", "ada@example.com"},
		{"the reverse-path where there is no From", "", "x", "x@example.com"},
		{"the null reverse-path", "", "", "<>"},
	} {
		r := &spool.Record{Summary: spool.Summary{From: c.from}}
		if c.sender != "" {
			r.Sender = address.Address{Local: c.sender, Domain: "example.com"}
		}
		if got := SenderName(r); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestChips(t *testing.T) {
	r := &spool.Record{Size: 48_200, Summary: spool.Summary{Attachments: 1}}
	r.Recipients = rcpt(mta.Caught)
	r.Origin = mta.Origin{Protocol: "ESMTP", TLS: "TLSv1.3 AES_128", PID: 4242, Argv: []string{"/usr/bin/php", "send.php"}}
	want := []Chip{{"ESMTP", Dim}, {"TLS 1.3", OK}, {"php (pid 4242)", Accent}, {"1 attachment", Dim}, {"48.2 KB", Dim}, {"2 problems", Warn}}
	if d := cmp.Diff(want, Chips(r, 2)); d != "" {
		t.Error(d)
	}
	if got := Program(mta.Origin{PID: 7}); got != "pid 7" {
		t.Errorf("a process without a command line is %q", got)
	}
}

func text(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	return b.String()
}

func TestHeaderLines(t *testing.T) {
	added := []mimetree.Field{{Name: "Received", Body: " from x\r\n\tby y"}}
	got := []mimetree.Field{{Name: "Subject", Body: " =?utf-8?q?caf=C3=A9?="}}
	decode := func(f mimetree.Field) string {
		if f.Name == "Subject" {
			return "café"
		}
		return "from x by y"
	}
	if d := cmp.Diff("Received: from x by y   added by Postroom\nSubject: café\n", text(HeaderLines(&mta.Envelope{}, added, got, decode))); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("Received: from x   added by Postroom\n\tby y\nSubject: =?utf-8?q?caf=C3=A9?=\n", text(HeaderLines(&mta.Envelope{}, added, got, nil))); d != "" {
		t.Error(d)
	}
}

func TestHeaderLinesShowWhatRewritingChanges(t *testing.T) {
	added := []mimetree.Field{{Name: "From", Body: " root"}}
	came := []mimetree.Field{
		{Name: "From", Body: " =?utf-8?q?caf=C3=A9?= <a@b>"},
		{Name: "Cc", Body: " c@d,\r\n\te", Offset: 40},
		{Name: "Subject", Body: " x", Offset: 60},
	}
	env := mta.Envelope{Sender: at("root"), SentFrom: at("shop@b"), Rewritten: []mta.Rewritten{
		{Name: "From", Added: true, In: []byte("From: root"), Out: []byte("From: root@mail.example")},
		{Name: "From", In: []byte("From: =?utf-8?q?caf=C3=A9?= <a@b>"), Out: []byte("From: =?utf-8?q?caf=C3=A9?= <shop@b>")},
		{Name: "Cc", Offset: 40, In: []byte("Cc: c@d,\r\n\te"), Out: []byte("Cc: c@d,\r\n\te@mail.example")},
	}}
	for _, c := range []struct {
		name   string
		decode func(mimetree.Field) string
		want   string
	}{
		{"decoded", mimetree.Field.Text, `MAIL FROM: <root>   the envelope's sender
> MAIL FROM: <shop@b>   as it leaves

From: root   added by Postroom
> From: root@mail.example   as it leaves
From: café <a@b>
> From: café <shop@b>   as it leaves
Cc: c@d, e
> Cc: c@d, e@mail.example   as it leaves
Subject: x
`},
		{"as it stands", nil, `MAIL FROM: <root>   the envelope's sender
> MAIL FROM: <shop@b>   as it leaves

From: root   added by Postroom
> From: root@mail.example   as it leaves
From: =?utf-8?q?caf=C3=A9?= <a@b>
> From: =?utf-8?q?caf=C3=A9?= <shop@b>   as it leaves
Cc: c@d,
	e
> Cc: c@d,   as it leaves
> 	e@mail.example
Subject: x
`},
	} {
		if d := cmp.Diff(c.want, text(HeaderLines(&env, added, came, c.decode))); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

func TestPartRows(t *testing.T) {
	root := &mimetree.Part{Type: "multipart/mixed", Body: 10, End: 500, Parts: []*mimetree.Part{
		{Number: "1", Type: "text/plain", Body: 20, End: 40},
		{Number: "2", Type: "image/png", Filename: "../logo.png", Body: 50, End: 450, Encoding: "base64"},
		{Number: "3", Type: "application/pdf"},
	}}
	rows := PartRows(root, map[string]int64{"2": 300}, []mimetree.Problem{{Part: "2", Text: "junk in base64"}, {Part: "9", Text: "no such part"}, {Text: "header line without a colon"}})
	want := []PartRow{
		{Type: "multipart/mixed", Size: 490, Problems: []string{"no such part", "header line without a colon"}},
		{Depth: 1, Number: "1", Type: "text/plain", Size: 20, Leaf: true},
		{Depth: 1, Number: "2", Type: "image/png", Name: "../logo.png", Size: 300, Encoding: "base64", Problems: []string{"junk in base64"}, Leaf: true},
		{Depth: 1, Number: "3", Type: "application/pdf", Leaf: true},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	for i, name := range []string{1: "part-1.txt", 2: "logo.png", 3: "part-3.pdf"} {
		if got := rows[i].SafeName(); i > 0 && got != name {
			t.Errorf("part %d is saved as %q", i, got)
		}
	}
	if PartRows(nil, nil, []mimetree.Problem{{Text: "x"}}) != nil {
		t.Error("rows without a tree")
	}
}

func TestProblemSummary(t *testing.T) {
	for _, c := range []struct {
		name string
		p    []mimetree.Problem
		want string
	}{
		{"nothing", nil, ""},
		{"one", []mimetree.Problem{{Text: "no final boundary"}}, "no final boundary"},
		{"several, with a part", []mimetree.Problem{{Part: "2", Text: "a"}, {Text: "b"}, {Text: "c"}}, "part 2: a, and 2 more problems"},
		{"something lost", []mimetree.Problem{{Text: "a", Lost: true}}, "a. Something of the message cannot be shown; Raw has all of it"},
	} {
		if got := ProblemSummary(c.p); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestTranscriptLines(t *testing.T) {
	in := "* 2026-01-14T09:12:44.000Z connect\n+0.012 S: 220 mail ESMTP\r\n+10.100 C: EHLO <:x\n+0.0 S: 451 4.7.1 later\nS: 550 5.1.1 no\nlost connection \xff\r\n"
	none := Span{Text: "          ", Margin: true}
	want := []Line{
		{none, {Text: "·  ", Tone: Warn, Margin: true}, {Text: "2026-01-14T09:12:44.000Z connect", Tone: Warn}},
		{{Text: "  +0.012  ", Tone: Dim, Margin: true}, {Text: "S  ", Tone: OK, Margin: true}, {Text: "220 mail ESMTP", Tone: Dim}},
		{{Text: " +10.100  ", Tone: Dim, Margin: true}, {Text: "C  ", Tone: Accent, Margin: true}, {Text: "EHLO <:x"}},
		{{Text: "    +0.0  ", Tone: Dim, Margin: true}, {Text: "S  ", Tone: Warn, Margin: true}, {Text: "451 4.7.1 later", Tone: Warn}},
		{none, {Text: "S  ", Tone: Bad, Margin: true}, {Text: "550 5.1.1 no", Tone: Bad}},
		{none, {Text: "·  ", Tone: Warn, Margin: true}, {Text: "lost connection \uFFFD", Tone: Warn}},
	}
	if d := cmp.Diff(want, TranscriptLines([]byte(in))); d != "" {
		t.Error(d)
	}
	if TranscriptLines(nil) != nil {
		t.Error("lines of an empty transcript")
	}
}

func TestHints(t *testing.T) {
	for _, c := range []struct{ name, smtp, program, want string }{
		{"an address", "127.0.0.1:1025", "/usr/bin/postroom", `127.0.0.1:1025|swaks --server 127.0.0.1:1025 --from app@example.com --to you@example.com|sendmail_path = "/usr/bin/postroom sendmail -t -i"`},
		{"all addresses", "0.0.0.0:25", "", "127.0.0.1:25|swaks --server 127.0.0.1:25 --from app@example.com --to you@example.com"},
		{"IPv6", "[::1]:1025", "", "[::1]:1025|swaks --server [::1]:1025 --from app@example.com --to you@example.com"},
		{"no listener, a path with a space", "", "/opt/My Apps/postroom", `sendmail_path = "'/opt/My Apps/postroom' sendmail -t -i"`},
	} {
		var got []string
		for _, h := range Hints(c.smtp, c.program) {
			got = append(got, h.Line)
		}
		if d := cmp.Diff(c.want, strings.Join(got, "|")); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestHeadRows(t *testing.T) {
	r := &spool.Record{Summary: spool.Summary{From: "Ada <ada@example.com>", To: "Bob <BOB@example.com>"}}
	rcpt := func(local string) mta.Recipient {
		return mta.Recipient{Address: address.Address{Local: local, Domain: "example.com"}}
	}
	r.Recipients = []mta.Recipient{rcpt("bob")}
	want := []HeadRow{{"From", "Ada <ada@example.com>"}, {"To", "Bob <BOB@example.com>"}}
	if d := cmp.Diff(want, HeadRows(r)); d != "" {
		t.Errorf("recipients that the header names: %s", d)
	}
	r.Recipients, r.Cc, r.From = append(r.Recipients, rcpt("carol")), "dan@example.com", ""
	want = []HeadRow{{"From", "<>"}, {"To", "Bob <BOB@example.com>"}, {"Cc", "dan@example.com"}, {"Rcpt", "bob@example.com, carol@example.com"}}
	if d := cmp.Diff(want, HeadRows(r)); d != "" {
		t.Errorf("a recipient that the header hides: %s", d)
	}
}
