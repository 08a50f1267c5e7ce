package model

import (
	"cmp"
	"slices"
)

// ids are the ids of a list, newest first, without doubles. They stand in two
// slices so that arriving at the top and loading at the bottom are both appends.
type ids struct {
	newer []int64 // ascending: the list's top, last one first
	older []int64 // descending: the rest

	sorted bool // in another order, which only the program knows: then older has all, as they came
}

// reset takes all ids out and keeps their room: a million of them, put into a slice that grows, leave five times as much garbage as they are.
func (s *ids) reset(sorted bool) { *s = ids{newer: s.newer[:0], older: s.older[:0], sorted: sorted} }

func (s *ids) len() int { return len(s.newer) + len(s.older) }

// add puts id at its place, or at the end of what is in another order.
func (s *ids) add(id int64) {
	if s.sorted {
		s.older = append(s.older, id)
		return
	}
	s.insert(id)
}

// at gives the id in row i.
func (s *ids) at(i int) int64 {
	if i < len(s.newer) {
		return s.newer[len(s.newer)-1-i]
	}
	return s.older[i-len(s.newer)]
}

func descending(a, b int64) int { return cmp.Compare(b, a) }

// row gives id's row. Where id is absent it is the row that id would have.
func (s *ids) row(id int64) (int, bool) {
	if s.sorted {
		i := slices.Index(s.older, id)
		if i < 0 {
			return len(s.older), false
		}
		return i, true
	}
	if n := len(s.newer); n > 0 && id >= s.newer[0] {
		p, ok := slices.BinarySearch(s.newer, id)
		if ok {
			return n - 1 - p, true
		}
		return n - p, false
	}
	p, ok := slices.BinarySearchFunc(s.older, id, descending)
	return len(s.newer) + p, ok
}

// insert adds id and says whether it was new.
func (s *ids) insert(id int64) bool {
	if s.sorted {
		return false // nobody here knows where
	}
	if n := s.len(); n > 0 && id < s.at(n-1) {
		s.older = append(s.older, id)
		return true
	}
	if s.len() == 0 || id > s.at(0) {
		s.newer = append(s.newer, id)
		return true
	}
	if n := len(s.newer); n > 0 && id >= s.newer[0] {
		p, ok := slices.BinarySearch(s.newer, id)
		if !ok {
			s.newer = slices.Insert(s.newer, p, id)
		}
		return !ok
	}
	p, ok := slices.BinarySearchFunc(s.older, id, descending)
	if !ok {
		s.older = slices.Insert(s.older, p, id)
	}
	return !ok
}

// appendOlder adds ids, newest first, that were loaded for the bottom. It is
// fast when they all belong there, and right when they do not.
func (s *ids) appendOlder(more []int64) {
	if s.sorted {
		s.older = append(s.older, more...)
		return
	}
	for i, id := range more {
		if n := s.len(); n > 0 && id < s.at(n-1) {
			s.older = append(s.older, more[i:]...)
			return
		}
		s.insert(id)
	}
}

// remove takes out all ids of gone and says how many there were.
func (s *ids) remove(gone map[int64]bool) int {
	before := s.len()
	absent := func(id int64) bool { return gone[id] }
	if len(gone) <= 4 && !s.sorted { // the common case: a few out of many, without walking all
		for id := range gone {
			if p, ok := slices.BinarySearch(s.newer, id); ok {
				s.newer = slices.Delete(s.newer, p, p+1)
			} else if p, ok := slices.BinarySearchFunc(s.older, id, descending); ok {
				s.older = slices.Delete(s.older, p, p+1)
			}
		}
		return before - s.len()
	}
	s.newer = slices.DeleteFunc(s.newer, absent)
	s.older = slices.DeleteFunc(s.older, absent)
	return before - s.len()
}

// span gives the ids of rows from to to, both included, in any order of the two.
func (s *ids) span(from, to int) []int64 {
	from, to = max(min(from, to), 0), min(max(from, to), s.len()-1)
	out := make([]int64, 0, max(to-from+1, 0))
	for i := from; i <= to; i++ {
		out = append(out, s.at(i))
	}
	return out
}
