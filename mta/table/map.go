package table

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
)

// Map is a table in memory. It never changes and may be used by many goroutines. A million entries take about 25
// octets each beside their keys and values.
type Map struct {
	name    string
	syntax  Syntax
	seed    maphash.Seed
	text    []byte  // keys and values, one behind the other
	entries []place // in the source's order
	slots   []uint32
	again   map[string][]int // lines of entries that are not in force because of another one with their key
}

// place is where an entry stands in the text.
type place struct {
	key, value       uint32 // offsets
	keyLen, valueLen uint32
	line             uint32
}

// Builder makes a Map.
type Builder struct{ m *Map }

// NewBuilder begins a Map whose entries name the file name. Of syntax it keeps KeepCase, Duplicates and Replace.
func NewBuilder(name string, syntax Syntax) *Builder {
	return &Builder{&Map{name: name, syntax: syntax, seed: maphash.MakeSeed()}}
}

// Add adds an entry whose key is folded already. Errors are ErrDuplicate, and the first
// entry stays, and ErrTooLarge.
func (b *Builder) Add(key, value []byte, line int) error {
	m := b.m
	if len(m.entries) >= MaxEntries || len(m.text)+len(key)+len(value) > MaxSize {
		return ErrTooLarge
	}
	if !m.syntax.Duplicates {
		if i, ok := m.index(key); ok {
			if m.again == nil {
				m.again = make(map[string][]int)
			}
			if !m.syntax.Replace {
				m.again[string(key)] = append(m.again[string(key)], line)
				return ErrDuplicate
			}
			e := &m.entries[i]
			m.again[string(key)] = append(m.again[string(key)], int(e.line))
			e.value, e.valueLen, e.line = uint32(len(m.text)), uint32(len(value)), uint32(line)
			m.text = append(m.text, value...)
			return nil
		}
	}
	at := uint32(len(m.text))
	m.text = append(append(m.text, key...), value...)
	m.entries = append(m.entries, place{at, at + uint32(len(key)), uint32(len(key)), uint32(len(value)), uint32(line)})
	if 4*len(m.entries) > 3*len(m.slots) {
		m.grow()
	} else {
		m.insert(len(m.entries) - 1)
	}
	return nil
}

// Map gives what was built. The Builder is spent.
func (b *Builder) Map() *Map {
	m := b.m
	b.m = nil
	return m
}

func (m *Map) key(e place) []byte   { return m.text[e.key : e.key+e.keyLen] }
func (m *Map) value(e place) []byte { return m.text[e.value : e.value+e.valueLen] }

func (m *Map) entry(e place) Entry {
	return Entry{Key: string(m.key(e)), Value: string(m.value(e)), File: m.name, Line: int(e.line)}
}

// grow doubles the hash table: open addressing, at most three quarters full. A slot holds an index plus one.
func (m *Map) grow() {
	m.slots = make([]uint32, max(16, 2*len(m.slots)))
	for i := range m.entries {
		m.insert(i)
	}
}

func (m *Map) insert(i int) {
	mask := uint64(len(m.slots) - 1)
	at := maphash.Bytes(m.seed, m.key(m.entries[i])) & mask
	for m.slots[at] != 0 {
		at = (at + 1) & mask
	}
	m.slots[at] = uint32(i + 1)
}

// index finds the first entry with a key. Equal keys were inserted in order, so the first is met first.
func (m *Map) index(key []byte) (int, bool) {
	if len(m.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(m.slots) - 1)
	for at := maphash.Bytes(m.seed, key) & mask; m.slots[at] != 0; at = (at + 1) & mask {
		i := int(m.slots[at] - 1)
		if string(m.key(m.entries[i])) == string(key) {
			return i, true
		}
	}
	return 0, false
}

func (m *Map) find(key []byte) (Entry, bool) {
	i, ok := m.index(key)
	if !ok {
		return Entry{}, false
	}
	return m.entry(m.entries[i]), true
}

// Get looks a key up: the first entry where there are several. It never gives an error. A nil Map is empty.
func (m *Map) Get(key string) (Entry, bool, error) {
	if m == nil {
		return Entry{}, false, nil
	}
	var small [128]byte
	k := append(small[:0], key...)
	if !m.syntax.KeepCase {
		fold(k)
	}
	e, ok := m.find(k)
	return e, ok, nil
}

// Again gives the lines with an entry's key that are not in force, nil for none.
func (m *Map) Again(key string) []int {
	if m == nil {
		return nil
	}
	return m.again[key]
}

// Len is the number of entries.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.entries)
}

// All gives the entries in the source's order.
func (m *Map) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if m == nil {
			return
		}
		for _, e := range m.entries {
			if !yield(m.entry(e)) {
				return
			}
		}
	}
}

// Sorted gives the entries in the order of their keys' octets, equal keys in the source's order: the order of a btree.
func (m *Map) Sorted() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, e := range m.sorted() {
			if !yield(m.entry(e)) {
				return
			}
		}
	}
}

func (m *Map) sorted() []place {
	if m == nil {
		return nil
	}
	list := slices.Clone(m.entries)
	slices.SortStableFunc(list, func(a, b place) int { return cmp.Compare(string(m.key(a)), string(m.key(b))) })
	return list
}

// Find gives the entry that a key has so far.
func (b *Builder) Find(key []byte) (Entry, bool) { return b.m.find(key) }

// Fold gives s as keys are folded: ASCII letters in lower case, other octets as they are.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			fold(b)
			return string(b)
		}
	}
	return s
}
