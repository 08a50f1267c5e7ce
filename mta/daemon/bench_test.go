package daemon

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta/deliver"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
	"postroom.dev/spool/store"
)

// BenchmarkRun is a queue run of 500 messages of 2 KB for 50 hosts that take them at once, with the store on disk.
func BenchmarkRun(b *testing.B) {
	const messages = 500
	s, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	q, err := queue.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	router, err := route.New(route.Config{Hostname: "mail.example.com", External: route.ExternalRelay})
	if err != nil {
		b.Fatal(err)
	}
	d := New(Config{
		Store: s, Hostname: "mail.example.com", Software: "Postroom 1", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Queue: queue.NewGroup(func(int) int { return 0 }, q), Rules: Rules{Router: router},
		Mailers: map[string]deliver.Mailer{route.ESMTP: deliver.Discard{}}, QueueID: func() string { return "" },
	})
	ids := qf.NewIDs(time.Now, 1, 1)
	body := "Subject: x\r\n\r\n" + strings.Repeat("some text of a line\r\n", 100)
	for b.Loop() {
		b.StopTimer()
		for i := range messages {
			env := to(ids.Next(), fmt.Sprintf("ada@host%d.example", i%50))
			if _, err := d.Submit(b.Context(), env, strings.NewReader(body)); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := d.Run(b.Context(), queue.Selection{}, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*messages)/b.Elapsed().Seconds(), "messages/s")
}
