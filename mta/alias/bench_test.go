package alias

import (
	"bytes"
	"fmt"
	"testing"
)

func source(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "name%d: user%d@host%d.example\n", i, i, i%1000)
	}
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		text := source(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if db, _ := Parse("aliases", bytes.NewReader(text), nil); db.Len() != n {
					b.Fatal(db.Len())
				}
			}
		})
	}
}

func BenchmarkExpand(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		db, _ := Parse("aliases", bytes.NewReader(source(n)), nil)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			i := 0
			for b.Loop() {
				if _, found := (Expander{Aliases: db}).Expand(fmt.Sprintf("name%d", i%n)); !found {
					b.Fatal(i)
				}
				i += 7919
			}
		})
	}
}
