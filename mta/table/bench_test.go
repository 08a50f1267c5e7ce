package table

import (
	"bytes"
	"fmt"
	"testing"

	"postroom.dev/mta/address"
)

func source(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "From:user%d@host%d.example\tREJECT\n", i, i%1000)
	}
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		text := source(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if m, _ := Parse("access", bytes.NewReader(text), Syntax{}); m.Len() != n {
					b.Fatal(m.Len())
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		m, _ := Parse("access", bytes.NewReader(source(n)), Syntax{})
		var file bytes.Buffer
		if err := m.Write(&file, "hash"); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Read("access.db", bytes.NewReader(file.Bytes())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		m, _ := Parse("access", bytes.NewReader(source(n)), Syntax{})
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			keys := make([]string, 1024)
			for i := range keys {
				k := i * 7919 % n
				keys[i] = fmt.Sprintf("From:user%d@host%d.example", k, k%1000)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, ok, _ := m.Get(keys[i%len(keys)]); !ok {
					b.Fatal(keys[i%len(keys)])
				}
				i++
			}
		})
	}
}

// BenchmarkAccess is check_mail's search for a sender that is not in the table, the longest one.
func BenchmarkAccess(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		m, _ := Parse("access", bytes.NewReader(source(n)), Syntax{})
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			from := address.Address{Local: "nobody+detail", Domain: "mail.sub.host1.example"}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, _ := (Access{Table: m, Tag: "From:"}).Sender(from); ok {
					b.Fatal("found")
				}
			}
		})
	}
}
