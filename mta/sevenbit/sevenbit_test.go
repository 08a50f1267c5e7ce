package sevenbit

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const by = "mail.example.com id 6AN4Mjc1021489"

func convert(t testing.TB, text string) (string, *Plan) {
	t.Helper()
	p, err := Examine(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Copy(&b, strings.NewReader(text), by); err != nil {
		t.Fatal(err)
	}
	return b.String(), p
}

// testdata/NAME.in are messages, NAME.out what sendmail 8.17 makes of them for a host without 8BITMIME.
func TestMessagesBecomeWhatSendmailMakesOfThem(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.in")
	if len(files) == 0 {
		t.Fatal("no messages")
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			in, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(f, ".in") + ".out")
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{string(in), strings.ReplaceAll(string(in), "\n", "\r\n")} {
				got, p := convert(t, text)
				if d := cmp.Diff(string(want), got); d != "" {
					t.Error(d)
				}
				if !p.MIME {
					t.Error("not MIME")
				}
			}
		})
	}
}

func TestWhatNeedsNothingStaysAsItIs(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\n\n", "x\n", "Subject: x\n", "Subject: x\n\n", "Subject: x\n\nbody", "Subject: x\n\nbody\n\n",
		"Subject: h\xe4llo\nMIME-Version: 1.0\n\nseven\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nend\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nno end", "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: header only\n--b--\n",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nthe inner one has no end\n--a--\n",
		"Content-Type: message/rfc822\n\nSubject: inner\n\nx\n", "Content-Type: multipart/mixed\n\nno boundary\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--bb\n --b\nx--b\n", "Subject: x\n\n" + strings.Repeat("long", 30_000) + "\n",
		"X: " + strings.Repeat("long", 100_000) + "\n\nbody\n",
	} {
		if got, p := convert(t, text); got != text || p.Encoded() != 0 || p.EightBit {
			t.Errorf("%.200q became %.200q, %+v", text, got, p)
		}
	}
}

func TestOutputIsSevenBitAndDecodesToTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[ -~\x{e4}\x{fc}\t=.]{0,200}`), 1, 20).Draw(rt, "lines")
		body := strings.Join(lines, "\n")
		if rapid.Bool().Draw(rt, "end") {
			body += "\n"
		}
		if strings.Contains("\n"+body, "\n--b") {
			rt.Skip()
		}
		got, p := convert(t, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n"+body+"\n--b--\n")
		for _, c := range []byte(got) {
			if c >= 0x80 {
				rt.Fatalf("8-bit: %q", got)
			}
		}
		for _, l := range strings.Split(got, "\n") {
			if len(l) > 76 && p.Encoded() > 0 && !strings.HasPrefix(l, "X-MIME") {
				rt.Fatalf("line of %d: %q", len(l), l)
			}
		}
		if p.Encoded() == 0 {
			return
		}
		_, part, _ := strings.Cut(got, "\n--b\n")
		head, text, _ := strings.Cut(part, "\n\n")
		text = strings.TrimSuffix(text, "\n--b--\n")
		var plain []byte
		var err error
		if strings.Contains(head, "quoted-printable") {
			plain, err = io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
		} else {
			plain, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
			plain = bytes.ReplaceAll(plain, []byte("\r\n"), []byte("\n"))
		}
		if err != nil || string(plain) != body {
			rt.Fatalf("%v\n%q\n%q\n%q", err, plain, body, got)
		}
	})
}

func TestDeepMessagesEnd(t *testing.T) {
	var b strings.Builder
	for range 1000 {
		b.WriteString("Content-Type: message/rfc822\n\n")
	}
	b.WriteString("Content-Type: text/plain\n\n\xe4\n")
	if got, _ := convert(t, b.String()); strings.Contains(got, "\xe4") {
		t.Errorf("%q", got[len(got)-100:])
	}
	var many strings.Builder
	many.WriteString("Content-Type: multipart/mixed; boundary=b\n\n")
	for range maxParts + 10 {
		many.WriteString("--b\n\nx \xe4 xxxxxxxxxxxxxxxxxx\n")
	}
	if got, p := convert(t, many.String()); strings.Contains(got, "\xe4") || p.Encoded() != maxParts {
		t.Errorf("%d parts", p.Encoded())
	}
}

func FuzzCopy(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.in")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(string(text))
		}
	}
	f.Add("Content-Type: multipart/digest; boundary=\"b b\"\n\n--b b\n\n\xff\n--b b--")
	f.Fuzz(func(t *testing.T, text string) {
		got, p := convert(t, text)
		again, q := convert(t, got)
		if q.EightBit || q.Encoded() > 0 || p.Encoded() > len(p.parts) {
			t.Errorf("%q\n%q\n%q", text, got, again)
		}
	})
}
