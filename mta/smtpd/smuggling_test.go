package smtpd

import (
	"context"
	"strconv"
	"strings"
	"testing"
)

// smuggling are the ends of text that servers took for CR LF . CR LF, or clients sent on as such: CVE-2023-51764, -51765 and -51766, and
// what was found after them. None of them ends anything here.
var smuggling = []string{
	"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\n", "\r.\r\n", "\r\n.\r", "\n.\r", "\r\n.\r\r\n", "\r\r\n.\r\r\n", "\n\r.\n\r", "\n\n.\n\n", "\r\n\x00.\r\n", "\r\n.\x00\r\n",
	"\r\n\r.\r\n", "\r\n. \r\n", "\r\n.\t\r\n", "\r\n.\x0b\r\n", "\r\n .\r\n", "\x85.\x85", "\u2028.\u2028",
}

func TestNothingCanBeSmuggled(t *testing.T) {
	const evil = "MAIL FROM:<evil@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nsmuggled\r\n.\r\n"
	for _, end := range smuggling {
		for _, strict := range []bool{false, true} {
			for _, first := range []string{"", "Subject: x\r\n\r\ntext"} {
				wire := transaction + first + end + evil + "QUIT\r\n"
				agree(t, []byte(wire), strict, 0)
				agree(t, []byte(wire), strict, 3)
				d := newDesk()
				c := testConfig()
				c.Strict = strict
				_ = New(c, plain{d}).ServeConn(context.Background(), &scripted{wire: []byte(wire)})
				for _, m := range d.messages() {
					if m.env.Sender.Local == "evil" || !strings.Contains(string(m.text), "MAIL FROM:<evil@b>\r\n") {
						t.Errorf("%s, strict %v: a message of its own: %q from %s", strconv.Quote(end), strict, m.text, m.env.Sender)
					}
				}
				if n := len(d.messages()); n > 1 || n == 0 && !strict {
					t.Errorf("%s, strict %v: %d messages", strconv.Quote(end), strict, n)
				}
			}
		}
	}
}
