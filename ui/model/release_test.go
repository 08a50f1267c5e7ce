package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestAPlanSaysWhoGetsItAndWhatBoundsIt(t *testing.T) {
	p := mta.ReleasePlan{Redirect: "me@corp.example", Bounded: true, Cap: 1000, Left: 999, Refusal: "eve@evil.example: not in [delivery] allow", Recipients: []mta.PlannedRecipient{
		{Address: "ada@example.net", To: "me@corp.example", Mailer: "esmtp", Host: "corp.example", Hosts: []string{"mx.corp.example"}, Leaves: true},
		{Address: "bob@example.net", To: "bob@example.net", Mailer: "relay", Host: "[192.0.2.1]", Leaves: true, Problem: "no mail host\r\ncan be found"},
		{Address: "root", To: "root", Mailer: "local"},
		{Address: "eve@evil.example", To: "eve@evil.example", Mailer: "catch", Problem: "not in [delivery] allow"},
	}, Earlier: []mta.Step{{Rule: "release", Out: "ada@example.net", Note: "yesterday: relayed"}}}
	var got []string
	for _, l := range PlanLines(&p) {
		got = append(got, l.String())
	}
	want := []string{"It cannot go: eve@evil.example: not in [delivery] allow", "", "ada@example.net  →  me@corp.example  redirected", "    leaves by esmtp: mx.corp.example",
		"bob@example.net", "    leaves by relay: [192.0.2.1]", "    no mail host  can be found", "root", "    stays on this machine: local", "eve@evil.example", "",
		"All mail that leaves goes to me@corp.example.  Mail may go only where [delivery] allow says.  999 of 1,000 recipients used today.", "", "Released before:", "    ada@example.net, yesterday: relayed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddresseesAreApartByWhateverSomebodyTypes(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " , ;\n": "", "a@b": "a@b", "a@b, c@d;e@f\ng@h": "a@b|c@d|e@f|g@h", "<a@b>,<c@d>": "a@b|c@d", `"a, b"@c d@e`: `"a, b"@c|d@e`,
	} {
		if got := strings.Join(Addressees(text), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
