package qf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestTheCallerComesBack(t *testing.T) {
	for _, want := range []mta.Origin{
		{PID: 42, UID: 0, Argv: []string{"php", "-r", "mail(\"a\", 'b');\n", "", "ü {}"}},
		{PID: 1, UID: -1},
	} {
		got := mta.Origin{UID: -1}
		readCaller(caller(&want), &got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	long := mta.Origin{PID: 7, UID: 33, Argv: []string{"php", strings.Repeat("x", 2000), "end"}}
	if text := caller(&long); len(text) > maxCaller || !strings.HasPrefix(text, `7 33 "php"`) {
		t.Errorf("%d octets: %.80s", len(text), text)
	}
}

func TestACallerThatMakesNoSenseIsNone(t *testing.T) {
	for _, text := range []string{"", "x", "0 0", "-1 5", "5", "5 x", "99999999999999999999 1"} {
		got := mta.Origin{UID: -1}
		readCaller(text, &got)
		if got.PID != 0 || len(got.Argv) > 0 {
			t.Errorf("%q gives %+v", text, got)
		}
	}
}
