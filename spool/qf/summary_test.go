package qf

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// summaryOf gives what Summarize should say of a file that Parse has no problem with.
func summaryOf(c *Control) Summary {
	s := Summary{
		Version: c.Version, Time: c.Time, LastTry: c.LastTry, Tries: c.Tries, Priority: c.Priority, Body: c.Body,
		Status: c.Status, Quarantine: c.Quarantine, Flags: c.Flags, Sender: c.Sender, HasSender: true,
	}
	controlling := ""
	for _, r := range c.Recipients {
		to := SummaryRecipient{Address: r.Address, Status: r.Status}
		if r.Controlling != controlling {
			controlling = r.Controlling
			to.Controlling = controlling
		}
		s.Recipients = append(s.Recipients, to)
		if at := strings.LastIndexByte(r.Address, '@'); at >= 0 && s.Host == "" {
			host, _, _ := strings.Cut(r.Address[at+1:], ">")
			s.Host = strings.ToLower(strings.TrimSpace(host))
		}
	}
	return s
}

func TestSummaryAgreesWithTheWholeControlFile(t *testing.T) {
	for _, f := range fixtures(t, "sendmail") {
		c, _ := Parse(bytes.NewReader(f.text))
		if d := cmp.Diff(summaryOf(c), Summarize(f.text)); d != "" {
			t.Errorf("%s:\n%s", f.name, d)
		}
	}
}

func TestSummaryNamesWhatSendmailWouldNotRun(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "line 1: empty file",
		"V8\nSa\nRPFD:u@b\n.\n":                "",
		"V8\r\nSa\r\nRPFD:u@b\r\n.\r\n":        "",
		"Sa\nRu@b\n.\n":                        "",
		"V8\nSa\nRPFD:u@b\n":                   "line 3: the final dot is missing; sendmail does not run this file",
		"V8\nRPFD:u@b\n.\n":                    "line 3: no sender; a queue run of sendmail stops at this file",
		"V8\nSa\n.\n":                          "line 3: no recipient; sendmail would delete this message",
		"V8\nSa\nRu@b\n.\n":                    "line 3: recipient without flags and colon; sendmail loses it",
		"V9\nSa\nRPFD:u@b\n.\n":                "line 1: version 9 is newer than 8",
		"V8\nOx\nSa\nRPFD:u@b\n.\n":            "line 2: unknown code \"O\"",
		"V8\n\nSa\nRPFD:u@b\n.\n":              "line 2: empty line",
		"V8\nTx\nSa\nRPFD:u@b\n.\n":            "line 2: \"x\" is not a number",
		"V8\nBFOO\nSa\nRPFD:u@b\n.\n":          "line 2: body type FOO is neither 7BIT nor 8BITMIME",
		"V8\nSa\nRPFD:u@b\nH??A: b\n c\n.\nSx": "line 7: text after the final dot",
	} {
		if got := Summarize([]byte(text)).Problem; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSummaryIsCutWhereAFileGrowsWithoutEnd(t *testing.T) {
	long := strings.Repeat("x", 10*maxValue)
	s := Summarize([]byte("V8\nS" + long + "\n" + strings.Repeat("RPFD:u@b\n", MaxRecipients+1) + ".\n"))
	if len(s.Sender) >= maxValue || len(s.Recipients) != MaxRecipients || !strings.Contains(s.Problem, "more than 100000 recipients") {
		t.Errorf("sender of %d octets, %d recipients, %q", len(s.Sender), len(s.Recipients), s.Problem)
	}
}

func FuzzSummarize(f *testing.F) {
	for _, dir := range []string{"sendmail", "handwritten"} {
		for _, x := range fixtures(f, dir) {
			f.Add(x.text)
		}
	}
	f.Add([]byte("V8\nSa\nRPFD:u@b\n \n.\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := Summarize(text)
		c, problems := Parse(bytes.NewReader(text))
		if len(problems) > 0 || s.Problem != "" {
			return // they may see it in different ways
		}
		if len(c.Recipients) == 0 || len(s.Recipients) == 0 {
			t.Errorf("recipients %v, %v without a problem", c.Recipients, s.Recipients)
		}
		if s.Time.After(time.Unix(253402300799, 0)) {
			t.Errorf("time %v", s.Time)
		}
	})
}

func BenchmarkSummarize(b *testing.B) {
	all := fixtures(b, "sendmail")
	for b.Loop() {
		for _, f := range all {
			Summarize(f.text)
		}
	}
}
