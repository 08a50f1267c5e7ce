package model

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"postroom.dev/spool"
)

// TestIDsAreASortedSet holds ids against the plainest list there is.
func TestIDsAreASortedSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s ids
		var want []int64 // descending
		id := rapid.Int64Range(1, 40)
		add := func(id int64) {
			if p, ok := slices.BinarySearchFunc(want, id, descending); !ok {
				want = slices.Insert(want, p, id)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				n := id.Draw(t, "id")
				had := slices.Contains(want, n)
				if s.insert(n) == had {
					t.Fatalf("insert %d: had it before: %v", n, had)
				}
				add(n)
			},
			"older": func(t *rapid.T) {
				more := rapid.SliceOfNDistinct(id, 0, 12, rapid.ID).Draw(t, "more")
				slices.SortFunc(more, descending)
				s.appendOlder(more)
				for _, n := range more {
					add(n)
				}
			},
			"remove": func(t *rapid.T) {
				gone := map[int64]bool{}
				for _, n := range rapid.SliceOfN(id, 0, 9).Draw(t, "gone") {
					gone[n] = true
				}
				before := len(want)
				want = slices.DeleteFunc(want, func(n int64) bool { return gone[n] })
				if n := s.remove(gone); n != before-len(want) {
					t.Fatalf("removed %d of %d", n, before-len(want))
				}
			},
			"": func(t *rapid.T) {
				if got := s.span(0, s.len()-1); !slices.Equal(got, want) {
					t.Fatalf("ids are %v, want %v", got, want)
				}
				n := id.Draw(t, "looked up")
				p, ok := slices.BinarySearchFunc(want, n, descending)
				if row, has := s.row(n); row != p || has != ok {
					t.Fatalf("row of %d is %d %v, want %d %v", n, row, has, p, ok)
				}
			},
		})
	})
}

func TestRecordsForgetTheOneUsedLongestAgo(t *testing.T) {
	c := newRecords(2)
	c.put(spool.Record{ID: 1})
	c.put(spool.Record{ID: 2})
	c.get(1)
	c.put(spool.Record{ID: 3})
	if r, _ := c.get(2); r != nil {
		t.Error("2 is still there")
	}
	if r, fresh := c.get(1); r == nil || !fresh {
		t.Error("1 went although it was used")
	}
	c.age(1)
	if r, fresh := c.get(1); r == nil || fresh {
		t.Error("an aged record is to be shown, and not fresh")
	}
	c.put(spool.Record{ID: 1, Read: true})
	if r, fresh := c.get(1); !r.Read || !fresh {
		t.Error("a new record did not take the place of the old one")
	}
}

func BenchmarkPrependTo100000(b *testing.B) {
	var s ids
	for id := int64(100_000); id > 0; id-- {
		s.insert(id)
	}
	next := int64(100_001)
	for b.Loop() {
		s.insert(next)
		next++
	}
}
