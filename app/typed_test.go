package app

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestATypedSessionGetsItsLineEnds(t *testing.T) {
	for _, test := range []struct{ rule, in, want string }{
		{"LF alone is CR LF", "EHLO x\nDATA\nSubject: a\n\nb\n.\n", "EHLO x\r\nDATA\r\nSubject: a\r\n\r\nb\r\n.\r\n"},
		{"CR LF in it stays", "EHLO x\nb\r\n.\n", "EHLO x\r\nb\r\n.\r\n"},
		{"a program that writes CR LF is not touched", "EHLO x\r\nDATA\r\na\nb\n.\n\r\n.\r\n", "EHLO x\r\nDATA\r\na\nb\n.\n\r\n.\r\n"},
		{"no line end", "QUIT", "QUIT"},
		{"nothing", "", ""},
	} {
		for name, from := range map[string]io.Reader{"at once": strings.NewReader(test.in), "octet by octet": iotest.OneByteReader(strings.NewReader(test.in)), "with its end": iotest.DataErrReader(strings.NewReader(test.in))} {
			got, err := io.ReadAll(&typed{from: from})
			if string(got) != test.want || err != nil {
				t.Errorf("%s, %s: %q, %v", test.rule, name, got, err)
			}
		}
	}
}
