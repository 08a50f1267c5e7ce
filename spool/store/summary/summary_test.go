package summary

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool"
)

func TestHeader(t *testing.T) {
	tests := []struct {
		rule, head, added string
		want              spool.Summary
	}{
		{"fields are decoded", "From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>\r\nTo: a@b\r\nCc: c@d\r\nSubject: =?utf-8?b?6YKu5Lu2?=\r\nMessage-ID: <1@x>\r\nDate: Tue, 3 Feb 2026 10:00:00 +0100\r\n\r\n", "",
			spool.Summary{From: "Jürgen <j@example.com>", To: "a@b", Cc: "c@d", Subject: "邮件", MessageID: "1@x", Date: time.Date(2026, 2, 3, 10, 0, 0, 0, time.FixedZone("", 3600))}},
		{"an added From field fills in", "Subject: x\r\n\r\n", "Received: here\r\nFrom: Us <us@example.com>\r\n", spool.Summary{Subject: "x", From: "Us <us@example.com>"}},
		{"the message's own From field wins", "From: own@x\r\n\r\n", "From: us@x\r\n", spool.Summary{From: "own@x"}},
		{"an unreadable date is none", "Date: yesterday\r\n\r\n", "", spool.Summary{}},
		{"a Message-ID without brackets is taken as it is", "Message-ID: 7@x \r\n\r\n", "", spool.Summary{MessageID: "7@x"}},
		{"nothing has an empty summary", "", "", spool.Summary{}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := Header([]byte(tt.head), []byte(tt.added))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestHeaderFieldsAreClipped(t *testing.T) {
	got := Header([]byte("Subject: "+strings.Repeat("ö", MaxField)+"\r\n\r\n"), nil)
	if len(got.Subject) > MaxField || len(got.Subject) < MaxField-1 || !utf8.ValidString(got.Subject) {
		t.Errorf("%d octets, valid %v", len(got.Subject), utf8.ValidString(got.Subject))
	}
}

func TestRead(t *testing.T) {
	multipart := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>world</b></p>\r\n" +
		"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nxx\r\n--b--\r\n"
	tests := []struct {
		rule, message string
		snippet       string
		attachments   int
	}{
		{"plain text", "Subject: x\r\n\r\nfirst  line\r\nsecond\r\n", "first line second", 0},
		{"HTML without plain text loses its tags", multipart, "Hello world", 1},
		{"quoted-printable is decoded", "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr=C3=BC=C3=9Fe\r\n", "Grüße", 0},
		{"no body", "Subject: x\r\n\r\n", "", 0},
		{"nothing", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			b := Read(strings.NewReader(tt.message), int64(len(tt.message)))
			if b.Snippet != tt.snippet || b.Attachments != tt.attachments {
				t.Errorf("snippet %q, %d attachments; want %q, %d", b.Snippet, b.Attachments, tt.snippet, tt.attachments)
			}
		})
	}
}

func TestSnippetHasAtMost200Letters(t *testing.T) {
	for _, letter := range []string{"x", "ö", "邮", "😀"} {
		got := Snippet(strings.Repeat(letter, 5000))
		if n := utf8.RuneCountInString(got); n != MaxSnippet {
			t.Errorf("%d letters of %s", n, letter)
		}
	}
	if got := Snippet(strings.Repeat("abc ", 100)); utf8.RuneCountInString(got) != MaxSnippet-1 || strings.HasSuffix(got, " ") {
		t.Errorf("%q ends in a space", got)
	}
}
