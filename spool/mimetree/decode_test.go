package mimetree

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// body makes a part of nothing but an encoded body.
func body(encoding, s string) (*Part, *strings.Reader) {
	return &Part{Number: "1", Type: "text/plain", Encoding: encoding, End: int64(len(s))}, strings.NewReader(s)
}

func TestOpenDecodesWhatItCan(t *testing.T) {
	for _, c := range []struct{ name, encoding, in, out, problem string }{
		{"no encoding passes through", "8bit", "a=41\x00\xff", "a=41\x00\xff", ""},
		{"an unknown encoding passes through", "rot13", "uryyb", "uryyb", ""},
		{"base64", "base64", "aGVs\r\nbG8=\r\n", "hello", ""},
		{"junk in base64 is passed over", "base64", "aG!Vs\n*bG8=", "hello", "not base64: passed over"},
		{"base64 without padding", "base64", "aGVsbG8", "hello", "base64 ends inside a group"},
		{"base64 goes on after padding", "base64", "aGVsbG8=\naGVsbG8=", "hellohello", ""},
		{"base64 of URLs", "base64", "-_-_", "\xfb\xff\xbf", ""},
		{"one letter of base64 is nothing", "base64", "aGVsa=", "hel", "base64 group of one letter"},
		{"quoted-printable", "quoted-printable", "a=3D=C3=A9 b  \r\nso=\r\nft", "a=é b\r\nsoft", ""},
		{"lower case in quoted-printable", "quoted-printable", "=c3=a9", "é", ""},
		{"blanks behind a soft line break", "quoted-printable", "so= \t\nft", "soft", ""},
		{"a soft line break at the end", "quoted-printable", "so=", "so", ""},
		{"soft line breaks with CR CR LF and CR", "quoted-printable", "so=\r\r\nft=\ry", "softy", ""},
		{"= without digits stays", "quoted-printable", "a=zz b=4", "a=zz b=4", "= without two hexadecimal digits in quoted-printable: left as it is"},
		{"8-bit octets in quoted-printable stay", "quoted-printable", "\xe9=E9", "\xe9\xe9", ""},
		{"uuencode", "x-uuencode", "begin 644 x\n#0V%T\n`\nend\nmore", "Cat", ""},
		{"uuencode without end", "uuencode", "begin 644 x\r\n#0V%T\r\n", "Cat", "uuencode without begin and end"},
		{"a short line of uuencode", "uuencode", "begin 644 x\n#0V\nend\n", "C`\x00", "uuencode line too short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, r := body(c.encoding, c.in)
			d := p.Open(r)
			out, err := io.ReadAll(iotest.OneByteReader(d))
			if err != nil || string(out) != c.out {
				t.Errorf("%q, %v; want %q", out, err, c.out)
			}
			var got string
			for _, q := range d.Problems() {
				got += q.Text
				if q.Offset > int64(len(c.in)) || q.Part != "1" {
					t.Errorf("problem %+v", q)
				}
			}
			if got != c.problem {
				t.Errorf("problems %q, want %q", got, c.problem)
			}
		})
	}
}

func TestOpenAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("= \t\r\nab"))), 0, 3000).Draw(t, "raw")
		if rapid.Bool().Draw(t, "long") { // longer than a block
			raw = bytes.Repeat(raw, 70)
		}
		lines := base64.StdEncoding.EncodeToString(raw)
		var wrapped strings.Builder
		for n := rapid.IntRange(1, 100).Draw(t, "width"); len(lines) > 0; {
			k := min(n, len(lines))
			wrapped.WriteString(lines[:k] + "\r\n")
			lines = lines[k:]
		}
		p, r := body("base64", wrapped.String())
		if out, err := io.ReadAll(p.Open(r)); err != nil || !bytes.Equal(out, raw) {
			t.Fatalf("base64: %d octets, %v; want %d", len(out), err, len(raw))
		}

		var qp strings.Builder
		w := quotedprintable.NewWriter(&qp)
		w.Binary = rapid.Bool().Draw(t, "binary")
		w.Write(raw)
		w.Close()
		want, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(qp.String())))
		if err != nil {
			t.Fatal(err)
		}
		p, r = body("quoted-printable", qp.String())
		if out, err := io.ReadAll(p.Open(r)); err != nil || !bytes.Equal(out, want) {
			t.Fatalf("quoted-printable of %q: %q, %v; want %q", qp.String(), out, err, want)
		}
	})
}

func TestOpenTakesLinesLongerThanItsMemory(t *testing.T) {
	long := strings.Repeat("=41b ", 3*block/5) + "="
	for _, c := range []struct{ in, out string }{
		{long, strings.Repeat("Ab ", 3*block/5)},
		{strings.Repeat(" ", 3*block) + "x", strings.Repeat(" ", 3*block) + "x"},
		{strings.Repeat("x", block-1) + "=41" + strings.Repeat("y", block), strings.Repeat("x", block-1) + "A" + strings.Repeat("y", block)},
	} {
		p, r := body("quoted-printable", c.in)
		out, err := io.ReadAll(p.Open(r))
		if err != nil || string(out) != c.out {
			t.Errorf("%d octets, %v; want %d", len(out), err, len(c.out))
		}
	}
}

func TestTextIsUTF8(t *testing.T) {
	for _, c := range []struct{ name, typ, charset, in, out, problem string }{
		{"no charset, UTF-8", "text/plain", "", "é中", "é中", ""},
		{"no charset, 8-bit", "text/plain", "", "caf\xe9 \x80", "café €", ""},
		{"utf-8", "text/plain", "UTF-8", "é\r\nx\rz\r\r\n", "é\nx\nz\n", ""},
		{"utf-8 that is none", "text/plain", "utf-8", "caf\xe9", "caf\uFFFD", "text is not in its charset \"utf-8\""},
		{"gb2312", "text/plain", "gb2312", "\xd6\xd0\xce\xc4", "中文", ""},
		{"gb18030", "text/plain", "GB18030", "\x81\x30\x84\x36\xd6\xd0", "¥中", ""},
		{"iso-2022-jp", "text/plain", "iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本", ""},
		{"windows-1256", "text/plain", "windows-1256", "\xe3\xd1\xcd\xc8\xc7", "مرحبا", ""},
		{"utf-7", "text/plain", "utf-7", "Hi +ZeVnLIqe-+-", "Hi 日本語+", ""},
		{"utf-16", "text/plain", "utf-16", "\xff\xfea\x00", "a", ""},
		{"hz", "text/plain", "hz-gb-2312", "~{VPND~}", "中文", ""},
		{"unknown", "text/plain", "klingon-8", "é", "é", "unknown charset \"klingon-8\": guessed"},
		{"a page that says it", "text/html", "", "<html><meta charset='gbk'>\xd6\xd0", "<html><meta charset='gbk'>中", ""},
		{"control characters", "text/plain", "", "a\x00\x1b[31m\tb", "a\uFFFD\uFFFD[31m\tb", ""},
		{"a byte order mark", "text/plain", "utf-8", "\xef\xbb\xbfa", "a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, r := body("", c.in)
			p.Type, p.Params = c.typ, map[string]string{"charset": c.charset}
			text, problems := p.Text(r, 1000)
			if text != c.out {
				t.Errorf("%q, want %q", text, c.out)
			}
			var got string
			for _, q := range problems {
				got += q.Text
			}
			if got != c.problem {
				t.Errorf("problems %q, want %q", got, c.problem)
			}
		})
	}
}

func TestTextIsCutBetweenCharacters(t *testing.T) {
	in := strings.Repeat("中", 100)
	for limit := range 20 {
		p, r := body("", in)
		text, problems := p.Text(r, limit)
		if text != strings.Repeat("中", limit/3) || !utf8.ValidString(text) {
			t.Errorf("limit %d gives %q", limit, text)
		}
		if len(problems) != 1 || !problems[0].Lost {
			t.Errorf("limit %d: problems %v", limit, problems)
		}
	}
}

func TestStripHTML(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"plain &amp; simple":        "plain & simple",
		"<p>one</p><p>two<br>three": "one\n\ntwo\nthree",
		"<div>a</div><div>b</div>":  "a\nb",
		"a <b>bold</b>\n  word":     "a bold word",
		"<td>1</td><td>2</td>":      "1 2",
		"<style>p{}</style>x<script>if(a<b)</script>y<!-- no -->": "xy",
		"<title>t</title><h1>h</h1>body":                          "h\n\nbody",
		"<ul><li>a<li>b</ul>c":                                    "a\nb\n\nc",
		"<pre>a\n  b</pre>":                                       "a\n  b",
		"<img src=x alt='a cat'> sits":                            "a cat sits",
		"<a href=x":                                               "",
		"&#20013;&nbsp;&euro;\xff":                                "中\u00a0€\uFFFD",
		"<script>never closed":                                    "",
	} {
		if got := StripHTML(in); got != want {
			t.Errorf("StripHTML(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSnippet(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		" a\n\n b\tc ":                   "a b c",
		"\u200c\u00a0\u200c hi \u034f x": "hi x",
		"می\u200cخواهم":                  "می\u200cخواهم",
		strings.Repeat("中", 300):         strings.Repeat("中", 200),
		strings.Repeat("a ", 300):        strings.Repeat("a ", 99) + "a",
	} {
		if got := Snippet(in); got != want {
			t.Errorf("Snippet(%.20q) = %q, want %q", in, got, want)
		}
	}
	if n := utf8.RuneCountInString(Snippet(strings.Repeat("ab ", 300))); n > 200 {
		t.Errorf("%d letters", n)
	}
}
