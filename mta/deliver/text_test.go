package deliver

import (
	"strings"
	"testing"
)

func TestLinesOver990OctetsAreCutAsSendmailCutsThem(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		name, in, want string
		cut            int
	}{
		{"990 pass", x(990) + "\n", x(990) + "\r\n", 0},
		{"990 pass with CRLF", x(990) + "\r\n", x(990) + "\r\n", 0},
		{"990 pass without an end", x(990), x(990) + "\r\n", 0},
		{"991", x(991) + "\ny\n", x(989) + "!\r\n xx\r\ny\r\n", 1},
		{"a piece after the first is a blank shorter", x(989+989) + "\n", x(989) + "!\r\n " + x(989) + "\r\n", 1},
		{"three pieces", x(989+990) + "\n" + x(991), x(989) + "!\r\n " + x(988) + "!\r\n xx\r\n" + x(989) + "!\r\n xx\r\n", 2},
		{"a dot behind the cut is none at the start", x(989) + "..\n", x(989) + "!\r\n ..\r\n", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			cut, err := sendText(&b, text(test.in).opened)
			if err != nil || cut != test.cut || b.String() != test.want+".\r\n" {
				t.Errorf("%d cut, %v: %.1200q", cut, err, b.String())
			}
		})
	}
	for _, n := range []int{32<<10 - 1, 32 << 10, 32<<10 + 1, 100_000} { // over the edge of a buffer
		var b strings.Builder
		cut, err := sendText(&b, text(x(n)+"\n"+x(5)+"\n").opened)
		if err != nil || cut != 1 {
			t.Errorf("%d: %d cut, %v", n, cut, err)
		}
		pieces := strings.Split(strings.TrimSuffix(b.String(), "\r\nxxxxx\r\n.\r\n"), "\r\n")
		got := strings.ReplaceAll(strings.ReplaceAll(strings.Join(pieces, ""), "! ", ""), " ", "")
		if got != x(n) {
			t.Errorf("%d: the text is not whole: %d octets", n, len(got))
		}
		for _, p := range pieces {
			if len(p) > maxText {
				t.Errorf("%d: a line of %d octets", n, len(p))
			}
		}
	}
}
