package app

import (
	"log/slog"
	"strings"
	"testing"

	"postroom.dev/app/config"
	"postroom.dev/spool"
)

func TestTheSampleArrivesWithHTMLAndAnAttachment(t *testing.T) {
	for _, o := range []Options{{Listen: []string{"127.0.0.1:0"}}, {Silent: true}} {
		h := config.Home{Dir: t.TempDir()}
		o.Log = slog.New(slog.DiscardHandler)
		r, err := Open(h, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		for range 2 { // each a message of its own
			if err := r.SendSample(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		page, err := r.Find(t.Context(), spool.Query{})
		if err != nil || len(page.Records) != 2 {
			t.Fatalf("%d records, %v", len(page.Records), err)
		}
		m, err := r.Message(t.Context(), page.Records[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if m.Record.Subject != "Your first mail" || !strings.Contains(m.Text, "Press Ctrl+K") || !strings.Contains(m.HTML, "It arrived.") || len(m.Problems) != 0 {
			t.Errorf("%+v has text %q and problems %v", m.Record.Summary, m.Text, m.Problems)
		}
		if strings.Contains(m.Text+m.HTML, "{") {
			t.Error("something was not filled in")
		}
		if s := m.Record.Recipients[0].State; s != "caught" || m.Record.Attachments != 1 {
			t.Errorf("it is %s and has %d attachments", s, m.Record.Attachments)
		}
	}
}
