//go:build unix

package mailq

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkMailq lists queues of messages with one recipient each, beside real sendmail where there is one. Both read
// all files anew.
func BenchmarkMailq(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 50_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			random := rand.New(rand.NewPCG(1, 2))
			for i := range n {
				put(b, dir, "qf", fmt.Sprintf("6AM9dEmd%06d", i), fmt.Sprintf(
					"V8\nT1795340354\nK1795340355\nN1\nP%d\nFs\n$_bob@localhost\nSbob%d@example.com\nrRFC822; u@ok.example\nRPFD:u@ok.example\n%s",
					random.IntN(1e6), i, strings.Repeat("H??X-Header: with some text behind it\n", 12)))
			}
			b.Run("postroom", func(b *testing.B) {
				var out bytes.Buffer
				for b.Loop() {
					out.Reset()
					if exit := (Command{Directory: dir, Stdout: &out, Stderr: &out}).Run(b.Context()); exit != 0 {
						b.Fatal(out.String())
					}
				}
			})
			b.Run("sendmail", func(b *testing.B) {
				real := sendmail(b)
				for b.Loop() {
					if out := real(dir); !strings.Contains(out, fmt.Sprintf("Total requests: %d\n", n)) {
						b.Fatal(out)
					}
				}
			})
		})
	}
}
