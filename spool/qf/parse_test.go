package qf

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fixture is a control file from testdata.
type fixture struct {
	name string
	text []byte
}

// fixtures gives the control files that sendmail wrote ("sendmail") or that it was given ("handwritten").
func fixtures(t testing.TB, dir string) []fixture {
	paths, err := filepath.Glob(filepath.Join("testdata", dir, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures in %s: %v", dir, err)
	}
	var all []fixture
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fixture{filepath.Base(p), text})
	}
	return all
}

// sameMeaning compares what a control file says, not how it said it.
var sameMeaning = cmp.Options{
	cmpopts.IgnoreFields(Control{}, "Version", "Ended"),
	cmpopts.IgnoreFields(Line{}, "Number", "Before"), // a line that stood before one left out moves on
	cmpopts.SortSlices(func(a, b Line) bool { return a.Text < b.Text }),
	cmpopts.IgnoreUnexported(Control{}),
	cmpopts.EquateEmpty(),
}

func TestAppendPrintsWhatSendmailWrites(t *testing.T) {
	for _, f := range fixtures(t, "sendmail") {
		t.Run(f.name, func(t *testing.T) {
			c, problems := Parse(bytes.NewReader(f.text))
			if len(problems) > 0 {
				t.Errorf("problems: %v", problems)
			}
			got, err := c.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(f.text), string(got)); d != "" {
				t.Errorf("printed otherwise (-sendmail +ours):\n%s", d)
			}
		})
	}
}

func TestUnchangedControlKeepsItsBytes(t *testing.T) {
	for _, f := range append(fixtures(t, "sendmail"), fixtures(t, "handwritten")...) {
		t.Run(f.name, func(t *testing.T) {
			c, _ := Parse(bytes.NewReader(f.text))
			var b bytes.Buffer
			n, err := c.WriteTo(&b)
			if err != nil || n != int64(len(f.text)) || !bytes.Equal(b.Bytes(), f.text) {
				t.Errorf("wrote %d octets, %v:\n%s", n, err, cmp.Diff(string(f.text), b.String()))
			}
		})
	}
}

func TestChangedControlIsVersion8WithTheSameMeaning(t *testing.T) {
	for _, f := range append(fixtures(t, "sendmail"), fixtures(t, "handwritten")...) {
		t.Run(f.name, func(t *testing.T) {
			c, _ := Parse(bytes.NewReader(f.text))
			c.Tries += 3
			var b bytes.Buffer
			if _, err := c.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.String(), "V8\n") || !strings.HasSuffix(b.String(), "\n.\n") {
				t.Errorf("not a whole version 8 file:\n%s", b.String())
			}
			again, _ := Parse(&b)
			if d := cmp.Diff(c, again, sameMeaning); d != "" {
				t.Errorf("the meaning changed:\n%s", d)
			}
		})
	}
}

func TestOldFormIsRewrittenAsSendmailRewritesIt(t *testing.T) {
	for _, name := range []string{"aix-as-documented", "aix-with-terminator"} {
		text, err := os.ReadFile("testdata/handwritten/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := Parse(bytes.NewReader(text))
		c.Tries, c.LastTry = 1, time.Unix(1795340355, 0)
		c.Recipients[0].Final = "RFC822; amy@zeus"
		var b bytes.Buffer
		if _, err := c.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		want := `V8
T566755281
K1795340355
N1
P217031
MDeferred: Connection timed out during user open with zeus
Sgeo
rRFC822; amy@zeus
RPFD:amy@zeus
H?P?return-path: <geo>
H??received: by george (0.13 (NL support)/0.01)
	id AA00269; Thu, 17 Dec 87 10:01:21 CST
H?D?date: Thu, 17 Dec 87 10:01:21 CST
H?F?From: geo
H??message-id: <8712171601.AA00269@george>
H??To: amy@zeus
H??subject: test
.
`
		if d := cmp.Diff(want, b.String()); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func TestProblemsNameTheirLine(t *testing.T) {
	const end = "Sa@b\nRPFD:u@x\n.\n"
	tests := []struct {
		rule, text string
		want       []string
	}{
		{"a usual file has none", "V8\nT1\nK0\nN0\nP5\n" + end, nil},
		{"the smallest file has none", "Sa@b\nRu@x\n.\n", nil},
		{"obsolete codes are none", "V8\nDdf1\nE1\nL2\n" + end, nil},
		{"an empty file", "", []string{"line 1: empty file"}},
		{"no final dot", "V8\nSa@b\nRPFD:u@x\n", []string{"line 3: the final dot is missing; sendmail does not run this file"}},
		{"text after the dot", "V8\n" + end + "Sx\n", []string{"line 5: text after the final dot"}},
		{"a code of no version", "V8\nOmts\n" + end, []string{`line 2: unknown code "O"`}},
		{"an empty line", "V8\n\n" + end, []string{"line 2: empty line"}},
		{"a comment", "V8\n# x\n" + end, []string{`line 2: unknown code "#"`}},
		{"an 8-bit code", "V8\n\xe4\n" + end, []string{`line 2: unknown code "ä"`}},
		{"a continuation of nothing", " x\nV8\n" + end, []string{"line 1: continues no line"}},
		{"a newer version", "V9\n" + end, []string{"line 1: version 9 is newer than 8"}},
		{"a body type that is none", "V8\nBFOO\n" + end, []string{`line 2: body type "FOO" is neither 7BIT nor 8BITMIME`}},
		{"a time that is none", "V8\nTyesterday\n" + end, []string{`line 2: "yesterday" is not a number`}},
		{"a time before 1970", "V8\nT-1\n" + end, []string{`line 2: "-1" is not a time`}},
		{"a time of no calendar", "V8\nT9223372036854775807\n" + end, []string{`line 2: "9223372036854775807" is not a time`}},
		{"a number too large", "V8\nP99999999999999999999\n" + end, []string{`line 2: "99999999999999999999" is not a number`}},
		{"a recipient without a colon", "V8\nSa@b\nRu@x\n.\n", []string{"line 3: recipient without flags and colon; sendmail loses it"}},
		{"a recipient without an address", "V8\nSa@b\nRPFD:\n.\n", []string{"line 3: recipient without an address"}},
		{"recipient lines without a recipient", "V8\nSa@b\nRPFD:u@x\nMlost\nrRFC822; v@x\n.\n", []string{"line 6: line 4 belongs to no recipient"}},
		{"no sender", "V8\nRPFD:u@x\n.\n", []string{"line 3: no sender; a queue run of sendmail stops at this file"}},
		{"no recipient", "V8\nSa@b\n.\n", []string{"line 3: no recipient; sendmail would delete this message"}},
		{"a field without a colon", "V8\nH??no field\n" + end, []string{"line 2: header field without a colon"}},
		{"flags without an end", "V8\nH?P Name: x\n" + end, []string{"line 2: flags of the header field do not end", "line 2: header field without a colon"}},
		{"an octet 0", "V8\nH??A: x\x00y\n" + end, []string{"line 2: octet 0 in the line; sendmail reads up to there"}},
		{"lines count as they stand, folded or not", "V8\nH??A: x\n\ty\n\tz\nG\n" + end, []string{`line 5: unknown code "G"`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, problems := Parse(strings.NewReader(tt.text))
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestStatusLineBelongsWhereItStands(t *testing.T) {
	tests := []struct{ rule, text, message, recipient string }{
		{"before the sender: the message's", "V8\nMm\nSa\nRPFD:u\n.\n", "m", ""},
		{"after the sender: the recipient's", "V8\nSa\nMr\nRPFD:u\n.\n", "", "r"},
		{"both", "V8\nMm\nSa\nMr\nRPFD:u\n.\n", "m", "r"},
		{"without a version the first one is the message's", "Sa\nMm\nRu\n.\n", "m", ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			c, _ := Parse(strings.NewReader(tt.text))
			if c.Status != tt.message || c.Recipients[0].Status != tt.recipient {
				t.Errorf("message %q, recipient %q", c.Status, c.Recipients[0].Status)
			}
		})
	}
}

func TestControllingUserHoldsUntilTheNext(t *testing.T) {
	c, _ := Parse(strings.NewReader("V8\nSa\nCbob:1:2:list\nRPFD:u\nRPFD:v\nC:carol\nRPFD:w\nC\nRPFD:x\n.\n"))
	var got []string
	for _, r := range c.Recipients {
		got = append(got, r.Controlling)
	}
	if d := cmp.Diff([]string{"bob:1:2:list", "bob:1:2:list", ":carol", ""}, got); d != "" {
		t.Error(d)
	}
}

func TestUnknownLinesKeepTheirPlace(t *testing.T) {
	const text = "Gfirst\nV8\nSa\nOmts\nRPFD:u\nWx\n\ty\nH??A: b\nXlast\n.\nafter\n"
	c, _ := Parse(strings.NewReader(text))
	c.Sender = "b"
	got, err := c.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "Gfirst\nV8\nK0\nN0\nP0\nSb\nOmts\nRPFD:u\nWx\n\ty\nH??A: b\nXlast\n.\n"
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
}

func TestLimitsStopTheReaderAndForbidWritingBack(t *testing.T) {
	long := strings.Repeat("x", 1000)
	tests := []struct{ rule, text, problem string }{
		{"octets", "V8\nM" + strings.Repeat("x", MaxSize), "longer than"},
		{"header", "V8\n" + strings.Repeat("H??A: "+long+"\n", MaxHeader/1000), "octets of header"},
		{"one field", "V8\nH??A: " + strings.Repeat(long+"\n ", MaxHeader/1000) + "\n", "octets of header"},
		{"recipients", "V8\nSa\n" + strings.Repeat("RPFD:u\n", MaxRecipients+1), "recipients"},
		{"lines in one", "V8\nM" + strings.Repeat("\n ", MaxLines), "lines"},
		{"lines", "V8\n" + strings.Repeat("X\n", MaxLines), "lines"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			c, problems := Parse(strings.NewReader(tt.text))
			if last := problems[len(problems)-1]; !strings.Contains(last.Text, tt.problem) {
				t.Errorf("last problem is %v", last)
			}
			if len(problems) > maxProblems+2 {
				t.Errorf("%d problems", len(problems))
			}
			if _, err := c.WriteTo(new(bytes.Buffer)); !errors.Is(err, ErrTruncated) {
				t.Errorf("WriteTo: %v", err)
			}
		})
	}
}

func TestReadErrorForbidsWritingBack(t *testing.T) {
	c, problems := Parse(io.MultiReader(strings.NewReader("V8\nSa\nRPFD:u\n"), iotest.ErrReader(os.ErrDeadlineExceeded)))
	if len(problems) != 1 || problems[0].Line != 4 || !strings.Contains(problems[0].Text, "timeout") {
		t.Errorf("problems: %v", problems)
	}
	if _, err := c.Append(nil); !errors.Is(err, ErrTruncated) {
		t.Errorf("Append: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, x := range append(fixtures(f, "sendmail"), fixtures(f, "handwritten")...) {
		f.Add(x.text)
	}
	f.Add([]byte(" x\nV8\n.\n x\n.\r\n"))
	f.Add([]byte("X\r\n y\nR?:\nH?\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, problems := Parse(bytes.NewReader(text))
		if len(problems) > maxProblems+2 {
			t.Fatalf("%d problems", len(problems))
		}
		var same bytes.Buffer
		if _, err := c.WriteTo(&same); err == nil && !bytes.Equal(same.Bytes(), text) {
			t.Fatalf("unchanged, but written as %q", same.Bytes())
		}
		printed, err := c.Append(nil)
		if err != nil {
			t.Fatalf("what was read cannot be printed: %v", err)
		}
		if c.Sender == "" {
			return // then nothing tells the message's status from its first recipient's
		}
		c.Unknown = beforeEnd(c.Unknown)
		again, _ := Parse(bytes.NewReader(printed))
		if d := cmp.Diff(c, again, sameMeaning); d != "" {
			t.Fatalf("printed as %q, which means otherwise:\n%s", printed, d)
		}
		twice, err := again.Append(nil)
		if err != nil || !bytes.Equal(printed, twice) {
			t.Fatalf("printing is not stable, %v: %q, %q", err, printed, twice)
		}
		env := c.Envelope("AA00269")
		if len(env.Recipients) != len(c.Recipients) {
			t.Fatal("recipients got lost")
		}
		c.HeaderBytes()
	})
}

// beforeEnd leaves out what stood after the final dot, which is not printed.
func beforeEnd(all []Line) []Line {
	var kept []Line
	for _, l := range all {
		if l.Before != 0 {
			kept = append(kept, l)
		}
	}
	return kept
}
