package model

import (
	"slices"
	"strings"
	"testing"
)

func TestFuzzyPutsWhatWasMeantFirst(t *testing.T) {
	titles := []string{
		"Delete", "Mark read", "Mark unread", "Save .eml …", "Copy recipients", "Copy queue id", "Select all", "Next tab", "Previous tab",
		"Go to All mail", "Go to Unread", "Search", "Keys", "Show tab Headers", "Show tab Raw", "邮件 删除",
	}
	for _, c := range []struct{ typed, want string }{
		{"del", "Delete"}, {"mr", "Mark read"}, {"MU", "Mark unread"}, {"gounread", "Go to Unread"}, {"cq", "Copy queue id"}, {"copy q", "Copy queue id"},
		{"eml", "Save .eml …"}, {"sel", "Select all"}, {"raw", "Show tab Raw"}, {"prev", "Previous tab"}, {"删除", "邮件 删除"}, {"keys", "Keys"},
	} {
		best := slices.MaxFunc(titles, func(a, b string) int { return Fuzzy(c.typed, a) - Fuzzy(c.typed, b) })
		if best != c.want {
			t.Errorf("%q finds %q (%d) before %q (%d)", c.typed, best, Fuzzy(c.typed, best), c.want, Fuzzy(c.typed, c.want))
		}
	}
}

func TestFuzzyRefusesWhatIsNotThere(t *testing.T) {
	for _, c := range []struct{ typed, text string }{{"x", "Delete"}, {"etd", "Delete"}, {"delete!", "Delete"}, {"a", ""}, {"deletee", "Delete"}} {
		if n := Fuzzy(c.typed, c.text); n != 0 {
			t.Errorf("%q in %q gives %d", c.typed, c.text, n)
		}
	}
	if Fuzzy("  ", "anything") == 0 {
		t.Error("typing nothing leaves nothing")
	}
	if Fuzzy("d", "d"+strings.Repeat(" x", 5000)) <= 0 {
		t.Error("a long text is not found")
	}
}
