package sevenbit

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func convertBinary(t testing.TB, text string, eight bool) (string, *Plan) {
	t.Helper()
	p, err := ExamineBinary(strings.NewReader(text), eight)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Copy(&b, strings.NewReader(text), by); err != nil {
		t.Fatal(err)
	}
	return b.String(), p
}

func TestABinaryTextInLines(t *testing.T) {
	const (
		mixed = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
		auto  = "X-MIME-Autoconverted: from binary to base64 by " + by + "\n"
		autoQ = "X-MIME-Autoconverted: from binary to quoted-printable by " + by + "\n"
	)
	for _, c := range []struct {
		rule, in string
		eight    bool
		out      string // "" for a text that is stuck
	}{
		{"what needs nothing stays", "Subject: x\r\n\r\nx\r\n", false, "Subject: x\n\nx\n"},
		{"a part with LF by itself is encoded", mixed + "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b--\r\n", true,
			"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n" + auto + "\niVBORw0KGgo=\n--b--\n"},
		{"a delimiter behind LF by itself is none", mixed + "--b\r\n\r\nx\n--b--\r\n--b--\r\n", true,
			"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: base64\n" + auto + "\neAotLWItLQ==\n--b--\n"},
		{"text that calls itself binary becomes readable", mixed + "--b\r\nContent-Transfer-Encoding: binary\r\nContent-Type: text/plain\r\n\r\nh\xe4llo=\r\nworld, and some more of it\r\n--b--\r\n", true,
			"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n" + autoQ + "\nh=E4llo=3D\nworld, and some more of it\n--b--\n"},
		{"8-bit text stays where the host takes it", mixed + "--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nh\xe4llo\r\n--b--\r\n", true,
			"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: 8bit\n\nh\xe4llo\n--b--\n"},
		{"and is encoded where not", "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: text/plain\r\n\r\nh\xe4llo and more\r\n", false,
			"MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n" + autoQ + "\nh=E4llo and more\n"},
		{"a line of 991 octets is encoded", "MIME-Version: 1.0\r\nContent-Type: text/css\r\n\r\n" + strings.Repeat("x", 991), false,
			"MIME-Version: 1.0\nContent-Type: text/css\nContent-Transfer-Encoding: base64\n" + auto + "\n" + strings.Repeat("eHh4", 18) + "\n" + strings.Repeat(strings.Repeat("eHh4", 18)+"\n", 17) + strings.Repeat("eHh4", 6) + "eA==\n"},
		{"one of 990 stays", "MIME-Version: 1.0\r\n\r\n" + strings.Repeat("x", 990), false, "MIME-Version: 1.0\n\n" + strings.Repeat("x", 990)},
		{"a message in a message", "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: binary\r\n\r\nContent-Type: a/b\r\n\r\n\x00", false,
			"MIME-Version: 1.0\nContent-Type: message/rfc822\n\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n" + auto + "\nAA==\n"},
		{"what is no MIME is stuck", "Subject: x\r\n\r\n\x00", true, ""},
		{"a signed part is stuck", "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\x00\r\n--b--\r\n", true, ""},
		{"and so is 8-bit text in one, for a host of 7 bits", "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe4\r\n--b--\r\n", false, ""},
		{"a signed part of plain lines goes", "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n", false,
			"MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--\n"},
		{"a base64 part that is none is stuck", "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n\x00", true, ""},
		{"octets before the first part are stuck", mixed + "\x00\r\n--b\r\n\r\nx\r\n--b--\r\n", true, ""},
		{"parts that only LF keeps apart are stuck", mixed + "--b\n\nx\n--b--\n", true, ""},
		{"LF by itself in a header is stuck", "MIME-Version: 1.0\r\nX: a\nY: b\r\n\r\nx\r\n", true, ""},
		{"and so is NUL", "MIME-Version: 1.0\r\nX: a\x00\r\n\r\nx\r\n", true, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, p := convertBinary(t, c.in, c.eight)
			if p.Stuck != (c.out == "") {
				t.Errorf("stuck %t", p.Stuck)
			}
			if d := cmp.Diff(c.out, got); d != "" && c.out != "" {
				t.Error(d)
			}
		})
	}
}

func TestABinaryPartComesOutAsItWas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		octet := rapid.SampledFrom([]byte("\x00\r\n\r\n-.= ab\xff\xe4"))
		var parts [][]byte
		var in bytes.Buffer
		in.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n")
		for range rapid.IntRange(1, 4).Draw(rt, "parts") {
			body := rapid.SliceOfN(octet, 0, 200).Draw(rt, "body")
			parts = append(parts, body)
			in.WriteString("--edge\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n")
			in.Write(body)
			in.WriteString("\r\n")
		}
		in.WriteString("--edge--\r\n")
		got, p := convertBinary(t, in.String(), rapid.Bool().Draw(rt, "eight"))
		if p.Stuck || strings.ContainsFunc(got, func(c rune) bool { return c == 0 || c == '\r' || c >= 0x80 }) {
			rt.Fatalf("%+v %q", p, got)
		}
		r := multipart.NewReader(strings.NewReader(strings.ReplaceAll(got, "\n", "\r\n")[strings.Index(got, "\n\n")+4:]), "edge")
		for i, want := range parts {
			part, err := r.NextRawPart()
			if err != nil {
				rt.Fatalf("part %d: %v in %q", i, err, got)
			}
			text := io.Reader(part)
			switch part.Header.Get("Content-Transfer-Encoding") {
			case "base64":
				text = base64.NewDecoder(base64.StdEncoding, part)
			case "quoted-printable":
				text = quotedprintable.NewReader(part)
			}
			is, err := io.ReadAll(text)
			if err != nil || !bytes.Equal(is, want) {
				rt.Fatalf("part %d: %v\n%q\n%q\n%q", i, err, is, want, got)
			}
		}
	})
}

func FuzzCopyBinary(f *testing.F) {
	f.Add("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\x00\xff\r\n--b--\r\n", true)
	f.Add("MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nX: \r\n\r\n\n\r\n.", false)
	f.Fuzz(func(t *testing.T, text string, eight bool) {
		got, p := convertBinary(t, text, eight)
		if p.Stuck {
			return
		}
		if strings.ContainsAny(got, "\x00\r") {
			t.Errorf("%q\n%q", text, got)
		}
		_, body, _ := strings.Cut(got, "\n\n")
		for line := range strings.Lines(body) {
			if len(line) > maxLine+1 && !strings.Contains(line, ":") { // header fields stay
				t.Errorf("a line of %d\n%q\n%q", len(line), text, got)
			}
		}
	})
}
