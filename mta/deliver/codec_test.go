package deliver

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestReplies(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"one line", "250 ok\r\n", "250 ok"},
		{"no words", "250\r\n", "250 "},
		{"several lines", "250-a\r\n250-b\r\n250 c\r\n", "250 a\nb\nc"},
		{"bare LF", "250-a\n250 b\n", "250 a\nb"},
		{"enhanced code on each line", "550-5.1.1 a\r\n550-5.1.1\r\n550 5.1.1 b\r\n", "550 5.1.1 a\n\nb"},
		{"enhanced code on one line", "550-5.1.1 a\r\n550 b\r\n", "550 5.1.1 a\nb"},
		{"enhanced code alone", "550 5.1.1\r\n", "550 5.1.1 "},
		{"enhanced code of another class is text", "550 4.1.1 a\r\n", "550 4.1.1 a"},
		{"a number that is none", "550 5.1.1234 a\r\n", "550 5.1.1234 a"},
		{"an address is no code", "550 127.0.0.1 is bad\r\n", "550 127.0.0.1 is bad"},
		{"success has a code only where it was offered", "250 2.0.0 ok\r\n", "250 2.0.0 ok"},
		{"controls are not words", "550 a\x1b[2J\x00b\tc\xff\r\n", "550 a?[2J?b\tcÿ"},
		{"UTF-8 stays", "550 weg – fort\r\n", "550 weg – fort"},
		{"what is no UTF-8 is taken for ISO 8859-1", "550 Empf\xe4nger\x9b31m\r\n", "550 Empfänger?31m"},
		{"a C1 control is none of the words", "550 a\u009b31m\r\n", "550 a?31m"},
		{"ten kilobytes stay", "550 " + strings.Repeat("y", 10000) + "\r\n", "550 " + strings.Repeat("y", 10000)},
		{"a letter is not cut", "550 x" + strings.Repeat("ä", 7000) + "\r\n", "550 x" + strings.Repeat("ä", (maxReplyLine-5)/2)},
		{"more than the limit is dropped", strings.Repeat("250-"+strings.Repeat("a", 10<<10)+"\r\n", 5) + "250 b\r\n", "250 " + strings.TrimSpace(strings.Repeat(strings.Repeat("a", 10<<10)+"\n", 3))},
		{"the last code counts", "250-a\r\n550 b\r\n", "550 a\nb"},
		{"not a reply", "hello\r\n", "error"},
		{"no digit", "2x0 a\r\n", "error"},
		{"1yz is none", "150 a\r\n", "error"},
		{"something behind the code", "250x\r\n", "error"},
		{"cut short", "250-a\r\n", "error"},
		{"too many lines", strings.Repeat("250-a\r\n", 1001) + "250 b\r\n", "error"},
		{"a line without end", "250 " + strings.Repeat("x", 70<<10) + "\r\n", "error"},
		{"a long line is cut", "250 " + strings.Repeat("x", 20000) + "\r\n", "250 " + strings.Repeat("x", maxReplyLine-4)},
		{"lines over the limit are dropped", strings.Repeat("250-a\r\n", 100) + "250 b\r\n", "250 " + strings.TrimSpace(strings.Repeat("a\n", 64))},
	} {
		r, err := readReply(bufio.NewReader(strings.NewReader(c.in)), false, nil)
		got := "error"
		if err == nil {
			s := r.status("")
			got = s.Error()
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestEnhancedCodeOfASuccess(t *testing.T) {
	r, err := readReply(bufio.NewReader(strings.NewReader("250-2.0.0 a\r\n250 2.0.0 b\r\n")), true, nil)
	if d := cmp.Diff(mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "a\nb"}, r.status("")); d != "" || err != nil {
		t.Error(d, err)
	}
}

// Whatever comes, a reply is bounded, has lines without controls, and a class that a status can have.
func FuzzReply(f *testing.F) {
	for _, s := range []string{"250 ok\r\n", "250-a\r\n250 b\r\n", "550-5.1.1 a\n550 5.1.1 b\n", "421", "354 \r\n", "550-5.7.1\r\n550 5.7.1 x\r\n", "55", "550 5.1.1  x\r\n"} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, enhanced bool) {
		r, err := readReply(bufio.NewReader(bytes.NewReader(b)), enhanced, nil)
		if err != nil {
			return
		}
		if r.code < 200 || r.code > 599 || len(r.lines) == 0 || len(r.lines) > maxReplyLines {
			t.Fatalf("%+v", r)
		}
		if e := r.enhanced; e != (mta.Enhanced{}) && e[0] != r.class() {
			t.Errorf("class: %+v", r)
		}
		for _, l := range r.lines {
			if len(l) > 2*maxReplyLine || !utf8.ValidString(l) || strings.ContainsAny(l, "\r\n\x00\x1b") {
				t.Errorf("line %q", l)
			}
		}
		s := r.status("x")
		if !s.OK() && !s.Temporary() && s.Code/100 != 5 {
			t.Errorf("status %v", s)
		}
	})
}

// decode is RFC 5321 §4.5.2 from the other side: what a server makes of a stream, and what it leaves.
func decode(stream string) (text, rest string, ok bool) {
	for {
		line, after, found := strings.Cut(stream, "\r\n")
		if !found {
			return "", "", false
		}
		stream = after
		if line == "." {
			return text, stream, true
		}
		text += strings.TrimPrefix(line, ".") + "\r\n"
	}
}

// Whatever the text, a server sees one message, with each octet in its place, and nothing behind it.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", ".", "\n.\n", "\r\n.\r\n", "a\r.\r\nb", "\r", "a\r", "\n\n.\r\nMAIL FROM:<x>\r\n", "..", "\r\r\n.\n"} {
		f.Add(s, uint64(len(s)))
	}
	f.Fuzz(func(t *testing.T, s string, _ uint64) {
		var b bytes.Buffer
		cut, err := sendText(struct{ io.Writer }{&b}, text(s).opened)
		if err != nil {
			t.Fatal(err)
		}
		if cut > 0 {
			for line := range strings.SplitSeq(b.String(), "\r\n") {
				if len(strings.TrimPrefix(line, ".")) > maxText {
					t.Errorf("%q: a line of %d octets", s, len(line))
				}
			}
			return
		}
		want := strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
		if want != "" && !strings.HasSuffix(want, "\r\n") {
			want += "\r\n"
		}
		got, rest, ok := decode(b.String())
		if !ok || rest != "" || got != want {
			t.Errorf("%q: %q, rest %q, %v", s, got, rest, ok)
		}
		if strings.Contains(strings.ReplaceAll(b.String(), "\r\n", ""), "\n") {
			t.Errorf("%q: bare LF in %q", s, b.String())
		}
	})
}
