package mta

import "testing"

func TestStepPrintsWhatItHas(t *testing.T) {
	for _, c := range []struct {
		name string
		step Step
		want string
	}{
		{"a table's line", Step{Rule: "aliases", File: "/etc/aliases", Line: 12, Key: "staff", In: "staff", Out: "bob"}, "aliases: staff -> bob  (/etc/aliases:12: staff)"},
		{"a near miss", Step{Rule: "aliases", File: "/etc/aliases", Line: 12, Key: "Staff", In: "staff", Out: "staff", Note: "almost this name"},
			"aliases: staff -> staff  (/etc/aliases:12: Staff; almost this name)"},
		{"a file without lines", Step{Rule: ".forward", File: "/home/bob/.forward", In: "bob", Out: "bob", Note: "writable by all"},
			".forward: bob -> bob  (/home/bob/.forward; writable by all)"},
		{"no table", Step{Rule: "default", In: "a@b", Out: "catch", Note: "kept here"}, "default: a@b -> catch  (kept here)"},
		{"a question without an answer", Step{Rule: "external", In: "a@b"}, "external: a@b"},
		{"an answer to no question", Step{Rule: "check_relay", Out: "RELAY"}, "check_relay: -> RELAY"},
		{"a note alone", Step{Rule: "header", Note: "3 more steps"}, "header  (3 more steps)"},
		{"the key of no file stays out", Step{Rule: "local", Key: "example.com", In: "a@example.com", Out: "local"}, "local: a@example.com -> local"},
	} {
		if got := c.step.String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
