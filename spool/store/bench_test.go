package store

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"postroom.dev/spool"
)

// benchMessage is a message of about size octets of words.
func benchMessage(i, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: Sender <sender%d@load.example>\r\nTo: rcpt@load.example\r\nSubject: load message %d\r\nMessage-ID: <%d@load.example>\r\n\r\n", i%100, i, i)
	for j := 0; b.Len() < size; j++ {
		fmt.Fprintf(&b, "the invoice %d of order %d has arrived with you today\r\n", i, (i*31+j*7)%5000)
	}
	return b.String()
}

func BenchmarkAdd(b *testing.B) {
	for _, size := range []int{2 << 10, 50 << 10} {
		for _, writers := range []int{1, 10, 50} {
			b.Run(fmt.Sprintf("%dK/writers=%d", size>>10, writers), func(b *testing.B) {
				s := mustOpen(b, b.TempDir())
				message := benchMessage(1, size)
				var next atomic.Int64
				b.SetBytes(int64(len(message)))
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for range writers {
					wg.Go(func() {
						for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
							mustAdd(b, s, fmt.Sprintf("5BM3r%09d", i), message)
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
			})
		}
	}
}

// BenchmarkHundredThousand asks a store of 100,000 records.
func BenchmarkHundredThousand(b *testing.B) {
	const records = 100_000
	s := mustOpen(b, b.TempDir())
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for i := next.Add(1); i <= records; i = next.Add(1) {
				mustAdd(b, s, fmt.Sprintf("5BM3r%09d", i), benchMessage(int(i), 700))
			}
		})
	}
	wg.Wait()
	if err := s.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		name string
		spool.Query
	}{
		{"newest", spool.Query{}},
		{"middle", spool.Query{Before: records / 2}},
		{"rcpt", spool.Query{Rcpt: "a@example.com"}},
		{"state", spool.Query{State: "caught"}},
		{"unread", spool.Query{Unread: true}},
		{"common word", spool.Query{Text: "arrived today"}},
		{"rare word", spool.Query{Text: `"message 77777"`}},
		{"prefix", spool.Query{Text: "inv"}},
		{"exclusion", spool.Query{Text: "arrived -77777"}},
	} {
		b.Run("Find/"+q.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Find(b.Context(), q.Query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for name, q := range map[string]spool.Query{"all": {}, "unread": {Unread: true}, "words": {Text: "arrived"}} {
		b.Run("IDs/"+name, func(b *testing.B) {
			for b.Loop() {
				if ids, err := s.IDs(b.Context(), q); err != nil || len(ids) != records {
					b.Fatal(len(ids), err)
				}
			}
		})
	}
	b.Run("Add", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			mustAdd(b, s, fmt.Sprintf("5BM3s%d-%09d", b.N, i), benchMessage(i, 2<<10))
		}
	})
}
