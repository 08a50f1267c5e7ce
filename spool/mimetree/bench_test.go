package mimetree

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// message makes a multipart message of about size octets, four fifths of them base64.
func message(size int) []byte {
	var b bytes.Buffer
	for i := range 12 {
		fmt.Fprintf(&b, "X-Field-%d: some words of a header field that is as long as they are\r\n", i)
	}
	b.WriteString("Subject: =?utf-8?B?5Lit5paH?=\r\nContent-Type: multipart/mixed; boundary=\"----=_Part_1\"\r\n\r\n------=_Part_1\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\n\r\n")
	for b.Len() < size/5 {
		b.WriteString("Some text -- with dashes -- that goes on for a whole line of it.\r\n")
	}
	b.WriteString("------=_Part_1\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	line := strings.Repeat("QUJD", 19) + "\r\n"
	for b.Len() < size-len(line) {
		b.WriteString(line)
	}
	b.WriteString("------=_Part_1--\r\n")
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"2K", 2 << 10}, {"50K", 50 << 10}, {"1M", 1 << 20}, {"50M", 50 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			msg := message(c.size)
			b.SetBytes(int64(len(msg)))
			b.ReportAllocs()
			for b.Loop() {
				if root, problems := Parse(bytes.NewReader(msg), int64(len(msg))); len(root.Parts) != 2 || problems != nil {
					b.Fatal(problems)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct{ name, encoding, line string }{
		{"base64", "base64", strings.Repeat("QUJD", 19) + "\r\n"},
		{"quoted-printable", "quoted-printable", "Some text with=C3=A9 an escape that goes on for a whole line of it=\r\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, r := body(c.encoding, strings.Repeat(c.line, 1<<20/len(c.line)))
			b.SetBytes(p.End)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.Copy(io.Discard, p.Open(r)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStripHTML(b *testing.B) {
	page := strings.Repeat("<tr><td style='x'>Some <b>bold</b> text &amp; more</td></tr>\n", 1000)
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		StripHTML(page)
	}
}
