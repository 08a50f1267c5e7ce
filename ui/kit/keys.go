//go:build !nogui

package kit

// KeySet is a Selection over a Source, for owners that have none of their own. Keys of rows that have gone stay in it unseen until
// the selection is replaced.
type KeySet struct {
	src  Source
	keys map[int64]bool
}

// NewKeySet makes an empty selection.
func NewKeySet(src Source) *KeySet { return &KeySet{src: src, keys: map[int64]bool{}} }

// Has implements Selection.
func (s *KeySet) Has(key int64) bool { return s.keys[key] }

// Only implements Selection.
func (s *KeySet) Only(key int64) {
	clear(s.keys)
	s.keys[key] = true
}

// Toggle implements Selection.
func (s *KeySet) Toggle(key int64) {
	if s.keys[key] {
		delete(s.keys, key)
	} else {
		s.keys[key] = true
	}
}

// Range implements Selection.
func (s *KeySet) Range(from, to int) {
	clear(s.keys)
	for i := from; i <= to; i++ {
		s.keys[s.src.Key(i)] = true
	}
}

// All implements Selection.
func (s *KeySet) All() { s.Range(0, s.src.Len()-1) }

// List gives the selected keys in the order of their rows.
func (s *KeySet) List() []int64 {
	var keys []int64
	for i := range s.src.Len() {
		if k := s.src.Key(i); s.keys[k] {
			keys = append(keys, k)
		}
	}
	return keys
}
