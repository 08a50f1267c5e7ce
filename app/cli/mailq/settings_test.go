package mailq

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool/queue"
)

func TestSettingsAreReadAsSendmailDoes(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        Settings
		complaints  []string
	}{
		{"QueueSortOrder", "time", Settings{SortOrder: "time"}, nil},
		{"QueueSortOrder", "Foo", Settings{SortOrder: "Foo"}, nil},
		{"MaxQueueRunSize", "2", Settings{Max: 2}, nil},
		{"MaxQueueRunSize", "2x", Settings{Max: 2}, nil},
		{"MaxQueueRunSize", "x", Settings{}, nil},
		{"MaxQueueRunSize", "-1", Settings{}, nil},
		{"MinQueueAge", "5", Settings{MinAge: 5 * time.Minute}, nil},
		{"MinQueueAge", "1h30m", Settings{MinAge: 90 * time.Minute}, nil},
		{"MinQueueAge", "x", Settings{}, []string{"Invalid time unit `x'"}},
		{"MinQueueAge", "99999999999999999999w", Settings{MinAge: maxAge / (7 * 24 * time.Hour) * (7 * 24 * time.Hour)}, nil},
		{"QueueLA", "3", Settings{}, nil},
	} {
		got, complaints, err := ParseSettings(map[string]string{c.name: c.value})
		if d := cmp.Diff(c.want, got) + cmp.Diff(c.complaints, complaints); d != "" || err != nil {
			t.Errorf("%s=%s: %v\n%s", c.name, c.value, err, d)
		}
	}
	for _, order := range []string{"", "zzz"} {
		_, _, err := ParseSettings(map[string]string{"QueueSortOrder": order})
		var unknown OrderError
		if !errors.As(err, &unknown) || err.Error() != `Invalid queue sort order "`+order+`"` {
			t.Errorf("%q: %v", order, err)
		}
	}
	if s, _, err := ParseSettings(nil); s != (Settings{}) || err != nil || s.Order() != queue.ByPriority {
		t.Errorf("none: %+v, %v", s, err)
	}
}
