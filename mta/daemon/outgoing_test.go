package daemon

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool/qf"
)

// octets are a Content.
type octets []byte

func (o octets) Size() int64               { return int64(len(o)) }
func (o octets) Open() (mta.Reader, error) { return octetsReader{bytes.NewReader(o)}, nil }

type octetsReader struct{ *bytes.Reader }

func (octetsReader) Close() error { return nil }

func split(t testing.TB, message string) (header, body string, err error) {
	t.Helper()
	r, err := octets(message).Open()
	if err != nil {
		t.Fatal(err)
	}
	h, b, err := splitMessage(r, int64(len(message)), false)
	if err != nil {
		return "", "", err
	}
	text, err := io.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(h), string(text), nil
}

func TestSplitMessage(t *testing.T) {
	for _, test := range []struct{ rule, message, header, body string }{
		{"an empty message", "", "", ""},
		{"header and body", "A: b\r\n\r\nx\r\ny", "A: b\r\n", "x\ny"},
		{"a header alone", "A: b\r\nC: d\r\n", "A: b\r\nC: d\r\n", ""},
		{"without a line end", "A: b", "A: b", ""},
		{"a body alone", "\r\nA: b\r\n", "", "A: b\n"},
		{"folded lines belong to their field", "A: b\r\n c\r\n\td:\r\n\r\nx", "A: b\r\n c\r\n\td:\r\n", "x"},
		{"a line that is no field ends the header and begins the body", "A: b\r\nno field\r\nC: d\r\n", "A: b\r\n", "no field\nC: d\n"},
		{"a folded line at the start is no field", " A: b\r\n\r\nx", "", " A: b\n\nx"},
		{"LF alone", "A: b\n\nx\ny\n", "A: b\n", "x\ny\n"},
		{"a bare CR stays", "\r\nx\ry\r\r\nz\r", "", "x\ry\r\nz\r"},
	} {
		header, body, err := split(t, test.message)
		if err != nil || header != test.header || body != test.body {
			t.Errorf("%s: %q, %q, %v", test.rule, header, body, err)
		}
	}
	if _, _, err := split(t, "A: "+strings.Repeat("b", qf.MaxHeader)); !errors.Is(err, errHeader) {
		t.Errorf("a header of %d octets: %v", qf.MaxHeader, err)
	}
	if _, body, err := split(t, "A: b\n\n"+strings.Repeat("b\r\n", qf.MaxHeader)); err != nil || len(body) != 2*qf.MaxHeader {
		t.Errorf("a large body: %d, %v", len(body), err)
	}
}

func FuzzSplitMessage(f *testing.F) {
	for _, s := range []string{"A: b\r\n\r\nx", "A : b\n c\n--x\n", " x\r\r\n", "A:\x00\r\n\tb\rc: d\r\n\r\n", "--: x\n", "A: b\n \nC: d\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message string) {
		header, body, err := split(t, message)
		if err != nil {
			t.Skip()
		}
		env := to("6AMC00AA000001", "ada@example.net")
		env.Added = []byte("Received: x\r\n")
		c, err := qf.FromEnvelope(env, []byte(header))
		if err != nil {
			t.Fatalf("header %q of %q cannot be queued: %v", header, message, err)
		}
		got := string(c.HeaderBytes()) + body
		want := strings.ReplaceAll(message, "\r\n", "\n")
		letters := func(s string) string { return strings.NewReplacer("\n", "", "\r", "").Replace(s) }
		if letters(got) != letters(want) {
			t.Errorf("%q became %q", message, got)
		}
		out, err := newOutgoing(c, "esmtp", octets(body), nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := out.Open()
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(r)
		if err != nil || int64(len(whole)) != out.Size() || !strings.HasSuffix(string(whole), "\n"+body) {
			t.Errorf("%d of %d octets are sent, %v", len(whole), out.Size(), err)
		}
		part := make([]byte, 3)
		if n, err := r.ReadAt(part, int64(len(whole))-1); n != 1 || err != io.EOF || part[0] != whole[len(whole)-1] {
			t.Errorf("read at the end: %d, %v", n, err)
		}
	})
}
