package mimetree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func lost(problems []Problem, text string) bool {
	for _, p := range problems {
		if p.Lost && strings.HasPrefix(p.Text, text) {
			return true
		}
	}
	return false
}

// TestLimitsAreProblems reads what has made other readers stall or stop. Each is
// listed, and each takes time in proportion to its size: a square would not end.
func TestLimitsAreProblems(t *testing.T) {
	nested := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return b.String() + "\ninmost\n"
	}
	long := "Content-Type: multipart/mixed; boundary=b\n\n"
	for _, c := range []struct{ name, msg, problem string }{
		{"20,000 parts", long + strings.Repeat("--b\n\nx\n", 20_000) + "--b--\n", "too many parts"},
		{"20,000 empty parts", long + strings.Repeat("--b\n", 20_000), "too many parts"},
		{"20,000 final boundaries", long + strings.Repeat("--b\n\nx\n--b--\n", 20_000), "too many parts"},
		{"2,000 deep", nested(2000), "nested too deeply"},
		{"2,000 messages in messages", strings.Repeat("Content-Type: message/rfc822\n\n", 2000) + "Subject: in\n\nx", "nested too deeply"},
		{"1,000,000 header lines", strings.Repeat("a: b\n", 1_000_000) + "\nbody", "too many header fields"},
		{"a header of 2 MiB", strings.Repeat("a: "+strings.Repeat("b", 995)+"\n", 2<<10) + "\nbody", "header too long"},
		{"a header line of 2 MiB", "Subject: x\na: " + strings.Repeat("b", 2<<20) + "\r\n\r\nbody", "header too long"},
		{"a header of continuations", "Subject: x\n" + strings.Repeat(" y\n", 700_000) + "\nbody", "header too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, problems := Parse(strings.NewReader(c.msg), int64(len(c.msg)))
			if err := sound(c.msg, root); err != nil {
				t.Error(err)
			}
			if !lost(problems, c.problem) {
				t.Errorf("no problem %q among %d", c.problem, len(problems))
			}
			if strings.HasSuffix(c.msg, "\nbody") && c.msg[root.Body:root.End] != "body" {
				t.Errorf("body is %.20q", c.msg[root.Body:root.End])
			}
		})
	}
}

func TestHardInputTakesTimeInProportion(t *testing.T) {
	const n = 256 << 10
	for _, unit := range []string{"\r", "\n", "-", "--", "\r--", "--b", "--b \n", "-\n-", "a:\n", " \n", "\x00", "=?a?q?", "a;b=\n", "--b\n--b--\n", "\r\r\n", ":"} {
		junk := strings.Repeat(unit, n/len(unit))
		for _, msg := range []string{junk, "Content-Type: multipart/mixed; boundary=b\n\n" + junk,
			"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + junk, "Content-Type: text/html; " + junk, "Subject: " + junk} {
			root, problems := Parse(strings.NewReader(msg), int64(len(msg)))
			if err := sound(msg, root); err != nil {
				t.Errorf("%q: %v", unit, err)
			}
			if len(problems) > 2*MaxProblems+1 {
				t.Errorf("%q: %d problems", unit, len(problems))
			}
			for _, f := range root.Fields[:min(len(root.Fields), 100)] {
				f.Text()
			}
		}
		StripHTML(junk)
		StripHTML(strings.Repeat("<"+unit, n/8))
	}
}

func TestBoundariesAreFoundWhereverABlockEnds(t *testing.T) {
	head := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
	for pad := block - len(head) - 2*maxLine - 4; pad < block-len(head)+8; pad++ {
		if pad == block-len(head)-2*maxLine+16 {
			pad = block - len(head) - 48 // between them nothing is cut
		}
		msg := head + strings.Repeat("x", pad) + "\r\n--b\r\n\r\ntwo\r\n--b--\r\n"
		root, problems := Parse(strings.NewReader(msg), int64(len(msg)))
		if len(root.Parts) != 2 || problems != nil || root.Parts[0].End-root.Parts[0].Body != int64(pad) || msg[root.Parts[1].Body:root.Parts[1].End] != "two" {
			t.Fatalf("padding of %d: %s", pad, sketch(msg, root))
		}
	}
}

type broken struct{ *strings.Reader }

var errDisk = errors.New("input/output error")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > 100_000 {
		n, _ := b.Reader.ReadAt(p[:max(0, min(int64(len(p)), 100_000-off))], off)
		return n, errDisk
	}
	return b.Reader.ReadAt(p, off)
}

func TestAReadErrorIsAProblem(t *testing.T) {
	msg := mixed + strings.Repeat("x", 200_000)
	root, problems := Parse(broken{strings.NewReader(msg)}, int64(len(msg)))
	if len(root.Parts) != 2 || !lost(problems, "reading stopped: input/output error") {
		t.Errorf("%s%v", sketch(msg, root), problems)
	}
	if _, problems := (&Part{End: 200_000}).Text(broken{strings.NewReader(msg)}, 1<<20); !lost(problems, "reading stopped") {
		t.Errorf("Text: %v", problems)
	}
	root, problems = Parse(strings.NewReader(mixed), int64(len(mixed))+5)
	if len(root.Parts) != 2 || !lost(problems, "reading stopped") {
		t.Errorf("short: %v", problems)
	}
}

// TestPartsAreWhatWasWritten builds trees and reads them back.
func TestPartsAreWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eol := rapid.SampledFrom([]string{"\n", "\r\n", "\r\r\n", "\r"}).Draw(t, "eol")
		var want []string
		n := 0
		var write func(depth int) string
		write = func(depth int) string {
			if depth == 4 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
				s := rapid.StringMatching(`([ -~]{0,20}X){0,3}`).Draw(t, "text")
				want = append(want, s)
				return "Content-Type: text/x" + eol + eol + s
			}
			n++
			b := fmt.Sprintf("b%d", n)
			s := "Content-Type: multipart/mixed; boundary=" + b + eol + eol + "pre" + eol
			for range rapid.IntRange(1, 4).Draw(t, "parts") {
				s += "--" + b + eol + write(depth+1) + eol
			}
			return s + "--" + b + "--" + eol
		}
		msg := write(0)
		root, problems := Parse(strings.NewReader(msg), int64(len(msg)))
		if err := sound(msg, root); err != nil || problems != nil {
			t.Fatalf("%q: %v, %v", msg, err, problems)
		}
		var got []string
		walk(root, nil, func(p, _ *Part) {
			if len(p.Parts) == 0 {
				got = append(got, msg[p.Body:p.End])
			}
		})
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("%q: %q, want %q", msg, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(mixed))
	f.Add([]byte(crlf(mixed)))
	f.Add([]byte("From x\n\n"))
	names, _ := filepath.Glob("testdata/mail/*.eml")
	for _, name := range names {
		msg, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(msg)
	}
	f.Add([]byte("Content-Type: message/rfc822\n\nContent-Type: multipart/digest; boundary=\"a--\"\r\r\n\r\r\n--a--\r\n\r\n--a----\r\n--a--"))
	f.Add([]byte("a\nb: c\n d;\ne=f\n \n--"))
	f.Add([]byte("Content-Type: multipart/x\n\n--q\nContent-Transfer-Encoding: quoted-printable\nContent-Disposition: x; filename*1*=%41; name*=a'b'c\n\n=\n=4"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		r := bytes.NewReader(msg)
		root, problems := Parse(r, int64(len(msg)))
		if err := sound(string(msg), root); err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			if p.Offset < 0 || p.Offset > int64(len(msg)) || Find(root, p.Part) == nil || p.Text == "" {
				t.Errorf("problem %+v", p)
			}
		}
		Attachments(root)
		plain, html := Texts(root)
		for _, p := range []*Part{plain, html} {
			if p != nil {
				text, _ := p.Text(r, 1000)
				Snippet(StripHTML(text))
			}
		}
		walk(root, nil, func(p, _ *Part) {
			if strings.ContainsAny(p.Filename, "/\\\r\n\x00") {
				t.Errorf("file name %q", p.Filename)
			}
			if _, err := io.Copy(io.Discard, p.Open(r)); err != nil {
				t.Error(err)
			}
			for _, f := range p.Fields {
				if s := f.Text(); strings.ContainsAny(s, "\r\n\x00\x1b") || strings.ToValidUTF8(s, "") != s {
					t.Errorf("field text %q", s)
				}
			}
		})
		fields, body, _ := ParseHeader(msg)
		if body < 0 || body > int64(len(msg)) || len(fields) > MaxFields {
			t.Errorf("header ends at %d of %d", body, len(msg))
		}
	})
}
